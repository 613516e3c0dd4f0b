//! Why there is no report, or no tree.

use harden_packaging::PackageName;

use crate::report::format::list;
use crate::report::{Exit, Report};

/// Why there is no report, or no tree.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReportError {
    /// The package is in none of the locks.
    #[error("{name} is not in {}", list(files))]
    NotLocked {
        name: PackageName,
        /// The strict files.
        files: Vec<String>,
        /// The name that was probably meant.
        meant: Option<PackageName>,
    },
    /// A strict file is for no such target.
    #[error("{} is not for {target}, but for {}", list(files), list(targets))]
    NotATarget {
        /// The target, in canonical spelling if it has one.
        target: String,
        /// The strict files.
        files: Vec<String>,
        /// What they are for.
        targets: Vec<String>,
    },
    /// More than two strict files to compare.
    #[error("{0} strict files cannot be compared with each other, but two can")]
    ManyToCompare(usize),
}

impl Report for ReportError {
    fn exit(&self) -> Exit {
        match self {
            Self::NotLocked { .. } => Exit::No,
            Self::NotATarget { .. } | Self::ManyToCompare(_) => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotLocked { meant, .. } => {
                let meant = meant.as_ref()?;
                Some(format!("did you mean `{meant}`?"))
            }
            Self::NotATarget { .. } => None,
            Self::ManyToCompare(_) => {
                Some("with --together they are shown side by side".to_owned())
            }
        }
    }
}
