//! The exit codes of both executables.

use std::process::ExitCode;

/// How a run ended, as scripts see it; of several failures, the greatest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The answer is no: no resolution, a hash that is not the pinned one.
    No = 1,
    /// The command line or an input file is wrong.
    Input = 2,
    /// The network or the index failed; trying again may help.
    Network = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
