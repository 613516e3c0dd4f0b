//! Constructors of the [`IndexError`]s that callers see.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, ErrorKind};

use harden_packaging::{IndexError, IndexErrorKind, printable};

/// Why a request is not sent.
pub(crate) const OFFLINE: &str = "it is not in the cache, and the network is not to be used";

/// The network, the index or this machine failed; or it was not to be asked.
pub(crate) fn failed(message: impl Display) -> IndexError {
    let message = message.to_string();
    let kind = if message.contains(OFFLINE) {
        IndexErrorKind::NotCached
    } else {
        IndexErrorKind::Failed
    };
    error(kind, message)
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

/// What libraries say before the cause that a person needs.
const PREAMBLES: [&str; 8] = [
    "error sending request",
    "client error",
    "error trying to connect",
    "tcp connect error",
    "dns error",
    "request or response body error",
    "error decoding response body",
    "error reading a body from connection",
];

/// An error and its causes in one line: what failed in plain words where that is known, else the texts of
/// the chain without what the next cause repeats.
pub(crate) fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let mut chain = vec![error];
    let mut cause = error.source();
    while let Some(error) = cause {
        chain.push(error);
        cause = error.source();
    }
    let texts: Vec<String> = chain.iter().map(ToString::to_string).collect();
    if texts.iter().any(|text| text.starts_with("dns error")) {
        return "the name of the host cannot be looked up".to_owned();
    }
    let system = chain.iter().rev().find_map(|error| error.downcast_ref());
    let is_of_network = texts.len() > 1;
    if let Some(plain) = system.filter(|_| is_of_network).and_then(in_plain_words) {
        return plain.to_owned();
    }
    let mut line = String::new();
    for (place, text) in texts.iter().enumerate() {
        let is_last = place + 1 == texts.len();
        let says_nothing = PREAMBLES.iter().any(|preamble| text.starts_with(preamble));
        // `fs_err` names the path, which the caller does, too.
        let is_wrapped = text.starts_with("failed to ") && text.contains('`');
        if line.ends_with(text) || !is_last && (says_nothing || is_wrapped) {
            continue;
        }
        if !line.is_empty() {
            line += ": ";
        }
        line += text;
    }
    line.replace('\n', " ")
}

/// A failure of the network, in the words of the operating system.
fn in_plain_words(error: &io::Error) -> Option<&'static str> {
    Some(match error.kind() {
        ErrorKind::ConnectionRefused => "the server refuses the connection",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
            "the connection was closed by the server"
        }
        ErrorKind::TimedOut => "the server does not answer in time",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            "the server cannot be reached from this machine"
        }
        _ => return None,
    })
}
