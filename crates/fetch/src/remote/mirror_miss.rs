//! The report that a mirror lacks a file, or holds other bytes under its name.

use std::fmt;

use harden_packaging::Sha256;

/// Why a file does not come from a mirror. The index is asked instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MirrorMiss {
    /// The file.
    pub file: String,
    /// The address of the mirror.
    pub mirror: String,
    /// The digest of the mirror's file of that name; `None` if the mirror has no such file.
    pub actual: Option<Sha256>,
}

impl fmt::Display for MirrorMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            mirror,
            actual,
        } = self;
        match actual {
            None => write!(f, "{mirror} has no {file}"),
            Some(actual) => write!(f, "{file} at {mirror} has the wrong hash, sha256:{actual}"),
        }
    }
}
