//! Errors of `fetch`, with their exit codes and hints.

use std::path::PathBuf;

use harden_fetch::{
    Failure, FetchError, FetchErrorKind, MirrorError, MirrorErrorKind, ParseMirrorError,
};
use harden_packaging::PackageName;
use harden_target::ParseTargetError;

use crate::report::format::list;
use crate::report::{Exit, Report};

/// Why the arguments, the strict files and the wheelhouse do not go together.
#[derive(Debug, thiserror::Error)]
pub enum WheelhouseError {
    /// A strict file names no target, and neither does the command line.
    #[error("{file} does not say which targets it is for")]
    NoTargets {
        /// The strict file.
        file: String,
    },
    /// A strict file was not locked for a target.
    #[error("{file} was locked for {}, not for {target}", list(locked_for))]
    NotLockedFor {
        /// The strict file.
        file: String,
        /// The target asked for.
        target: String,
        /// The targets of the strict file.
        locked_for: Vec<String>,
    },
    /// A strict file was locked for a target that its name alone does not describe.
    #[error("{file} was locked for {name}, which its name alone does not describe")]
    UnknownTarget {
        /// The strict file.
        file: String,
        /// The name in its header.
        name: String,
        /// Why the name cannot be parsed.
        source: ParseTargetError,
    },
    /// The address of a mirror is not valid.
    #[error("{option}")]
    MirrorAddress {
        /// The option it was given by (`--to`).
        option: &'static str,
        /// Why.
        source: ParseMirrorError,
    },
    /// `--check` found differences.
    #[error("{} does not match {}", folder.display(), list(strict))]
    Mismatch {
        /// The wheelhouse.
        folder: PathBuf,
        /// Whether it has wheels that were built, and `--build` was not given.
        has_built: bool,
        /// The strict files.
        strict: Vec<String>,
    },
    /// Another file is where the strict file of a wheelhouse belongs.
    #[error("{} was not written by `fetch --build` and is not replaced", .0.display())]
    ListInTheWay(PathBuf),
    /// A folder that is not that of a project.
    #[error("`{}` is not a project: {reason}", folder.display())]
    NotAProject {
        /// The folder.
        folder: PathBuf,
        /// What it lacks.
        reason: String,
    },
    /// The strict file pins a package that is one of the projects.
    #[error("{file} pins {name}, which is the project in `{}`", folder.display())]
    ProjectPinned {
        /// The strict file.
        file: String,
        /// The package.
        name: PackageName,
        /// The folder of the project.
        folder: PathBuf,
    },
    /// Several strict files, and projects.
    #[error("--project needs one strict file, and there are {}", list(.0))]
    ProjectOfSeveral(Vec<String>),
    /// A project requires what the strict file does not pin.
    #[error("{wheel} requires {requirement}, which {file} does not lock for {target}")]
    NotLocked {
        /// The wheel of the project.
        wheel: String,
        /// The requirement.
        requirement: String,
        /// The strict file.
        file: String,
        /// The target.
        target: String,
    },
}

impl Report for WheelhouseError {
    fn exit(&self) -> Exit {
        match self {
            Self::Mismatch { .. } | Self::NotLocked { .. } => Exit::No,
            _ => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoTargets { .. } => {
                "name one with --platform, as in `--platform manylinux2014_aarch64-cp311`"
            }
            Self::NotLockedFor { .. } => "run harden again with that target added",
            Self::UnknownTarget { .. } => {
                "name the complete-platform file it was locked for: `--platform FILE.json`"
            }
            Self::MirrorAddress { .. } => return None,
            Self::Mismatch {
                has_built: true, ..
            } => {
                "the folder holds wheels built from sdists; add --build to compare it with its \
                 requirements.txt"
            }
            Self::Mismatch { .. } => {
                "`fetch` downloads what is missing and replaces what is wrong; `fetch --prune` \
                 removes what is extra"
            }
            Self::NotAProject { .. } => {
                "--project names a folder with a pyproject.toml or a setup.py"
            }
            Self::ProjectPinned { name, .. } => {
                return Some(format!(
                    "lock with `--exclude {name}`, or name the folder in the loose file, so that \
                     nothing brings it in from an index"
                ));
            }
            Self::ProjectOfSeveral(_) => "name the one that locks its dependencies",
            Self::NotLocked { .. } => {
                "run harden again: the dependencies of the project have changed, or it is not among \
                 the loose files"
            }
            Self::ListInTheWay(_) => "move it elsewhere, or use another folder with -d",
        };
        Some(hint.to_owned())
    }
}

impl Report for FetchError {
    fn exit(&self) -> Exit {
        of_kind(self.kind())
    }

    fn hint(&self) -> Option<String> {
        if self.failures.iter().any(is_not_built) {
            let hint = "`fetch --build` builds it as the strict file records; `fetch --from` takes it \
                        from a mirror";
            return Some(hint.to_owned());
        }
        let mut faults = self.failures.iter().filter_map(|failure| match failure {
            Failure::Mirror(MirrorError { fault, .. }) => Some(fault),
            _ => None,
        });
        mirror_hint(faults.next()?).map(str::to_owned)
    }
}

fn is_not_built(failure: &Failure) -> bool {
    matches!(failure, Failure::NotBuilt { .. })
}

fn mirror_hint(kind: &MirrorErrorKind) -> Option<&'static str> {
    match kind {
        MirrorErrorKind::Setup(_) => Some(
            "set the `AWS_*`, `GOOGLE_*` or `AZURE_*` variables for what the address does not say, \
             such as AZURE_STORAGE_ACCOUNT_NAME or AWS_ENDPOINT_URL",
        ),
        MirrorErrorKind::Unencrypted { .. } | MirrorErrorKind::Failed(_) => None,
        MirrorErrorKind::NoCredentials(_) => Some(
            "set the credentials of the service: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, \
             GOOGLE_APPLICATION_CREDENTIALS, or AZURE_STORAGE_ACCOUNT_KEY; for public data set \
             AWS_SKIP_SIGNATURE=true (or the GOOGLE_ or AZURE_ equivalent)",
        ),
        MirrorErrorKind::Refused(_) => Some(
            "check the credentials in the environment; S3 also refuses access to a missing file when \
             they do not permit listing the bucket",
        ),
        MirrorErrorKind::NoBucket => Some("create it first, or name another"),
        MirrorErrorKind::Unreachable(_) => Some(
            "set the address of the service with AWS_ENDPOINT_URL, GOOGLE_BASE_URL or \
             AZURE_STORAGE_ENDPOINT",
        ),
    }
}

fn of_kind(kind: FetchErrorKind) -> Exit {
    match kind {
        FetchErrorKind::Network => Exit::Network,
        FetchErrorKind::Input => Exit::Input,
        FetchErrorKind::Refused => Exit::No,
    }
}
