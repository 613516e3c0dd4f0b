//! What an index lists of a project: its releases and their distribution files.

use std::fmt;
use std::sync::{Arc, OnceLock};

use harden_target::WheelTags;
use jiff::Timestamp;
use pep440_rs::Version;

use crate::{PackageName, Sha256};

/// A project's page: all of its releases that have a distribution file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The project's name.
    pub name: PackageName,
    /// Newest first; no two of the same version.
    pub releases: Vec<Release>,
}

/// A release: one version of a project, with the files it is distributed in.
#[derive(Debug, Clone)]
pub struct Release {
    /// The version that all of its files bear.
    pub version: Version,
    files: Files,
}

#[derive(Debug, Clone)]
enum Files {
    Listed(Vec<Arc<DistFile>>),
    Kept {
        source: Arc<dyn KeptFiles>,
        place: usize,
        read: OnceLock<Vec<Arc<DistFile>>>,
    },
}

/// A page that is kept in a compact form, and read release by release: of the thousands of files
/// that a page may list, a resolution looks at few.
pub trait KeptFiles: fmt::Debug + Send + Sync {
    /// The files of the release at `place` on the page, in the order of their names.
    fn read(&self, place: usize) -> Vec<Arc<DistFile>>;
}

impl Release {
    /// A release with its wheels and sdists, in the order of their names.
    pub fn new(version: Version, files: Vec<Arc<DistFile>>) -> Self {
        Self {
            version,
            files: Files::Listed(files),
        }
    }

    /// The release at `place` on a kept page.
    pub fn kept(version: Version, source: Arc<dyn KeptFiles>, place: usize) -> Self {
        Self {
            version,
            files: Files::Kept {
                source,
                place,
                read: OnceLock::new(),
            },
        }
    }

    /// Its wheels and sdists, in the order of their names.
    pub fn files(&self) -> &[Arc<DistFile>] {
        match &self.files {
            Files::Listed(files) => files,
            Files::Kept {
                source,
                place,
                read,
            } => read.get_or_init(|| source.read(*place)),
        }
    }
}

impl PartialEq for Release {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version && self.files() == other.files()
    }
}

impl Eq for Release {}

/// A distribution file as an index lists it.
///
/// Files whose names are neither a wheel's nor an sdist's (eggs, installers, names that do not
/// begin with the project's name) are passed over by the index and never come here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistFile {
    /// The project it belongs to.
    pub project: PackageName,
    /// The version in its name.
    pub version: Version,
    /// Its name, as the index spells it.
    pub filename: Box<str>,
    /// Wheel or sdist.
    pub kind: DistKind,
    /// Where it is, absolute; may hold credentials, so it is never shown as it is.
    pub url: Box<str>,
    /// Its digest, where the index lists one.
    pub sha256: Option<Sha256>,
    /// In bytes, where the index says so.
    pub size: Option<u64>,
    /// The Requires-Python of its metadata as the index repeats it, unparsed.
    pub requires_python: Option<Arc<str>>,
    /// When it was uploaded, where the index says so.
    pub upload_time: Option<Timestamp>,
    /// Whether it is yanked (PEP 592).
    pub yanked: Yanked,
    /// Whether the index serves its metadata as a file beside it (PEP 658, PEP 714).
    pub core_metadata: CoreMetadataFile,
}

/// What kind of distribution a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DistKind {
    /// A wheel, with what its name says of where it can be installed.
    Wheel(WheelTags),
    /// A source distribution.
    Sdist,
}

/// Whether a file is yanked (PEP 592).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Yanked {
    /// It is not.
    No,
    /// It is, for this reason; an empty reason says that none was given.
    Yes(Arc<str>),
}

/// Whether an index serves the metadata of a file beside it, as `FILE.metadata`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoreMetadataFile {
    /// It does not, or does not say so.
    Unknown,
    /// It does, with this digest where it lists one.
    Served(Option<Sha256>),
}

impl DistFile {
    /// The tags of a wheel, `None` for an sdist.
    pub fn wheel_tags(&self) -> Option<&WheelTags> {
        match &self.kind {
            DistKind::Wheel(tags) => Some(tags),
            DistKind::Sdist => None,
        }
    }
}
