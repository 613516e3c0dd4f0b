//! Why audits cannot be used.

use harden_packaging::Sha256;

use crate::AuditsPlace;
use crate::imports::{MOST_FILES, MOST_LEVELS};

/// A file of audits that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the audits in {place}{}", .line.map(|line| format!(":{line}")).unwrap_or_default())]
pub struct AuditsError {
    /// The file.
    pub place: AuditsPlace,
    /// The line, from 1, if the fault is one of the file's content.
    pub line: Option<usize>,
    /// Why.
    #[source]
    pub kind: AuditsErrorKind,
}

/// Why a file of audits cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuditsErrorKind {
    /// It cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// It is larger than any real one.
    #[error("it has more than {} bytes", crate::LARGEST_AUDITS)]
    TooLarge,
    /// It is not in the form of audits.
    #[error("{0}")]
    Malformed(String),
    /// It imports itself, directly or through others.
    #[error("it imports itself: {}", .0.join(" imports "))]
    Cycle(Vec<String>),
    /// It is not the file that was meant to be imported.
    #[error(
        "{from} has the SHA-256 {actual}, not {expected}: it was changed; look at it, and pin the new digest"
    )]
    OtherDigest {
        /// The imported file.
        from: String,
        /// The pinned digest.
        expected: Sha256,
        /// The digest that it has.
        actual: Sha256,
    },
    /// An import cannot be used.
    #[error("its import of {0} fails: {1}")]
    Import(String, Box<AuditsErrorKind>),
    /// Imports lead too far.
    #[error("imports lead over more than {MOST_LEVELS} files")]
    TooDeep,
    /// It imports too many files.
    #[error("more than {MOST_FILES} files are imported")]
    TooMany,
}
