//! Errors of builds: why an sdist did not become a wheel.

use std::io;
use std::path::PathBuf;

use harden_packaging::PackageName;
use pep440_rs::Version;

use crate::{FetchError, FetchErrorKind, WheelDefect};

/// Why an sdist did not become a wheel.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The sdist, or what is needed to build it, could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The sdist is none, or would put files outside of its folder.
    #[error("{sdist} is not unpacked, although its hash is right: {reason}")]
    Unpack {
        /// The sdist.
        sdist: String,
        /// Why.
        reason: String,
    },
    /// It does not say, or not well, how it is built.
    #[error("{sdist} does not say how it is built: {reason}")]
    System {
        /// The sdist.
        sdist: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The interpreter lacks what building takes.
    #[error("{} cannot build: {reason}", python.display())]
    Interpreter {
        /// The interpreter.
        python: PathBuf,
        /// What it lacks.
        reason: String,
    },
    /// A command failed.
    #[error("{what} failed with {status}; its last lines:{}", indented(said))]
    Failed {
        /// What it was to do (`building docopt-0.6.2.tar.gz`).
        what: String,
        /// How it ended (`exit status: 1`).
        status: String,
        /// Its last lines.
        said: Vec<String>,
    },
    /// A command exceeded a limit and was ended.
    #[error("{what} was stopped: {reason}")]
    Limit {
        /// What it was to do (`building docopt-0.6.2.tar.gz`).
        what: String,
        /// The limit.
        reason: String,
    },
    /// What came out is not one wheel of the release that is pinned.
    #[error("{sdist} was built into {found}, not into a wheel of {name} {version}")]
    OtherWheel {
        /// The sdist.
        sdist: String,
        /// What came out.
        found: String,
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
    },
    /// What came out should not be installed.
    #[error("{sdist} was built into {wheel}, which is refused: {source}")]
    BadWheel {
        /// The sdist.
        sdist: String,
        /// The wheel.
        wheel: String,
        /// What is wrong with it.
        source: WheelDefect,
    },
    /// What came out is for another platform.
    #[error("{sdist} was built into {wheel}, whose tags {target} does not accept")]
    Foreign {
        /// The sdist.
        sdist: String,
        /// The wheel.
        wheel: String,
        /// The target, in canonical spelling.
        target: String,
        /// The command that builds for it in a container, if there is one.
        container: Option<String>,
    },
    /// A file or folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was to be done (`write`).
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl BuildError {
    /// What it means for the caller.
    pub fn kind(&self) -> FetchErrorKind {
        match self {
            Self::Fetch(error) => error.kind(),
            Self::Interpreter { .. } | Self::Io { .. } => FetchErrorKind::Input,
            _ => FetchErrorKind::Refused,
        }
    }

    pub(super) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}

fn indented(lines: &[String]) -> String {
    let lines = lines.iter().map(|line| format!("\n    {line}"));
    lines.collect()
}
