//! Facts that only the wheel itself states: its installed size, licence and summary.

use std::fs::File;
use std::path::Path;

use harden_packaging::{LicenceFields, Sha256};

use super::central_directory;
use super::inspect::{fields, info_folder, text};
use super::short_seek::ShortSeek;
use super::zip_layout::Content;
use crate::hash::hash;

/// Facts that a wheel states about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WheelFacts {
    /// How large it is, in bytes.
    pub size: u64,
    /// How large its files are together once they are unpacked, in bytes.
    pub installed: u64,
    /// Its core metadata.
    pub metadata: String,
    /// `Summary`.
    pub summary: Option<String>,
    /// `License-Expression`, else the first line of `License`, else the licence classifiers.
    pub licence: Option<String>,
}

/// The facts of the wheel at `path`; `None` if there is no wheel with this digest.
pub fn wheel_facts(path: &Path, sha256: Sha256) -> Option<WheelFacts> {
    let mut file = File::open(path).ok()?;
    let (digest, size) = hash(&mut file).ok()?;
    if digest != sha256 {
        return None;
    }
    let reader = &mut ShortSeek::new(&mut file).ok()?;
    let (members, _) = central_directory::read(reader).ok()?;
    let installed = members.iter().map(|member| member.size).sum();
    let path = format!("{}/METADATA", info_folder(members.iter()).ok()?);
    let found = Content::find(reader, members, &path).ok()?;
    let metadata = text(reader, found.as_ref(), &path).ok()?;
    let metadata = String::from_utf8_lossy(&metadata).into_owned();
    Some(WheelFacts {
        size,
        installed,
        summary: first_value(&metadata, "Summary"),
        licence: licence(&metadata),
        metadata,
    })
}

/// The first value of a field, unless it is empty or a placeholder.
fn first_value(metadata: &str, field: &str) -> Option<String> {
    let value = fields(metadata, field).into_iter().next()?;
    (!value.is_empty() && value != "UNKNOWN").then(|| value.to_owned())
}

fn licence(metadata: &str) -> Option<String> {
    let mut licence = LicenceFields::default();
    for field in ["License-Expression", "License", "Classifier"] {
        for value in fields(metadata, field) {
            licence.read(&field.to_ascii_lowercase(), value);
        }
    }
    let stated = licence.expression.as_deref().map(str::to_owned);
    let named = licence.names().join(", ");
    stated.or((!named.is_empty()).then_some(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_licence_is_named_by_the_field_that_says_it_best() {
        for (metadata, named) in [
            (
                "License: MIT\nLicense-Expression: Apache-2.0\n",
                Some("Apache-2.0"),
            ),
            (
                "License: BSD\nClassifier: License :: OSI Approved :: BSD License\n",
                Some("BSD"),
            ),
            (
                "Classifier: License :: OSI Approved :: MIT License\n",
                Some("MIT License"),
            ),
            ("License: UNKNOWN\n", None),
            ("Name: a\n\nLicense: in the text\n", None),
        ] {
            assert_eq!(licence(metadata).as_deref(), named, "{metadata}");
        }
    }
}
