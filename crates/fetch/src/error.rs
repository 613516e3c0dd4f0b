//! Errors of `fetch`: every missing file, with the reason.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io;
use std::mem::{Discriminant, discriminant};
use std::path::PathBuf;

use harden_packaging::{IndexError, IndexErrorKind, PackageName, Sha256};
use pep440_rs::Version;

use crate::{MirrorError, MirrorErrorKind, MirrorMiss, Summary, WheelDefect};

/// Why a wheelhouse is not complete. All other files were fetched.
///
/// Its text has one line for each failure; of those of the network only a few, of others of one kind ten.
#[derive(Debug, thiserror::Error)]
pub struct FetchError {
    /// What failed, by package; never empty.
    pub failures: Vec<Failure>,
    /// What was fetched nevertheless.
    pub summary: Summary,
}

/// The kind of a failure, by what the caller can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FetchErrorKind {
    /// The network or the index failed; trying again may help.
    Network,
    /// The strict file or the folder cannot be used as they are.
    Input,
    /// The files do not match the strict file: a wrong hash, or no file that fits.
    Refused,
}

impl FetchError {
    /// One failure, before anything was done.
    pub(crate) fn one(failure: Failure) -> Self {
        Self {
            failures: vec![failure],
            summary: Summary::default(),
        }
    }

    /// Its kind; of several failures, the kind for which a retry helps least.
    pub fn kind(&self) -> FetchErrorKind {
        let kinds = self.failures.iter().map(Failure::kind);
        kinds.max().unwrap_or(FetchErrorKind::Network)
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A network that is down fails every file alike: a few of these say it all.
        const NETWORK_SHOWN: usize = 3;
        const SHOWN: usize = 10;
        let (mut network, mut others, mut separator) = (0, 0, "");
        let mut kinds: HashMap<Discriminant<Failure>, usize> = HashMap::new();
        for failure in &self.failures {
            let is_network = failure.kind() == FetchErrorKind::Network;
            let seen = kinds.entry(discriminant(failure)).or_default();
            *seen += 1;
            network += usize::from(is_network);
            let is_shown = if is_network {
                network <= NETWORK_SHOWN
            } else {
                *seen <= SHOWN
            };
            if is_shown {
                write!(f, "{separator}{failure}")?;
                separator = "\n";
            } else {
                others += usize::from(!is_network);
            }
        }
        match network.saturating_sub(NETWORK_SHOWN) {
            0 => {}
            1 => f.write_str("\nand 1 more file could not be downloaded")?,
            more => write!(f, "\nand {more} more files could not be downloaded")?,
        }
        match others {
            0 => Ok(()),
            1 => f.write_str("\nand 1 more failure like these"),
            more => write!(f, "\nand {more} more failures like these"),
        }
    }
}

