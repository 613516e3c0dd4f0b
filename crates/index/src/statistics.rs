//! Statistics and progress of the network and the cache.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use harden_packaging::PackageName;

/// Counts of what a client has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Requests sent, repeated ones included.
    pub requests: u64,
    /// Requests sent again after a temporary failure.
    pub retries: u64,
    /// Bytes of bodies received, after decompression.
    pub bytes_received: u64,
    /// Pages and metadata that were read from the cache without asking the index.
    pub cache_hits: u64,
    /// Pages of the cache that the index confirmed (304).
    pub revalidations: u64,
}

/// Receives what a client does, from any thread. Every method does nothing by default.
pub trait Progress: Send + Sync {
    /// The page of `project` has been read.
    fn project_read(&self, _project: &PackageName) {}
    /// The metadata of the file named `filename` has been read.
    fn metadata_read(&self, _filename: &str) {}
    /// This many more bytes have been received.
    fn received(&self, _bytes: u64) {}
    /// Something does not work that the answers do not need.
    fn warned(&self, _text: &str) {}
}

/// A [`Progress`] that does nothing.
struct Unwatched;

impl Progress for Unwatched {}

/// Counts events, and reports them to a [`Progress`].
#[derive(Clone)]
pub(crate) struct Meter {
    counters: Arc<Counters>,
    progress: Arc<dyn Progress>,
}

#[derive(Default)]
struct Counters {
    requests: AtomicU64,
    retries: AtomicU64,
    bytes_received: AtomicU64,
    cache_hits: AtomicU64,
    revalidations: AtomicU64,
    /// Answers that came from a shared cache, without a request.
    lent: AtomicU64,
}

impl Default for Meter {
    fn default() -> Self {
        Self::watched_by(Arc::new(Unwatched))
    }
}

impl Meter {
    pub(crate) fn watched_by(progress: Arc<dyn Progress>) -> Self {
        Self {
            counters: Arc::default(),
            progress,
        }
    }

    pub(crate) fn progress(&self) -> &dyn Progress {
        &*self.progress
    }

    pub(crate) fn request(&self) {
        self.counters.requests.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn retry(&self) {
        self.counters.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// How many answers were asked for: requests, repeated ones counted once, and what a shared cache lent.
    pub(crate) fn answers(&self) -> u64 {
        let now = self.snapshot();
        let lent = self.counters.lent.load(Ordering::Relaxed);
        now.requests.saturating_sub(now.retries) + lent
    }

    pub(crate) fn lent(&self) {
        self.counters.lent.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn received(&self, bytes: usize) {
        let bytes = bytes as u64;
        self.counters
            .bytes_received
            .fetch_add(bytes, Ordering::Relaxed);
        self.progress.received(bytes);
    }

    pub(crate) fn cache_hit(&self) {
        self.counters.cache_hits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn revalidation(&self) {
        self.counters.revalidations.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn snapshot(&self) -> Statistics {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &*self.counters;
        Statistics {
            requests: count(&counters.requests),
            retries: count(&counters.retries),
            bytes_received: count(&counters.bytes_received),
            cache_hits: count(&counters.cache_hits),
            revalidations: count(&counters.revalidations),
        }
    }
}
