//! Many small entries in one file, to which each new one is appended.
//!
//! A search may read the metadata of a thousand releases of one project. A file for each would cost more
//! than asking for it: making files is what file systems do slowest. A pack begins with [`MAGIC`]; each
//! record is the length of its payload, a checksum of the rest, its name and its payload. A record is
//! written by one call. What a killed run left of one ends what is read of a pack, and the next run that
//! adds to it writes the whole pack again.

use std::collections::HashMap;
use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harden_packaging::Sha256;
use rustc_hash::{FxHashMap, FxHasher};

use super::found::{Content, FileState};
use super::store::{is_regular, open_regular};

/// What every pack begins with.
const MAGIC: &[u8; 8] = b"hardenp\x01";

/// Length, checksum and name of a record.
const HEAD: usize = 4 + 8 + 32;

/// The packs that this process has opened, by path.
#[derive(Default)]
pub(super) struct Packs(Mutex<HashMap<PathBuf, Arc<Mutex<Pack>>>>);

/// A pack: what was read of it, and what was added since.
#[derive(Default)]
struct Pack {
    records: FxHashMap<Sha256, Box<[u8]>>,
    /// The name of the last record.
    latest: Option<Sha256>,
    /// The file, opened to add to it.
    file: Option<File>,
    /// Whether the file is there and consists of whole records.
    is_sound: bool,
    /// The file that it was read from or written to; its checksum is that of the records' checksums.
    content: Option<Content>,
}

impl Packs {
    /// The payload of the record `name` of the pack at `path`, and the content of the pack.
    pub(super) fn read(&self, path: &Path, name: &Sha256) -> (Option<Box<[u8]>>, Option<Content>) {
        let pack = self.pack(path);
        let pack = locked(&pack);
        (pack.records.get(name).cloned(), pack.content)
    }

    /// The payload of the last record of the pack at `path`.
    pub(super) fn latest(&self, path: &Path) -> Option<Box<[u8]>> {
        let pack = self.pack(path);
        let pack = locked(&pack);
        pack.records.get(pack.latest.as_ref()?).cloned()
    }

    /// The content of the pack at `path` as it is now.
    pub(super) fn content(path: &Path) -> Option<Content> {
        Pack::load(path).content
    }

    /// Adds a record to the pack at `path`, unless it has the same. `replace` puts a whole file in the
    /// place of what is there. Returns the content of the pack, unless another process changes it, too.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(super) fn write(
        &self,
        path: &Path,
        (name, payload): (&Sha256, &[u8]),
        replace: impl FnOnce(&[u8]) -> io::Result<FileState>,
    ) -> io::Result<Option<Content>> {
        let pack = self.pack(path);
        let mut pack = locked(&pack);
        if pack
            .records
            .get(name)
            .is_some_and(|known| **known == *payload)
        {
            return Ok(pack.content);
        }
        pack.records.insert(*name, payload.into());
        pack.latest = Some(*name);
        if pack.is_sound {
            pack.append(path, &record(name, payload))?;
            return Ok(pack.content);
        }
        let whole = pack.whole();
        let file = replace(&whole)?;
        pack.is_sound = true;
        let (records, _) = split(&whole);
        let sum = records.iter().fold(0, |sum, record| with(sum, record.sum));
        pack.content = Some(Content { file, sum });
        Ok(pack.content)
    }

    fn pack(&self, path: &Path) -> Arc<Mutex<Pack>> {
        let mut packs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pack) = packs.get(path) {
            return Arc::clone(pack);
        }
        let pack = Arc::new(Mutex::new(Pack::load(path)));
        packs.insert(path.to_owned(), Arc::clone(&pack));
        pack
    }
}

fn locked(pack: &Mutex<Pack>) -> MutexGuard<'_, Pack> {
    pack.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pack {
    /// The records of the file at `path`, up to the first that is damaged.
    fn load(path: &Path) -> Self {
        let mut pack = Self::default();
        let Some((file, bytes)) = bytes_of(path) else {
            return pack;
        };
        let (records, is_whole) = split(&bytes);
        if !is_whole {
            tracing::debug!("the end of {} is damaged", path.display());
        }
        let mut sum = 0;
        for record in records {
            sum = with(sum, record.sum);
            pack.records.insert(record.name, record.payload.into());
            pack.latest = Some(record.name);
        }
        pack.is_sound = is_whole;
        pack.content = Some(Content { file, sum });
        pack
    }

    /// Appends a record to the file.
    fn append(&mut self, path: &Path, record: &[u8]) -> io::Result<()> {
        let appended = self.opened(path).and_then(|mut file| {
            let written = file.write(record)?;
            Ok((written, FileState::of(&file.metadata()?)))
        });
        match &appended {
            Ok((written, file)) if *written == record.len() => self.note_appended(record, *file),
            // It may end in a part of the record, or be gone.
            _ => {
                self.is_sound = false;
                self.file = None;
                self.content = None;
            }
        }
        appended.map(drop)
    }

    /// Notes what the file holds since `record` was appended; nothing if others append, too.
    fn note_appended(&mut self, record: &[u8], file: FileState) {
        let sum = record.get(4..12).and_then(|sum| sum.try_into().ok());
        let length = record.len() as u64;
        self.content = self.content.zip(sum).and_then(|(before, sum)| {
            let is_alone = before.file.length() + length == file.length();
            let sum = with(before.sum, u64::from_le_bytes(sum));
            is_alone.then_some(Content { file, sum })
        });
    }

    fn opened(&mut self, path: &Path) -> io::Result<&File> {
        if self.file.is_none() {
            if !is_regular(path) {
                return Err(io::ErrorKind::NotFound.into());
            }
            self.file = Some(File::options().append(true).open(path)?);
        }
        self.file
            .as_ref()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// The content of a file with all records.
    fn whole(&self) -> Vec<u8> {
        let records = self.records.iter();
        let records = records.flat_map(|(name, payload)| record(name, payload));
        MAGIC.iter().copied().chain(records).collect()
    }
}

fn bytes_of(path: &Path) -> Option<(FileState, Vec<u8>)> {
    let (mut file, found) = open_regular(path)?;
    let state = FileState::of(&found);
    // What others append meanwhile is not read.
    let mut bytes = vec![0; usize::try_from(state.length()).ok()?];
    file.read_exact(&mut bytes).ok()?;
    Some((state, bytes))
}

/// Detects damage, not malice: someone who can write to the cache can write a valid checksum.
fn checksum(bytes: &[u8]) -> [u8; 8] {
    let mut hasher = FxHasher::default();
    hasher.write_usize(bytes.len());
    hasher.write(bytes);
    hasher.finish().to_le_bytes()
}

/// The checksum of records whose checksum is `sum`, followed by one whose checksum is `next`.
fn with(sum: u64, next: u64) -> u64 {
    u64::from_le_bytes(checksum(&[sum.to_le_bytes(), next.to_le_bytes()].concat()))
}

/// A record in the bytes of a pack.
struct Record<'a> {
    name: Sha256,
    payload: &'a [u8],
    sum: u64,
}

