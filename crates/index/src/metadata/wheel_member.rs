//! `METADATA` out of a wheel of which perhaps only some parts are here.
//!
//! A zip is read from its end: the central directory stands there, and says where each member is.
//! So the end either leads to the member or shows which part is missing.

use std::borrow::Cow;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use harden_packaging::DistFile;
use zip::ZipArchive;

use super::unusable::Unusable;

/// No metadata is larger, in bytes.
const LARGEST: u64 = 16 << 20;

/// The parts of a file that are here.
#[derive(Debug, Default)]
pub(super) struct Parts {
    total: u64,
    /// By their start, not touching each other's bytes in a way that matters: any that holds the
    /// wanted byte will do.
    pieces: Vec<(u64, Vec<u8>)>,
}

/// What came of looking for the metadata.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// Its text.
    Found(Vec<u8>),
    /// All of these bytes are missing: the directory of the archive, or what precedes it at the end.
    MissingDirectory(Range<u64>),
    /// The member begins at the start of these bytes, which are missing; they may hold others too.
    MissingMember(Range<u64>),
}

/// How far reading an archive came.
enum Stage {
    Directory,
    Member,
}

impl Parts {
    /// Of a file of `total` bytes.
    pub(super) fn of(total: u64) -> Self {
        Self {
            total,
            pieces: Vec::new(),
        }
    }

    /// Adds what stands at `start`.
    pub(super) fn add(&mut self, start: u64, bytes: Vec<u8>) {
        self.pieces.push((start, bytes));
        self.pieces.sort_by_key(|(start, _)| *start);
    }

    /// Looks for the metadata of `file`, a wheel.
    pub(super) fn look(&self, file: &DistFile) -> Result<Look, Unusable> {
        let missing = Cell::new(None);
        let reader = PartsReader {
            parts: self,
            at: 0,
            missing: &missing,
        };
        match (read(reader, file), missing.get()) {
            (Ok(text), _) => Ok(Look::Found(text)),
            (Err((stage, _)), Some(start)) => {
                let range = start..self.next_start(start);
                Ok(match stage {
                    Stage::Directory => Look::MissingDirectory(range),
                    Stage::Member => Look::MissingMember(range),
                })
            }
            (Err((_, why)), None) => Err(why),
        }
    }

    /// Where the first part after `offset` starts, else the end.
    fn next_start(&self, offset: u64) -> u64 {
        let mut starts = self.pieces.iter().map(|(start, _)| *start);
        starts.find(|start| *start > offset).unwrap_or(self.total)
    }

    /// What is here from `offset` on.
    fn at(&self, offset: u64) -> Option<&[u8]> {
        self.pieces.iter().find_map(|(start, bytes)| {
            let skip = usize::try_from(offset.checked_sub(*start)?).ok()?;
            bytes.get(skip..).filter(|rest| !rest.is_empty())
        })
    }
}

/// Reads parts as if they were the whole, and notes the first byte that is missing.
struct PartsReader<'a> {
    parts: &'a Parts,
    at: u64,
    missing: &'a Cell<Option<u64>>,
}

