//! File names of distributions: project, version, and the tags of wheels.
//!
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention>,
//! <https://packaging.python.org/en/latest/specifications/source-distribution-format/#source-distribution-file-name>

use std::fmt;
use std::str::FromStr;

use harden_target::WheelFilename;
use pep440_rs::Version;
use percent_encoding::percent_decode_str;

use crate::{DistKind, PackageName};

/// The file extensions of supported sdists.
const SDIST_ENDINGS: [&str; 3] = [".tar.gz", ".tgz", ".zip"];

/// The file name of a wheel or an sdist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistFilename {
    text: Box<str>,
    name: PackageName,
    version: Version,
    kind: DistKind,
}

/// The error of a text that is not the file name of a distribution.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the file name of a wheel or an sdist, such as NAME-VERSION.tar.gz")]
pub struct ParseDistFilenameError {
    text: String,
}

impl DistFilename {
    /// Parses the last part of a path, or of a URL without query and fragment, after percent-decoding.
    ///
    /// # Errors
    ///
    /// If that is not the file name of a distribution.
    pub fn at(location: &str) -> Result<Self, ParseDistFilenameError> {
        if location.contains("://") {
            let name = location.rsplit('/').next().unwrap_or_default();
            percent_decode_str(name).decode_utf8_lossy().parse()
        } else {
            let name = location.rsplit(['/', '\\']).next();
            name.unwrap_or_default().parse()
        }
    }

    /// The project.
    pub fn name(&self) -> &PackageName {
        &self.name
    }

    /// The version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Wheel or sdist.
    pub fn kind(&self) -> &DistKind {
        &self.kind
    }

    /// The file name as written. It contains no path separator.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for DistFilename {
    type Err = ParseDistFilenameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            // A name with a separator is a path and could lead a careless writer to another folder.
            if text.contains(['/', '\\']) || text.starts_with('.') {
                return None;
            }
            let (name, version, kind) = if text.strip_suffix(".whl").is_some() {
                let wheel: WheelFilename = text.parse().ok()?;
                let kind = DistKind::Wheel(wheel.tags);
                (wheel.name.parse().ok()?, wheel.version, kind)
            } else {
                let (name, version) = sdist(text)?;
                (name, version, DistKind::Sdist)
            };
            Some(Self {
                text: text.into(),
                name,
                version,
                kind,
            })
        };
        read().ok_or_else(|| ParseDistFilenameError {
            text: text.to_owned(),
        })
    }
}

/// Names of old sdists contain `-`: the version starts after the first `-` that a version can follow.
fn sdist(text: &str) -> Option<(PackageName, Version)> {
    let mut endings = SDIST_ENDINGS.iter();
    let stem = endings.find_map(|ending| text.strip_suffix(ending))?;
    stem.match_indices('-').find_map(|(dash, _)| {
        let version = stem[dash + 1..].parse().ok()?;
        Some((stem[..dash].parse().ok()?, version))
    })
}

impl fmt::Display for DistFilename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_says_project_and_version() {
        for (text, name, version) in [
            ("A.B-1.0-py3-none-any.whl", "a-b", "1.0"),
            (
                "torch-2.1.0+cpu-cp311-cp311-win_amd64.whl",
                "torch",
                "2.1.0+cpu",
            ),
            ("zope.interface-5.0.tar.gz", "zope-interface", "5.0"),
            ("my-old-thing-1.0.zip", "my-old-thing", "1.0"),
            ("a-1.0-1.tgz", "a", "1.0.post1"),
        ] {
            let file: DistFilename = text.parse().unwrap();
            assert_eq!(
                (file.name().as_str(), file.version().to_string()),
                (name, version.to_owned())
            );
            assert_eq!(file.to_string(), text);
        }
    }

    #[test]
    fn other_files_are_refused() {
        for text in [
            "",
            "v1.0.zip",
            "main.tar.gz",
            "a-1.0.exe",
            "a-1.0.whl",
            "x/a-1.0.zip",
            "-1.0.zip",
        ] {
            assert!(text.parse::<DistFilename>().is_err(), "{text}");
        }
    }
}
