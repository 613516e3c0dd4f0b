//! Errors of reading a lock, and of deciding what it installs.

use harden_target::MarkerVariable;

use crate::Format;

/// Why a text cannot be read as a lock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadLockError {
    /// Its format is newer than what is known, or older.
    #[error("{file}: `{field}` is {version}; harden reads {known} of {format}")]
    Version {
        /// The file.
        file: String,
        /// Its format.
        format: Format,
        /// The field that says the version.
        field: &'static str,
        /// What it says.
        version: String,
        /// Which versions are read.
        known: &'static str,
    },
    /// Something in it is missing, or not what it should be.
    #[error("{file}:{line}: damaged {format}: {reason}")]
    Damaged {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// Its format.
        format: Format,
        /// What is wrong, with the name of the field.
        reason: String,
    },
}

/// Why a lock does not say what it installs in an environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// A marker depends on the patch level of Python: the environment has to be split there.
    #[error("a marker depends on patch level {0} of Python")]
    Split(u64),
    /// A marker depends on a variable that the target leaves open.
    #[error(
        "{place}: `{marker}` depends on {variable}, which the target does not define: set it with --marker {variable}=VALUE"
    )]
    Open {
        /// Where the marker stands.
        place: String,
        /// The marker.
        marker: String,
        /// What is open.
        variable: MarkerVariable,
    },
    /// A marker has no outcome.
    #[error("{place}: {reason}")]
    Undefined {
        /// Where the marker stands.
        place: String,
        /// Why.
        reason: String,
    },
    /// A group that the lock does not have.
    #[error("{file} has no group `{name}`; it has {known}")]
    NoSuchGroup {
        /// The lock.
        file: String,
        /// The group asked for.
        name: String,
        /// Those that it has.
        known: String,
    },
    /// An extra that the lock does not have.
    #[error("{file} has no extra `{name}`; it has {known}")]
    NoSuchExtra {
        /// The lock.
        file: String,
        /// The extra asked for.
        name: String,
        /// Those that it has.
        known: String,
    },
    /// A dependency that the lock does not hold.
    #[error("{place}: {requires} requires {what}, which {file} does not contain")]
    Missing {
        /// Where the dependency stands.
        place: String,
        /// The lock.
        file: String,
        /// What requires it.
        requires: String,
        /// What is required.
        what: String,
    },
    /// Several versions of a package, and no marker that selects one.
    #[error("{file} installs {name} {first} and {name} {second} together, {why}")]
    TwoVersions {
        /// The lock.
        file: String,
        /// The package.
        name: String,
        /// One version.
        first: String,
        /// Another.
        second: String,
        /// What the format leaves unsaid, and what to do.
        why: &'static str,
    },
    /// A lock that was made for certain platforms, none of which is the target.
    #[error("{file} has no packages for this target: it was made for {made_for}")]
    OtherPlatform {
        /// The lock.
        file: String,
        /// What it was made for.
        made_for: String,
    },
}
