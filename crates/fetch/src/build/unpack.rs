//! Unpacks an sdist so that no file and no link leads outside of its folder.
//!
//! As PEP 706's data filter has it, and stricter: absolute and `..` paths, devices, links that lead
//! out and members behind a link are refused; owners and modes but for the executable bit are
//! dropped. <https://peps.python.org/pep-0721/>

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use flate2::bufread::MultiGzDecoder;
use harden_index::{TarHeaders, TarMember};
use tar::EntryType;
use zip::ZipArchive;

/// The most that an sdist may hold, in bytes: a few hundred MB are the largest there are.
const MOST_BYTES: u64 = 4 << 30;
/// The most members it may have.
const MOST_MEMBERS: u64 = 500_000;
/// The kind of a file in its Unix mode, and a symbolic link among them.
const KIND: u32 = 0o170_000;
const LINK: u32 = 0o120_000;

/// An sdist on disk.
#[derive(Debug)]
pub(super) struct Unpacked {
    /// The folder at its top.
    pub(super) root: PathBuf,
    /// When its newest member was made, in seconds since 1970; 0 where it does not say.
    pub(super) newest: u64,
}

/// Why an sdist is not unpacked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnpackError {
    #[error("its member `{member}` {what}")]
    Member { member: String, what: &'static str },
    #[error("{0}")]
    Archive(&'static str),
    #[error("it cannot be unpacked: {0}")]
    Io(#[from] io::Error),
    #[error("it is not a zip file: {0}")]
    Zip(#[from] zip::result::ZipError),
}

/// Unpacks an sdist into a folder, which is made.
pub(super) fn unpack(sdist: &Path, to: &Path) -> Result<Unpacked, UnpackError> {
    fs::create_dir_all(to)?;
    let mut tree = Tree::at(to);
    let name = sdist.to_string_lossy();
    if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        let packed = BufReader::with_capacity(64 << 10, File::open(sdist)?);
        untar(MultiGzDecoder::new(packed), &mut tree)?;
    } else if name.ends_with(".zip") {
        unzip(&mut ZipArchive::new(File::open(sdist)?)?, &mut tree)?;
    } else {
        return Err(UnpackError::Archive("it is neither a .tar.gz nor a .zip"));
    }
    let mut tops = tree.tops.iter().map(|top| to.join(top));
    match (tops.next(), tops.next()) {
        (Some(root), None) if is_folder(&root) => Ok(Unpacked {
            root,
            newest: tree.newest,
        }),
        _ => Err(UnpackError::Archive(
            "it does not have exactly one folder at its top",
        )),
    }
}

fn untar(reader: impl Read, tree: &mut Tree<'_>) -> Result<(), UnpackError> {
    let mut archive = tar::Archive::new(reader);
    let mut headers = TarHeaders::default();
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        let Some(TarMember { path, link }) = headers.member(&mut entry)? else {
            continue;
        };
        let (kind, path) = (entry.header().entry_type(), as_path(path)?);
        let member = tree.member(&path)?;
        let (mode, made) = (entry.header().mode()?, entry.header().mtime()?);
        let link = link.map(as_path).transpose()?;
        match (kind, link) {
            (EntryType::Directory, _) => tree.make_folder(&member)?,
            (EntryType::Regular | EntryType::Continuous, _) => {
                tree.make_file(&member, mode, made, &mut entry)?;
            }
            (EntryType::Symlink, Some(link)) => tree.make_link(&member, &link)?,
            (EntryType::Link, Some(link)) => tree.make_copy(&member, &link, mode, made)?,
            _ => return Err(fault(&path, "is neither a file nor a folder")),
        }
    }
    Ok(())
}

/// The path that a tar has in bytes.
#[cfg(unix)]
#[expect(
    clippy::unnecessary_wraps,
    reason = "other systems have no path for some bytes"
)]
fn as_path(path: Vec<u8>) -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Ok(std::ffi::OsString::from_vec(path).into())
}

/// The path that a tar has in bytes.
#[cfg(not(unix))]
fn as_path(path: Vec<u8>) -> io::Result<PathBuf> {
    let path = String::from_utf8(path);
    Ok(path.map_err(|_| io::ErrorKind::InvalidData)?.into())
}

