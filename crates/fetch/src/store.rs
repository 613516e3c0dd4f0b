//! The cache of distribution files, by digest: each file is downloaded once for all wheelhouses.
//!
//! A file lies under its digest and name, and only after it was looked into. From there it comes
//! into a wheelhouse by reflink, hard link or copy, whichever the file systems have, and is hashed
//! again on its way: a wheelhouse may be written to, and so, through a hard link, may this. What
//! was hashed as it came in, and is still this run's alone, is not hashed twice, but as a copy.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use harden_packaging::Sha256;

use crate::Failure;
use crate::folder::Folder;
use crate::hash::hash;
use crate::partial::{Partial, Parts};

/// The folder of files in a cache.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    parts: Parts,
    linking: Linking,
}

/// How files are made to share their bytes.
#[derive(Debug, Default)]
struct Linking {
    /// Whether the file systems were found to have no reflinks, which shows only when a file was
    /// made for one.
    has_no_reflinks: AtomicBool,
}

/// What is known of a file that is brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bytes {
    /// They were hashed, and nobody else has had them since.
    Right,
    /// They were right once.
    Unknown,
}

/// How a file was brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Brought {
    /// It has the very bytes of the other.
    Shared,
    Copied,
}

/// Where the cache in `cache_dir` has the file of this digest and name; `None` where it has not. A
/// file there was right once; whoever reads it hashes it.
pub fn kept_file(cache_dir: &Path, digest: Sha256, name: &str) -> Option<PathBuf> {
    let folder = harden_index::kept_files_folder(cache_dir);
    Some(path_in(&folder, digest, name)).filter(|path| path.is_file())
}

fn path_in(folder: &Path, digest: Sha256, name: &str) -> PathBuf {
    let digest = digest.to_string();
    let (first, rest) = digest.split_at(2);
    folder.join(first).join(format!("{rest}-{name}"))
}

impl Store {
    /// The store of the cache in `cache_dir`; `None` if it cannot be created, which is not an error.
    pub(crate) fn open(cache_dir: &Path) -> Option<Self> {
        let make = || {
            let folder = harden_index::files_folder(cache_dir)?;
            let parts = folder.join("parts");
            fs::create_dir_all(&parts)?;
            Ok::<_, io::Error>(Self {
                parts: Parts::in_cache(&parts),
                folder,
                linking: Linking::default(),
            })
        };
        make()
            .inspect_err(|error| tracing::debug!("the cache keeps no files: {error}"))
            .ok()
    }

    /// The folder of the cache's files.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Partial files.
    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Where the file of this digest and name is, or is to be.
    pub(crate) fn path(&self, digest: Sha256, name: &str) -> PathBuf {
        path_in(&self.folder, digest, name)
    }

    /// Makes the folder that [`Self::path`] is in.
    pub(crate) fn make_room(&self, digest: Sha256, name: &str) -> io::Result<PathBuf> {
        let path = self.path(digest, name);
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        Ok(path)
    }

    /// The size of the file of this digest and name, if it is here.
    pub(crate) fn size(&self, digest: Sha256, name: &str) -> Option<u64> {
        let found = fs::metadata(self.path(digest, name)).ok()?;
        found.is_file().then_some(found.len())
    }

    /// Puts the file of this digest and name into a wheelhouse; `None` where it is not here.
    pub(crate) fn place(
        &self,
        digest: Sha256,
        name: &str,
        folder: &Folder,
    ) -> Result<Option<u64>, Failure> {
        let path = self.path(digest, name);
        if !path.is_file() {
            return Ok(None);
        }
        match self.try_to_place(&path, Bytes::Unknown, digest, name, folder) {
            Ok(Some(length)) => {
                // Tells `harden cache prune` that the file is in use; an error changes nothing.
                let kept = File::options().write(true).open(&path);
                let _ = kept.and_then(|kept| kept.set_modified(SystemTime::now()));
                Ok(Some(length))
            }
            Ok(None) => {
                tracing::debug!(file = name, "is damaged in the cache");
                let _ = fs::remove_file(&path);
                Ok(None)
            }
            Err(source) => Err(folder.failure("write", name, source)),
        }
    }

    /// Puts a file that was downloaded and inspected into a wheelhouse, and then into the cache.
    pub(crate) fn take_in(
        &self,
        partial: Partial<'_>,
        name: &str,
        folder: &Folder,
    ) -> Result<TakenIn, Failure> {
        let digest = partial.digest();
        let Some(from) = partial.path() else {
            return Ok(TakenIn::Damaged);
        };
        let placed = self.try_to_place(from, Bytes::Right, digest, name, folder);
        let placed = placed.map_err(|source| folder.failure("write", name, source))?;
        if placed.is_none() {
            return Ok(TakenIn::Damaged);
        }
        let kept = self
            .make_room(digest, name)
            .map_err(|source| folder.failure("keep in the cache", name, source))
            .and_then(|path| partial.keep(&path));
        Ok(match kept {
            Ok(()) => TakenIn::Everywhere,
            Err(failure) => TakenIn::NotKept(failure),
        })
    }

    fn try_to_place(
        &self,
        from: &Path,
        bytes: Bytes,
        digest: Sha256,
        name: &str,
        folder: &Folder,
    ) -> io::Result<Option<u64>> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.linking.place(from, bytes, digest, name, folder) {
                // Another run took it for a leftover before it was locked.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < MOST_TRIES => {}
                placed => return placed,
            }
        }
    }
}

/// Where a file is that was downloaded.
#[derive(Debug)]
pub(crate) enum TakenIn {
    /// In the wheelhouse and in the cache.
    Everywhere,
    /// In the wheelhouse alone; the cache did not take it.
    NotKept(Failure),
    /// Nowhere: its copy has other bytes.
    Damaged,
}

/// How often a file is brought that other runs remove on its way.
const MOST_TRIES: u32 = 8;

impl Linking {
    /// Brings the file at `from` into a wheelhouse if its digest is right; its length in bytes.
    fn place(
        &self,
        from: &Path,
        bytes: Bytes,
        digest: Sha256,
        name: &str,
        folder: &Folder,
    ) -> io::Result<Option<u64>> {
        let brought = folder.parts().unused_path(name);
        let placed = (|| {
            let how = self.bring(from, &brought)?;
            let mut file = File::open(&brought)?;
            let length = if (bytes, how) == (Bytes::Right, Brought::Shared) {
                // A hard link is locked by its other name already.
                let _ = file.try_lock_shared();
                file.metadata()?.len()
            } else {
                // Where there are no locks, nobody takes it away.
                let _ = file.lock_shared();
                let (found, length) = hash(&mut file)?;
                if found != digest {
                    return Ok(None);
                }
                length
            };
            fs::rename(&brought, folder.path(name))?;
            Ok(Some(length))
        })();
        if !matches!(placed, Ok(Some(_))) {
            let _ = fs::remove_file(&brought);
        }
        placed
    }

    /// Makes `to` what `from` is, as cheaply as the file systems allow.
    fn bring(&self, from: &Path, to: &Path) -> io::Result<Brought> {
        if !self.has_no_reflinks.load(Ordering::Relaxed) {
            if reflink_copy::reflink(from, to).is_ok() {
                return Ok(Brought::Shared);
            }
            self.has_no_reflinks.store(true, Ordering::Relaxed);
        }
        if fs::hard_link(from, to).is_ok() {
            return Ok(Brought::Shared);
        }
        fs::copy(from, to)?;
        Ok(Brought::Copied)
    }
}
