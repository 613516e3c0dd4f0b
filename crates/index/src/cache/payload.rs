//! The payload of an entry: in memory, or, of a large one, its front in memory and the rest in its file.
//!
//! Of a page of a megabyte, a resolution looks at the newest releases, which stand in front. Reading the rest,
//! and the memory for it, would take most of the time. So a large entry ends in a table with the checksums of its
//! blocks, and what is read of it is compared with those: all of it at once, or each part when it is used.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use harden_packaging::IndexError;
use rustc_hash::FxHasher;

use crate::error::{failed, in_one_line};

/// How many bytes have a checksum of their own.
const BLOCK: usize = 4 << 10;

/// The bytes of a checksum.
const SUM: usize = 8;

/// How many bytes are read at once of what does not stay in memory.
const PIECE: usize = 16 * BLOCK;

/// A payload of at most this many bytes stays in memory.
pub(super) const SMALL: usize = 32 << 10;

/// How many bytes of a larger one stay there, beyond those that are always needed.
const FRONT: usize = 8 << 10;

/// How many files are open at most: some systems grant a process 256.
const MOST_OPEN: usize = 128;

thread_local! {
    /// For what does not stay in memory: it costs less than new memory for each entry.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The files that the entries of a cache keep open.
#[derive(Default)]
pub(super) struct OpenFiles {
    count: AtomicUsize,
    /// Why a part of an entry could not be read again.
    unreadable: OnceLock<String>,
}

/// When the rest of a large entry is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Verify {
    /// When the entry is read, so that a damaged one is as good as absent.
    #[default]
    AtOnce,
    /// When a part of it is used. Damage then ends what was begun, and [`Self::AtOnce`] is the way to begin again.
    WhenUsed,
}

/// The payload of an entry.
pub(crate) struct Payload {
    /// All of it, or the bytes up to some place after those that are always needed.
    front: Vec<u8>,
    rest: Option<Rest>,
}

/// All of a payload, in its file.
struct Rest {
    file: File,
    path: PathBuf,
    /// Where the payload begins in the file.
    start: u64,
    length: usize,
    blocks: Vec<u64>,
    permit: Permit,
    /// What was read last.
    window: Mutex<Window>,
}

/// A part of a payload, of whole blocks, and where it begins.
#[derive(Default)]
struct Window {
    start: usize,
    bytes: Vec<u8>,
}

/// What lets one more file be open.
struct Permit(Arc<OpenFiles>);

/// What is known of a payload before it is read.
#[derive(Clone, Copy)]
pub(super) struct Size {
    /// Its bytes.
    pub(super) length: usize,
    /// How many of them, at the beginning, are always needed.
    pub(super) needed: usize,
}

impl Size {
    /// That of a payload which takes `stored` bytes with the table behind it, if it has one.
    pub(super) fn of_stored(stored: usize, needed: usize) -> Self {
        let table = match stored {
            0..=SMALL => 0,
            _ => SUM * stored.div_ceil(BLOCK + SUM),
        };
        let length = stored - table;
        Self { length, needed }
    }

    /// How many bytes stay in memory: whole blocks, or all.
    fn front(&self) -> usize {
        let front = self.needed.saturating_add(FRONT).max(SMALL);
        let front = front.checked_next_multiple_of(BLOCK);
        front.map_or(self.length, |front| front.min(self.length))
    }

    /// The checksum of a payload of these blocks.
    fn checksum(&self, blocks: &[u64]) -> u64 {
        let mut hasher = FxHasher::default();
        hasher.write_usize(self.length);
        hasher.write_usize(self.needed);
        for block in blocks {
            hasher.write_u64(*block);
        }
        hasher.finish()
    }
}

/// The checksums of a payload, which detect damage, not malice: someone who can write to the cache can write
/// valid ones.
pub(super) struct Checksums {
    /// That of the whole, with its size.
    pub(super) sum: u64,
    blocks: Vec<u64>,
}

