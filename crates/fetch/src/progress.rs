//! What a run reports while it is under way.

use std::path::PathBuf;

use crate::MirrorMiss;

/// Receives the progress of a run. Calls come from several threads. By default they do nothing.
pub trait Progress: Sync {
    /// The run is about so many files.
    fn planned(&self, _files: usize) {}

    /// The download of a file begins; `bytes` is its size if the server states it.
    fn begun(&self, _file: &str, _bytes: Option<u64>) {}

    /// So many bytes of a file are here; after a broken connection it may be less than before.
    fn reached(&self, _file: &str, _bytes: u64) {}

    /// The mirror does not provide a file, which is looked for on the index.
    fn passed_over(&self, _what: &MirrorMiss) {}

    /// A warning; the run continues.
    fn warned(&self, _warning: &Warning) {}

    /// A file is done with.
    fn ended(&self, _file: &str, _outcome: Outcome) {}
}

/// Ignores everything.
impl Progress for () {}

/// A warning; the run continues.
#[derive(Debug, thiserror::Error)]
pub enum Warning {
    /// The cache cannot be used, and files go to the wheelhouse without it.
    #[error("the cache in {} is not used: {reason}", folder.display())]
    NoCache {
        /// The cache.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// A rule of the caller is broken.
    #[error("{file}: {reason}")]
    Judged {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// Once it is installed, a wheel runs code when Python starts, or replaces programs.
    #[error(
        "{file} runs code when Python starts or replaces an interpreter or installer: {}",
        named(takeovers)
    )]
    Takeover {
        /// The wheel.
        file: String,
        /// Its files and entry points that do.
        takeovers: Vec<String>,
    },
}

fn named(takeovers: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = takeovers
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match takeovers.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The outcome for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was there, and right.
    AlreadyThere,
    /// It was in the cache, and is right.
    FromCache,
    /// It came, and is right.
    Fetched,
    /// It is not there; the error says why.
    Failed,
}
