//! The shared cache as a level below the one on disk: read through, written behind, and turned off at the
//! first failure. Pages and metadata are here; files, which are large, in `files`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use harden_packaging::Sha256;
use tokio::sync::{Notify, OnceCell, Semaphore};
use tokio::time::timeout;
use url::Url;

use super::files::Files;
use super::page_object::{LentPage, SentPage};
use super::{SharedCache, SharedObject, SharedStore};
use crate::statistics::Meter;
use crate::{Freshness, Settings};

/// How long connecting, and then reading an object, or the beginning of a file, may take. An index answers sooner
/// than that.
pub(super) const READ_WAIT: Duration = Duration::from_secs(5);

/// How long writing an object may take.
const WRITE_WAIT: Duration = Duration::from_secs(20);

/// How long the end of a run may wait for what is being written: so long, or a part of the time since it began if
/// that is longer, up to the most.
const LAST_WAIT: Duration = Duration::from_secs(5);
const LAST_PART: u32 = 4;
const LONGEST_LAST_WAIT: Duration = Duration::from_mins(1);

/// How many objects are written at once.
const WRITERS: usize = 16;

/// How many bytes may wait to be written; more is not written.
const MOST_WAITING: usize = 64 << 20;

/// The largest `.metadata` file that is read or written, in bytes.
const LARGEST_METADATA: usize = 16 << 20;

/// The largest object of a page that is read or written, in bytes: the page in it is compressed.
const LARGEST_PAGE_OBJECT: usize = 64 << 20;

/// How many damaged objects are told of, one by one.
const MOST_TOLD: usize = 5;

/// A shared cache in use.
pub(crate) struct Shared(pub(super) Option<Arc<Level>>);

/// One that there is.
pub(super) struct Level {
    pub(super) cache: SharedCache,
    store: OnceCell<Option<Arc<dyn SharedStore>>>,
    /// Whether nothing may come from it: the user wants everything from the index.
    is_refreshed: bool,
    pub(super) meter: Meter,
    writers: Semaphore,
    /// Objects, and bytes in memory, that are being written.
    writes: AtomicUsize,
    waiting: AtomicUsize,
    written: Notify,
    damaged: AtomicUsize,
    begun: Instant,
    pub(super) files: Files,
}

impl Shared {
    /// The one of these settings. With a client certificate everything is private, and none is used; nor is
    /// one without a cache on disk, or without a network.
    pub(crate) fn new(settings: &Settings, meter: &Meter) -> Self {
        let is_used = settings.cache_dir.is_some()
            && settings.client_certificate.is_none()
            && settings.freshness != Freshness::Offline;
        let cache = settings.shared.clone().filter(|_| is_used);
        Self(cache.map(|cache| {
            Arc::new(Level {
                cache,
                store: OnceCell::new(),
                is_refreshed: settings.freshness == Freshness::Refresh,
                meter: meter.clone(),
                writers: Semaphore::new(WRITERS),
                writes: AtomicUsize::new(0),
                waiting: AtomicUsize::new(0),
                written: Notify::new(),
                damaged: AtomicUsize::new(0),
                begun: Instant::now(),
                files: Files::default(),
            })
        }))
    }

    /// Whether there is one to read from or to write to.
    pub(crate) fn is_on(&self) -> bool {
        let level = self.0.as_ref();
        level.is_some_and(|level| level.cache.is_on())
    }

    /// Whether there is one to read from.
    pub(crate) fn is_readable(&self) -> bool {
        self.readable().is_some()
    }

    /// The page at `url` of the project `name`, to be confirmed by its index.
    pub(crate) async fn page(&self, url: &Url, name: &str) -> Option<LentPage> {
        let level = self.readable()?;
        let object = page_name(url);
        let bytes = level.read(&object, LARGEST_PAGE_OBJECT).await?;
        match LentPage::read(&bytes, url, name) {
            Ok(page) => Some(page),
            Err(why) => {
                level.tell_damaged(&object, &why);
                None
            }
        }
    }

    /// Says that the page at `url` is not what an index sends.
    pub(crate) fn refuse_page(&self, url: &Url, why: &str) {
        if let Some(level) = &self.0 {
            level.tell_damaged(&page_name(url), why);
        }
    }

    /// Lends a page that its index has just sent, unless it may hold what only this user may see.
    pub(crate) fn lend_page(&self, url: &Url, name: &str, page: &SentPage<'_>) {
        if let Some(level) = self.0.as_ref().filter(|_| self.is_on())
            && let Some(bytes) = page.to_object(url, name)
        {
            level.write(page_name(url), bytes);
        }
    }

    /// The `.metadata` file of this digest.
    pub(crate) async fn metadata(&self, digest: &Sha256) -> Option<Vec<u8>> {
        let level = self.readable()?;
        let object = metadata_name(digest);
        let bytes = level.read(&object, LARGEST_METADATA).await?;
        let found = Sha256::of(&bytes);
        if found == *digest {
            level.meter.lent();
            return Some(bytes);
        }
        level.tell_damaged(&object, "it has another digest");
        None
    }

    /// Lends a `.metadata` file of this digest.
    pub(crate) fn lend_metadata(&self, digest: &Sha256, text: &[u8]) {
        if let Some(level) = self.0.as_ref().filter(|_| self.is_on()) {
            level.write(metadata_name(digest), text.to_vec());
        }
    }