impl Checksums {
    /// Those of a payload, of which the bytes before `needed` are always needed.
    pub(super) fn of(payload: &[u8], needed: usize) -> Self {
        let blocks = checksums(payload);
        let length = payload.len();
        let sum = Size { length, needed }.checksum(&blocks);
        Self { sum, blocks }
    }

    /// What is kept of them behind a payload of this length: the checksums of the blocks, if it is large.
    pub(super) fn table(&self, length: usize) -> Vec<u8> {
        let blocks = if length > SMALL { &*self.blocks } else { &[] };
        blocks.iter().flat_map(|sum| sum.to_le_bytes()).collect()
    }
}

impl Payload {
    /// A payload that is in memory.
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        Self {
            front: bytes,
            rest: None,
        }
    }

    /// Reads the payload that `file` has from `start` on, of which `first` was read already, no more than
    /// [`SMALL`]; `None` if its checksum differs.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is shorter.
    pub(super) fn read(
        (mut file, start, path): (File, u64, &Path),
        first: Vec<u8>,
        (size, sum): (Size, u64),
        (verify, open): (Verify, &Arc<OpenFiles>),
    ) -> io::Result<Option<Self>> {
        let permit = (size.front() < size.length)
            .then(|| open.permit())
            .flatten();
        let in_memory = permit.as_ref().map_or(size.length, |_| size.front());
        let mut front = first;
        let known = front.len();
        front.resize(in_memory.max(known), 0);
        file.read_exact(&mut front[known..])?;
        let mut blocks = checksums(&front);
        let Some(permit) = permit else {
            let is_sound = size.checksum(&blocks) == sum;
            return Ok(is_sound.then(|| Self::of(front)));
        };
        if verify == Verify::AtOnce {
            add_checksums(&mut file, size.length - front.len(), &mut blocks)?;
        } else {
            let table = read_table(&file, start, size.length)?;
            if !table.starts_with(&blocks) {
                return Ok(None);
            }
            blocks = table;
        }
        if size.checksum(&blocks) != sum {
            return Ok(None);
        }
        let rest = Rest {
            file,
            path: path.to_owned(),
            start,
            length: size.length,
            blocks,
            permit,
            window: Mutex::default(),
        };
        Ok(Some(Self {
            front,
            rest: Some(rest),
        }))
    }

    /// The same, which `file` has from `start` on, with these checksums; the bytes before `needed` are always
    /// needed.
    pub(super) fn in_file(
        self,
        (file, start, path): (File, u64, PathBuf),
        (needed, checksums): (usize, Checksums),
        open: &Arc<OpenFiles>,
    ) -> Self {
        let mut front = self.front;
        let length = front.len();
        let size = Size { length, needed };
        let Some(permit) = (size.front() < length).then(|| open.permit()).flatten() else {
            return Self::of(front);
        };
        front.truncate(size.front());
        front.shrink_to_fit();
        let rest = Rest {
            file,
            path,
            start,
            length,
            blocks: checksums.blocks,
            permit,
            window: Mutex::default(),
        };
        Self {
            front,
            rest: Some(rest),
        }
    }

    /// The bytes in memory: those that are always needed, and some more.
    pub(crate) fn front(&self) -> &[u8] {
        &self.front
    }

    /// How many bytes there are.
    pub(crate) fn len(&self) -> usize {
        let rest = self.rest.as_ref();
        rest.map_or(self.front.len(), |rest| rest.length)
    }

    /// A part of the payload, which has as many bytes.
    ///
    /// # Errors
    ///
    /// When it cannot be read again. [`OpenFiles::check`] then fails, too: who uses the part may not tell.
    pub(crate) fn get(&self, range: Range<usize>) -> Result<Cow<'_, [u8]>, IndexError> {
        if let Some(bytes) = self.front.get(range.clone()) {
            return Ok(Cow::Borrowed(bytes));
        }
        let Some(rest) = &self.rest else {
            return Err(failed(
                "an entry of the cache is shorter than it says".to_owned(),
            ));
        };
        rest.read(range).map(Cow::Owned).map_err(|error| {
            let path = rest.path.display();
            let why = match error.kind() {
                io::ErrorKind::UnexpectedEof => "it has become shorter".to_owned(),
                _ => in_one_line(&error),
            };
            let why = format!(
                "cannot read all of {path}: {why}; if this happens again, `harden cache clean` makes the \
                 cache anew"
            );
            let _ = rest.permit.0.unreadable.set(why.clone());
            failed(why)
        })
    }
}

