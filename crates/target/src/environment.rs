//! skeleton
use pep440_rs::Version;
/// The environment markers are decided in: one interpreter, or several that only `python_full_version` tells apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Environment {}
/// A variable of a marker, other than `extra`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum MarkerVariable {
    /// `os_name`
    OsName,
}
/// What is known of `python_full_version`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum PythonFullVersion {
    /// Exactly this one.
    Exact(Version),
    /// `major.minor.P` for every `P` from `first_patch` to `last_patch` (without end where `None`).
    Patches {
        /// The major version.
        major: u64,
        /// The minor version.
        minor: u64,
        /// The first patch level.
        first_patch: u64,
        /// The last patch level, inclusive; `None`: all that may still come.
        last_patch: Option<u64>,
    },
}
impl Environment {
    /// The value of a variable, `None` where the target leaves it open.
    pub fn get(&self, _variable: MarkerVariable) -> Option<&str> {
        todo!()
    }
    /// What is known of the interpreter's version.
    pub fn python_full_version(&self) -> &PythonFullVersion {
        todo!()
    }
    /// The two environments on either side of a patch level: below `patch`, and `patch` or above.
    ///
    /// `None` where `patch` is not strictly inside the range.
    pub fn split_at_patch(&self, _patch: u64) -> Option<(Environment, Environment)> {
        todo!()
    }
    /// Sets a variable, as `--marker NAME=VALUE` does.
    pub fn set(&mut self, _variable: MarkerVariable, _value: String) {
        todo!()
    }
    /// The simplest marker that is true in all of `these` and false in all of `others`;
    /// `Ok(None)` where `others` is empty, `Err` where no marker can tell them apart.
    pub fn tell_apart(
        _these: &[&Environment],
        _others: &[&Environment],
    ) -> Result<Option<String>, ()> {
        todo!()
    }
}