impl Read for PartsReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.parts.total || buffer.is_empty() {
            return Ok(0);
        }
        let Some(here) = self.parts.at(self.at) else {
            self.missing.set(self.missing.get().or(Some(self.at)));
            return Err(io::Error::other("this part is not here"));
        };
        let length = here.len().min(buffer.len());
        buffer[..length].copy_from_slice(&here[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for PartsReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(offset) => self.parts.total.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

/// Looks for the metadata of `file`, a wheel whose last bytes are `end`, with `missing` bytes before them.
pub(crate) fn look(missing: u64, end: &[u8], file: &DistFile) {
    let mut parts = Parts::of(missing + end.len() as u64);
    parts.add(missing, end.to_vec());
    let _ = parts.look(file);
}

/// The metadata in the whole wheel `wheel`, which is `file`.
pub(super) fn read_file(wheel: &File, file: &DistFile) -> Result<Vec<u8>, Unusable> {
    read(io::BufReader::new(wheel), file).map_err(|(_, why)| why)
}

fn read<R: Read + Seek>(reader: R, file: &DistFile) -> Result<Vec<u8>, (Stage, Unusable)> {
    let mut zip = ZipArchive::new(reader).map_err(|error| {
        let why = format!("it is not a zip archive: {error}");
        (Stage::Directory, Unusable::Corrupt(why))
    })?;
    let names = zip.file_names().filter_map(Result::ok);
    let member = metadata_member(names, file)
        .map_err(|why| (Stage::Directory, Unusable::Invalid(why)))?
        .into_owned();
    let unreadable = |error: &dyn std::fmt::Display| {
        let why = format!("{member} cannot be read: {error}");
        (Stage::Member, Unusable::Corrupt(why))
    };
    let found = zip.by_name(&member).map_err(|error| unreadable(&error))?;
    let mut text = Vec::new();
    found
        .take(LARGEST + 1)
        .read_to_end(&mut text)
        .map_err(|error| unreadable(&error))?;
    if text.len() as u64 > LARGEST {
        let why = format!("{member} is larger than {} MiB", LARGEST >> 20);
        return Err((Stage::Member, Unusable::Invalid(why)));
    }
    Ok(text)
}

/// The one `….dist-info/METADATA` of the project at the top of the wheel.
fn metadata_member<'n>(
    mut names: impl Iterator<Item = Cow<'n, str>>,
    file: &DistFile,
) -> Result<Cow<'n, str>, String> {
    let is_metadata = |name: &Cow<'n, str>| {
        let folder = name.strip_suffix(".dist-info/METADATA");
        let project = folder
            .and_then(|folder| folder.rsplit_once('-'))
            .map(|(project, _)| project);
        project.and_then(|project| project.parse().ok()) == Some(file.project.clone())
    };
    let first = names.find(is_metadata);
    match (first, names.find(is_metadata)) {
        (Some(name), None) => Ok(name),
        (None, _) => Err("the wheel has no .dist-info/METADATA of the project".to_owned()),
        (Some(one), Some(other)) => Err(format!("the wheel has both {one} and {other}")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use harden_packaging::DistKind;
    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn file() -> DistFile {
        DistFile::new(
            ("a".parse().unwrap(), "1.0".parse().unwrap()),
            "a-1.0-py3-none-any.whl",
            DistKind::Sdist,
            "https://files.test/a-1.0-py3-none-any.whl",
        )
    }

    fn wheel(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            zip.start_file(*name, SimpleFileOptions::default().large_file(true))
                .unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// Looks as `ranges` does, `step` bytes at a time, and counts the parts it took.
    fn look_by_steps(wheel: &[u8], step: u64) -> (Result<Vec<u8>, Unusable>, u32) {
        let total = wheel.len() as u64;
        let mut parts = Parts::of(total);
        let mut wanting = total.saturating_sub(step)..total;
        for taken in 1.. {
            let end = wanting.end.min(wanting.start + step);
            let range = usize::try_from(wanting.start).unwrap()..usize::try_from(end).unwrap();
            parts.add(wanting.start, wheel[range].to_vec());
            match parts.look(&file()) {
                Ok(Look::Found(text)) => return (Ok(text), taken),
                Ok(Look::MissingDirectory(range) | Look::MissingMember(range)) => wanting = range,
                Err(why) => return (Err(why), taken),
            }
        }
        unreachable!("every round adds a part of a finite file")
    }

    #[test]
    fn metadata_at_the_end_needs_the_end_only() {
        let filler = vec![b'x'; 50_000];
        let noise: Vec<u8> = (0..50_000_u32).flat_map(u32::to_le_bytes).collect();
        let wheel = wheel(&[
            ("a/x", &filler),
            ("a/y", &noise),
            ("a-1.0.dist-info/METADATA", b"text"),
        ]);
        assert_eq!(look_by_steps(&wheel, 2000), (Ok(b"text".to_vec()), 1));
    }

    #[test]
    fn metadata_is_that_of_the_project_and_there_once() {
        let missing = wheel(&[
            ("b-1.0.dist-info/METADATA", b""),
            ("x/a-1.0.dist-info/METADATA", b""),
        ]);
        let (error, _) = look_by_steps(&missing, 10_000);
        insta::assert_debug_snapshot!(error.unwrap_err(), @r#"
        Invalid(
            "the wheel has no .dist-info/METADATA of the project",
        )
        "#);
        let twice = wheel(&[
            ("a-1.0.dist-info/METADATA", b""),
            ("A-1.1.dist-info/METADATA", b""),
        ]);
        let (error, _) = look_by_steps(&twice, 10_000);
        insta::assert_debug_snapshot!(error.unwrap_err(), @r#"
        Invalid(
            "the wheel has both a-1.0.dist-info/METADATA and A-1.1.dist-info/METADATA",
        )
        "#);
    }

    #[test]
    fn metadata_has_at_most_16_mib() {
        let largest = usize::try_from(LARGEST).unwrap();
        for (bytes, is_read) in [(largest, true), (largest + 1, false)] {
            let wheel = wheel(&[("a-1.0.dist-info/METADATA", &vec![b' '; bytes])]);
            let mut parts = Parts::of(wheel.len() as u64);
            parts.add(0, wheel);
            assert_eq!(parts.look(&file()).is_ok(), is_read, "{bytes}");
        }
    }

    proptest! {
        #[test]
        fn parts_of_any_size_lead_to_the_metadata(before in 0..3000_usize, text: Vec<u8>, after in 0..3000_usize, step in 100..5000_u64) {
            let (before, after) = (vec![1; before], vec![2; after]);
            let wheel = wheel(&[("a/b", &before), ("a-1.0.dist-info/METADATA", &text), ("a/c", &after)]);
            prop_assert_eq!(look_by_steps(&wheel, step).0, Ok(text));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, cut in 0..400_usize, flipped in 0..400_usize) {
            let mut parts = Parts::of(bytes.len() as u64);
            parts.add(0, bytes);
            let _ = parts.look(&file());
            let mut damaged = wheel(&[("a-1.0.dist-info/METADATA", b"text")]);
            let length = damaged.len();
            damaged[flipped % length] ^= 0xff;
            damaged.truncate(length - cut % length);
            let mut parts = Parts::of(damaged.len() as u64);
            parts.add(0, damaged);
            let _ = parts.look(&file());
        }
    }
}
