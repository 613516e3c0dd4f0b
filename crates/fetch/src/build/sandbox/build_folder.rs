//! The temporary folder of a build: it has a random name, and is removed with everything in it, at the
//! latest by a later run.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::{Builder, TempDir};

/// How the names of these folders begin.
const PREFIX: &str = "harden-build-";
/// Locked while the folder is in use. It lies beside what a build can write to.
const LOCK: &str = "lock";
/// The name of the lock until it is locked.
const NEW_LOCK: &str = "lock.new";

/// A temporary folder for one build, which is removed when this is dropped.
#[derive(Debug)]
pub(in crate::build) struct BuildFolder {
    folder: TempDir,
    _lock: File,
}

impl BuildFolder {
    /// Makes one, after it has removed those that killed runs left.
    pub(in crate::build) fn new() -> io::Result<Self> {
        let place = std::env::temp_dir();
        remove_abandoned(&place);
        let folder = Builder::new().prefix(PREFIX).tempdir_in(place)?;
        // It gets its name once it is locked, so that no other run takes the folder for abandoned.
        let (new, name) = (folder.path().join(NEW_LOCK), folder.path().join(LOCK));
        let lock = File::create_new(&new)?;
        crate::partial::lock(&lock)?;
        fs::rename(new, name)?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    pub(in crate::build) fn path(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for BuildFolder {
    fn drop(&mut self) {
        open_folders(self.folder.path());
    }
}

/// Removes the folders of runs that are over. What cannot be removed stays.
fn remove_abandoned(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let named = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if named && is_folder && is_own(&entry.path()) && is_abandoned(&entry.path()) {
            open_folders(&entry.path());
            let removed = fs::remove_dir_all(entry.path());
            if let Err(error) = removed {
                tracing::debug!("{} is not removed: {error}", entry.path().display());
            }
        }
    }
}

/// Whether nobody holds the lock; a folder without one is only just being made.
fn is_abandoned(folder: &Path) -> bool {
    let lock = folder.join(LOCK);
    let is_file = fs::symlink_metadata(&lock).is_ok_and(|metadata| metadata.is_file());
    is_file && File::open(lock).is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(unix)]
fn is_own(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let own = nix::unistd::Uid::effective().as_raw();
    fs::symlink_metadata(folder).is_ok_and(|metadata| metadata.uid() == own)
}

#[cfg(not(unix))]
fn is_own(_folder: &Path) -> bool {
    true
}

/// Lets the owner into folders that a build closed, so that they can be removed.
#[cfg(unix)]
fn open_folders(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let opened = fs::symlink_metadata(&folder).map(|metadata| metadata.permissions().mode());
        if opened.is_ok_and(|mode| mode & 0o700 != 0o700) {
            // An error is reported when the removal fails.
            let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        }
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            }
        }
    }
}

#[cfg(not(unix))]
fn open_folders(_folder: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_killed_runs_are_removed_and_those_in_use_are_not() {
        let place = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let folder = place.path().join(name);
            fs::create_dir_all(folder.join("1/closed/in")).unwrap();
            folder
        };
        let abandoned = folder("harden-build-a");
        fs::write(abandoned.join(LOCK), "").unwrap();
        let in_use = folder("harden-build-b");
        let lock = File::create(in_use.join(LOCK)).unwrap();
        lock.lock().unwrap();
        let just_made = folder("harden-build-c");
        let other = folder("other");
        fs::write(other.join(LOCK), "").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let closed = fs::Permissions::from_mode(0o0);
            fs::set_permissions(abandoned.join("1/closed"), closed).unwrap();
        }
        remove_abandoned(place.path());
        let left = [&abandoned, &in_use, &just_made, &other].map(|folder| folder.exists());
        assert_eq!(left, [false, true, true, true]);
    }
}
