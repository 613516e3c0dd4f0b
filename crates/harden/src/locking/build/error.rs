//! Why a source is not built: exit codes and hints.

use std::io;

use harden_fetch::FetchErrorKind;
use harden_fetch::build::BuildError;
use harden_packaging::{DistFilename, PackageName};
use harden_target::Target;
use pep440_rs::Version;

use super::missing::Missing;
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
    /// There is no resolution, and sdists could not be built.
    #[error("{}{}", without_hints(reason), all_of(failures))]
    Unbuilt {
        /// Why there is no resolution.
        reason: Error,
        /// Why builds failed.
        failures: Vec<FailedBuild>,
    },
    /// Packages have no wheel, and nothing allows their sdists.
    #[error("{}", super::missing::message(missing, targets))]
    NoWheels {
        /// The packages.
        missing: Vec<Missing>,
        /// The targets.
        targets: Vec<Target>,
    },
    /// Building a source again gives another wheel than the strict file pins.
    #[error(
        "building {label} again gives another wheel than the strict file pins: expected \
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

/// A build that failed, told for later.
#[derive(Debug, Clone)]
pub struct FailedBuild {
    text: String,
    hint: Option<String>,
}

impl From<&Error> for FailedBuild {
    fn from(error: &Error) -> Self {
        Self {
            text: without_hints(error),
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
            Self::NoWheels { missing, .. } => Some(super::missing::hints(missing)),
            Self::Unbuilt { failures, .. } => failures.last()?.hint.clone(),
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
            Self::Failed { said, .. } => advice(said),
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

/// What the last lines of a failed build call for.
const ADVICE: [(&[&str], &str); 7] = [
    (
        &["No module named 'pkg_resources'"],
        "setuptools 82 removed pkg_resources: `build-constraints = [\"setuptools<82\"]` in the \
         configuration builds with an older one",
    ),
    (
        &["use_2to3 is invalid"],
        "setuptools 58 removed use_2to3: `build-constraints = [\"setuptools<58\"]` in the \
         configuration builds with an older one",
    ),
    (
        &[
            "No module named 'distutils'",
            "No module named 'imp'",
            "has no attribute 'ImpImporter'",
        ],
        "Python 3.12 removed distutils and imp: build with an older Python (--python)",
    ),
    (
        &["Missing parentheses in call to 'print'", "invalid syntax"],
        "its setup code is written for Python 2, or for a newer Python than the one of --python",
    ),
    (
        &[
            "No such file or directory: 'gcc'",
            "command 'gcc' failed: No such file",
            "Python.h: No such file",
        ],
        "it has native code: install a C compiler and the headers of Python (Debian: build-essential \
         and python3-dev)",
    ),
    (
        &[
            ".h: No such file or directory",
            "_config executable not found",
            "pkg-config",
            "cannot find -l",
        ],
        "it needs a C library that is not installed: install its development package (Debian: \
         lib…-dev), or lock a release or a sibling package that has wheels",
    ),
    (
        &["No module named"],
        "its setup code imports a module that it does not declare as a build requirement; an older or \
         newer release may declare it",
    ),
];

fn advice(said: &[String]) -> &'static str {
    let has = |part: &&str| said.iter().any(|line| line.contains(part));
    let mut known = ADVICE.iter();
    let found = known.find(|(parts, _)| parts.iter().any(has));
    found.map_or(
        "the build may need another interpreter (--python), a compiler or libraries; a wheel built \
         elsewhere can be locked from a folder given with --find-links",
        |(_, advice)| advice,
    )
}

/// The first failure in full, the others in a line each.
fn all_of(failures: &[FailedBuild]) -> String {
    let mut told = String::new();
    for (place, failure) in failures.iter().rev().enumerate() {
        let lines = if place == 0 { usize::MAX } else { 1 };
        for line in failure.text.lines().take(lines) {
            told += "\n  ";
            told += line;
        }
    }
    told
}

fn other_python((then, now): &(String, String)) -> String {
    if then == now {
        String::new()
    } else {
        format!("; it was built with Python {then}, this is {now}")
    }
}

/// The message of an error without its hints: the user cannot change what an sdist requires.
fn without_hints(error: &Error) -> String {
    let text = error.to_string();
    let lines = text.lines().filter(|line| !line.starts_with("hint: "));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_follows_the_output_of_a_build() {
        for (line, part) in [
            (
                "ModuleNotFoundError: No module named 'pkg_resources'",
                "setuptools<82",
            ),
            (
                "error in X setup command: use_2to3 is invalid.",
                "setuptools<58",
            ),
            (
                "ModuleNotFoundError: No module named 'distutils'",
                "Python 3.12",
            ),
            (
                "ModuleNotFoundError: No module named 'numpy'",
                "does not declare",
            ),
            (
                "fatal error: Python.h: No such file or directory",
                "C compiler",
            ),
            (
                "fatal error: libmemcached/memcached.h: No such file or directory",
                "C library",
            ),
            ("something else", "--python"),
        ] {
            let advice = advice(&[line.to_owned()]);
            assert!(advice.contains(part), "{line}: {advice}");
        }
    }
}
