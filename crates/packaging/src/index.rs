//! The trait `Index`, which separates resolving from input and output.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{CoreMetadata, DistFile, PackageName, Project, Reference, Sha256};

/// A package index as the resolver uses it.
///
/// Calls block and may come from several threads. Repeated questions are answered from memory.
pub trait Index: Sync {
    /// Lists the files of every release of `name`, newest release first.
    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError>;

    /// Reads the core metadata of `file`, if possible without downloading the whole file
    /// (PEP 658, else byte ranges, else the file). Name and version are those of the file name.
    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError>;

    /// Downloads the file that `reference` leads to and returns it with the digest of its bytes.
    fn direct(&self, reference: &Reference) -> Result<Arc<DistFile>, IndexError>;

    /// The SHA-256 of `file`: the listed one, else that of its bytes, which are then downloaded.
    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError>;

    /// The project `name` on further indexes, which a resolution does not consult because an
    /// earlier index has the project. Each comes with its URL, without credentials.
    fn elsewhere(&self, _name: &PackageName) -> Vec<(Arc<str>, Arc<Project>)> {
        Vec::new()
    }

    /// The server's Last-Modified time of `file`, which is not earlier than its upload: for indexes
    /// without upload times. `None` if the server sends none.
    fn last_modified(&self, _file: &DistFile) -> Result<Option<Timestamp>, IndexError> {
        Ok(None)
    }

    /// Whether reading the metadata of `file` may take a build that was not made yet.
    fn takes_build(&self, _file: &DistFile) -> bool {
        false
    }

    /// Announces that the pages of `names` will be needed soon. Never blocks.
    fn prefetch_projects(&self, _names: &[PackageName]) {}

    /// Announces that the files of `references` will be needed soon. Never blocks.
    fn prefetch_direct(&self, _references: &[&Reference]) {}

    /// Announces that the metadata of `file` will be needed soon. Never blocks.
    fn prefetch_metadata(&self, _file: &Arc<DistFile>) {}

    /// Waits for one of the announced pages and metadata files. Each is returned once for
    /// each announcement, whether it succeeded or not. `None` if nothing is under way.
    fn next_completion(&self) -> Option<Completion> {
        None
    }
}

/// An announced page or metadata file that is now in memory.
#[derive(Debug, Clone)]
pub enum Completion {
    /// The page of a project.
    Project(PackageName),
    /// The metadata of a file.
    Metadata(Arc<DistFile>),
}

/// The error of a question to an index. Its text contains no credentials.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct IndexError {
    /// What the failure means for the caller.
    pub kind: IndexErrorKind,
    /// What failed, where and why: one line in lower case without a full stop.
    pub message: Arc<str>,
}

impl IndexErrorKind {
    /// Whether there was no answer at all, so that nothing can be concluded.
    pub fn is_no_answer(self) -> bool {
        matches!(self, Self::Failed | Self::NotCached)
    }
}

/// The kind of a failed question to an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexErrorKind {
    /// No index has the project (404 or 410).
    NoSuchProject,
    /// The metadata violates the specification or belongs to another distribution. This file
    /// cannot be used; others may be.
    BadMetadata,
    /// It would take a build, which is not made after those of other releases. Whether this file can be
    /// used is not known.
    NotTried,
    /// The received bytes differ from those that the index lists, or are not a distribution or its
    /// metadata. This says nothing about the release.
    Corrupt,
    /// The server does not have the file that the index lists (404, 410 and similar).
    NoSuchFile,
    /// The network or the index failed.
    Failed,
    /// The cache does not have the answer, and the network is not to be used.
    NotCached,
}
