//! From what went wrong to the [`IndexError`] that a caller sees.

use std::error::Error;
use std::fmt::Display;

use harden_packaging::{IndexError, IndexErrorKind, printable};

/// The network, the index or this machine failed.
pub(crate) fn failed(message: impl Display) -> IndexError {
    error(IndexErrorKind::Failed, message)
}

/// The metadata of a file violates the specification or is that of another distribution.
pub(crate) fn bad_metadata(message: impl Display) -> IndexError {
    error(IndexErrorKind::BadMetadata, message)
}

/// The bytes that were sent are not those that were announced.
pub(crate) fn corrupt(message: impl Display) -> IndexError {
    error(IndexErrorKind::Corrupt, message)
}

/// No index has such a project.
pub(crate) fn no_such_project(message: impl Display) -> IndexError {
    error(IndexErrorKind::NoSuchProject, message)
}

/// The server has no such file.
pub(crate) fn no_such_file(message: impl Display) -> IndexError {
    error(IndexErrorKind::NoSuchFile, message)
}

fn error(kind: IndexErrorKind, message: impl Display) -> IndexError {
    IndexError {
        kind,
        message: printable(&message.to_string()).into(),
    }
}

/// An error and its causes in one line, what the next cause repeats left out.
pub(crate) fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    line.replace('\n', " ")
}
