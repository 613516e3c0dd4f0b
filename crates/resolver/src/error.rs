//! Errors of a resolution.

use harden_packaging::IndexError;

/// Why there is no answer. The text may have several lines; the first one says what failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ResolveError {
    /// No set of versions satisfies the request. The text says why, and what to try.
    #[error("{0}")]
    NoSolution(String),
    /// The request cannot be resolved as it is: a requirement that cannot be hashed, a marker variable
    /// that a target leaves open, or a cutoff with an index without upload times.
    #[error("{0}")]
    Input(String),
    /// The answer failed its proof, so it must not be used.
    #[error("the resolution failed its own proof, which is a bug in harden: {0}; please report it")]
    Defect(String),
    /// The network or the index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
}
