//! What an index lists: a project, and its distribution files.

use std::sync::Arc;

use harden_target::WheelTags;
use jiff::Timestamp;
use pep440_rs::Version;

use crate::{ListedDigest, PackageName, Release, Sha256, printable};

/// A project's page: all of its releases that have a distribution file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The project's name.
    pub name: PackageName,
    /// Newest first; no two of the same version.
    pub releases: Vec<Release>,
    /// What its index says of the whole project, where it is not simply active.
    pub status: Option<ProjectStatus>,
}

/// What an index says of a whole project (PEP 792).
///
/// <https://packaging.python.org/en/latest/specifications/project-status-markers/>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectStatus {
    /// What it is.
    pub kind: StatusKind,
    /// Why, in one line; empty where the index does not say.
    pub reason: Arc<str>,
}

/// What a project is, other than active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusKind {
    /// It gets no updates any more.
    Archived,
    /// It is considered unsafe.
    Quarantined,
    /// It is obsolete.
    Deprecated,
}

impl ProjectStatus {
    /// The status of this name; `None` for `active`, and for what no specification knows.
    pub fn of(name: &str, reason: &str) -> Option<Self> {
        let kind = match name {
            "archived" => StatusKind::Archived,
            "quarantined" => StatusKind::Quarantined,
            "deprecated" => StatusKind::Deprecated,
            _ => return None,
        };
        Some(Self {
            kind,
            reason: printable(reason).into(),
        })
    }

    /// Its name, as an index gives it.
    pub fn name(&self) -> &'static str {
        match self.kind {
            StatusKind::Archived => "archived",
            StatusKind::Quarantined => "quarantined",
            StatusKind::Deprecated => "deprecated",
        }
    }
}

/// A distribution file as an index lists it.
///
/// Files whose names are neither a wheel's nor an sdist's (eggs, installers, names that do not
/// begin with the project's name) are ignored by the index and never come here.
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
    /// Its digests of other algorithms, where the index lists no SHA-256.
    pub other_digests: Arc<[ListedDigest]>,
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
    /// Where the index serves its attestations (PEP 740), absolute, where it has some.
    pub provenance: Option<Box<str>>,
    /// The index or list of links that lists it, without credentials; empty where none does.
    pub listed_by: Arc<str>,
    /// Why its entry on the page cannot be used, where that is so.
    pub unusable: Option<Arc<str>>,
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
    /// A file of which nothing is known but its name and its place.
    pub fn new(
        (project, version): (PackageName, Version),
        filename: impl Into<Box<str>>,
        kind: DistKind,
        url: impl Into<Box<str>>,
    ) -> Self {
        Self {
            project,
            version,
            filename: filename.into(),
            kind,
            url: url.into(),
            sha256: None,
            other_digests: Arc::default(),
            size: None,
            requires_python: None,
            upload_time: None,
            yanked: Yanked::No,
            core_metadata: CoreMetadataFile::Unknown,
            provenance: None,
            listed_by: Arc::default(),
            unusable: None,
        }
    }

    /// The tags of a wheel, `None` for an sdist.
    pub fn wheel_tags(&self) -> Option<&WheelTags> {
        match &self.kind {
            DistKind::Wheel(tags) => Some(tags),
            DistKind::Sdist => None,
        }
    }
}