    /// Waits until everything is written, but not for long.
    pub(crate) async fn settle(&self) {
        let Some(level) = &self.0 else { return };
        let wait = last_wait(level.begun.elapsed());
        let all_written = async {
            loop {
                let written = level.written.notified();
                if level.writes.load(Ordering::SeqCst) == 0 {
                    return;
                }
                written.await;
            }
        };
        if timeout(wait, all_written).await.is_err() {
            level.stop_writing("it is too slow to take all that this run has found");
        }
    }

    pub(super) fn readable(&self) -> Option<&Arc<Level>> {
        let level = self.0.as_ref()?;
        (self.is_on() && !level.is_refreshed).then_some(level)
    }
}

impl Level {
    pub(super) async fn store(&self) -> Option<&Arc<dyn SharedStore>> {
        let connect = async || {
            let cache = self.cache.clone();
            let made = tokio::task::spawn_blocking(move || cache.connect()).await;
            match made.unwrap_or_else(|error| Err(error.to_string())) {
                Ok(store) => Some(store),
                Err(why) => {
                    self.turn_off(&why);
                    None
                }
            }
        };
        self.store.get_or_init(connect).await.as_ref()
    }

    /// The object of this name, if it is there and is not too large.
    async fn read(&self, name: &str, limit: usize) -> Option<Vec<u8>> {
        let read = async { Some(self.store().await?.get(name, limit).await) };
        let reply = match timeout(READ_WAIT, read).await {
            Ok(reply) => reply?,
            Err(_) => Err(no_answer(READ_WAIT)),
        };
        match reply {
            Ok(SharedObject::Bytes(bytes)) => Some(bytes),
            Ok(SharedObject::Missing) => None,
            Ok(SharedObject::TooLarge) => {
                self.tell_damaged(name, "it is too large");
                None
            }
            Err(why) => {
                self.turn_off(&why);
                None
            }
        }
    }

    /// Begins to write an object.
    fn write(self: &Arc<Self>, name: String, bytes: Vec<u8>) {
        let length = bytes.len();
        if self.waiting.fetch_add(length, Ordering::SeqCst) + length > MOST_WAITING {
            self.waiting.fetch_sub(length, Ordering::SeqCst);
            return;
        }
        let level = Arc::clone(self);
        self.behind(async move {
            if let Ok(_permit) = level.writers.acquire().await
                && level.cache.takes()
            {
                level.write_now(&name, bytes).await;
            }
            level.waiting.fetch_sub(length, Ordering::SeqCst);
        });
    }

    /// Has something written while the run goes on; its end waits for that.
    pub(super) fn behind(self: &Arc<Self>, write: impl Future<Output = ()> + Send + 'static) {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let level = Arc::clone(self);
        tokio::spawn(async move {
            write.await;
            level.writes.fetch_sub(1, Ordering::SeqCst);
            level.written.notify_waiters();
        });
    }

    async fn write_now(&self, name: &str, bytes: Vec<u8>) {
        let write = async { Some(self.store().await?.put(name, bytes).await) };
        let reply = match timeout(WRITE_WAIT, write).await {
            Ok(reply) => reply,
            Err(_) => Some(Err(no_answer(WRITE_WAIT))),
        };
        match reply {
            Some(Ok(false)) => self.is_only_read(),
            Some(Err(why)) => self.turn_off(&why),
            Some(Ok(true)) | None => {}
        }
    }

    /// This user may not write to it, which is as it may be.
    pub(super) fn is_only_read(&self) {
        tracing::debug!("the shared cache {} is only read", self.cache);
        self.cache.only_read();
    }

    /// Nothing more is asked of it, for this reason, which is told once.
    pub(super) fn turn_off(&self, why: &str) {
        if self.cache.turn_off() {
            let cache = &self.cache;
            let text = format!("the shared cache {cache} is not used any longer: {why}");
            self.meter.progress().warned(&text);
        }
    }

    /// Nothing more is written to it, for this reason, which is told once.
    pub(super) fn stop_writing(&self, why: &str) {
        if self.cache.is_on() && self.cache.only_read() {
            let cache = &self.cache;
            let text = format!("nothing more is written to the shared cache {cache}: {why}");
            self.meter.progress().warned(&text);
        }
    }

    pub(super) fn tell_damaged(&self, object: &str, why: &str) {
        let cache = &self.cache;
        let text = match self.damaged.fetch_add(1, Ordering::Relaxed) {
            MOST_TOLD => format!("more objects of the shared cache {cache} are thrown away"),
            told if told > MOST_TOLD => return,
            _ => format!(
                "the shared cache {cache} has a wrong object, which is thrown away: {object}: {why}"
            ),
        };
        self.meter.progress().warned(&text);
    }
}

/// How long a run waits at its end that has taken so long.
fn last_wait(taken: Duration) -> Duration {
    (taken / LAST_PART).clamp(LAST_WAIT, LONGEST_LAST_WAIT)
}

pub(super) fn no_answer(wait: Duration) -> String {
    format!("no answer within {} s", wait.as_secs())
}

fn page_name(url: &Url) -> String {
    let digest = Sha256::of(url.as_str());
    by_digest("pages", &digest)
}

fn metadata_name(digest: &Sha256) -> String {
    by_digest("metadata", digest)
}

pub(super) fn by_digest(folder: &str, digest: &Sha256) -> String {
    let digest = digest.to_string();
    let (first, rest) = digest.split_at(2);
    format!("v1/{folder}/{first}/{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_run_waits_for_a_quarter_of_its_time() {
        let waits =
            [0, 20, 100, 10_000].map(|taken| last_wait(Duration::from_secs(taken)).as_secs());
        assert_eq!(waits, [5, 5, 25, 60]);
    }
}
