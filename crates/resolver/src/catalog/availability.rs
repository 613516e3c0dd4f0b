//! Whether a release can be installed in an environment, and why not.

use std::sync::Arc;

use harden_packaging::DistFile;

/// Whether a release exists for an environment.
#[derive(Debug, Clone)]
pub(crate) enum Availability {
    /// It does: this is the file to install.
    Installable(Arc<DistFile>),
    /// It does not.
    Unavailable(UnavailableReason),
}

/// Why a release does not exist for an environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UnavailableReason {
    /// A constraint of the user's excludes it.
    Constraint {
        /// Where the constraint stands.
        place: Arc<str>,
        /// What it says.
        specifiers: Arc<str>,
    },
    /// A line of the user's names the file of another release.
    NotNamed {
        /// Where the line stands.
        place: Arc<str>,
    },
    /// It is known only as a file that a line of the user's names for other targets.
    NamedElsewhere {
        /// Where the line stands.
        place: Arc<str>,
    },
    /// All of its files were uploaded after the cutoff.
    Newer,
    /// None of its files has a digest that the user's line admits.
    Hashes {
        /// Where the line stands.
        place: Arc<str>,
    },
    /// The index lists its files with malformed entries, for this reason.
    Malformed(Arc<str>),
    /// It is yanked, for this reason.
    Yanked(Arc<str>),
    /// It has a wheel that fits but for Requires-Python.
    RequiresPython(Arc<str>),
    /// It has a wheel that fits, but Requires-Python admits only some patch levels of the target's Python.
    RequiresPatch {
        /// What it says.
        python: Arc<str>,
        /// The first patch level with another outcome than the one before.
        split_at: u64,
    },
    /// It has wheels, none of which fits.
    NoWheel {
        /// Whether it has an sdist too.
        sdist: bool,
    },
    /// It has only an sdist.
    OnlySdist,
    /// The wheel built of its sdist does not fit, for this reason.
    Unusable {
        /// The reason, as the end of a sentence.
        reason: Arc<str>,
    },
}
