//! The indexes and mirror that provide an sdist and its build requirements.

use std::fmt;
use std::path::Path;

use harden_hasher::StrictFile;
use harden_index::IndexClient;
use harden_target::Target;

use super::BuildError;
use crate::{
    Depth, FetchError, Lock, Mirror, MirrorMiss, Outcome, Progress, Request, Summary, Warning,
    fetch,
};

/// A target for files that do not depend on one, as sdists.
const ANY_TARGET: &str = "manylinux2014_x86_64-cp-311-cp311";

/// How many files are fetched at once.
const CONCURRENCY: usize = 8;

/// The sources of files, and the receiver of progress.
#[derive(Clone, Copy)]
pub struct Downloads<'a> {
    /// The index.
    pub client: &'a IndexClient,
    /// The cache, if any.
    pub cache_dir: Option<&'a Path>,
    /// What is asked before the index, if anything.
    pub mirror: Option<&'a Mirror>,
    /// The receiver of progress.
    pub progress: &'a dyn Progress,
}

impl Downloads<'_> {
    /// Fetches the files of pins that every target installs.
    pub(super) fn fetch_for_any_target(
        &self,
        strict: &StrictFile,
        name: &str,
        folder: &Path,
    ) -> Result<(), BuildError> {
        let target: Target = ANY_TARGET
            .parse()
            .expect("the constant is a target in canonical spelling");
        let lock = Lock {
            strict,
            name,
            targets: std::slice::from_ref(&target),
        };
        self.fetch(lock, folder)?;
        Ok(())
    }

    /// Fetches, and so verifies, the files of a lock into a folder.
    pub(super) fn fetch(&self, lock: Lock<'_>, folder: &Path) -> Result<Summary, FetchError> {
        let request = Request {
            lock,
            folder,
            cache_dir: self.cache_dir,
            mirror: self.mirror,
            concurrency: CONCURRENCY,
            // Their code is run, and there are few of them.
            depth: Depth::Contents,
            admission: &(),
        };
        fetch(&request, self.client, &ForBuild(self.progress))
    }
}

/// The progress of downloads for a build. What a build requirement takes over, it takes over in an
/// environment that is thrown away, so nobody is warned of it.
struct ForBuild<'a>(&'a dyn Progress);

impl Progress for ForBuild<'_> {
    fn planned(&self, files: usize) {
        self.0.planned(files);
    }

    fn begun(&self, file: &str, bytes: Option<u64>) {
        self.0.begun(file, bytes);
    }

    fn reached(&self, file: &str, bytes: u64) {
        self.0.reached(file, bytes);
    }

    fn passed_over(&self, what: &MirrorMiss) {
        self.0.passed_over(what);
    }

    fn warned(&self, warning: &Warning) {
        if !matches!(warning, Warning::Takeover { .. }) {
            self.0.warned(warning);
        }
    }

    fn ended(&self, file: &str, outcome: Outcome) {
        self.0.ended(file, outcome);
    }
}

impl fmt::Debug for Downloads<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Downloads").finish_non_exhaustive()
    }
}
