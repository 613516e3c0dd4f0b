//! What ends a search before it has an answer.

use std::fmt;

use harden_packaging::{EnvironmentId, IndexError};

use crate::ResolveError;

/// What ends a search before it has an answer: an error, or knowledge that it has to start again with.
#[derive(Debug)]
pub(crate) enum Interrupt {
    /// A marker changes its outcome at a patch level that lies inside an environment.
    Split {
        /// The environment.
        environment: EnvironmentId,
        /// The first patch level of its upper part.
        patch: u64,
    },
    /// Packages are better decided in another order.
    Reordered,
    /// The number of decisions that was granted is spent.
    BudgetSpent,
    /// There is no answer.
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
            Self::BudgetSpent => f.write_str("the granted number of decisions is spent"),
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
