//! Paths that the user gives in one folder, as they are found from another: the folder of the
//! configuration or of a strict file becomes the current one before they are used.

use std::path::{Path, PathBuf};

use crate::settings::args::{CacheArgs, FetchArgs, IndexArgs, LockArgs};

/// What stands before the user's relative paths in the folder that becomes the current one: empty, a
/// relative path, or the absolute path of the folder that the user is in.
#[derive(Debug, Clone, Copy)]
pub struct Before<'p>(pub &'p Path);

impl Before<'_> {
    /// The path as it is found from there. An absolute one stays.
    pub fn path(self, path: PathBuf) -> PathBuf {
        self.0.join(path)
    }

    /// A file that may also be standard input or a URL.
    fn file(self, file: String) -> String {
        if file == "-" || file.contains("://") || file.starts_with("file:") {
            return file;
        }
        self.path(file.into()).to_string_lossy().into_owned()
    }

    fn files(self, files: Vec<String>) -> Vec<String> {
        files.into_iter().map(|file| self.file(file)).collect()
    }

    /// An interpreter: a path, or a command that is looked up in PATH.
    fn python(self, python: PathBuf) -> PathBuf {
        if python.components().count() > 1 {
            whole(self.path(python))
        } else {
            python
        }
    }

    /// Targets, of which complete-platform files are paths.
    fn platforms(self, platforms: Vec<String>) -> Vec<String> {
        let is_file = |name: &str| {
            let path = Path::new(name);
            path.extension().is_some_and(|end| end == "json") || path.is_file()
        };
        let platforms = platforms.into_iter().map(|name| {
            if is_file(&name) {
                self.file(name)
            } else {
                name
            }
        });
        platforms.collect()
    }
}

impl LockArgs {
    /// These arguments with their paths as they are found from the folder that becomes the current
    /// one; loose files and output aside.
    #[must_use]
    pub fn seen_from_there(self, before: Before<'_>) -> Self {
        Self {
            platform: before.platforms(self.platform),
            constraints: before.files(self.constraints),
            overrides: before.files(self.overrides),
            python: self.python.map(|python| before.python(python)),
            index: self.index.seen_from_there(before),
            cache: self.cache.in_this_folder(),
            ..self
        }
    }
}

impl FetchArgs {
    /// The same for `fetch`. The default wheelhouse stays relative to the new folder.
    #[must_use]
    pub fn seen_from_there(self, before: Before<'_>) -> Self {
        let is_default = self.dest == Path::new(Self::DEST);
        Self {
            platform: before.platforms(self.platform),
            dest: if is_default {
                self.dest
            } else {
                before.path(self.dest)
            },
            archive: self.archive.map(|archive| before.path(archive)),
            project: self
                .project
                .into_iter()
                .map(|folder| before.path(folder))
                .collect(),
            python: self.python.map(|python| before.python(python)),
            index: self.index.seen_from_there(before),
            cache: self.cache.in_this_folder(),
            ..self
        }
    }
}

impl IndexArgs {
    /// The same for the folders of `--find-links`.
    #[must_use]
    pub fn seen_from_there(self, before: Before<'_>) -> Self {
        Self {
            find_links: before.files(self.find_links),
            ..self
        }
    }
}

impl CacheArgs {
    /// These arguments with a path that means the same in any folder.
    #[must_use]
    pub fn in_this_folder(&self) -> Self {
        Self {
            cache_dir: self.cache_dir.clone().map(whole),
            ..self.clone()
        }
    }
}

/// The absolute path.
pub(super) fn whole(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_from_the_other_folder_and_the_rest_stays() {
        let before = Before(Path::new("sub"));
        for (file, expected) in [
            ("c.txt", "sub/c.txt"),
            ("/srv/c.txt", "/srv/c.txt"),
            ("-", "-"),
            ("https://index.test/c.txt", "https://index.test/c.txt"),
        ] {
            assert_eq!(before.file(file.to_owned()), expected);
        }
        let platforms = vec!["own.json".to_owned(), "win_amd64-cp312".to_owned()];
        assert_eq!(
            before.platforms(platforms),
            ["sub/own.json", "win_amd64-cp312"]
        );
        assert_eq!(before.python("python3.11".into()), Path::new("python3.11"));
        assert_eq!(Before(Path::new("")).file("c.txt".to_owned()), "c.txt");
    }
}
