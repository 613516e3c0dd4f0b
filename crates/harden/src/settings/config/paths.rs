//! Converts paths that the user gives in one folder, because the folder of the configuration or of a strict
//! file becomes the current one before they are used.

use std::path::{Path, PathBuf};

use crate::report::Error;
use crate::settings::args::{CacheArgs, FetchArgs, IndexArgs, LockArgs, TargetArgs};

/// The prefix that relative paths of the user get when another folder becomes the current one: empty, a
/// relative path, or the absolute path of the folder that the user is in.
#[derive(Debug, Clone, Copy)]
pub struct PathPrefix<'p>(pub &'p Path);

impl PathPrefix<'_> {
    /// The path with the prefix. An absolute path stays.
    pub fn path(self, path: impl AsRef<Path>) -> PathBuf {
        let (mut before, mut rest) = (self.0.to_owned(), path.as_ref());
        // The user's folder is none that a link leads to, so that the way up is the one it was down.
        while let (true, Ok(next)) = (before.file_name().is_some(), rest.strip_prefix("..")) {
            before.pop();
            rest = next;
        }
        let path = before.join(rest);
        if path.as_os_str().is_empty() {
            ".".into()
        } else {
            path
        }
    }

    /// A file that may also be standard input or a URL.
    pub fn file(self, file: String) -> String {
        if file == "-" || file.contains("://") || file.starts_with("file:") {
            return file;
        }
        self.path(file).to_string_lossy().into_owned()
    }

    fn files(self, files: Vec<String>) -> Vec<String> {
        files.into_iter().map(|file| self.file(file)).collect()
    }

    /// An interpreter: a path, or a command that is looked up in PATH.
    fn python(self, python: PathBuf) -> PathBuf {
        if python.components().count() > 1 {
            absolute_path(self.path(python))
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
    /// These arguments with prefixed paths, except loose files and output.
    #[must_use]
    pub fn with_path_prefix(self, before: PathPrefix<'_>) -> Self {
        Self {
            platform: before.platforms(self.platform),
            constraints: before.files(self.constraints),
            overrides: before.files(self.overrides),
            target: TargetArgs {
                python: self.target.python.map(|python| before.python(python)),
                ..self.target
            },
            index: self.index.with_path_prefix(before),
            cache: self.cache.with_absolute_path(),
            ..self
        }
    }
}

impl FetchArgs {
    /// The same for `fetch`. The default wheelhouse stays relative to the new folder.
    #[must_use]
    pub fn with_path_prefix(self, before: PathPrefix<'_>) -> Self {
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
            index: self.index.with_path_prefix(before),
            cache: self.cache.with_absolute_path(),
            ..self
        }
    }
}

impl IndexArgs {
    /// These arguments and their variables, with paths as they are found from other folders than `start`.
    ///
    /// # Errors
    ///
    /// A variable holds a value that is not valid.
    pub fn resolved_against(&self, start: &Path) -> Result<Self, Error> {
        let args = self.clone().with_environment()?;
        Ok(args.with_path_prefix(PathPrefix(start)))
    }

    /// The same for the folders of `--find-links`.
    #[must_use]
    pub fn with_path_prefix(self, before: PathPrefix<'_>) -> Self {
        Self {
            find_links: before.files(self.find_links),
            ..self
        }
    }
}

impl CacheArgs {
    /// These arguments with a path that means the same in any folder.
    #[must_use]
    pub fn with_absolute_path(&self) -> Self {
        Self {
            cache_dir: self.cache_dir.clone().map(absolute_path),
            ..self.clone()
        }
    }
}

/// The absolute path.
pub(super) fn absolute_path(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_from_the_other_folder_and_the_rest_stays() {
        let before = PathPrefix(Path::new("sub"));
        for (file, expected) in [
            ("c.txt", "sub/c.txt"),
            ("/srv/c.txt", "/srv/c.txt"),
            ("-", "-"),
            ("../c.txt", "c.txt"),
            ("../../c.txt", "../c.txt"),
            ("..", "."),
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
        assert_eq!(PathPrefix(Path::new("")).file("c.txt".to_owned()), "c.txt");
    }
}
