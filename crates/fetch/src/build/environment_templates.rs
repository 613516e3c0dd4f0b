//! Virtual environments to copy: one for each set of build requirements.
//!
//! Making an environment and installing setuptools in it takes pip 1.5 to 4 s of a processor, copying
//! it 0.1 s; a lock with a hundred sdists makes two for each of them. Only pip has run in a template, on
//! wheels that were verified; code of a source runs in a copy.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use harden_hasher::StrictFile;

use super::BuildError;
use super::sandbox::BuildFolder;

/// The environments of one run, in a folder that goes with it.
#[derive(Debug)]
pub struct Templates {
    folder: BuildFolder,
}

impl Templates {
    /// None yet.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where no temporary folder can be made.
    pub fn new() -> Result<Self, BuildError> {
        let folder = BuildFolder::new();
        let folder = folder.map_err(BuildError::io("make a folder in", std::env::temp_dir()))?;
        Ok(Self { folder })
    }

    /// Copies the environment that holds `pins` to the folder `to`; whether there is one.
    pub(super) fn copy(&self, pins: &StrictFile, to: &Path) -> Result<bool, BuildError> {
        let template = self.path(pins);
        if !template.is_dir() {
            return Ok(false);
        }
        copy_tree(&template, to).map_err(BuildError::io("copy the environment to", to))?;
        Ok(true)
    }

    /// Keeps a copy of the environment in the folder `from`, which holds `pins`.
    pub(super) fn keep(&self, pins: &StrictFile, from: &Path) -> Result<(), BuildError> {
        let template = self.path(pins);
        // A copy that fails half-way is not taken for a template.
        let new = template.with_extension("new");
        let kept = copy_tree(from, &new).and_then(|()| match fs::rename(&new, &template) {
            // Another thread made the same one.
            Err(_) if template.is_dir() => Ok(()),
            renamed => renamed,
        });
        kept.map_err(BuildError::io("copy the environment to", template))
    }

    fn path(&self, pins: &StrictFile) -> PathBuf {
        let digest = pins.content_digest().to_string();
        self.folder.path().join(digest)
    }
}

/// Copies a folder, links as links.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (kind, to) = (entry.file_type()?, to.join(entry.file_name()));
        if kind.is_dir() {
            copy_tree(&entry.path(), &to)?;
        } else if kind.is_symlink() {
            copy_link(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

#[cfg(unix)]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::read_link(from)?, to)
}

#[cfg(not(unix))]
fn copy_link(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to).map(drop)
}
