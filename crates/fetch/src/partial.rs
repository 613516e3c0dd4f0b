//! Partial files: downloads under temporary names until their bytes are verified.
//!
//! One is `DIGEST-VALIDATOR-….harden-part` (hidden in a wheelhouse): the digest that it shall have,
//! and that of what the server says changes with the file, so that a later run can go on where one
//! was killed. It is locked as long as its run lives, so that no other takes it up or away.

use std::fs::{self, File};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use harden_packaging::Sha256;
use sha2::Digest;
use tempfile::{NamedTempFile, TempPath};

use crate::Failure;
use crate::hash::{finish, update};
use crate::regular_file;

/// How much is copied at once, in bytes.
const CHUNK: usize = 256 << 10;

/// The ending of names of unfinished files.
const PART: &str = ".harden-part";

/// A folder for partial files.
#[derive(Debug)]
pub(crate) struct Parts {
    folder: PathBuf,
    /// What names begin with.
    mark: &'static str,
    /// What there is to take up; read once, for the folder fills with what this run writes.
    found: OnceLock<Mutex<Vec<PathBuf>>>,
}

impl Parts {
    /// In a wheelhouse, where nothing else may see them.
    pub(crate) fn in_wheelhouse(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            mark: ".",
            found: OnceLock::new(),
        }
    }

    /// In a folder of their own.
    pub(crate) fn in_cache(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            mark: "",
            found: OnceLock::new(),
        }
    }

    /// The partial file with this digest that a killed run left, else an empty one.
    pub(crate) fn take_up(&self, name: &str, digest: Option<Sha256>) -> Partial<'_> {
        let found = digest.and_then(|digest| self.find(&self.prefix(digest)));
        let mut partial = Partial {
            parts: self,
            name: name.to_owned(),
            digest,
            open: None,
        };
        if let Some((path, file, validator)) = found {
            partial.open = Open::resume(path, file, validator).ok();
        }
        partial
    }

    /// Removes leftovers of killed runs.
    pub(crate) fn tidy(&self) -> io::Result<()> {
        for path in self.leftovers()? {
            // What is not a regular file of this user was not left by a run.
            match regular_file::open(&path) {
                Ok(file) if is_own(&file) && file.try_lock().is_ok() => remove(&path)?,
                Ok(_) => {}
                Err(error) => tracing::debug!("{} is not removed: {error}", path.display()),
            }
        }
        Ok(())
    }

    /// Makes an empty file that no other run mistakes for a leftover.
    pub(crate) fn temporary(&self, prefix: &str) -> io::Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix).suffix(PART);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Those that any other new file has.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        loop {
            let file = builder.tempfile_in(&self.folder)?;
            lock(file.as_file())?;
            // Another run may have taken it for a leftover before it was locked.
            if file.path().exists() {
                return Ok(file);
            }
        }
    }

    /// A path in this folder where something may be made and then renamed.
    pub(crate) fn unused_path(&self, name: &str) -> PathBuf {
        let random = fastrand::u64(..);
        self.folder
            .join(format!("{}{name}-{random:016x}{PART}", self.mark))
    }

    fn prefix(&self, digest: Sha256) -> String {
        format!("{}{digest}-", self.mark)
    }

    fn leftovers(&self) -> io::Result<Vec<PathBuf>> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(self.mark) && name.ends_with(PART) {
                paths.push(entry.path());
            }
        }
        Ok(paths)
    }

    /// A leftover whose name begins so, locked, and the digest of its validator.
    fn find(&self, prefix: &str) -> Option<(PathBuf, File, String)> {
        let found = self.found();
        let found = found.lock().unwrap_or_else(PoisonError::into_inner);
        found.iter().find_map(|path| {
            let rest = path.file_name()?.to_str()?.strip_prefix(prefix)?;
            let validator = rest.split('-').next()?.to_owned();
            let file = regular_file::open_to_write(path).ok()?;
            let is_ours =
                !validator.is_empty() && is_own(&file) && file.try_lock().is_ok() && path.exists();
            is_ours.then(|| (path.clone(), file, validator))
        })
    }

    fn found(&self) -> &Mutex<Vec<PathBuf>> {
        let list = || Mutex::new(self.leftovers().unwrap_or_default());
        self.found.get_or_init(list)
    }
}

/// Removes a file, which may be gone already.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Whether a file belongs to the user of this process.
#[cfg(unix)]
fn is_own(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = nix::unistd::Uid::effective().as_raw();
    file.metadata().is_ok_and(|metadata| metadata.uid() == own)
}

#[cfg(not(unix))]
fn is_own(_file: &File) -> bool {
    true
}