impl Rest {
    fn read(&self, range: Range<usize>) -> io::Result<Vec<u8>> {
        if range.start > range.end || range.end > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if window.part(&range).is_none() {
            *window = self.verified(window.next(&range))?;
        }
        let part = window.part(&range);
        part.map(<[u8]>::to_vec)
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// The blocks with this part.
    fn verified(&self, range: Range<usize>) -> io::Result<Window> {
        let last = self.length.div_ceil(BLOCK);
        let blocks = range.start / BLOCK..range.end.div_ceil(BLOCK).min(last);
        let start = blocks.start * BLOCK;
        let mut bytes = vec![0; (blocks.end * BLOCK).min(self.length) - start];
        read_at(&self.file, &mut bytes, self.start + start as u64)?;
        if checksums(&bytes) != self.blocks[blocks] {
            return Err(io::Error::other(
                "its bytes are not those that were written",
            ));
        }
        Ok(Window { start, bytes })
    }
}

impl Window {
    fn end(&self) -> usize {
        self.start + self.bytes.len()
    }

    fn part(&self, range: &Range<usize>) -> Option<&[u8]> {
        let start = range.start.checked_sub(self.start)?;
        self.bytes.get(start..range.end - self.start)
    }

    /// What to read for a part that is not in it: more each time if a search goes on from release to release.
    fn next(&self, range: &Range<usize>) -> Range<usize> {
        let goes_on = (self.start..=self.end()).contains(&range.start);
        let more = if goes_on { 2 * self.bytes.len() } else { 0 };
        range.start..range.end.max(range.start + more.min(PIECE))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::SeqCst);
    }
}

impl OpenFiles {
    /// A permit for one more, until it is dropped.
    fn permit(self: &Arc<Self>) -> Option<Permit> {
        let more = |count: usize| (count < MOST_OPEN).then_some(count + 1);
        let count = &self.count;
        // An open file is in the way of one that is to replace it, except on Unix.
        let is_one_more = cfg!(unix)
            && count
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, more)
                .is_ok();
        is_one_more.then(|| Permit(Arc::clone(self)))
    }

    /// An error if a part of an entry could not be read again: what was answered may lack it.
    pub(super) fn check(&self) -> Result<(), IndexError> {
        self.unreadable
            .get()
            .map_or(Ok(()), |why| Err(failed(why.clone())))
    }
}

/// The checksum of each block.
fn checksums(bytes: &[u8]) -> Vec<u64> {
    bytes.chunks(BLOCK).map(block_checksum).collect()
}

fn block_checksum(block: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(block);
    hasher.finish()
}

/// Adds the checksum of each block of the next `left` bytes of `file`.
fn add_checksums(file: &mut File, left: usize, blocks: &mut Vec<u64>) -> io::Result<()> {
    BUFFER.with_borrow_mut(|buffer| {
        buffer.resize(PIECE, 0);
        let mut left = left;
        while left > 0 {
            let piece = &mut buffer[..left.min(PIECE)];
            file.read_exact(piece)?;
            blocks.extend(piece.chunks(BLOCK).map(block_checksum));
            left -= piece.len();
        }
        Ok(())
    })
}