/// The records of a pack, up to the first that is damaged, and whether that is all of it.
fn split(bytes: &[u8]) -> (Vec<Record<'_>>, bool) {
    let mut records = Vec::new();
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
        return (records, false);
    };
    while !rest.is_empty() {
        let Some((record, after)) = split_record(rest) else {
            return (records, false);
        };
        records.push(record);
        rest = after;
    }
    (records, true)
}

fn record(name: &Sha256, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let rest = [name.as_bytes(), payload].concat();
    [&length.to_le_bytes()[..], &checksum(&rest), &rest].concat()
}

/// The first record of `bytes`, and what follows it; `None`: it is damaged.
fn split_record(bytes: &[u8]) -> Option<(Record<'_>, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (record, after) = rest.split_at_checked(length.checked_add(HEAD - 12)?)?;
    if checksum(record) != *sum {
        return None;
    }
    let (name, payload) = record.split_first_chunk::<32>()?;
    let record = Record {
        name: Sha256::from_bytes(*name),
        payload,
        sum: u64::from_le_bytes(*sum),
    };
    Some((record, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(number: u8) -> Sha256 {
        Sha256::from_bytes([number; 32])
    }

    fn payload(number: u8) -> Vec<u8> {
        vec![number; usize::from(number)]
    }

    fn add(packs: &Packs, path: &Path, number: u8) {
        let replace = |bytes: &[u8]| {
            let _ = std::fs::remove_file(path);
            std::fs::write(path, bytes)?;
            Ok(FileState::at(path).expect("it was written"))
        };
        packs
            .write(path, (&name(number), &payload(number)), replace)
            .unwrap();
    }

    fn written(path: &Path, numbers: &[u8]) {
        let packs = Packs::default();
        for number in numbers {
            add(&packs, path, *number);
        }
    }

    fn readable(path: &Path) -> Vec<u8> {
        let packs = Packs::default();
        let is_there = |number: &u8| {
            let (found, _) = packs.read(path, &name(*number));
            assert!(
                found
                    .as_deref()
                    .is_none_or(|found| found == payload(*number))
            );
            found.is_some()
        };
        (0..10).filter(is_there).collect()
    }

    #[test]
    fn records_of_several_runs_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("project.bin");
        assert!(readable(&path).is_empty());
        written(&path, &[0, 1, 2]);
        written(&path, &[2, 3]);
        assert_eq!(readable(&path), [0, 1, 2, 3]);
    }

    #[test]
    fn runs_side_by_side_keep_what_the_others_add() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("project.bin");
        written(&path, &[9]);
        let (one, other) = (Packs::default(), Packs::default());
        for number in 0..4 {
            let packs = if number % 2 == 0 { &one } else { &other };
            add(packs, &path, number);
        }
        assert_eq!(readable(&path), [0, 1, 2, 3, 9]);
    }

    #[test]
    fn the_content_after_writing_is_what_another_run_finds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("project.bin");
        let packs = Packs::default();
        for number in 0..4 {
            add(&packs, &path, number);
            let (_, known) = packs.read(&path, &name(number));
            assert!(known.is_some());
            assert_eq!(known, Packs::content(&path), "{number}");
        }
        written(&path, &[7]);
        add(&packs, &path, 5);
        assert_eq!(packs.read(&path, &name(5)).1, None, "two have added to it");
    }

    #[test]
    fn a_pack_that_was_cut_keeps_its_whole_records_and_takes_more() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("project.bin");
        written(&path, &[1, 2, 3]);
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let left = readable(&path);
            assert!([1, 2].starts_with(&left), "cut to {length}: {left:?}");
            written(&path, &[5]);
            assert_eq!(
                readable(&path),
                [&left[..], &[5]].concat(),
                "cut to {length}"
            );
        }
    }

    #[test]
    fn a_flipped_bit_never_gives_another_payload() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("project.bin");
        written(&path, &[1, 2, 3]);
        let whole = std::fs::read(&path).unwrap();
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1;
            std::fs::write(&path, bytes).unwrap();
            readable(&path);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_a_pack_is_neither_read_nor_written_through() {
        let dir = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (dir.path().join("project.bin"), dir.path().join("elsewhere"));
        written(&elsewhere, &[1]);
        let before = std::fs::read(&elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(readable(&path).is_empty());
        written(&path, &[2]);
        assert_eq!(std::fs::read(&elsewhere).unwrap(), before);
        assert_eq!(readable(&path), [2]);
    }
}
