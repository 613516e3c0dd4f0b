//! What a caller asks of [`fetch`](crate::fetch) and what it reports back.

use std::path::Path;

use harden_hasher::StrictFile;
use harden_target::Target;

use crate::{Admission, Depth, Mirror};

/// A strict file and the targets to fetch it for.
#[derive(Debug, Clone, Copy)]
pub struct Lock<'a> {
    /// The strict file.
    pub strict: &'a StrictFile,
    /// Its name in error messages.
    pub name: &'a str,
    /// The targets; without one, nothing is fetched.
    pub targets: &'a [Target],
}

/// What to fetch, and into which folder.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What to fetch.
    pub lock: Lock<'a>,
    /// The folder to fill, created if missing. Other files in it are not touched.
    pub folder: &'a Path,
    /// The cache that keeps files for other wheelhouses, if any.
    pub cache_dir: Option<&'a Path>,
    /// Asked for each file before the index.
    pub mirror: Option<&'a Mirror>,
    /// The most files that are in work at once, at least 1. Where each takes a connection of its own, at most 16
    /// are downloaded at once.
    pub concurrency: usize,
    /// How much of wheels is inspected.
    pub depth: Depth,
    /// Whether a file may be placed; `&()` admits all.
    pub admission: &'a dyn Admission,
}

/// Counts of a finished run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many files were fetched.
    pub fetched: usize,
    /// How many of these came from the mirror.
    pub from_mirror: usize,
    /// How many of these came from the cache that machines share.
    pub from_shared: usize,
    /// How many were in the cache.
    pub from_cache: usize,
    /// How many were there already, and right.
    pub already_there: usize,
    /// The size of the fetched files, in bytes.
    pub bytes: u64,
}
