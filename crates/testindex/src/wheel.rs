//! Builds a wheel: a module, `METADATA`, `WHEEL` and a correct `RECORD`.
//!
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>

use std::io::{Cursor, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::File;
use crate::file::{Kind, padding, sha256};

/// A program like auditwheel.
const REPAIR: &str = include_str!("repair.py");

pub(crate) fn build(file: &File) -> Vec<u8> {
    let module = file.project.as_str().replace('-', "_");
    let info = format!("{module}-{}.dist-info", file.version);
    let mut members = vec![(
        format!("{module}/__init__.py"),
        format!("__version__ = {:?}\n", file.version).into_bytes(),
    )];
    if let Some(platform) = &file.settings.repairs {
        let program = REPAIR.replace("@PLATFORM@", platform);
        members.push((format!("{module}/__main__.py"), program.into_bytes()));
    }
    if file.settings.pad > 0 {
        members.push((format!("{module}/pad.bin"), padding(file.settings.pad)));
    }
    let own = file.settings.members.iter();
    members.extend(own.map(|path| (path.clone(), Vec::new())));
    members.push((format!("{info}/METADATA"), file.metadata().into_bytes()));
    members.push((format!("{info}/WHEEL"), wheel_file(file).into_bytes()));
    let mut record = record(&members, &info);
    if file.settings.wrong_record {
        let digest = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(sha256(bytes).as_bytes());
        record = record.replace(&digest(&members[0].1), &digest(b"other bytes"));
    }
    members.push((format!("{info}/RECORD"), record.into_bytes()));
    archive(&members)
}

fn wheel_file(file: &File) -> String {
    let Kind::Wheel(tags) = &file.kind else {
        return String::new();
    };
    let fields: Vec<&str> = tags.rsplitn(4, '-').collect();
    let [platforms, abis, pythons, build @ ..] = &fields[..] else {
        return String::new();
    };
    let pure = *platforms == "any";
    let mut text =
        format!("Wheel-Version: 1.0\nGenerator: harden-testindex\nRoot-Is-Purelib: {pure}\n");
    text.extend(build.iter().map(|build| format!("Build: {build}\n")));
    for python in pythons.split('.') {
        for abi in abis.split('.') {
            let platforms = platforms.split('.');
            text.extend(platforms.map(|platform| format!("Tag: {python}-{abi}-{platform}\n")));
        }
    }
    text
}

fn record(members: &[(String, Vec<u8>)], info: &str) -> String {
    let lines = members.iter().map(|(path, bytes)| {
        let digest = URL_SAFE_NO_PAD.encode(sha256(bytes).as_bytes());
        format!("{path},sha256={digest},{}\n", bytes.len())
    });
    lines.collect::<String>() + info + "/RECORD,,\n"
}

/// A ZIP archive of `members` whose bytes do not depend on the time or the machine.
pub(crate) fn archive(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in members {
        archive
            .start_file(path.as_str(), options)
            .and_then(|()| Ok(archive.write_all(bytes)?))
            .expect("writing to memory does not fail");
    }
    let finished = archive.finish();
    finished
        .expect("writing to memory does not fail")
        .into_inner()
}
