//! What a run found in the cache, so that a later run can tell that it would find the same.
//!
//! A run notes each entry that it reads or writes: its file, a checksum of its content, and for how long it
//! may be used without asking the index. A run whose answers were not all kept (a refused page, a file
//! without a digest) says so, and what it found stands for nothing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

/// The entries that a run has met.
#[derive(Default)]
pub(crate) struct Found {
    entries: Mutex<FxHashMap<PathBuf, Entry>>,
    is_incomplete: AtomicBool,
    /// Requests whose answers are in the cache now.
    kept_answers: AtomicU64,
}

/// An entry as it was met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// `None` if there was no whole entry.
    pub(crate) content: Option<Content>,
    /// How long it may be used without asking, in seconds since its modification; `None`: always.
    pub(crate) fresh_seconds: Option<u64>,
}

/// The content of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    /// The file that has it.
    pub(crate) file: FileState,
    /// Its checksum.
    pub(crate) sum: u64,
}

/// A file, as far as can be told without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileState {
    length: u64,
    /// Nanoseconds since 1970.
    modified: u64,
    /// Its number in the file system; 0 where there is none.
    number: u64,
}

impl FileState {
    pub(crate) fn of(found: &std::fs::Metadata) -> Self {
        let modified = found.modified().ok();
        let modified = modified.and_then(|modified| modified.duration_since(UNIX_EPOCH).ok());
        let modified = modified.map(|since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(found);
        #[cfg(not(unix))]
        let number = 0;
        Self {
            length: found.len(),
            modified: modified.unwrap_or_default(),
            number,
        }
    }

    /// The regular file at `path`; `None` if there is none.
    pub(crate) fn at(path: &Path) -> Option<Self> {
        let found = std::fs::symlink_metadata(path).ok()?;
        found.is_file().then(|| Self::of(&found))
    }

    /// How long ago it was written or confirmed; `None` if that is in the future.
    pub(crate) fn age(&self) -> Option<Duration> {
        let modified = UNIX_EPOCH + Duration::from_nanos(self.modified);
        SystemTime::now().duration_since(modified).ok()
    }

    /// Whether it may be the same file, confirmed again.
    pub(crate) fn is_same_file(&self, other: &Self) -> bool {
        (self.length, self.number) == (other.length, other.number)
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }
}

impl Entry {
    fn new(content: Option<Content>) -> Self {
        Self {
            content,
            fresh_seconds: None,
        }
    }

    /// The checksum of its content.
    pub(crate) fn sum(&self) -> Option<u64> {
        self.content.map(|content| content.sum)
    }

    /// Whether an entry of this `age` may be used without asking.
    pub(crate) fn is_fresh(&self, age: Option<Duration>) -> bool {
        let Some(seconds) = self.fresh_seconds else {
            return true;
        };
        age.is_some_and(|age| age.as_secs() < seconds)
    }
}

impl Found {
    /// Notes what was read at `path`, in the folder of the cache.
    pub(crate) fn read(&self, path: &Path, content: Option<Content>) {
        let mut entries = self.locked();
        match entries.get(path) {
            Some(known) if known.sum() == content.map(|content| content.sum) => {}
            // Another run has changed it meanwhile, and both may have been used.
            Some(_) => self.miss(),
            None => {
                let entry = Entry::new(content);
                entries.insert(path.to_owned(), entry);
            }
        }
    }

    /// Notes what is at `path` now, in the place of what was read there.
    pub(crate) fn set(&self, path: &Path, content: Option<Content>) {
        let mut entries = self.locked();
        match entries.get_mut(path) {
            Some(known) => known.content = content,
            None => {
                entries.insert(path.to_owned(), Entry::new(content));
            }
        }
    }

    /// Notes for how long the entry at `path` may be used without asking.
    pub(crate) fn limit(&self, path: &Path, fresh: Duration) {
        if let Some(entry) = self.locked().get_mut(path) {
            entry.fresh_seconds = Some(fresh.as_secs());
        }
    }

    /// Notes that the entry at `path` was confirmed: `before` is what was met, `now` the file since.
    pub(crate) fn confirmed(&self, path: &Path, now: Option<FileState>) {
        let mut entries = self.locked();
        let content = entries
            .get_mut(path)
            .and_then(|entry| entry.content.as_mut());
        match (content, now) {
            (Some(content), Some(now)) if content.file.is_same_file(&now) => content.file = now,
            // Another run has replaced it meanwhile.
            _ => self.miss(),
        }
    }

    /// Notes that an answer of the network is in the cache now.
    pub(crate) fn kept_answer(&self) {
        self.kept_answers.fetch_add(1, Ordering::SeqCst);
    }

    /// Notes that something was used that the cache does not have.
    pub(crate) fn miss(&self) {
        self.is_incomplete.store(true, Ordering::SeqCst);
    }

    /// What was met under this path.
    pub(crate) fn entry(&self, path: &Path) -> Option<Entry> {
        self.locked().get(path).cloned()
    }

    /// Whether everything that was used is in the cache as it was met. `answers` tells how many answers the
    /// network has given. It is asked last: another thread may get and keep answers meanwhile, which must
    /// not make up for one that was not kept.
    pub(crate) fn is_complete(&self, answers: impl FnOnce() -> u64) -> bool {
        let kept = self.kept_answers.load(Ordering::SeqCst);
        kept == answers() && !self.is_incomplete.load(Ordering::SeqCst)
    }

    fn locked(&self) -> MutexGuard<'_, FxHashMap<PathBuf, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
