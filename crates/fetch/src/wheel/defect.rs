//! What is wrong with a wheel.

use std::io;

/// A defect of a wheel whose SHA-256 is the pinned one.
#[derive(Debug, thiserror::Error)]
pub enum WheelDefect {
    /// It is not a zip file, or one that readers could interpret in different ways.
    #[error("it is not an unambiguous zip file: {0}")]
    Archive(String),
    /// A member would be installed somewhere else, or in two ways.
    #[error("its member `{member}` {what}")]
    Member {
        /// The name of the member, printable.
        member: String,
        /// The defect, as the end of a sentence.
        what: String,
    },
    /// There is no, or more than one, `.dist-info` folder with what belongs there.
    #[error("it has {0}")]
    Info(String),
    /// Its `METADATA` is that of another distribution.
    #[error("its METADATA says `{found}`, its name `{named}`")]
    Metadata {
        /// The name or version in `METADATA`.
        found: String,
        /// That of the file.
        named: String,
    },
    /// Its `WHEEL` states other tags than its name: it is another file.
    #[error("its WHEEL states the tags {0}, which differ from those in its name")]
    OtherTags(String),
    /// The metadata that the index serves, which the lock was resolved with, is not that of the wheel.
    #[error("the metadata that the index serves for it differs from its METADATA")]
    Sidecar,
    /// It cannot be read.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
}

impl WheelDefect {
    pub(super) fn archive(what: impl Into<String>) -> Self {
        Self::Archive(what.into())
    }

    pub(super) fn member(name: &str, what: impl Into<String>) -> Self {
        Self::Member {
            member: name.escape_debug().take(200).collect(),
            what: what.into(),
        }
    }
}
