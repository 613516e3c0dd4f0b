//! What is kept on disk between runs.

use std::io;
use std::path::Path;
use std::time::Duration;

/// How much a cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheSize {
    /// Files.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
}

/// How much the cache in `dir` holds; nothing where there is none.
///
/// # Errors
///
/// When the folder cannot be read.
pub fn size_cache(dir: &Path) -> io::Result<CacheSize> {
    todo!()
}

/// Deletes the cache in `dir`, and says how much it held.
///
/// # Errors
///
/// When the folder cannot be read or a file not deleted.
pub fn clean_cache(dir: &Path) -> io::Result<CacheSize> {
    todo!()
}

/// Deletes what the cache in `dir` has not needed for `unused`, and says how much that was.
///
/// # Errors
///
/// When the folder cannot be read or a file not deleted.
pub fn prune_cache(dir: &Path, unused: Duration) -> io::Result<CacheSize> {
    todo!()
}