/// A line of the strict file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The name of the file in messages.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// Why one file is missing.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The bytes at the index are not those that were pinned, or the index says so itself.
    #[error(
        "{file} has the wrong hash: expected {}, got sha256:{actual}; it was discarded",
        hashes(expected)
    )]
    WrongHash {
        /// The file.
        file: String,
        /// The digests it may have.
        expected: BTreeSet<Sha256>,
        /// The digest it has.
        actual: Sha256,
    },
    /// A file in the folder is not one that is pinned.
    #[error(
        "{file} has the wrong hash: expected {}, got sha256:{actual}",
        hashes(expected)
    )]
    WrongFile {
        /// The file.
        file: String,
        /// The digests it may have.
        expected: BTreeSet<Sha256>,
        /// The digest it has.
        actual: Sha256,
    },
    /// None of the files of a pin can be installed on a target.
    #[error(
        "{name} {version} ({place}) has no file for {target}: {}; lock for that target too",
        listed(files)
    )]
    NothingFits {
        /// The package.
        name: PackageName,
        /// The pinned version.
        version: Version,
        /// The line of its pin.
        place: Place,
        /// The target, in canonical spelling.
        target: String,
        /// The files whose hashes are pinned, as far as they are known.
        files: Vec<String>,
    },
    /// The index has none of the files of a pin.
    #[error(
        "{name} {version} ({place}): the index lists no file with a pinned hash; {} there",
        others(files)
    )]
    NoSuchHash {
        /// The package.
        name: PackageName,
        /// The pinned version.
        version: Version,
        /// The line of its pin.
        place: Place,
        /// The files of that version that the index lists.
        files: Vec<String>,
    },
    /// A wheel that is built from source is missing, and `--build` is not given.
    #[error("{file} is built from {origin}, and is neither in the cache nor on a mirror")]
    NotBuilt {
        /// The wheel.
        file: String,
        /// What it is built from.
        origin: String,
    },
    /// The index does not list a file any more.
    #[error("{file}: the index lists no such file: it was deleted, or is on another index")]
    Vanished {
        /// The file.
        file: String,
    },
    /// The server that the index names has no such file any more.
    #[error("{file} is not where the index says it is: {source}")]
    Gone {
        /// The file.
        file: String,
        /// What the server said.
        source: IndexError,
    },
    /// The file is longer than the index says.
    #[error(
        "{file} is longer than the {announced} bytes that the server announced; it was discarded"
    )]
    TooLong {
        /// The file.
        file: String,
        /// Its size as the index or its server says, in bytes.
        announced: u64,
    },
    /// A wheel has the pinned hash, but must not be installed.
    #[error("{file} is refused, although its hash is right: {source}")]
    BadWheel {
        /// The file.
        file: String,
        /// What is wrong with it.
        source: WheelDefect,
    },
    /// A wheel contains other metadata than it was locked with, so the lock may lack what it requires.
    #[error("{file} is not the file that was locked: {reason}; it was discarded")]
    OtherMetadata {
        /// The file.
        file: String,
        /// What differs.
        reason: String,
    },
    /// A rule of the caller forbids a file.
    #[error("{file} is denied by the policy: {reason}")]
    Denied {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// A rule of the caller forbids wheels with code that runs when Python starts, or that replaces
    /// programs; with what it has of it.
    #[error("{0}; the policy denies this [startup-code]")]
    StartupCode(String),
    /// A name in the strict file or at the index that is not that of a file of the pin.
    #[error("`{file}` ({place}) is not the name of a distribution file of {name} {version}")]
    ForeignName {
        /// The name.
        file: String,
        /// The package.
        name: PackageName,
        /// The pinned version.
        version: Version,
        /// The line of its pin.
        place: Place,
    },
    /// A marker of a pin has no truth value.
    #[error("{name} ({place}): its marker cannot be decided: {reason}")]
    Marker {
        /// The package.
        name: PackageName,
        /// The line of its pin.
        place: Place,
        /// Why.
        reason: String,
    },
    /// The index did not answer.
    #[error("{what}: {source}")]
    Index {
        /// The file or package that was asked for.
        what: String,
        /// Why.
        source: IndexError,
    },
    /// A mirror could not be read or written.
    #[error(transparent)]
    Mirror(#[from] MirrorError),
    /// A file was not taken from the mirror, and no other place provides it.
    #[error("{source}; and {passed_over}")]
    NotMirrored {
        /// What the mirror has.
        passed_over: MirrorMiss,
        /// Why no other place provides it.
        source: Box<Failure>,
    },
    /// The folder of the static index holds a file that is not one of its pages.
    #[error(
        "{} is not part of a static index, so `fetch` does not replace its folder",
        .0.display()
    )]
    NotAnIndex(PathBuf),
    /// The name of an archive has no known ending.
    #[error("{} is not the name of an archive: end it in .tar, .tar.zst or .zip", .0.display())]
    ArchiveName(PathBuf),
    /// The folder could not be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    Folder {
        /// What was to be done (`write`).
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl Failure {
    /// What it means for the caller.
    pub fn kind(&self) -> FetchErrorKind {
        match self {
            Self::WrongHash { .. }
            | Self::WrongFile { .. }
            | Self::NothingFits { .. }
            | Self::NoSuchHash { .. }
            | Self::Vanished { .. }
            | Self::NotBuilt { .. }
            | Self::Gone { .. }
            | Self::TooLong { .. }
            | Self::BadWheel { .. }
            | Self::OtherMetadata { .. }
            | Self::Denied { .. }
            | Self::StartupCode(_) => FetchErrorKind::Refused,
            Self::ForeignName { .. }
            | Self::ArchiveName(_)
            | Self::NotAnIndex(_)
            | Self::Marker { .. }
            | Self::Folder { .. } => FetchErrorKind::Input,
            Self::NotMirrored { source, .. } => source.kind(),
            Self::Mirror(error) => match error.fault {
                MirrorErrorKind::Setup(_)
                | MirrorErrorKind::Unencrypted { .. }
                | MirrorErrorKind::NoBucket => FetchErrorKind::Input,
                MirrorErrorKind::NoCredentials(_)
                | MirrorErrorKind::Refused(_)
                | MirrorErrorKind::Unreachable(_)
                | MirrorErrorKind::Failed(_) => FetchErrorKind::Network,
            },
            Self::Index { source, .. } => match source.kind {
                IndexErrorKind::NoSuchProject
                | IndexErrorKind::NoSuchFile
                | IndexErrorKind::BadMetadata
                | IndexErrorKind::NotTried
                | IndexErrorKind::Corrupt => FetchErrorKind::Refused,
                IndexErrorKind::Failed | IndexErrorKind::NotCached => FetchErrorKind::Network,
            },
        }
    }
}

fn hashes(expected: &BTreeSet<Sha256>) -> String {
    const SHOWN: usize = 4;
    if expected.len() > SHOWN {
        return format!("one of the {} pinned hashes", expected.len());
    }
    let shown = expected.iter().map(|hash| format!("sha256:{hash}"));
    shown.collect::<Vec<_>>().join(" or ")
}

fn listed(files: &[String]) -> String {
    match files {
        [] => "the index has no file with one of its hashes".to_owned(),
        files => format!("it is pinned as {}", some(files)),
    }
}

fn others(files: &[String]) -> String {
    match files {
        [] => "that version is not".to_owned(),
        [only] => format!("{only} is"),
        several => format!("{} are", some(several)),
    }
}

/// The first of many names, so that a release of a hundred wheels stays readable.
fn some(names: &[String]) -> String {
    const SHOWN: usize = 6;
    match names.len().checked_sub(SHOWN) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..SHOWN].join(", ")),
    }
}