/// Locks a file. On a file system without locks, no run recognises leftovers, and none removes any.
pub(crate) fn lock(file: &File) -> io::Result<()> {
    match file.lock() {
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(()),
        locked => locked,
    }
}

/// A partial file. It is removed when this is dropped.
pub(crate) struct Partial<'a> {
    parts: &'a Parts,
    name: String,
    digest: Option<Sha256>,
    open: Option<Open>,
}

/// What there is of it.
struct Open {
    path: TempPath,
    file: File,
    hasher: sha2::Sha256,
    length: u64,
    validator: String,
}

impl Open {
    fn resume(path: PathBuf, mut file: File, validator: String) -> io::Result<Self> {
        let mut hasher = sha2::Sha256::new();
        let length = update(&mut hasher, &mut file)?;
        Ok(Self {
            path: TempPath::try_from_path(path)?,
            file,
            hasher,
            length,
            validator,
        })
    }
}

impl Partial<'_> {
    /// How many bytes are here.
    pub(crate) fn length(&self) -> u64 {
        self.open.as_ref().map_or(0, |open| open.length)
    }

    /// Whether what is here is of the file that has this validator.
    pub(crate) fn is_of(&self, validator: Option<&str>) -> bool {
        let open = self.open.as_ref();
        open.is_some_and(|open| open.validator == short(validator))
    }

    /// Makes the file, empty, for what a server with this validator sends.
    pub(crate) fn begin(&mut self, validator: Option<&str>) -> Result<(), Failure> {
        let validator = short(validator);
        let prefix = match self.digest {
            Some(digest) => format!("{}{validator}-", self.parts.prefix(digest)),
            None => format!("{}{}-", self.parts.mark, self.name),
        };
        let made = self.parts.temporary(&prefix);
        let (file, path) = made.map_err(|source| self.failure(source))?.into_parts();
        self.open = Some(Open {
            path,
            file,
            hasher: sha2::Sha256::new(),
            length: 0,
            validator,
        });
        Ok(())
    }

    /// Writes and hashes what comes next.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let Some(open) = &mut self.open else {
            return Err(self.failure(io::ErrorKind::NotFound.into()));
        };
        let written = open.file.write_all(bytes);
        open.hasher.update(bytes);
        open.length += bytes.len() as u64;
        written.map_err(|source| self.failure(source))
    }

    /// Writes and hashes all that `reader` has.
    pub(crate) fn append_all(&mut self, reader: &mut impl Read) -> Result<(), Failure> {
        let mut buffer = vec![0; CHUNK];
        loop {
            match reader.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => self.append(&buffer[..read])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failure(error)),
            }
        }
    }

    /// Discards what is here.
    pub(crate) fn restart(&mut self) {
        self.open = None;
    }

    /// The digest of what is here.
    pub(crate) fn digest(&self) -> Sha256 {
        let open = self.open.as_ref();
        finish(open.map_or_else(sha2::Sha256::new, |open| open.hasher.clone()))
    }

    /// The file, to be read from its beginning; `None` where nothing was begun.
    pub(crate) fn read(&mut self) -> io::Result<Option<&mut File>> {
        let Some(open) = &mut self.open else {
            return Ok(None);
        };
        open.file.rewind()?;
        Ok(Some(&mut open.file))
    }

    /// Keeps the partial file for a later try or run.
    pub(crate) fn leave(self) {
        if let Some(open) = self.open {
            // If that fails, the later run begins again.
            if let Ok(path) = open.path.keep() {
                let found = self.parts.found();
                let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
                found.push(path);
            }
        }
    }

    /// Where it is; `None` where nothing was begun.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.open.as_ref().map(|open| &*open.path)
    }

    /// Gives the file its name.
    ///
    /// What was written survives the end of the process. A power cut may lose it and keep the name;
    /// then the next run finds it wrong, as does everyone who verifies hashes. Waiting for the disk
    /// here took a third of the time of a run.
    pub(crate) fn keep(mut self, path: &Path) -> Result<(), Failure> {
        let Some(open) = self.open.take() else {
            return Ok(());
        };
        let kept = open.path.persist(path);
        kept.map_err(|error| failure(path.to_owned(), error.error))
    }

    fn failure(&self, source: io::Error) -> Failure {
        failure(self.parts.folder.join(&self.name), source)
    }
}

fn failure(path: PathBuf, source: io::Error) -> Failure {
    Failure::Folder {
        action: "write",
        path,
        source,
    }
}

/// A validator as it can be in a name.
fn short(validator: Option<&str>) -> String {
    let digest = sha2::Sha256::digest(validator.unwrap_or_default());
    let digest = Sha256::from_bytes(digest.into()).to_string();
    digest[..16].to_owned()
}
