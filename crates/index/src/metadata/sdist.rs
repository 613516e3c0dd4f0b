//! `PKG-INFO` out of an sdist, of use only where no build can change it.
//!
//! <https://packaging.python.org/en/latest/specifications/source-distribution-format/>, PEP 643.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read};

use flate2::read::GzDecoder;
use harden_packaging::CoreMetadata;
use zip::ZipArchive;

/// No metadata is larger, in bytes.
const LARGEST: u64 = 16 << 20;

/// The fields that a resolution rests on.
const DECISIVE: [&str; 3] = ["requires-dist", "requires-python", "provides-extra"];

/// The text of the `PKG-INFO` in `file`, named `filename`.
pub(super) fn read(filename: &str, file: &File) -> Result<Vec<u8>, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("the archive is unreadable: {error}");
    let text = match filename.rsplit_once('.') {
        Some((_, "gz" | "tgz")) => from_tar(file).map_err(|error| unreadable(&error))?,
        Some((_, "zip")) => from_zip(file).map_err(|error| unreadable(&error))?,
        _ => return Err("only sdists in .tar.gz and .zip are read".to_owned()),
    };
    text.ok_or_else(|| "the sdist has no PKG-INFO in its top folder".to_owned())
}

/// Refuses metadata that a build may change.
pub(super) fn check_is_final(metadata: &CoreMetadata) -> Result<(), String> {
    let (major, minor) = metadata
        .metadata_version
        .split_once('.')
        .unwrap_or_default();
    let version = (major.parse().unwrap_or(0), minor.parse().unwrap_or(0));
    if version < (2_u32, 2_u32) {
        return Err(format!(
            "only a build can tell, for its Metadata-Version {} does not say what is final",
            metadata.metadata_version
        ));
    }
    match metadata
        .dynamic
        .iter()
        .find(|field| DECISIVE.contains(&&***field))
    {
        Some(field) => Err(format!("only a build can tell, for its {field} is dynamic")),
        None => Ok(()),
    }
}

fn from_tar(file: &File) -> std::io::Result<Option<Vec<u8>>> {
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    for entry in archive.entries()? {
        let entry = entry?;
        if is_package_info(&String::from_utf8_lossy(&entry.path_bytes())) {
            return text(entry).map(Some);
        }
    }
    Ok(None)
}

fn from_zip(file: &File) -> zip::result::ZipResult<Option<Vec<u8>>> {
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    let is_wanted = |name: &Cow<'_, str>| is_package_info(name);
    let name = archive
        .file_names()
        .filter_map(Result::ok)
        .find(is_wanted)
        .map(Cow::into_owned);
    match name {
        Some(name) => text(archive.by_name(&name)?).map(Some).map_err(Into::into),
        None => Ok(None),
    }
}

/// Whether a member is `NAME-VERSION/PKG-INFO`.
fn is_package_info(member: &str) -> bool {
    let mut parts = member.split('/').filter(|part| *part != ".");
    parts.next().is_some() && parts.next() == Some("PKG-INFO") && parts.next().is_none()
}

fn text(member: impl Read) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    member.take(LARGEST).read_to_end(&mut text)?;
    Ok(text)
}
