//! The wheelhouse folder, in which a file has its name only when its bytes are right.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use harden_packaging::{DistFilename, Sha256};

use crate::Failure;
use crate::hash::hash;
use crate::partial::Parts;
use crate::regular_file;

/// A folder that files are put into.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    parts: Parts,
}

impl Folder {
    /// Makes the folder where there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let folder = Self::at(path);
        let made = if path.is_file() {
            Err(io::Error::other("there is a file of that name"))
        } else {
            fs::create_dir_all(path)
        };
        made.map_err(|source| folder.failure("make the folder", "", source))?;
        Ok(folder)
    }

    /// The folder, which need not exist.
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            parts: Parts::in_wheelhouse(path),
        }
    }

    /// Partial files.
    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The path of the file of this name.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Whether something of this name is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// Opens the file of this name, if there is one. It follows no link.
    pub(crate) fn open_file(&self, name: &str) -> Result<Option<File>, Failure> {
        match regular_file::open(&self.path(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            opened => opened
                .map(Some)
                .map_err(|source| self.failure("read", name, source)),
        }
    }

    /// The digest of the file of this name, if there is one.
    pub(crate) fn digest(&self, name: &str) -> Result<Option<Sha256>, Failure> {
        let file = self.open_file(name)?;
        let digest = file.map(|mut file| hash(&mut file)).transpose();
        let digest = digest.map_err(|source| self.failure("read", name, source))?;
        Ok(digest.map(|(digest, _)| digest))
    }

    /// Removes a link, a pipe or the like that has the name of a file.
    pub(crate) fn remove_special(&self, name: &str) -> Result<(), Failure> {
        if regular_file::is_special(&self.path(name)) {
            self.remove(name)?;
        }
        Ok(())
    }

    /// Removes the file of this name.
    pub(crate) fn remove(&self, name: &str) -> Result<(), Failure> {
        fs::remove_file(self.path(name)).map_err(|source| self.failure("remove", name, source))
    }

    /// Removes leftovers of killed runs.
    pub(crate) fn settle(&self) -> Result<(), Failure> {
        self.parts
            .tidy()
            .map_err(|source| self.failure("tidy the folder", "", source))
    }

    /// The names of the distribution files there.
    pub(crate) fn distributions(&self) -> Result<BTreeSet<String>, Failure> {
        let names = || -> io::Result<BTreeSet<String>> {
            let mut names = BTreeSet::new();
            for entry in fs::read_dir(&self.path)? {
                let entry = entry?;
                let name = entry.file_name();
                if let Some(name) = name.to_str().filter(|name| is_distribution(name))
                    && entry.path().is_file()
                {
                    names.insert(name.to_owned());
                }
            }
            Ok(names)
        };
        match names() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
            names => names.map_err(|source| self.failure("read", "", source)),
        }
    }

    pub(crate) fn failure(&self, action: &'static str, name: &str, source: io::Error) -> Failure {
        let path = if name.is_empty() {
            self.path.clone()
        } else {
            self.path(name)
        };
        Failure::Folder {
            action,
            path,
            source,
        }
    }
}

/// Whether installers that are given the folder look at a file of this name.
fn is_distribution(name: &str) -> bool {
    name.parse::<DistFilename>().is_ok()
}
