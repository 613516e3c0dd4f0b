//! Errors of builds, with their exit codes and hints.

use std::io;

use harden_fetch::FetchErrorKind;
use harden_fetch::build::BuildError;
use harden_packaging::{DistFilename, PackageName};
use harden_target::Target;
use pep440_rs::Version;

use super::build_hints::advice;
use super::failed_builds::{self, Unbuilt};
use super::missing_wheels::Missing;
use crate::report::{Error, Exit, Report};

/// Why builds give no answer.
#[derive(Debug, thiserror::Error)]
pub enum BuildingError {
    /// The build requirements of an sdist cannot be resolved.
    #[error(
        "cannot resolve the build requirements of {sdist}: {}",
        without_hints(reason)
    )]
    Requirements {
        /// The sdist.
        sdist: String,
        /// Why.
        reason: Error,
    },
    /// There is no resolution, whatever can be built, and builds failed, too.
    #[error("{}", with_besides(reason, failures))]
    Conflict {
        /// Why there is no resolution.
        reason: Error,
        /// Why builds failed.
        failures: Vec<FailedBuild>,
    },
    /// Packages have no wheel, and builds do not give one for all targets.
    #[error("{}", failed_builds::message(packages, targets))]
    Unbuilt {
        /// The packages.
        packages: Vec<Unbuilt>,
        /// The targets.
        targets: Vec<Target>,
    },
    /// Packages have no wheel, and nothing allows their sdists.
    #[error("{}", super::missing_wheels::message(missing, targets))]
    NoWheels {
        /// The packages.
        missing: Vec<Missing>,
        /// The targets.
        targets: Vec<Target>,
    },
    /// Building a source again does not give the wheel that the strict file pins.
    #[error(
        "building {label} again does not give the wheel that the strict file pins: expected \
         sha256:{expected}, got sha256:{actual}{}",
        other_python(python)
    )]
    Differs {
        /// The source.
        label: String,
        /// The digest that is pinned.
        expected: String,
        /// That of the new wheel.
        actual: String,
        /// The versions of Python that built the pinned one and the new one.
        python: (String, String),
    },
    /// A wheel that a strict file records cannot be built again.
    #[error("cannot build {wheel} again from {origin}")]
    NotRebuilt {
        /// The wheel.
        wheel: String,
        /// What it was built from.
        origin: String,
    },
    /// Building an sdist requires building it first.
    #[error("building {} requires building it first: {}", chain.last().map_or("", String::as_str), chain.join(" requires "))]
    Cycle {
        /// The sdists, each because the one before requires it.
        chain: Vec<String>,
    },
    /// There is no folder for temporary files.
    #[error("cannot create a temporary folder")]
    Temporary(#[source] io::Error),
}

/// A failed build, kept for a later report.
#[derive(Debug, Clone, Default)]
pub struct FailedBuild {
    /// What failed, in one line.
    pub headline: String,
    /// What was said of it, such as the last lines of a build's output.
    pub said: Vec<String>,
    /// What to try.
    pub hint: Option<String>,
}

impl From<&Error> for FailedBuild {
    fn from(error: &Error) -> Self {
        let text = without_hints(error);
        let mut lines = text.lines();
        let headline = lines.next().unwrap_or_default();
        Self {
            headline: headline.trim_end_matches("; its last lines:").to_owned(),
            said: lines.map(str::to_owned).collect(),
            hint: error.hint(),
        }
    }
}

/// The version of a wheel that is not of the placeholder's.
pub fn built_version(error: &Error, name: &PackageName) -> Option<Version> {
    let BuildError::OtherWheel { found, .. } = error.of()? else {
        return None;
    };
    let found: DistFilename = found.parse().ok()?;
    (found.name() == name).then(|| found.version().clone())
}

impl Report for BuildingError {
    fn exit(&self) -> Exit {
        match self {
            Self::Requirements { reason, .. } => reason.exit(),
            Self::NoWheels { .. }
            | Self::Conflict { .. }
            | Self::Unbuilt { .. }
            | Self::Differs { .. }
            | Self::Cycle { .. } => Exit::No,
            Self::NotRebuilt { .. } | Self::Temporary(_) => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Requirements { .. } => Some(
                "build requirements must be wheels for the interpreter of --python, on the index or \
                 in a folder given with --find-links; `harden --build NAME` builds those that have \
                 only an sdist"
                    .to_owned(),
            ),
            Self::NoWheels { missing, .. } => Some(super::missing_wheels::hints(missing)),
            Self::Unbuilt { packages, .. } => Some(failed_builds::hints(packages)),
            Self::Conflict { reason, .. } => reason.hint(),
            Self::Differs { python, .. } if python.0 != python.1 => Some(format!(
                "build with Python {} (--python), take the wheel from a mirror (--from), or lock \
                 again here",
                python.0
            )),
            Self::Differs { .. } => Some(
                "builds of native code differ between machines: take the wheel from a mirror \
                 (--from), or lock again here"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

impl Report for BuildError {
    fn exit(&self) -> Exit {
        match self.kind() {
            FetchErrorKind::Network => Exit::Network,
            FetchErrorKind::Input => Exit::Input,
            FetchErrorKind::Refused => Exit::No,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Interpreter { .. } => {
                "name another interpreter with --python; `python -m ensurepip --upgrade` installs \
                 pip, on Debian the packages python3-venv and python3-pip do"
            }
            Self::Failed { said, .. } => return Some(advice(said)),
            Self::Foreign {
                container: Some(command),
                ..
            } => {
                return Some(format!(
                    "build it in a container of that platform, where FETCH is the path of a \
                     `fetch` executable for it:\n    {command}"
                ));
            }
            Self::Foreign { .. } => {
                "build it on that platform and lock the wheel from a folder given with \
                 --find-links, or ask its authors for a wheel"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

fn other_python((then, now): &(String, String)) -> String {
    if then == now {
        String::new()
    } else {
        format!("; it was built with Python {then}, this is {now}")
    }
}

/// The message of a conflict, with the builds that failed before its hints.
fn with_besides(reason: &Error, failures: &[FailedBuild]) -> String {
    let text = reason.to_string();
    let (hints, lines): (Vec<_>, Vec<_>) =
        text.lines().partition(|line| line.starts_with("hint: "));
    let mut text = lines.join("\n") + &failed_builds::besides(failures);
    for hint in hints {
        text += "\n";
        text += hint;
    }
    text
}

/// The message of an error without its hints: the user cannot change what an sdist requires.
fn without_hints(error: &Error) -> String {
    let text = error.to_string();
    let lines = text.lines().filter(|line| !line.starts_with("hint: "));
    lines.collect::<Vec<_>>().join("\n")
}
