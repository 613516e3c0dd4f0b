//! What a run tells while it is under way.

use crate::MirrorMiss;

/// Hears how a run goes on; calls come from several threads, and do nothing by default.
pub trait Progress: Sync {
    /// The run is about so many files.
    fn planned(&self, _files: usize) {}

    /// A file begins to come in; `bytes` is its size where the server says so.
    fn begun(&self, _file: &str, _bytes: Option<u64>) {}

    /// So many bytes of a file are here; after a broken connection it may be less than before.
    fn reached(&self, _file: &str, _bytes: u64) {}

    /// A file is not taken from the mirror, but looked for at the index.
    fn passed_over(&self, _what: &MirrorMiss) {}

    /// A file is done with.
    fn ended(&self, _file: &str, _outcome: Outcome) {}
}

/// Tells nobody.
impl Progress for () {}

/// What became of a file.
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
