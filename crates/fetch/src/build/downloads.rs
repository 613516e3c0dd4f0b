//! Where the sdist and what it takes to build it come from.

use std::fmt;
use std::path::Path;

use harden_index::IndexClient;

use crate::{FetchError, Lock, Mirror, Progress, Request, Summary, fetch};

/// How many files are fetched at once.
const CONCURRENCY: usize = 8;

/// Where files come from, and who is told of it.
#[derive(Clone, Copy)]
pub struct Downloads<'a> {
    /// The index.
    pub client: &'a IndexClient,
    /// The cache, if any.
    pub cache_dir: Option<&'a Path>,
    /// What is asked before the index, if anything.
    pub mirror: Option<&'a Mirror>,
    /// Who is told.
    pub progress: &'a dyn Progress,
}

impl Downloads<'_> {
    /// Fetches, and so verifies, the files of a lock into a folder.
    pub(super) fn fetch(&self, lock: Lock<'_>, folder: &Path) -> Result<Summary, FetchError> {
        let request = Request {
            lock,
            folder,
            cache_dir: self.cache_dir,
            mirror: self.mirror,
            concurrency: CONCURRENCY,
        };
        fetch(&request, self.client, self.progress)
    }
}

impl fmt::Debug for Downloads<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Downloads").finish_non_exhaustive()
    }
}
