//! Reasons for a search to end before it has an answer.

use std::fmt;

use harden_packaging::{EnvironmentId, IndexError};

use crate::ResolveError;

/// A reason for a search to end before it has an answer: an error, or a fact with which it has to start
/// again.
#[derive(Debug)]
pub(crate) enum Interrupt {
    /// The outcome of a marker changes at a patch level inside an environment.
    Split {
        /// The environment.
        environment: EnvironmentId,
        /// The first patch level of its upper part.
        patch: u64,
    },
    /// The order of decisions has changed.
    Reordered,
    /// Several environments are searched together, and a package has only pre-releases left: each environment
    /// has to be asked first whether it takes one by itself.
    OnlyPrereleases,
    /// The budget of decisions is spent.
    BudgetSpent,
    /// An error.
    Error(ResolveError),
}

impl Interrupt {
    /// A defect of the resolver.
    pub(crate) fn defect(what: &str) -> Self {
        Self::Error(ResolveError::Defect(what.to_owned()))
    }
}

impl fmt::Display for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Split { environment, patch } => {
                write!(f, "environment {environment} splits at patch level {patch}")
            }
            Self::BudgetSpent => f.write_str("the limit of decisions is reached"),
            Self::OnlyPrereleases => f.write_str("a package has only pre-releases left"),
            Self::Reordered => f.write_str("the order of decisions has changed"),
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
