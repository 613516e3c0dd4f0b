//! The result of a resolution: the pins, warnings, and the work it took.

use std::fmt;
use std::sync::Arc;

use harden_packaging::{ExtraName, PackageName, Reference, Resolution};
use pep440_rs::Version;

use crate::PinReasons;

/// A resolution, and what the user should know about it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The pins.
    pub resolution: Resolution,
    /// Warnings for the user, in a fixed order.
    pub warnings: Vec<Warning>,
    /// Why each pin is there, and at that version; in the order of the pins.
    pub pin_reasons: Vec<PinReasons>,
    /// The packages in the order in which they were decided: each has the newest release with which
    /// those before it can be completed to an answer.
    pub order: Vec<PackageName>,
    /// The work it took.
    pub statistics: Statistics,
}

/// A warning about an answer. Its text is one line and begins in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// A pin is a yanked release, which an exact pin of the user's admits.
    Yanked {
        /// The package.
        name: PackageName,
        /// The yanked version.
        version: Version,
        /// The reason given by the project; may be empty.
        reason: String,
    },
    /// A pin is a pre-release.
    Prerelease {
        /// The package.
        name: PackageName,
        /// The pre-release.
        version: Version,
        /// Whether no stable release could be chosen; otherwise an option, a direct reference or a kept
        /// pin admits it.
        necessary: bool,
    },
    /// Releases of a package were skipped without being read, since there were too many.
    Skipped {
        /// The package.
        name: PackageName,
    },
    /// Sdists of a package were not built, because of what the builds of others gave.
    PassedOver {
        /// The package.
        name: PackageName,
        /// The newest version that was not built.
        version: Version,
        /// Why: the end of a sentence that begins with the name and the version.
        reason: Arc<str>,
    },
    /// A requirement asks for an extra that the pinned version does not have.
    NoSuchExtra {
        /// The package.
        name: PackageName,
        /// The pinned version.
        version: Version,
        /// The extra it lacks.
        extra: ExtraName,
        /// The extras that it has, sorted.
        known: Vec<ExtraName>,
    },
    /// A pin is at a location that other machines do not have.
    OneMachine {
        /// The package.
        name: PackageName,
        /// The location.
        reference: Reference,
    },
    /// A pin is an sdist, which is built where it is installed.
    Sdist {
        /// The package.
        name: PackageName,
        /// The pinned version.
        version: Version,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yanked {
                name,
                version,
                reason,
            } if reason.is_empty() => {
                write!(f, "{name} {version} is yanked, with no reason given")
            }
            Self::Yanked {
                name,
                version,
                reason,
            } => write!(f, "{name} {version} is yanked: {reason}"),
            Self::Prerelease {
                name,
                version,
                necessary: true,
            } => write!(
                f,
                "{name} {version} is a pre-release: no stable release meets the requirements"
            ),
            Self::Prerelease { name, version, .. } => {
                write!(f, "{name} {version} is a pre-release")
            }
            Self::Skipped { name } => write!(
                f,
                "{name} may not be the newest version that works: some of its releases were skipped, since \
                 too many would have to be read; --exhaustive reads them all"
            ),
            Self::PassedOver {
                name,
                version,
                reason,
            } => write!(
                f,
                "{name}, or what requires it, may be older than need be: {name} {version} {reason}"
            ),
            Self::NoSuchExtra {
                name,
                version,
                extra,
                known,
            } => {
                write!(f, "{name} {version} has no extra `{extra}`")?;
                match &known[..] {
                    [] => write!(f, ", nor any other"),
                    known => write!(f, "; it has {}", some_extras(known)),
                }
            }
            Self::OneMachine { name, reference } => {
                write!(
                    f,
                    "{name} is pinned to {reference}, which other machines do not have; use a path relative to the project"
                )
            }
            Self::Sdist { name, version } => {
                write!(
                    f,
                    "{name} {version} is pinned as an sdist: it is built where it is installed"
                )
            }
        }
    }
}

/// The first of the extras, and how many more there are.
fn some_extras(extras: &[ExtraName]) -> String {
    const SHOWN: usize = 12;
    let shown = extras.iter().take(SHOWN).map(|extra| format!("`{extra}`"));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match extras.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The work of a resolution. All counts include searches that had to start again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// How often a version was chosen for a package, an extra or an environment, or versions were ruled out.
    pub decisions: u64,
    /// How many of these choices were taken back.
    pub backtracks: u64,
    /// The number of distributions whose metadata was read.
    pub versions_tried: u64,
    /// How often the search started again, because a target had to be split, the order of decisions
    /// changed, or a package had to differ between targets.
    pub restarts: u64,
}
