//! What a wheelhouse holds for a lock, for those who write about it.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use harden_hasher::StrictPin;
use harden_packaging::{DistKind, Sha256};

use crate::check::offline;
use crate::choose::choose;
use crate::folder::Folder;
use crate::{Failure, FetchError, Lock, Summary};

/// A file of a wheelhouse.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    pub(crate) pin: &'a StrictPin,
    pub(crate) name: String,
    pub(crate) kind: DistKind,
    pub(crate) sha256: Sha256,
    /// In bytes.
    pub(crate) size: u64,
}

/// The files that a folder has for a lock, by name, each hashed and found right.
pub(crate) fn held<'a>(lock: &Lock<'a>, folder: &Path) -> Result<Vec<Held<'a>>, FetchError> {
    let client = offline(folder)?;
    let folder = Folder::at(folder);
    let (wanted, mut failures) = choose(lock, &client);
    let mut files = Vec::new();
    for wanted in wanted {
        let name = wanted.file.name;
        let size = fs::metadata(folder.path(&name));
        let size = size.map_err(|source| folder.failure("read", &name, source));
        match size.and_then(|size| Ok((size, folder.digest(&name)?))) {
            Ok((size, Some(sha256))) if wanted.pin.hashes().contains(&sha256) => files.push(Held {
                pin: wanted.pin,
                name,
                kind: wanted.file.kind,
                sha256,
                size: size.len(),
            }),
            Ok((_, Some(actual))) => failures.push(Failure::WrongFile {
                file: name,
                expected: wanted.pin.hashes().clone(),
                actual,
            }),
            Ok((_, None)) => {
                let gone = io::ErrorKind::NotFound.into();
                failures.push(folder.failure("read", &name, gone));
            }
            Err(failure) => failures.push(failure),
        }
    }
    if failures.is_empty() {
        return Ok(files);
    }
    let summary = Summary::default();
    Err(FetchError { failures, summary })
}

/// Writes a file as a whole, or not at all.
pub(crate) fn write(
    path: &Path,
    content: impl FnOnce(&mut fs::File) -> io::Result<()>,
) -> Result<(), FetchError> {
    let written = (|| {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".harden-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let mut file = builder.tempfile_in(folder)?;
        content(file.as_file_mut())?;
        file.as_file_mut().flush()?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    })();
    written.map_err(|source| {
        FetchError::one(Failure::Folder {
            action: "write",
            path: path.to_owned(),
            source,
        })
    })
}
