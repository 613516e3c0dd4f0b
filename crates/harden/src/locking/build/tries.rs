//! How many sdists of a package are tried before its others are passed over.
//!
//! A build takes seconds, or minutes for native code. What one release shows, the others of its package
//! mostly share: a missing library, a removed Python module, native code. A search that reads release
//! after release would build each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use harden_packaging::{DistFile, DistFilename, PackageName};

use super::builder::lock;
use super::error::FailedBuild;

/// After this many failed builds of a package, its other releases are not built. Without a limit, a lock of
/// psycopg-c on a machine without libpq builds each of its 40 releases in turn.
const MOST_FAILURES: usize = 2;
/// After this many releases of a package that were built to learn what they require, no other is.
const MOST_READ: usize = 16;
/// After this many the user is told that the search goes on.
const MANY_READ: usize = 4;

/// What was tried of each package.
pub(super) struct Tries {
    /// Whether nothing is passed over (`--exhaustive`).
    exhaustive: bool,
    /// Why builds failed, in full, by file name.
    failures: Mutex<BTreeMap<String, FailedBuild>>,
    /// The sdists that were built to learn what they require.
    read: Mutex<BTreeMap<PackageName, BTreeSet<String>>>,
}

impl Tries {
    /// Nothing was tried yet. Nothing is passed over if the search is `exhaustive`.
    pub(super) fn new(exhaustive: bool) -> Self {
        Self {
            exhaustive,
            failures: Mutex::default(),
            read: Mutex::default(),
        }
    }

    /// Whether nothing is passed over.
    pub(super) fn is_exhaustive(&self) -> bool {
        self.exhaustive
    }

    /// Why no other sdist of a package is built, if so; as after "lib 1.0 was".
    pub(super) fn failed_too_often(&self, name: &PackageName) -> Option<Arc<str>> {
        let failures = lock(&self.failures);
        let failures = failures.iter().filter(|(file, _)| is_of(file, name));
        let failures: Vec<&FailedBuild> = failures.map(|(_, failure)| failure).collect();
        if failures.len() < MOST_FAILURES || self.exhaustive {
            return None;
        }
        let last = failures.last()?;
        let why = format!("{MOST_FAILURES} others fail ({})", last.headline);
        Some(not_tried(&why))
    }

    /// Counts an sdist that is built to learn what it requires; why it is not, if too many were.
    pub(super) fn read(&self, file: &DistFile) -> Result<Read, Arc<str>> {
        let mut read = lock(&self.read);
        let read = read.entry(file.project.clone()).or_default();
        if read.len() >= MOST_READ && !self.exhaustive {
            let why = format!("{MOST_READ} others were built to learn what they require");
            return Err(not_tried(&why));
        }
        let is_new = read.insert(file.filename.to_string());
        Ok(Read {
            is_many: is_new && read.len() == MANY_READ,
        })
    }

    /// Keeps why the build of a file failed.
    pub(super) fn keep(&self, file: &str, failure: FailedBuild) {
        lock(&self.failures).insert(file.to_owned(), failure);
    }

    /// Why builds failed, by file name.
    pub(super) fn failed(&self) -> BTreeMap<String, FailedBuild> {
        lock(&self.failures).clone()
    }

    /// Why the build of a file failed.
    pub(super) fn failure(&self, file: &DistFile) -> Option<FailedBuild> {
        lock(&self.failures).get(&*file.filename).cloned()
    }

    /// Why the build of a file failed, else that of another of its package.
    pub(super) fn any_failure(&self, file: &DistFile) -> FailedBuild {
        let own = self.failure(file);
        let failures = lock(&self.failures);
        let mut others = failures.iter();
        let other = others.find(|(known, _)| is_of(known, &file.project));
        own.or_else(|| other.map(|(_, failure)| failure.clone()))
            .unwrap_or_default()
    }
}

/// An sdist that is built to learn what it requires.
pub(super) struct Read {
    /// Whether so many of its package were that the user should know.
    pub(super) is_many: bool,
}

/// That a release was not tried, because of others; as after "lib 1.0 was".
pub(super) fn not_tried(why: &str) -> Arc<str> {
    format!("not tried, since {why}; --exhaustive tries all releases").into()
}

fn is_of(file: &str, name: &PackageName) -> bool {
    let file: Option<DistFilename> = file.parse().ok();
    file.is_some_and(|file| file.name() == name)
}
