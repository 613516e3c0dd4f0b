//! A source tree that is not an sdist: the folder of a project, or a checkout of a repository.
//!
//! Of a Git working tree only what Git does not ignore is source; elsewhere, all but caches and
//! virtual environments.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::git;

/// Folders that hold nothing of a project's source.
const CACHES: [&str; 8] = [
    "__pycache__",
    ".git",
    ".hg",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".tox",
    "node_modules",
];
/// Marks a folder that can be made again (<https://bford.info/cachedir/>).
const CACHE_MARK: &str = "CACHEDIR.TAG";
/// Marks a virtual environment.
const ENVIRONMENT_MARK: &str = "pyvenv.cfg";

/// A source tree.
#[derive(Debug, Clone)]
pub struct Tree {
    /// Where it is.
    pub folder: PathBuf,
    /// A folder in it that does not belong to it, as the wheelhouse does not.
    pub without: Option<PathBuf>,
}

impl Tree {
    /// Its files and links, relative to its folder, sorted.
    ///
    /// # Errors
    ///
    /// Returns the error of a folder that cannot be read.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = match git::files(&self.folder) {
            Some(files) => files,
            None => self.walk()?,
        };
        if let Some(without) = self.relative(self.without.as_deref()) {
            files.retain(|path| !path.starts_with(&without));
        }
        // What Git lists and is not there was deleted.
        files.retain(|path| fs::symlink_metadata(self.folder.join(path)).is_ok());
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// A folder relative to this one, if it is within it.
    fn relative(&self, folder: Option<&Path>) -> Option<PathBuf> {
        let (own, folder) = (self.folder.canonicalize(), folder?.canonicalize());
        let within = folder.ok()?.strip_prefix(own.ok()?).ok()?.to_owned();
        (!within.as_os_str().is_empty()).then_some(within)
    }

    fn walk(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(self.folder.join(&folder))? {
                let entry = entry?;
                let path = folder.join(entry.file_name());
                if !entry.file_type()?.is_dir() {
                    files.push(path);
                } else if !is_cache(&entry.path()) {
                    folders.push(path);
                }
            }
        }
        Ok(files)
    }
}

fn is_cache(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    CACHES.iter().any(|cache| name == *cache)
        || folder.join(CACHE_MARK).is_file()
        || folder.join(ENVIRONMENT_MARK).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_and_environments_are_not_source() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            "pyproject.toml",
            "app/__init__.py",
            ".venv/pyvenv.cfg",
            "app/__pycache__/a.pyc",
            "wheels/a.whl",
            ".tox/x",
            "target/CACHEDIR.TAG",
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let tree = Tree {
            folder: folder.path().to_owned(),
            without: Some(folder.path().join("wheels")),
        };
        let files = tree.files().unwrap();
        let expected = ["app/__init__.py", "pyproject.toml"].map(PathBuf::from);
        assert_eq!(files, expected);
    }
}
