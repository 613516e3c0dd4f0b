//! What ends a run of the solver before it has an answer.

use std::fmt;

use harden_packaging::{EnvironmentId, IndexError};

use crate::ResolveError;

/// What ends a run of the solver before it has an answer: an error, or knowledge that it has to
/// start anew with.
#[derive(Debug)]
pub(crate) enum Interrupt {
    /// A marker changes its outcome at a patch level that lies inside an environment.
    Split {
        /// The environment.
        environment: EnvironmentId,
        /// The first patch level of its upper part.
        patch: u64,
    },
    /// A package that was refused pre-releases is allowed them after all.
    PrereleaseAllowed,
    /// Packages are better decided in another order.
    Reordered,
    /// There is no answer.
    Error(ResolveError),
}

impl fmt::Display for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Split { environment, patch } => {
                write!(f, "environment {environment} turns at patch level {patch}")
            }
            Self::PrereleaseAllowed => f.write_str("pre-releases are allowed after all"),
            Self::Reordered => f.write_str("packages are better decided in another order"),
            Self::Error(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Interrupt {}

impl From<ResolveError> for Interrupt {
    fn from(error: ResolveError) -> Self {
        Self::Error(error)
    }
}

impl From<IndexError> for Interrupt {
    fn from(error: IndexError) -> Self {
        Self::Error(error.into())
    }
}
