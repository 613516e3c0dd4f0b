//! The wheelhouse folder, in which a file has its name only when its bytes are right.
//!
//! A file on its way in is `.NAME.….harden-part`, and locked as long as the run lives, so that a
//! later run can tell what a dead one left from what another one is at.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use harden_packaging::Sha256;
use sha2::Digest;
use tempfile::NamedTempFile;

use crate::Failure;

/// What the names of unfinished files end in.
const PART: &str = ".harden-part";

/// A folder that files are put into.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the folder where there is none, and removes what dead runs left half done in it.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let folder = Self {
            path: path.to_owned(),
        };
        let made = if path.is_file() {
            Err(io::Error::other("there is a file of that name"))
        } else {
            fs::create_dir_all(path)
        };
        made.map_err(|source| folder.failure("make the folder", "", source))?;
        folder
            .remove_leftovers()
            .map_err(|source| folder.failure("tidy the folder", "", source))?;
        Ok(folder)
    }

    fn remove_leftovers(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') && name.ends_with(PART) {
                remove_if_unlocked(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Whether something of this name is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.path.join(name).exists()
    }

    /// The digest of the file of this name, if there is one.
    pub(crate) fn digest(&self, name: &str) -> Result<Option<Sha256>, Failure> {
        let hash = |mut file: File| {
            let mut hasher = sha2::Sha256::new();
            io::copy(&mut file, &mut HashWriter(&mut hasher))?;
            Ok(Some(finish(hasher)))
        };
        let digest = match File::open(self.path.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened.and_then(hash),
        };
        digest.map_err(|source| self.failure("read", name, source))
    }

    /// Removes the file of this name.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Failure> {
        fs::remove_file(self.path.join(name))
            .map_err(|source| self.failure("replace", name, source))
    }

    /// Begins a file, which is not there under its name until [`Partial::keep`].
    pub(crate) fn begin(&self, name: &str) -> Result<Partial<'_>, Failure> {
        let file = self
            .locked(name)
            .map_err(|source| self.failure("write", name, source))?;
        Ok(Partial {
            folder: self,
            name: name.to_owned(),
            file,
            hasher: sha2::Sha256::new(),
            length: 0,
        })
    }

    /// Sees to it that the new names are still there after a power cut, where that can be done.
    pub(crate) fn settle(&self) -> Result<(), Failure> {
        if cfg!(unix) {
            File::open(&self.path)
                .and_then(|folder| folder.sync_all())
                .map_err(|source| self.failure("write", "", source))?;
        }
        Ok(())
    }

    /// Makes a temporary file and locks it.
    fn locked(&self, name: &str) -> io::Result<NamedTempFile> {
        loop {
            let file = temporary(&self.path, &format!(".{name}."))?;
            lock(file.as_file())?;
            // Another run may have taken it for a leftover before it was locked.
            if file.path().exists() {
                return Ok(file);
            }
        }
    }

    fn failure(&self, action: &'static str, name: &str, source: io::Error) -> Failure {
        let path = if name.is_empty() {
            self.path.clone()
        } else {
            self.path.join(name)
        };
        Failure::Folder {
            action,
            path,
            source,
        }
    }
}

/// Makes a temporary file with the permissions that any other new file has.
fn temporary(folder: &Path, prefix: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix).suffix(PART);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Locks a file; where the file system has no locks, no run can tell leftovers, and none removes any.
fn lock(file: &File) -> io::Result<()> {
    match file.lock() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        locked => locked,
    }
}

fn remove_if_unlocked(path: &Path) -> io::Result<()> {
    let gone_is_fine = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    };
    match File::open(path) {
        Ok(file) if file.try_lock().is_ok() => fs::remove_file(path).or_else(gone_is_fine),
        Ok(_) => Ok(()),
        Err(error) => gone_is_fine(error),
    }
}

/// A file on its way in. Dropped, it leaves nothing.
pub(crate) struct Partial<'a> {
    folder: &'a Folder,
    name: String,
    file: NamedTempFile,
    hasher: sha2::Sha256,
    length: u64,
}

impl Partial<'_> {
    /// How many bytes are here.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Writes and hashes what comes next.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file
            .write_all(bytes)
            .map_err(|source| self.failure(source))?;
        self.hasher.update(bytes);
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Goes back to the beginning.
    pub(crate) fn restart(&mut self) -> Result<(), Failure> {
        let file = self.file.as_file_mut();
        file.set_len(0)
            .and_then(|()| io::Seek::rewind(file))
            .map_err(|source| self.failure(source))?;
        self.hasher = sha2::Sha256::new();
        self.length = 0;
        Ok(())
    }

    /// The digest of what is here.
    pub(crate) fn digest(&self) -> Sha256 {
        finish(self.hasher.clone())
    }

    /// Gives the file its name, once it is on the disk.
    pub(crate) fn keep(self) -> Result<(), Failure> {
        let Self {
            folder, name, file, ..
        } = self;
        let path = folder.path.join(&name);
        let kept = file.as_file().sync_all();
        let kept = kept.and_then(|()| file.persist(&path).map_err(|error| error.error));
        kept.map(drop)
            .map_err(|source| folder.failure("write", &name, source))
    }

    fn failure(&self, source: io::Error) -> Failure {
        self.folder.failure("write", &self.name, source)
    }
}

/// Hashes what is written to it.
struct HashWriter<'a>(&'a mut sha2::Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn finish(hasher: sha2::Sha256) -> Sha256 {
    Sha256::from_bytes(hasher.finalize().into())
}
