//! A file whose digest is known, so that it is the right one wherever it is found.

use std::collections::BTreeSet;

use harden_packaging::{PackageName, Sha256};
use pep440_rs::Version;

/// A file of a release, by its name and the digests that it may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinnedFile {
    /// The project.
    pub project: PackageName,
    /// The release.
    pub version: Version,
    /// The name of the file.
    pub filename: String,
    /// The digests, any of which will do.
    pub digests: BTreeSet<Sha256>,
    /// Whether it was locked with a digest of its metadata, so that none from an index is needed.
    pub has_metadata: bool,
}
