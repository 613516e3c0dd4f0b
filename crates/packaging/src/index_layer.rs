//! Indexes in front of another one: they answer some questions themselves and pass on the others.

use std::sync::Arc;

use jiff::Timestamp;

use crate::{
    Completion, CoreMetadata, DistFile, Index, IndexError, PackageName, Project, Reference, Sha256,
};

/// A layer over another index. Each method that an implementation leaves out asks [`below`].
///
/// The methods are those of [`Index`], which every layer implements.
///
/// [`below`]: Self::below
pub trait IndexLayer: Sync {
    /// The index that answers all other questions.
    fn below(&self) -> &dyn Index;

    /// See [`Index::project`].
    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        self.below().project(name)
    }

    /// See [`Index::metadata`].
    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        self.below().metadata(file)
    }

    /// See [`Index::direct`].
    fn direct(&self, reference: &Reference) -> Result<Arc<DistFile>, IndexError> {
        self.below().direct(reference)
    }

    /// See [`Index::sha256`].
    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError> {
        self.below().sha256(file)
    }

    /// See [`Index::elsewhere`].
    fn elsewhere(&self, name: &PackageName) -> Vec<(Arc<str>, Arc<Project>)> {
        self.below().elsewhere(name)
    }

    /// See [`Index::takes_build`].
    fn takes_build(&self, file: &DistFile) -> bool {
        self.below().takes_build(file)
    }

    /// See [`Index::last_modified`].
    fn last_modified(&self, file: &DistFile) -> Result<Option<Timestamp>, IndexError> {
        self.below().last_modified(file)
    }
}

impl<L: IndexLayer> Index for L {
    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        IndexLayer::project(self, name)
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        IndexLayer::metadata(self, file)
    }

    fn direct(&self, reference: &Reference) -> Result<Arc<DistFile>, IndexError> {
        IndexLayer::direct(self, reference)
    }

    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError> {
        IndexLayer::sha256(self, file)
    }

    fn elsewhere(&self, name: &PackageName) -> Vec<(Arc<str>, Arc<Project>)> {
        IndexLayer::elsewhere(self, name)
    }

    fn takes_build(&self, file: &DistFile) -> bool {
        IndexLayer::takes_build(self, file)
    }

    fn last_modified(&self, file: &DistFile) -> Result<Option<Timestamp>, IndexError> {
        IndexLayer::last_modified(self, file)
    }

    fn prefetch_projects(&self, names: &[PackageName]) {
        self.below().prefetch_projects(names);
    }

    fn prefetch_direct(&self, references: &[&Reference]) {
        self.below().prefetch_direct(references);
    }

    fn prefetch_metadata(&self, file: &Arc<DistFile>) {
        self.below().prefetch_metadata(file);
    }

    fn next_completion(&self) -> Option<Completion> {
        self.below().next_completion()
    }
}
