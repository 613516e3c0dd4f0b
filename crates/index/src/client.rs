//! The way in: [`IndexClient`], which blocks outside and is async inside.

use std::sync::Arc;

use harden_packaging::{
    CoreMetadata, DistFile, Index, IndexError, PackageName, Project, Sha256,
};
use tokio::runtime::{Handle, Runtime};

use crate::core::Core;
use crate::error::{failed, in_one_line};
use crate::{Download, Progress, Settings, Statistics};

/// The indexes of some [`Settings`], with a runtime of its own.
///
/// Its blocking methods must not be called from async code.
pub struct IndexClient {
    runtime: Option<Runtime>,
    core: Arc<Core>,
}

impl IndexClient {
    /// A client of `settings` that tells nobody what it does. Nothing is asked of an index yet.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the threads.
    pub fn new(settings: Settings) -> Result<Self, IndexError> {
        todo!()
    }

    /// A client of `settings` that tells `progress` what it does.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the threads.
    pub fn with_progress(
        settings: Settings,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, IndexError> {
        todo!()
    }

    /// What has been done so far.
    pub fn statistics(&self) -> Statistics {
        todo!()
    }

    /// Runs `work` to its end on the client's runtime.
    pub fn block_on<F: Future>(&self, work: F) -> F::Output {
        todo!()
    }

    /// The client's runtime, to spawn on.
    pub fn handle(&self) -> &Handle {
        todo!()
    }

    /// Opens the file at `url` (`http`, `https` or `file`), from the byte `from` on.
    ///
    /// Failures until the first byte have been retried already; later ones come from
    /// [`Download::chunk`], and asking again from there is the caller's decision.
    ///
    /// # Errors
    ///
    /// When there is no such file there, or the network or the server fails.
    pub async fn download(&self, url: &str, from: u64) -> Result<Download, IndexError> {
        todo!()
    }

    /// As [`Index::project`], for async code.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn find_project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        todo!()
    }
}

impl Index for IndexClient {
    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        todo!()
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        todo!()
    }

    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError> {
        todo!()
    }
}