/// The checksums behind a payload of `length` bytes.
fn read_table(file: &File, start: u64, length: usize) -> io::Result<Vec<u64>> {
    let mut table = vec![0; SUM * length.div_ceil(BLOCK)];
    read_at(file, &mut table, start + length as u64)?;
    let (sums, _) = table.as_chunks::<SUM>();
    Ok(sums.iter().map(|sum| u64::from_le_bytes(*sum)).collect())
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, place)
}

#[cfg(not(unix))]
fn read_at(mut file: &File, bytes: &mut [u8], place: u64) -> io::Result<()> {
    use std::io::Seek;
    file.seek(io::SeekFrom::Start(place))?;
    file.read_exact(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Verify; 2] = [Verify::AtOnce, Verify::WhenUsed];

    /// A payload that was read from a file, behind three other bytes.
    fn with_payload<T>(
        bytes: &[u8],
        open: &Arc<OpenFiles>,
        use_: impl FnOnce(Payload, &Path) -> T,
    ) -> T {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("entry");
        std::fs::write(&path, stored(bytes)).unwrap();
        let read = |verify| read(&path, bytes, (verify, open)).unwrap().unwrap();
        read(Verify::WhenUsed);
        use_(read(Verify::AtOnce), &path)
    }

    fn read(
        path: &Path,
        bytes: &[u8],
        (verify, open): (Verify, &Arc<OpenFiles>),
    ) -> io::Result<Option<Payload>> {
        let mut file = File::open(path).unwrap();
        let (length, needed) = (bytes.len(), 5);
        let mut first = vec![0; 3 + length.min(SMALL)];
        file.read_exact(&mut first)?;
        let size = Size { length, needed };
        let first = first.split_off(3);
        let sum = Checksums::of(bytes, needed).sum;
        Payload::read((file, 3, path), first, (size, sum), (verify, open))
    }

    /// Three other bytes, the payload, and its table.
    fn stored(bytes: &[u8]) -> Vec<u8> {
        let table = Checksums::of(bytes, 5).table(bytes.len());
        [b"abc", bytes, &table].concat()
    }

    fn some_bytes(length: usize) -> Vec<u8> {
        let number = |place: usize| u8::try_from(place * 7 % 251).unwrap();
        (0..length).map(number).collect()
    }

    #[test]
    fn every_part_is_as_it_was_wherever_it_is() {
        let large = 3 * SMALL;
        for length in [0, 1, BLOCK, SMALL, SMALL + 1, large + 17, large + BLOCK] {
            let bytes = some_bytes(length);
            assert_eq!(Size::of_stored(stored(&bytes).len() - 3, 5).length, length);
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("entry");
            std::fs::write(&path, stored(&bytes)).unwrap();
            let [at_once, when_used] =
                BOTH.map(|verify| read(&path, &bytes, (verify, &Arc::default())));
            let file = (tempfile::tempfile().unwrap(), 0, PathBuf::new());
            let written = Payload::of(bytes.clone());
            let (mut to, start, path) = file;
            io::Write::write_all(&mut to, &bytes).unwrap();
            let checksums = (5, Checksums::of(&bytes, 5));
            let written = written.in_file((to, start, path), checksums, &Arc::default());
            let read = [at_once, when_used].map(|read| read.unwrap().unwrap());
            for payload in read.into_iter().chain([written]) {
                assert_eq!(payload.len(), length);
                assert_eq!(payload.rest.is_some(), cfg!(unix) && length > SMALL);
                let ends = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, SMALL, SMALL + 1, length];
                for start in ends.into_iter().chain([length.saturating_sub(1)]) {
                    for end in ends {
                        let part = bytes.get(start..end);
                        assert_eq!(
                            payload.get(start..end).ok().as_deref(),
                            part,
                            "{start}..{end}"
                        );
                    }
                }
                assert!(payload.get(0..length + 1).is_err());
            }
        }
    }

    #[test]
    fn a_payload_with_a_wrong_byte_or_too_few_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("entry");
        let open = &Arc::default();
        for length in [1, SMALL, SMALL + 1, SMALL + PIECE + 1] {
            let bytes = some_bytes(length);
            for wrong in [0, length / 2, length - 1] {
                let mut changed = stored(&bytes);
                changed[3 + wrong] ^= 1;
                std::fs::write(&path, &changed).unwrap();
                assert!(
                    read(&path, &bytes, (Verify::AtOnce, open))
                        .unwrap()
                        .is_none()
                );
                std::fs::write(&path, &changed[..3 + wrong]).unwrap();
                for verify in BOTH {
                    assert!(read(&path, &bytes, (verify, open)).is_err());
                }
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_verified_when_it_is_used_is_never_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("entry");
        let bytes = some_bytes(3 * SMALL + 17);
        let whole = stored(&bytes);
        for wrong in (3..whole.len()).step_by(997).chain([whole.len() - 1]) {
            let mut changed = whole.clone();
            changed[wrong] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            let open = Arc::default();
            let Some(payload) = read(&path, &bytes, (Verify::WhenUsed, &open)).unwrap() else {
                continue;
            };
            let parts = (0..bytes.len()).step_by(500).map(|start| {
                let range = start..(start + 500).min(bytes.len());
                let part = payload.get(range.clone()).ok();
                assert!(part.as_ref().is_none_or(|part| **part == bytes[range]));
                part.is_some()
            });
            assert!(parts.filter(|is_right| !is_right).count() > 0, "{wrong}");
            assert!(open.check().is_err());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_part_that_has_changed_is_not_used_and_told() {
        let open = Arc::default();
        let bytes = some_bytes(3 * SMALL);
        with_payload(&bytes, &open, |payload, path| {
            let mut changed = std::fs::read(path).unwrap();
            changed[3 + 2 * SMALL] ^= 1;
            std::fs::write(path, changed).unwrap();
            assert!(payload.get(SMALL..SMALL + 9).is_ok());
            assert!(open.check().is_ok());
            assert!(payload.get(2 * SMALL..2 * SMALL + 9).is_err());
            let told = open.check().unwrap_err().to_string();
            let path = path.display();
            assert!(
                told.starts_with(&format!("cannot read all of {path}")),
                "{told}"
            );
            assert!(
                told.contains("its bytes are not those that were written"),
                "{told}"
            );
        });
    }

    #[test]
    fn one_part_after_the_other_is_as_it_was() {
        let bytes = some_bytes(9 * SMALL + 1);
        for step in [7, 400, BLOCK, BLOCK + 1] {
            let payload = with_payload(&bytes, &Arc::default(), |payload, _| payload);
            let starts = (0..bytes.len()).step_by(step);
            for start in starts.clone().chain(starts.rev()) {
                let range = start..(start + step).min(bytes.len());
                assert_eq!(*payload.get(range.clone()).unwrap(), bytes[range]);
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_entry_that_is_replaced_meanwhile_stays_as_it_was() {
        let bytes = some_bytes(3 * SMALL);
        with_payload(&bytes, &Arc::default(), |payload, path| {
            let other = path.with_extension("other");
            std::fs::write(&other, b"other").unwrap();
            std::fs::rename(&other, path).unwrap();
            let part = payload.get(SMALL..2 * SMALL).unwrap();
            assert_eq!(*part, bytes[SMALL..2 * SMALL]);
        });
    }

    #[cfg(unix)]
    #[test]
    fn few_files_are_open_at_once() {
        let open = Arc::default();
        let bytes = some_bytes(SMALL + 1);
        let read = || with_payload(&bytes, &open, |payload, _| payload);
        let mut all: Vec<_> = std::iter::repeat_with(read).take(MOST_OPEN + 2).collect();
        let are_open = all.iter().filter(|one| one.rest.is_some()).count();
        assert_eq!(are_open, MOST_OPEN);
        assert!(all.iter().all(|one| one.get(0..SMALL + 1).is_ok()));
        all.clear();
        assert!(read().rest.is_some());
    }
}
