//! The network cut off while code of an sdist runs, by a network namespace that has none.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

/// What cuts the network off of the command behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkCut(&'static [&'static str]);

/// As the user that one is, where that is allowed; else in a user namespace of one's own.
const WAYS: [&[&str]; 3] = [
    &["unshare", "--net", "--"],
    &["unshare", "--map-current-user", "--net", "--"],
    &["unshare", "--map-root-user", "--net", "--"],
];

impl NetworkCut {
    /// The first way that works here; `None` where there is none.
    pub fn find() -> Option<Self> {
        let works = |way: &&&'static [&'static str]| {
            let [program, arguments @ ..] = **way else {
                return false;
            };
            let mut command = Command::new(program);
            command.args(arguments).arg("true").stdin(Stdio::null());
            let tried = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
            tried.is_ok_and(|status| status.success())
        };
        let found = WAYS.iter().find(works);
        found.copied().map(Self)
    }

    /// The first word of a command that runs `program` so, and the words before its own arguments.
    pub(super) fn words(cut: Option<Self>, program: &OsStr) -> (&OsStr, Vec<&OsStr>) {
        match cut {
            Some(Self([unshare, rest @ ..])) => {
                let rest = rest.iter().map(OsStr::new).chain([program]);
                (OsStr::new(unshare), rest.collect())
            }
            _ => (program, Vec::new()),
        }
    }
}
