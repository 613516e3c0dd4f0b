//! Why there is no answer.

use harden_packaging::IndexError;

/// Why there is no answer. Its text may have several lines, the first of which says what failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ResolveError {
    /// No set of versions satisfies the request; the text explains why and what to try.
    #[error("{0}")]
    NoSolution(String),
    /// The request cannot be resolved as it stands: a requirement of a kind that cannot be hashed, a
    /// marker on a value that a target leaves open, an index without upload times under a cutoff.
    #[error("{0}")]
    Input(String),
    /// The solver's answer failed its own proof. Nothing is written then.
    #[error(
        "the resolution failed its own proof, which is a defect of this program: {0}; please report it"
    )]
    Defect(String),
    /// The network or the index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
}
