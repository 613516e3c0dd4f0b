//! Builds a source distribution: `PKG-INFO` and a module in an archive.
//!
//! <https://packaging.python.org/en/latest/specifications/source-distribution-format/>

use flate2::{Compression, GzBuilder};

use crate::File;
use crate::build_backend;
use crate::file::padding;
use crate::wheel::archive;

pub(crate) fn tar_gz(file: &File) -> Vec<u8> {
    let gzip = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::default());
    let mut archive = tar::Builder::new(gzip);
    for (path, bytes) in members(file) {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive
            .append_data(&mut header, path, bytes.as_slice())
            .expect("writing to memory does not fail");
    }
    archive
        .into_inner()
        .and_then(flate2::write::GzEncoder::finish)
        .expect("writing to memory does not fail")
}

pub(crate) fn zip(file: &File) -> Vec<u8> {
    archive(&members(file))
}

fn members(file: &File) -> Vec<(String, Vec<u8>)> {
    let module = file.project.as_str().replace('-', "_");
    let folder = format!("{module}-{}", file.version);
    let mut members = vec![
        (format!("{folder}/PKG-INFO"), file.metadata().into_bytes()),
        (
            format!("{folder}/{module}/__init__.py"),
            format!("__version__ = {:?}\n", file.version).into_bytes(),
        ),
    ];
    let build = build_backend::members(file).into_iter();
    members.extend(build.map(|(path, text)| (format!("{folder}/{path}"), text.into_bytes())));
    if file.settings.pad > 0 {
        let path = format!("{folder}/{module}/pad.bin");
        members.push((path, padding(file.settings.pad)));
    }
    members
}
