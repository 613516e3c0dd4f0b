//! What a resolution gives: the pins, what to warn of, and what it took.

use std::fmt;

use harden_packaging::{ExtraName, PackageName, Reference, Resolution};
use pep440_rs::Version;

use crate::PinReasons;

/// A resolution with what the user should know of it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The pins.
    pub resolution: Resolution,
    /// What the user should look at, in a fixed order.
    pub warnings: Vec<Warning>,
    /// Why each pin is there, and at that version; in the order of the pins.
    pub pin_reasons: Vec<PinReasons>,
    /// The packages in the order in which they were decided: each has the newest release with which
    /// those before it can be completed.
    pub order: Vec<PackageName>,
    /// What it took.
    pub statistics: Statistics,
}

/// Something in an answer that the user should look at. Its text is one line, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// A pin is a yanked release, as the user asked by an exact pin.
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
        /// Whether no stable release could be chosen; else the user's options count it as one.
        necessary: bool,
    },
    /// Releases of a package were passed over without being read, for there were too many.
    Skipped {
        /// The package.
        name: PackageName,
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
    /// A pin leads to a place that other machines do not have.
    OneMachine {
        /// The package.
        name: PackageName,
        /// The place.
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
                "{name} may not be the newest that works: too many releases would have to be read, \
                 so some were skipped; --exhaustive reads them all"
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
                    "{name} is pinned to {reference}, which other machines do not have: a path relative to the project \
                     would work on all"
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

/// What a resolution took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// How often a version was chosen.
    pub decisions: u64,
    /// How many of these choices were taken back.
    pub backtracks: u64,
    /// How many versions had their metadata read.
    pub versions_tried: u64,
    /// How often the search started again, because a target had to be split, the order of decisions
    /// changed, or a package had to differ between targets.
    pub restarts: u64,
}
