//! Errors of reports and graphs.

use std::path::PathBuf;

use crate::report::Report;
use crate::report::format::list;

/// Errors of reports and graphs.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReportError {
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
    /// The report would replace requirements.
    #[error("{} holds requirements and is not replaced by a report", .0.display())]
    OutputIsInput(PathBuf),
    /// A file that holds no audit.
    #[error("{} cannot be read as the result of an audit", .0.display())]
    NotAnAudit(PathBuf),
    /// More than two strict files to compare.
    #[error("{0} strict files cannot be compared with each other, but two can")]
    ManyToCompare(usize),
}

impl Report for ReportError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::NotATarget { .. } => None,
            Self::OutputIsInput(_) => Some(
                "-o names the report, as in `harden report strict.txt -o report.html`".to_owned(),
            ),
            Self::NotAnAudit(_) => Some(
                "make one with `pip-audit --format json` or `osv-scanner --format json`, or give advisories \
                 in OSV's form"
                    .to_owned(),
            ),
            Self::ManyToCompare(_) => {
                Some("--together shows them side by side".to_owned())
            }
        }
    }
}
