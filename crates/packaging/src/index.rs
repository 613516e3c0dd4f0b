//! The one trait between thinking and IO.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{CoreMetadata, DistFile, PackageName, Project, Reference, Sha256};

/// A package index, as the resolver sees it.
///
/// Calls block and may come from several threads; a repeated question is answered from memory.
pub trait Index: Sync {
    /// Lists the files of every release of `name`, newest release first.
    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError>;

    /// Reads the core metadata of `file` without downloading all of it where that can be
    /// (PEP 658, else byte ranges, else the file); name and version are those of the file's name.
    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError>;

    /// The file that `reference` leads to, with the digest of its bytes, which are brought here for that.
    fn direct(&self, reference: &Reference) -> Result<Arc<DistFile>, IndexError>;

    /// The digest of `file`: as listed, else of its bytes, which are then downloaded.
    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError>;

    /// The project `name` as further indexes have it, which are not asked for a resolution because an
    /// earlier one has the project; each with its address, without credentials.
    fn elsewhere(&self, _name: &PackageName) -> Vec<(Arc<str>, Arc<Project>)> {
        Vec::new()
    }

    /// When the server says `file` was last changed, which is not before its upload: for indexes
    /// that give no upload times. `None` where it does not say.
    fn last_modified(&self, _file: &DistFile) -> Result<Option<Timestamp>, IndexError> {
        Ok(None)
    }

    /// Says that the pages of `names` will be asked for soon. Never blocks.
    fn prefetch_projects(&self, _names: &[PackageName]) {}

    /// Says that the files that `references` lead to will be asked for soon. Never blocks.
    fn prefetch_direct(&self, _references: &[&Reference]) {}

    /// Says that the metadata of `file` will be asked for soon. Never blocks.
    fn prefetch_metadata(&self, _file: &Arc<DistFile>) {}

    /// Waits for one of the pages and metadata files that were asked for ahead; each is told once for
    /// each time it was asked for, whether it was had or not. `None` where none is under way.
    fn next_completion(&self) -> Option<Completion> {
        None
    }
}

/// Something that was asked for ahead is there: asking for it now is answered from memory.
#[derive(Debug, Clone)]
pub enum Completion {
    /// The page of a project.
    Project(PackageName),
    /// The metadata of a file.
    Metadata(Arc<DistFile>),
}

/// Why an index gave no answer. Its text has no credentials.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct IndexError {
    /// What a caller may do about it.
    pub kind: IndexErrorKind,
    /// What failed, where and why, in one line: lower case, no full stop.
    pub message: Arc<str>,
}

/// What a failed question to an index means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexErrorKind {
    /// No index has such a project (404, or 410).
    NoSuchProject,
    /// The file's metadata violates the specification or is that of another distribution: this file
    /// cannot be used, others may.
    BadMetadata,
    /// The bytes that were sent are not those that the index lists, or are not a distribution or its
    /// metadata at all. Nothing may be concluded about the release.
    Corrupt,
    /// The server that the index names does not send the file (404, 410 and the like).
    NoSuchFile,
    /// The network or the index failed; nothing can be said.
    Failed,
}
