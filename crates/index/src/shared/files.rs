//! Wheels and sdists in a shared cache: lent piece by piece, and written behind from where they are on disk.
//!
//! They are large, so they are never in memory as a whole, and a store that is slow to give or to take them is not
//! used any longer, while the index or its host has them too.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use harden_packaging::Sha256;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::level::{Level, READ_WAIT, Shared, by_digest, no_answer};
use super::{FilePlace, SharedFile, SharedPieces};

/// The least rate of all files that are being read, together, in bytes per second. Whoever shares a cache has a
/// faster line to it; and a wrong guess costs one [`WINDOW`], since the host is asked then.
const LEAST_RATE: u64 = 256 << 10;

/// How long they may be slower than that.
const WINDOW: Duration = Duration::from_secs(5);

/// After so many wrong files no more are read: each costs as much as a right one.
const MOST_WRONG: usize = 3;

/// How many files are written at once; each has a part in memory.
const WRITERS: usize = 4;

/// How many files may be open while they wait to be written.
const MOST_OPEN: usize = 32;

/// What is known of the files of a shared cache.
pub(super) struct Files {
    lending: Mutex<Lending>,
    /// The objects that were found to be wrong.
    wrong: Mutex<BTreeSet<String>>,
    writers: Semaphore,
    open: AtomicUsize,
}

impl Default for Files {
    fn default() -> Self {
        Self {
            lending: Mutex::new(Lending {
                readers: 0,
                since: Instant::now(),
                bytes: 0,
            }),
            wrong: Mutex::default(),
            writers: Semaphore::new(WRITERS),
            open: AtomicUsize::new(0),
        }
    }
}

/// How fast files have come lately.
struct Lending {
    /// How many files are being read.
    readers: usize,
    since: Instant,
    bytes: u64,
}

impl Lending {
    fn begin(&mut self) {
        if self.readers == 0 {
            (self.since, self.bytes) = (Instant::now(), 0);
        }
        self.readers += 1;
    }

    /// Takes note of bytes that have come. Whether they come fast enough.
    fn note(&mut self, bytes: usize, elapsed: Duration) -> bool {
        self.bytes += bytes as u64;
        if elapsed < WINDOW {
            return true;
        }
        let is_fast = self.bytes >= LEAST_RATE * elapsed.as_secs();
        (self.since, self.bytes) = (Instant::now(), 0);
        is_fast
    }
}

/// A file that a shared cache lends. Its bytes are not verified: the reader says which digest they have.
pub struct LentFile {
    level: Arc<Level>,
    object: String,
    digest: Sha256,
    size: u64,
    left: u64,
    pieces: Box<dyn SharedPieces>,
}

/// A file does not come from the shared cache after all. Why was told, where it is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotLent;

impl fmt::Display for NotLent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shared cache does not provide the file")
    }
}

impl std::error::Error for NotLent {}

impl Shared {
    /// The file of this digest and name, of which no more than `most` bytes are read.
    pub(crate) async fn file(
        &self,
        digest: &Sha256,
        filename: &str,
        most: u64,
    ) -> Option<LentFile> {
        let level = self.readable()?;
        let object = file_name(digest, filename);
        if level.wrong().len() >= MOST_WRONG || level.wrong().contains(&object) {
            return None;
        }
        let open = async { Some(level.store().await?.open(&object).await) };
        let opened = match timeout(READ_WAIT, open).await {
            Ok(opened) => opened?,
            Err(_) => Err(no_answer(READ_WAIT)),
        };
        match opened {
            Ok(None) => None,
            Ok(Some(stream)) if stream.size > most => {
                level.refuse(&object, "it is too large");
                None
            }
            Ok(Some(stream)) => {
                level.lending().begin();
                Some(LentFile {
                    level: Arc::clone(level),
                    object,
                    digest: *digest,
                    size: stream.size,
                    left: stream.size,
                    pieces: stream.pieces,
                })
            }
            Err(why) => {
                level.turn_off(&why);
                None
            }
        }
    }

    /// Lends the file of this digest and name, whose bytes were verified, unless it is there.
    pub(crate) fn lend_file(&self, sha256: &Sha256, filename: &str, place: FilePlace) {
        let Some(level) = self.0.as_ref().filter(|level| level.cache.takes()) else {
            return;
        };
        let opened = usize::from(matches!(place, FilePlace::Open(_)));
        if level.files.open.fetch_add(opened, Ordering::SeqCst) + opened > MOST_OPEN {
            level.files.open.fetch_sub(opened, Ordering::SeqCst);
            return;
        }
        let object = file_name(sha256, filename);
        let file = SharedFile {
            place,
            sha256: *sha256,
            replaces: level.wrong().contains(&object),
        };
        let writer = Arc::clone(level);
        level.behind(async move {
            writer.put_file(&object, file).await;
            writer.files.open.fetch_sub(opened, Ordering::SeqCst);
        });
    }
}

