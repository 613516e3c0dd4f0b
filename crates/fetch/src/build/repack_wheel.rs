//! A built wheel rewritten so that its bytes depend on its members alone.
//!
//! Backends compress with whatever zlib their Python has, and write times and modes of the machine.
//! A rewritten wheel stores its members without compression, sorted by name with `.dist-info` last,
//! with one time and two modes, so the same source built with the same requirements gives the same
//! digest on every machine.
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/#recommended-archiver-features>

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// The most that the members of a built wheel may hold together, in bytes: what a build may write. A
/// compressed wheel could hold any amount.
const MOST_BYTES: u64 = 8 << 30;

/// The bits of a Unix mode that make a file executable.
const EXECUTABLE: u32 = 0o111;

/// Copies the members of the wheel `from` to the new wheel `to`.
pub(super) fn repack(from: File, to: impl Write + Seek) -> zip::result::ZipResult<()> {
    let mut from = ZipArchive::new(io::BufReader::new(from))?;
    let mut to = ZipWriter::new(to);
    let mut left = MOST_BYTES;
    for member in sorted(&mut from)? {
        let mut member = from.by_index(member)?;
        let mode = member.unix_mode().unwrap_or_default();
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::DEFAULT)
            .large_file(member.size() > u64::from(u32::MAX))
            .unix_permissions(if mode & EXECUTABLE == 0 { 0o644 } else { 0o755 });
        let name = member.name()?.into_owned();
        to.start_file(name, options)?;
        let copied = io::copy(&mut (&mut member).take(left + 1), &mut to)?;
        left = left.checked_sub(copied).ok_or_else(|| {
            io::Error::other(format!("it holds more than {MOST_BYTES} bytes, the limit"))
        })?;
    }
    to.finish()?.flush()?;
    Ok(())
}

/// The places of the members that are files, in the order to write them.
fn sorted(wheel: &mut ZipArchive<impl io::Read + Seek>) -> zip::result::ZipResult<Vec<usize>> {
    let mut members = Vec::with_capacity(wheel.len());
    for place in 0..wheel.len() {
        let member = wheel.by_index_raw(place)?;
        if !member.is_dir() {
            let name = member.name()?.into_owned();
            let top = name.split('/').next().unwrap_or_default();
            let is_info = top.ends_with(".dist-info");
            let is_record = is_info && name.ends_with("/RECORD");
            members.push((is_info, is_record, name, place));
        }
    }
    members.sort_unstable();
    Ok(members.into_iter().map(|(.., place)| place).collect())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A wheel with these members, written at this time.
    fn wheel(members: &[&str], year: u16, method: CompressionMethod) -> File {
        let mut file = tempfile::tempfile().unwrap();
        let mut zip = ZipWriter::new(&mut file);
        for name in members {
            let time = DateTime::from_date_and_time(year, 1, 1, 0, 0, 0).unwrap();
            let options = SimpleFileOptions::default()
                .compression_method(method)
                .last_modified_time(time)
                .unix_permissions(if name.rsplit('.').next() == Some("sh") {
                    0o775
                } else {
                    0o664
                });
            zip.start_file(*name, options).unwrap();
            zip.write_all(name.repeat(20).as_bytes()).unwrap();
        }
        zip.finish().unwrap();
        file
    }

    fn repacked(wheel: File) -> Vec<u8> {
        let mut to = Cursor::new(Vec::new());
        repack(wheel, &mut to).unwrap();
        to.into_inner()
    }

    #[test]
    fn the_same_members_give_the_same_bytes() {
        let names = [
            "a-1.dist-info/RECORD",
            "b.py",
            "a-1.dist-info/METADATA",
            "run.sh",
        ];
        let one = repacked(wheel(&names, 2001, CompressionMethod::Deflated));
        let mut reversed = names;
        reversed.reverse();
        let other = repacked(wheel(&reversed, 2020, CompressionMethod::Stored));
        assert!(one == other);
        let mut zip = ZipArchive::new(Cursor::new(one)).unwrap();
        let written: Vec<String> = zip.file_names().map(|n| n.unwrap().into_owned()).collect();
        assert_eq!(
            written,
            [
                "b.py",
                "run.sh",
                "a-1.dist-info/METADATA",
                "a-1.dist-info/RECORD"
            ]
        );
        let mut script = zip.by_name("run.sh").unwrap();
        assert_eq!(script.unix_mode().unwrap() & 0o777, 0o755);
        let mut text = String::new();
        script.read_to_string(&mut text).unwrap();
        assert_eq!(text, "run.sh".repeat(20));
    }
}
