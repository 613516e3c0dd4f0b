//! Packs a source tree as an sdist into the cache, where it is built like any other sdist.
//!
//! The same files give the same bytes: members are sorted, owners are left out, modes hold the
//! executable bit alone, and all times are that of the commit. `PKG-INFO` states name and version,
//! where backends look for a version that they would else ask a repository for.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use harden_packaging::{PackageName, Sha256};
use pep440_rs::Version;
use tar::{EntryType, Header};

use super::{BuildError, Tree, git};
use crate::store::Store;
use crate::{Failure, FetchError};

/// The largest tree that is packed, in bytes.
const LARGEST: u64 = 4 << 30;

/// A source tree as an sdist in the cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// The name of the sdist.
    pub file: String,
    /// Its digest.
    pub sha256: Sha256,
}

impl Packed {
    /// Copies it from the cache into a folder, under its own name.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where that fails.
    pub fn copy_to(&self, folder: &Path, cache_dir: &Path) -> Result<PathBuf, BuildError> {
        let to = folder.join(&self.file);
        let from = Store::open(cache_dir).map(|store| store.path(self.sha256, &self.file));
        let copied = fs::copy(from.unwrap_or_default(), &to);
        copied.map_err(BuildError::io("write", &to))?;
        Ok(to)
    }
}

/// Packs a source tree as the sdist of a release; with its Git history, from which a backend can tell
/// a version that is not known yet.
///
/// # Errors
///
/// Returns [`BuildError`] where the tree cannot be read or the cache cannot be written.
pub fn pack(
    tree: &Tree,
    name: &PackageName,
    version: &Version,
    has_history: bool,
    cache_dir: &Path,
) -> Result<Packed, BuildError> {
    let stem = format!("{}-{version}", name.as_str().replace('-', "_"));
    let file = format!("{stem}.tar.gz");
    let unreadable = || BuildError::io("read", &tree.folder);
    let archive = tempfile::tempfile().map_err(unreadable())?;
    let mut packing = Packing {
        archive: tar::Builder::new(GzEncoder::new(archive, Compression::none())),
        stem,
        moment: git::moment(&tree.folder).unwrap_or_default(),
        bytes: 0,
    };
    let written = packing.write(tree, name, version, has_history);
    let finished = written.and_then(|()| packing.archive.into_inner()?.finish());
    let mut archive = finished.map_err(unreadable())?;
    archive.rewind().map_err(unreadable())?;
    let sha256 = keep(&mut archive, &file, cache_dir)?;
    Ok(Packed { file, sha256 })
}

/// Puts an archive into the cache.
fn keep(archive: &mut File, file: &str, cache_dir: &Path) -> Result<Sha256, BuildError> {
    let failed = |failure: Failure| BuildError::from(FetchError::one(failure));
    let unwritable = || BuildError::io("write to the cache in", cache_dir);
    let store = Store::open(cache_dir);
    let store = store.ok_or_else(|| unwritable()(io::ErrorKind::PermissionDenied.into()))?;
    let mut partial = store.parts().take_up(file, None);
    partial.begin(None).map_err(failed)?;
    partial.append_all(archive).map_err(failed)?;
    let sha256 = partial.digest();
    let path = store.make_room(sha256, file).map_err(unwritable())?;
    partial.keep(&path).map_err(failed)?;
    Ok(sha256)
}

/// An archive that is being written.
struct Packing<W: Write> {
    archive: tar::Builder<W>,
    /// The folder at its top.
    stem: String,
    moment: u64,
    bytes: u64,
}

impl<W: Write> Packing<W> {
    fn write(
        &mut self,
        tree: &Tree,
        name: &PackageName,
        version: &Version,
        has_history: bool,
    ) -> io::Result<()> {
        let info = Path::new("PKG-INFO");
        let files = tree.files()?;
        for path in &files {
            self.add(&tree.folder, path)?;
        }
        if !files.iter().any(|path| path == info) && !has_history {
            let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
            self.add_file(info, 0o644, text.len() as u64, text.as_bytes())?;
        }
        if has_history {
            let history = git::history(&tree.folder);
            for path in &history {
                self.add(&tree.folder, path)?;
            }
            if !history.is_empty() {
                let text = git::CONFIGURATION;
                let path = Path::new(".git/config");
                self.add_file(path, 0o644, text.len() as u64, text.as_bytes())?;
            }
        }
        Ok(())
    }

    /// Adds a file or a link of a folder; pipes and sockets are not source.
    fn add(&mut self, folder: &Path, path: &Path) -> io::Result<()> {
        let from = folder.join(path);
        let metadata = fs::symlink_metadata(&from)?;
        if metadata.is_symlink() {
            let mut header = self.header(0o777, 0);
            header.set_entry_type(EntryType::Symlink);
            let to = fs::read_link(&from)?;
            let member = self.member(path);
            self.archive.append_link(&mut header, member, to)
        } else if metadata.is_file() {
            let file = File::open(&from)?;
            let length = metadata.len();
            self.add_file(path, mode(&metadata), length, file.take(length))
        } else {
            Ok(())
        }
    }

    fn add_file(&mut self, path: &Path, mode: u32, size: u64, data: impl Read) -> io::Result<()> {
        self.bytes += size;
        if self.bytes > LARGEST {
            return Err(io::Error::other(format!(
                "it holds more than {LARGEST} bytes"
            )));
        }
        let mut header = self.header(mode, size);
        let member = self.member(path);
        self.archive.append_data(&mut header, member, data)
    }

    fn header(&self, mode: u32, size: u64) -> Header {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(mode);
        header.set_size(size);
        header.set_mtime(self.moment);
        header
    }

    fn member(&self, path: &Path) -> PathBuf {
        Path::new(&self.stem).join(path)
    }
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o100 == 0 {
        0o644
    } else {
        0o755
    }
}

#[cfg(not(unix))]
fn mode(_metadata: &fs::Metadata) -> u32 {
    0o644
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_files_give_the_same_sdist_and_no_others_do() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        fs::create_dir_all(at("app/src")).unwrap();
        fs::write(at("app/pyproject.toml"), "[project]").unwrap();
        fs::write(at("app/src/a.py"), "1").unwrap();
        let tree = Tree {
            folder: at("app"),
            without: None,
        };
        let (name, version) = ("My-App".parse().unwrap(), "1.0".parse().unwrap());
        let packed = || pack(&tree, &name, &version, false, &at("cache")).unwrap();
        let first = packed();
        assert_eq!(first.file, "my_app-1.0.tar.gz");
        fs::write(at("app/src/a.py"), "1").unwrap();
        assert_eq!(packed(), first);
        fs::write(at("app/src/a.py"), "2").unwrap();
        assert_ne!(packed(), first);
    }
}