fn unzip<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    tree: &mut Tree<'_>,
) -> Result<(), UnpackError> {
    for place in 0..archive.len() {
        let mut entry = archive.by_index(place)?;
        let path = PathBuf::from(entry.name()?.into_owned());
        let member = tree.member(&path)?;
        let mode = entry.unix_mode().unwrap_or_default();
        let made = entry.last_modified().and_then(seconds).unwrap_or_default();
        if mode & KIND == LINK {
            return Err(fault(&path, "is a link in a zip"));
        }
        if entry.is_dir() {
            tree.make_folder(&member)?;
        } else {
            tree.make_file(&member, mode, made, &mut entry)?;
        }
    }
    Ok(())
}

/// The moment that a zip has for a member, which names no time zone, taken for UTC.
fn seconds(made: zip::DateTime) -> Option<u64> {
    let date = jiff::civil::DateTime::new(
        i16::try_from(made.year()).ok()?,
        i8::try_from(made.month()).ok()?,
        i8::try_from(made.day()).ok()?,
        i8::try_from(made.hour()).ok()?,
        i8::try_from(made.minute()).ok()?,
        i8::try_from(made.second()).ok()?,
        0,
    );
    let moment = date.ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    u64::try_from(moment.timestamp().as_second()).ok()
}

/// What is unpacked so far.
struct Tree<'a> {
    folder: &'a Path,
    /// The names at its top.
    tops: BTreeSet<PathBuf>,
    bytes: u64,
    members: u64,
    newest: u64,
}

/// Unpacks a tar, which is not compressed, into a folder, which is made.
pub(crate) fn unpack_tar(tar: &[u8], to: &Path) -> Result<(), UnpackError> {
    fs::create_dir_all(to)?;
    untar(tar, &mut Tree::at(to))
}

/// Unpacks a zip into a folder, which is made.
pub(crate) fn unpack_zip(zip: &[u8], to: &Path) -> Result<(), UnpackError> {
    fs::create_dir_all(to)?;
    unzip(
        &mut ZipArchive::new(io::Cursor::new(zip))?,
        &mut Tree::at(to),
    )
}

impl<'a> Tree<'a> {
    /// Of which nothing is unpacked yet.
    fn at(folder: &'a Path) -> Self {
        Self {
            folder,
            tops: BTreeSet::new(),
            bytes: 0,
            members: 0,
            newest: 0,
        }
    }
}

impl Tree<'_> {
    /// Where a member belongs, below the folder, all folders above it being there and no links.
    fn member(&mut self, path: &Path) -> Result<PathBuf, UnpackError> {
        self.members += 1;
        if self.members > MOST_MEMBERS {
            return Err(UnpackError::Archive("it has too many members"));
        }
        let relative = relative(path).ok_or_else(|| fault(path, "is outside of the folder"))?;
        let mut place = self.folder.to_owned();
        let mut parts = relative.iter().peekable();
        self.tops.extend(relative.iter().next().map(PathBuf::from));
        while let Some(part) = parts.next() {
            place.push(part);
            if parts.peek().is_some() && !is_folder(&place) {
                fs::create_dir(&place).map_err(|_| fault(path, "lies behind a link or a file"))?;
            }
        }
        Ok(place)
    }

    fn make_folder(&mut self, place: &Path) -> Result<(), UnpackError> {
        if !is_folder(place) && place != self.folder {
            fs::create_dir(place).map_err(|_| fault(place, "is there more than once"))?;
        }
        Ok(())
    }

    fn make_file(
        &mut self,
        place: &Path,
        mode: u32,
        made: u64,
        content: &mut impl Read,
    ) -> Result<(), UnpackError> {
        make_way(place)?;
        let mut file = File::create_new(place)?;
        let left = MOST_BYTES - self.bytes;
        let length = io::copy(&mut content.take(left + 1), &mut file)?;
        if length > left {
            return Err(UnpackError::Archive("it is too large"));
        }
        self.bytes += length;
        self.newest = self.newest.max(made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = if mode & 0o111 == 0 { 0o644 } else { 0o755 };
            file.set_permissions(fs::Permissions::from_mode(mode))?;
        }
        #[cfg(not(unix))]
        let _ = mode;
        if let Some(made) = UNIX_EPOCH.checked_add(Duration::from_secs(made)) {
            // A date that the file system cannot hold says nothing.
            let _ = file.set_modified(made);
        }
        Ok(())
    }

    /// A link to something inside: `../` first, then names, so that following it cannot lead out.
    fn make_link(&mut self, place: &Path, link: &Path) -> Result<(), UnpackError> {
        let depth = place
            .strip_prefix(self.folder)
            .map_or(0, |path| path.iter().count());
        // Within the folder at the top, in which the link itself is.
        let above_allowed = depth.saturating_sub(2);
        let up = link
            .components()
            .take_while(|part| *part == Component::ParentDir);
        let up = up.count();
        let is_inside = up <= above_allowed
            && depth > 1
            && link
                .components()
                .skip(up)
                .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !is_inside {
            return Err(fault(place, "is a link that leads out of the folder"));
        }
        make_way(place)?;
        #[cfg(unix)]
        std::os::unix::fs::symlink(link, place)?;
        #[cfg(not(unix))]
        return Err(fault(
            place,
            "is a link, which this system does not support",
        ));
        #[cfg(unix)]
        Ok(())
    }

    /// A hard link to an earlier member becomes a copy of it.
    fn make_copy(
        &mut self,
        place: &Path,
        link: &Path,
        mode: u32,
        made: u64,
    ) -> Result<(), UnpackError> {
        let source = self.member(link)?;
        let is_file = fs::symlink_metadata(&source).is_ok_and(|source| source.is_file());
        if !is_file || source == place {
            return Err(fault(link, "is the target of a link, but not a file"));
        }
        self.make_file(place, mode, made, &mut File::open(source)?)
    }
}