impl Level {
    async fn put_file(&self, object: &str, file: SharedFile) {
        let Ok(_permit) = self.files.writers.acquire().await else {
            return;
        };
        if !self.cache.takes() {
            return;
        }
        let Some(store) = self.store().await else {
            return;
        };
        match store.put_file(object, file).await {
            Ok(true) => {}
            Ok(false) => self.is_only_read(),
            Err(why) => self.stop_writing(&why),
        }
    }

    /// Takes note of a wrong file.
    fn refuse(&self, object: &str, why: &str) {
        self.tell_damaged(object, why);
        let count = {
            let mut wrong = self.wrong();
            wrong.insert(object.to_owned());
            wrong.len()
        };
        if count == MOST_WRONG {
            let cache = &self.cache;
            let text = format!(
                "no more files are taken from the shared cache {cache}: {count} were wrong"
            );
            self.meter.progress().warned(&text);
        }
    }

    fn wrong(&self) -> MutexGuard<'_, BTreeSet<String>> {
        let wrong = self.files.wrong.lock();
        wrong.unwrap_or_else(PoisonError::into_inner)
    }

    fn lending(&self) -> MutexGuard<'_, Lending> {
        let lending = self.files.lending.lock();
        lending.unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of bytes that have come. Whether they come fast enough.
    fn note(&self, bytes: usize) -> bool {
        let mut lending = self.lending();
        let elapsed = lending.since.elapsed();
        lending.note(bytes, elapsed)
    }
}

impl LentFile {
    /// Its size in bytes, as the store says.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The next bytes, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the store fails or is too slow, or has more or less than it said. The index has the file too.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, NotLent> {
        if !self.level.cache.is_on() {
            return Err(NotLent);
        }
        let next = match timeout(READ_WAIT, self.pieces.next()).await {
            Ok(next) => next,
            Err(_) => Err(no_answer(READ_WAIT)),
        };
        let piece = next.map_err(|why| self.fails(&why))?;
        let length = piece.as_ref().map_or(0, Bytes::len) as u64;
        self.left = match self.left.checked_sub(length) {
            Some(left) => left,
            None => return Err(self.is_wrong("it is longer than the store says")),
        };
        match piece {
            None if self.left > 0 => Err(self.is_wrong("it is cut off")),
            Some(bytes) if !self.level.note(bytes.len()) => {
                let least = LEAST_RATE >> 10;
                Err(self.fails(&format!("it sends less than {least} KiB/s")))
            }
            piece => Ok(piece),
        }
    }

    /// Whether what has come is the file, by its digest.
    pub fn is_right(self, found: &Sha256) -> bool {
        let is_right = *found == self.digest;
        if is_right {
            self.level.meter.lent();
        } else {
            self.is_wrong("it has another digest");
        }
        is_right
    }

    fn fails(&self, why: &str) -> NotLent {
        self.level.turn_off(why);
        NotLent
    }

    fn is_wrong(&self, why: &str) -> NotLent {
        self.level.refuse(&self.object, why);
        NotLent
    }
}

impl Drop for LentFile {
    fn drop(&mut self) {
        self.level.lending().readers -= 1;
    }
}

impl fmt::Debug for LentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LentFile({})", self.object)
    }
}

fn file_name(digest: &Sha256, filename: &str) -> String {
    format!("{}/{filename}", by_digest("files", digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lending() -> Lending {
        Lending {
            readers: 1,
            since: Instant::now(),
            bytes: 0,
        }
    }

    #[test]
    fn a_store_is_slow_if_all_files_together_come_slowly_for_five_seconds() {
        let enough = usize::try_from(LEAST_RATE * WINDOW.as_secs()).unwrap();
        let mut lending = lending();
        assert!(lending.note(1, WINDOW / 2));
        assert!(lending.note(enough - 1, WINDOW));
        // What came in the time before does not count.
        assert!(!lending.note(enough - 1, WINDOW));
    }

    #[test]
    fn time_in_which_nothing_is_read_does_not_count() {
        let mut lending = lending();
        lending.note(7, Duration::ZERO);
        lending.readers = 0;
        lending.since = Instant::now().checked_sub(WINDOW * 9).unwrap();
        lending.begin();
        assert!(lending.since.elapsed() < WINDOW);
        assert_eq!((lending.readers, lending.bytes), (1, 0));
    }
}
