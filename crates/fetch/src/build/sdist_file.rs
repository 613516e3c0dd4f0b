//! An sdist of the index, known by name and digest.

use std::path::Path;

use harden_hasher::StrictFile;
use harden_packaging::{DistFilename, PackageName, Sha256};
use pep440_rs::Version;

use super::{BuildError, Downloads};

/// An sdist that can be fetched and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdistFile {
    /// Its file name.
    pub file: String,
    /// The package.
    pub name: PackageName,
    /// The version.
    pub version: Version,
    /// Its digest.
    pub sha256: Sha256,
}

impl SdistFile {
    /// The sdist of this file name; `None` where that is not the name of a distribution.
    pub fn new(file: &str, sha256: Sha256) -> Option<Self> {
        let name: DistFilename = file.parse().ok()?;
        Some(Self {
            file: file.to_owned(),
            name: name.name().clone(),
            version: name.version().clone(),
            sha256,
        })
    }

    /// Fetches it into a folder, verified.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where it cannot be fetched.
    pub fn fetch(&self, folder: &Path, downloads: &Downloads<'_>) -> Result<(), BuildError> {
        let Self {
            file,
            name,
            version,
            sha256,
        } = self;
        let text = format!("{name}=={version} \\\n    --hash=sha256:{sha256}\n    # {file}\n");
        let unnamed = |_| BuildError::Unpack {
            sdist: file.clone(),
            reason: "its name is not that of an sdist".to_owned(),
        };
        let strict = StrictFile::parse(&text, file).map_err(unnamed)?;
        downloads.fetch_for_any_target(&strict, file, folder)
    }
}
