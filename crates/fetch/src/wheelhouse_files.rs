//! The files that a wheelhouse holds for a lock, as input for the formats written beside it.

use std::fs;
use std::io;
use std::path::Path;

use harden_hasher::StrictPin;
use harden_packaging::{DistKind, Sha256};

use crate::check::offline;
use crate::choose::choose;
use crate::folder::Folder;
use crate::{Failure, FetchError, Lock, Summary};

/// A file in a wheelhouse, with the pin it belongs to.
#[derive(Debug)]
pub(crate) struct FolderFile<'a> {
    pub(crate) pin: &'a StrictPin,
    pub(crate) name: String,
    pub(crate) kind: DistKind,
    pub(crate) sha256: Sha256,
    /// In bytes.
    pub(crate) size: u64,
}

/// Lists the files a folder holds for a lock, by name. Each one is hashed and compared with its pin.
pub(crate) fn contents<'a>(
    lock: &Lock<'a>,
    folder: &Path,
) -> Result<Vec<FolderFile<'a>>, FetchError> {
    let client = offline(folder)?;
    let folder = Folder::at(folder);
    let (wanted, mut failures) = choose(lock, &client);
    let mut files = Vec::new();
    for wanted in wanted {
        let name = wanted.file.name;
        let size = fs::metadata(folder.path(&name));
        let size = size.map_err(|source| folder.failure("read", &name, source));
        match size.and_then(|size| Ok((size, folder.digest(&name)?))) {
            Ok((size, Some(sha256))) if wanted.pin.hashes().contains(&sha256) => {
                files.push(FolderFile {
                    pin: wanted.pin,
                    name,
                    kind: wanted.file.kind,
                    sha256,
                    size: size.len(),
                });
            }
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
