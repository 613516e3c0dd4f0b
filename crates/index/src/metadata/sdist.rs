//! The core metadata of an sdist, which counts only if no build can change it.
//!
//! `PKG-INFO` says so from Metadata-Version 2.2 on, of all that it does not call dynamic (PEP 643);
//! else `pyproject.toml` does, of all that its `[project]` does not (PEP 621).
//! <https://packaging.python.org/en/latest/specifications/source-distribution-format/>

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufReader, Read, Seek};

use flate2::read::GzDecoder;
use harden_packaging::{CoreMetadata, DistFile};
use zip::ZipArchive;

use super::tar_headers::TarHeaders;
use super::unusable::Unusable;
use super::{parse_fields, pyproject};

/// No metadata is larger, in bytes.
const LARGEST: u64 = 16 << 20;

/// The fields that a resolution uses.
const DECISIVE: [&str; 3] = ["requires-dist", "requires-python", "provides-extra"];

/// What an sdist says of itself.
#[derive(Debug, Default)]
struct Texts {
    /// The text of its `PKG-INFO`.
    package_info: Option<Vec<u8>>,
    /// The text of its `pyproject.toml`.
    project: Option<Vec<u8>>,
}

/// The metadata of the sdist `file`, all of which is `archive`.
///
/// # Errors
///
/// Returns why it is not known without a build, as the end of a sentence.
pub fn read(archive: &File, file: &DistFile) -> Result<CoreMetadata, String> {
    of_archive(archive, file).map_err(|why| match why {
        Unusable::Corrupt(why) | Unusable::Invalid(why) => why,
    })
}

/// The metadata of the sdist `file`, and whether the archive or what it says is to blame for an error.
pub(super) fn of_archive(archive: &File, file: &DistFile) -> Result<CoreMetadata, Unusable> {
    let texts = texts(archive, file).map_err(Unusable::Corrupt)?;
    texts.metadata(file).map_err(Unusable::Invalid)
}

fn texts(archive: &File, file: &DistFile) -> Result<Texts, String> {
    let mut archive = archive;
    let rewound = archive.rewind();
    let texts = rewound.map_err(zip::result::ZipError::from);
    let texts = texts.and_then(|()| match file.filename.rsplit_once('.') {
        Some((_, "gz" | "tgz")) => Ok(from_tar(archive)?),
        Some((_, "zip")) => from_zip(archive),
        _ => Ok(Texts::default()),
    });
    texts.map_err(|error| format!("the archive cannot be read: {error}"))
}

impl Texts {
    fn metadata(&self, file: &DistFile) -> Result<CoreMetadata, String> {
        let open = match &self.package_info {
            None => "the sdist has no PKG-INFO in its top folder".to_owned(),
            Some(text) => {
                let metadata = parse_fields::read(text, file)?;
                match what_is_open(&metadata) {
                    None => return Ok(metadata),
                    Some(open) => open,
                }
            }
        };
        let Some(text) = &self.project else {
            return Err(format!("a build would be needed: {open}"));
        };
        pyproject::read(text, file).map_err(|also| {
            format!("a build would be needed: {open}, and its pyproject.toml {also}")
        })
    }
}

/// What a build may change, if anything.
fn what_is_open(metadata: &CoreMetadata) -> Option<String> {
    let (major, minor) = metadata
        .metadata_version
        .split_once('.')
        .unwrap_or_default();
    let version = (major.parse().unwrap_or(0), minor.parse().unwrap_or(0));
    if version < (2_u32, 2_u32) {
        let version = &metadata.metadata_version;
        return Some(format!(
            "its Metadata-Version {version} does not say what is final"
        ));
    }
    let mut dynamic = metadata.dynamic.iter();
    let field = dynamic.find(|field| DECISIVE.contains(&&***field))?;
    Some(format!("its {field} is dynamic"))
}

fn from_tar(file: &File) -> std::io::Result<Texts> {
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(file)));
    let mut texts = Texts::default();
    let mut headers = TarHeaders::default();
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        let Some(member) = headers.member(&mut entry)? else {
            continue;
        };
        if let Some(slot) = texts.slot(&String::from_utf8_lossy(&member.path)) {
            *slot = Some(text(entry)?);
        }
        if texts.package_info.is_some() && texts.project.is_some() {
            break;
        }
    }
    Ok(texts)
}

fn from_zip(file: &File) -> zip::result::ZipResult<Texts> {
    let mut archive = ZipArchive::new(BufReader::new(file))?;
    let names: Vec<String> = archive
        .file_names()
        .filter_map(Result::ok)
        .map(Cow::into_owned)
        .collect();
    let mut texts = Texts::default();
    for name in names {
        if let Some(slot) = texts.slot(&name) {
            *slot = Some(text(archive.by_name(&name)?)?);
        }
    }
    Ok(texts)
}

impl Texts {
    /// Where the text of a member goes that stands in the top folder, unless there is one already.
    fn slot(&mut self, member: &str) -> Option<&mut Option<Vec<u8>>> {
        let mut parts = member.split('/').filter(|part| *part != ".");
        parts.next()?;
        let name = parts.next()?;
        if parts.next().is_some() {
            return None;
        }
        let slot = match name {
            "PKG-INFO" => &mut self.package_info,
            "pyproject.toml" => &mut self.project,
            _ => return None,
        };
        slot.is_none().then_some(slot)
    }
}

fn text(member: impl Read) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    member.take(LARGEST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST {
        // The beginning alone would lack requirements.
        let why = format!("its metadata is larger than {} MiB", LARGEST >> 20);
        return Err(std::io::Error::other(why));
    }
    Ok(text)
}