/// The path without `.` in it; `None` where it is not one below a folder.
fn relative(path: &Path) -> Option<PathBuf> {
    let mut relative = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => relative.push(name),
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(relative)
}

/// Removes an earlier member of the same name, or what it is a link to stays.
fn make_way(place: &Path) -> io::Result<()> {
    match fs::remove_file(place) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_dir())
}

fn fault(path: &Path, what: &'static str) -> UnpackError {
    let path = path.to_string_lossy();
    UnpackError::Member {
        member: path.escape_debug().take(200).collect(),
        what,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// A member of a tar: path, kind, and content or where it leads.
    type Entry<'a> = (&'a str, EntryType, &'a str);

    fn unpacked(entries: &[Entry<'_>]) -> (tempfile::TempDir, Result<Unpacked, UnpackError>) {
        let folder = tempfile::tempdir().unwrap();
        let sdist = folder.path().join("a-1.tar.gz");
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, kind, content) in entries {
            let mut header = tar::Header::new_gnu();
            let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
            // The library would refuse to write what is tested here.
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(0o4755);
            header.set_mtime(1_000_000_000);
            let content = if is_link {
                header.as_old_mut().linkname[..content.len()].copy_from_slice(content.as_bytes());
                ""
            } else {
                content
            };
            header.set_size(content.len() as u64);
            header.set_cksum();
            archive.append(&header, content.as_bytes()).unwrap();
        }
        let packed = archive.into_inner().unwrap().finish().unwrap();
        fs::write(&sdist, packed).unwrap();
        let result = unpack(&sdist, &folder.path().join("out"));
        (folder, result)
    }

    fn refused(entries: &[Entry<'_>]) -> String {
        let (folder, result) = unpacked(entries);
        assert!(!folder.path().join("evil").exists());
        result.unwrap_err().to_string()
    }

    #[test]
    fn files_folders_and_links_inside_are_unpacked() {
        let (_folder, result) = unpacked(&[
            ("./a-1/", EntryType::Directory, ""),
            ("a-1/src/x.py", EntryType::Regular, "x"),
            ("a-1/src/x.py", EntryType::Regular, "y"),
            ("a-1/copy.py", EntryType::Link, "a-1/src/x.py"),
            ("a-1/docs/link.py", EntryType::Symlink, "../src/x.py"),
        ]);
        let unpacked = result.unwrap();
        let read = |name: &str| fs::read_to_string(unpacked.root.join(name)).unwrap();
        assert_eq!((&*read("src/x.py"), &*read("copy.py")), ("y", "y"));
        assert_eq!(unpacked.newest, 1_000_000_000);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(read("docs/link.py"), "y");
            let found = fs::metadata(unpacked.root.join("src/x.py")).unwrap();
            assert_eq!(found.permissions().mode() & 0o7777, 0o755);
        }
    }

    #[test]
    fn nothing_lands_or_leads_outside() {
        use EntryType::{Char, Link, Regular, Symlink};
        let outside = |path: &str| format!("its member `{path}` is outside of the folder");
        assert_eq!(refused(&[("../evil", Regular, "x")]), outside("../evil"));
        assert_eq!(
            refused(&[("a/../../evil", Regular, "x")]),
            outside("a/../../evil")
        );
        assert_eq!(refused(&[("/evil", Regular, "x")]), outside("/evil"));
        for link in [
            "/etc",
            "..",
            "../..",
            "../../evil",
            "x/../../../evil",
            "x/..",
        ] {
            let said = refused(&[("a/b/link", Symlink, link), ("a/b/link/evil", Regular, "x")]);
            let is_told = said.contains("leads out") || said.contains("behind a link");
            assert!(is_told, "{link}: {said}");
        }
        for (entries, said) in [
            (
                &[("a/link", Symlink, "b"), ("a/link/evil", Regular, "x")],
                "lies behind",
            ),
            (
                &[("a/x", Regular, ""), ("a/y", Link, "../evil")],
                "outside of",
            ),
            (
                &[("a/x", Regular, ""), ("a/y", Link, "a/none")],
                "but not a file",
            ),
            (
                &[("a/x", Regular, ""), ("a/y", Char, "")],
                "neither a file nor",
            ),
            (
                &[("a/x", Regular, ""), ("b/y", Regular, "")],
                "exactly one folder",
            ),
        ] {
            let refusal = refused(entries);
            assert!(refusal.contains(said), "{refusal}");
        }
    }

    /// An archive with one extended header of `length` bytes.
    fn with_header(kind: EntryType, length: usize) -> Result<(), UnpackError> {
        let folder = tempfile::tempdir().unwrap();
        let sdist = folder.path().join("a-1.tar.gz");
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut append = |path: &str, kind, content: &[u8]| {
            let mut header = tar::Header::new_gnu();
            header.set_path(path).unwrap();
            header.set_entry_type(kind);
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_mtime(0);
            header.set_cksum();
            archive.append(&header, content).unwrap();
        };
        append("header", kind, &vec![0; length]);
        append("a-1/x.py", EntryType::Regular, b"x");
        fs::write(&sdist, archive.into_inner().unwrap().finish().unwrap()).unwrap();
        unpack(&sdist, &folder.path().join("out")).map(|_| ())
    }

    #[test]
    fn an_extended_header_has_at_most_1_mib() {
        with_header(EntryType::XGlobalHeader, 1 << 20).unwrap();
        for kind in [
            EntryType::GNULongName,
            EntryType::GNULongLink,
            EntryType::XHeader,
            EntryType::XGlobalHeader,
        ] {
            let refusal = with_header(kind, (1 << 20) + 1).unwrap_err().to_string();
            assert!(
                refusal.contains("a header is larger than 1 MiB"),
                "{refusal}"
            );
        }
    }

    #[test]
    fn a_zip_is_an_sdist_too() {
        let folder = tempfile::tempdir().unwrap();
        let sdist = folder.path().join("a-1.zip");
        let mut archive = zip::ZipWriter::new(File::create(&sdist).unwrap());
        let options = zip::write::SimpleFileOptions::default()
            .last_modified_time(zip::DateTime::from_date_and_time(2001, 9, 9, 1, 46, 40).unwrap());
        archive.start_file("a-1/x.py", options).unwrap();
        archive.write_all(b"x").unwrap();
        archive.finish().unwrap();
        let unpacked = unpack(&sdist, &folder.path().join("out")).unwrap();
        assert_eq!(unpacked.newest, 1_000_000_000);
        fs::write(&sdist, "no zip").unwrap();
        assert!(unpack(&sdist, &folder.path().join("again")).is_err());
    }
}
