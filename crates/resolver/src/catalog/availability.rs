//! Whether a release can be installed in an environment, and why not.

use std::sync::Arc;

use harden_packaging::DistFile;

/// Whether a release can be installed in an environment.
#[derive(Debug, Clone)]
pub(crate) enum Availability {
    /// It can: this is the file to install.
    Installable(Arc<DistFile>),
    /// It cannot.
    Unavailable(UnavailableReason),
}

/// Why a release cannot be installed in an environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum UnavailableReason {
    /// A constraint of the user's excludes it.
    Constraint {
        /// The file and line of the constraint.
        place: Arc<str>,
        /// Its specifiers.
        specifiers: Arc<str>,
    },
    /// A line of the user's names the file of another release.
    NotNamed {
        /// The file and line.
        place: Arc<str>,
    },
    /// Its only file is one that a line of the user's names for other targets.
    NamedElsewhere {
        /// The file and line.
        place: Arc<str>,
    },
    /// All of its files were uploaded after the cutoff.
    Newer,
    /// Its files are denied, for this reason.
    Denied(Arc<str>),
    /// None of its files has a digest that a line of the user's admits.
    Hashes {
        /// The file and line.
        place: Arc<str>,
    },
    /// The index lists its files with malformed entries.
    Malformed(Arc<str>),
    /// It is yanked, with this reason.
    Yanked(Arc<str>),
    /// It has a wheel whose tags fit, but Requires-Python excludes the target.
    RequiresPython(Arc<str>),
    /// It has a wheel whose tags fit, but Requires-Python admits only some patch levels of the target.
    RequiresPatch {
        /// The Requires-Python.
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
    /// The wheel built from its sdist does not fit.
    Unusable {
        /// The reason, as the end of a sentence.
        reason: Arc<str>,
    },
}
