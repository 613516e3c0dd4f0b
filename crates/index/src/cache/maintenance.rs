//! The cache as a whole: its size, emptying it, deleting what has not been used for a while.

use std::ffi::OsStr;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::store::{FORM, TAG, TAG_NAME, write_tag};

/// The name of the folder of distribution files.
const FILES: &str = "files";

/// How much a cache holds, or held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheSize {
    /// Files.
    pub files: u64,
    /// Bytes in them.
    pub bytes: u64,
}

impl CacheSize {
    fn add(&mut self, file: &Metadata) {
        self.files += 1;
        self.bytes += file.len();
    }
}

/// The size of the cache in `dir`; zero if there is none.
///
/// # Errors
///
/// When a folder cannot be read.
pub fn size_cache(dir: &Path) -> io::Result<CacheSize> {
    let mut size = CacheSize::default();
    for folder in forms(dir)? {
        walk(&folder, &mut |_, file| {
            size.add(file);
            Ok(())
        })?;
    }
    Ok(size)
}

/// Deletes the cache in `dir`, and returns how much it held. A folder without the tag of this cache, and
/// files that are not part of the cache, stay.
///
/// # Errors
///
/// When a folder cannot be read or a file not deleted.
pub fn clean_cache(dir: &Path) -> io::Result<CacheSize> {
    let size = size_cache(dir)?;
    for folder in forms(dir)? {
        remove_folder(&folder)?;
    }
    Ok(size)
}

/// Deletes what in the cache in `dir` was neither written nor confirmed for as long as `unused`,
/// what interrupted runs left, and what older forms of the cache left; says how much that was.
///
/// # Errors
///
/// When a folder cannot be read or a file not deleted.
pub fn prune_cache(dir: &Path, unused: Duration) -> io::Result<CacheSize> {
    let mut pruned = CacheSize::default();
    let now = SystemTime::now();
    for folder in forms(dir)? {
        let is_current = folder.ends_with(FORM);
        walk(&folder, &mut |path, file| {
            let age = now.duration_since(file.modified()?).unwrap_or_default();
            if !is_current || age >= unused || is_abandoned(path, age) {
                remove(path)?;
                pruned.add(file);
            }
            Ok(())
        })?;
        if !is_current {
            remove_folder(&folder)?;
        }
    }
    Ok(pruned)
}

/// The folder of distribution files in the cache in `dir`, made where there is none.
///
/// They are counted, cleaned and pruned with the rest of the cache.
///
/// # Errors
///
/// When it cannot be made.
pub fn files_folder(dir: &Path) -> io::Result<PathBuf> {
    let folder = kept_files_folder(dir);
    if !folder.is_dir() {
        fs_err::create_dir_all(&folder)?;
        write_tag(dir)?;
    }
    Ok(folder)
}

/// Where the distribution files of the cache in `dir` are, if there are any.
pub fn kept_files_folder(dir: &Path) -> PathBuf {
    dir.join(FORM).join(FILES)
}

/// Whether a file is one that was being written when its process ended.
fn is_abandoned(path: &Path, age: Duration) -> bool {
    let endings = ["bin", "whl", "gz", "zip", "bz2", "tgz"];
    let extension = path.extension().and_then(OsStr::to_str);
    let is_entry = extension.is_some_and(|extension| endings.contains(&extension));
    !is_entry && age > Duration::from_hours(1)
}

/// The folders of the forms of the cache, provided that `dir` is marked as one of ours.
fn forms(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let tag = dir.join(TAG_NAME);
    let is_file = std::fs::symlink_metadata(&tag).is_ok_and(|found| found.is_file());
    if is_file && std::fs::read_to_string(&tag).is_ok_and(|text| text == TAG) {
        let is_form = |name: &str| {
            let number = name.strip_prefix('v').unwrap_or_default();
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        };
        let mut folders = Vec::new();
        for entry in fs_err::read_dir(dir)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() && entry.file_name().to_str().is_some_and(is_form) {
                folders.push(entry.path());
            }
        }
        return Ok(folders);
    }
    Ok(Vec::new())
}

/// Calls `visit` for every file under `folder`. What another process deletes meanwhile is skipped.
fn walk(
    folder: &Path,
    visit: &mut dyn FnMut(&Path, &Metadata) -> io::Result<()>,
) -> io::Result<()> {
    let entries = match fs_err::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), visit)?;
        } else {
            match entry.metadata() {
                Ok(file) => visit(&entry.path(), &file)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Removes a folder that other processes may write to or remove meanwhile.
fn remove_folder(folder: &Path) -> io::Result<()> {
    let mut tries = 10;
    loop {
        let passing = [io::ErrorKind::NotFound, io::ErrorKind::DirectoryNotEmpty];
        match fs_err::remove_dir_all(folder) {
            Err(_) if !folder.exists() => return Ok(()),
            Err(error) if passing.contains(&error.kind()) && tries > 0 => tries -= 1,
            done => return done,
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs_err::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::cache::{Key, Store, Verify};

    #[test]
    fn cleaners_side_by_side_do_not_hinder_each_other() {
        let folder = filled();
        let cache = folder.path();
        for place in 0..300 {
            let path = cache.join(FORM).join(format!("pages/{}", place % 30));
            fs_err::create_dir_all(&path).unwrap();
            fs_err::write(path.join(format!("{place}.bin")), "x").unwrap();
        }
        std::thread::scope(|scope| {
            let cleaners: Vec<_> = (0..4).map(|_| scope.spawn(|| clean_cache(cache))).collect();
            for cleaner in cleaners {
                cleaner.join().unwrap().unwrap();
            }
        });
        assert_eq!(size_cache(cache).unwrap(), CacheSize::default());
    }

    fn filled() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Some(dir.path().to_owned()), Verify::AtOnce);
        for name in ["a", "b"] {
            let url = Url::parse("https://index.test/simple/").unwrap();
            store.write(&Key::page(&url.join(name).unwrap(), name), b"page");
        }
        dir
    }

    #[test]
    fn cleaning_leaves_nothing_but_what_is_not_ours() {
        let dir = filled();
        std::fs::write(dir.path().join("mine.txt"), "x").unwrap();
        assert_eq!(clean_cache(dir.path()).unwrap().files, 2);
        assert_eq!(size_cache(dir.path()).unwrap(), CacheSize::default());
        assert!(dir.path().join("mine.txt").is_file());
    }

    #[test]
    fn a_folder_without_our_tag_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("v2")).unwrap();
        std::fs::write(dir.path().join("v2/precious"), "x").unwrap();
        assert_eq!(clean_cache(dir.path()).unwrap(), CacheSize::default());
        assert!(dir.path().join("v2/precious").is_file());
    }

    #[test]
    fn a_folder_that_does_not_exist_holds_nothing() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(
            size_cache(&dir.path().join("none")).unwrap(),
            CacheSize::default()
        );
    }

    #[test]
    fn pruning_deletes_what_is_old() {
        let dir = filled();
        std::fs::create_dir_all(dir.path().join("v0/x")).unwrap();
        std::fs::write(dir.path().join("v0/x/y"), "old form").unwrap();
        assert_eq!(
            prune_cache(dir.path(), Duration::from_hours(1))
                .unwrap()
                .files,
            1
        );
        assert_eq!(size_cache(dir.path()).unwrap().files, 2);
        assert_eq!(prune_cache(dir.path(), Duration::ZERO).unwrap().files, 2);
        assert_eq!(size_cache(dir.path()).unwrap().files, 0);
    }
}
