//! What is wrong with a wheel.

use std::io;

/// What is wrong with a wheel whose SHA-256 is the pinned one.
#[derive(Debug, thiserror::Error)]
pub enum WheelDefect {
    /// It is no zip, or one that readers could take for different ones.
    #[error("it is no unambiguous zip: {0}")]
    Archive(String),
    /// A member would be installed somewhere else, or in two ways.
    #[error("its member `{member}` {what}")]
    Member {
        /// The name of the member, printable.
        member: String,
        /// What is wrong with it, as the end of a sentence.
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
    #[error("its WHEEL states the tags {0}, which are not those of its name")]
    OtherTags(String),
    /// The index showed other metadata to those who resolved than the wheel has.
    #[error("the metadata that the index serves beside it is not its own")]
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
