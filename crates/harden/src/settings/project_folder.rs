//! The folder of the project that a strict file under review belongs to. `check` and `verify` read no other
//! files because a header, a configuration or a loose file names them: it may be a stranger's change, and
//! what is read may be shown in a public log.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The folder of a project, and all that is below it.
#[derive(Debug, Clone)]
pub struct ProjectFolder {
    path: PathBuf,
    /// Whether it is the user's home folder.
    is_home: bool,
    /// The folders that files were looked for in, without links: of a thousand services most share a few.
    known: Arc<Mutex<HashMap<PathBuf, PathBuf>>>,
}

/// The projects of the strict files of a run.
#[derive(Debug, Default)]
pub struct ProjectFolders(Mutex<HashMap<PathBuf, ProjectFolder>>);

impl ProjectFolders {
    /// As [`ProjectFolder::of`], for files with the same `start` and `made_in`: it is looked for once for
    /// all files in one folder.
    pub fn of(&self, file: &Path, start: &Path, made_in: &Path) -> ProjectFolder {
        let own = file.parent().unwrap_or(file);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(project) = known.get(own) {
            return project.clone();
        }
        let project = ProjectFolder::of(file, start, made_in);
        known.insert(own.to_owned(), project.clone());
        project
    }
}

impl PartialEq for ProjectFolder {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for ProjectFolder {}

impl ProjectFolder {
    /// The folder of the project of `file`, for someone who is in the folder `start`; both are absolute.
    ///
    /// It is the root of the repository that holds the file. Without a repository, it is the widest of
    /// these: the folder `made_in`, in which the header says that it was made (only the path of the file
    /// itself decides how far up that is, and a folder above a home folder is not believed); `start`, if
    /// the file is below it; the folder of the file.
    pub fn of(file: &Path, start: &Path, made_in: &Path) -> Self {
        let own = real(file.parent().unwrap_or(file));
        let start = real(start);
        let made_in = real(&std::path::absolute(made_in).unwrap_or_default());
        let is_root = |folder: &&Path| folder.join(".git").exists() || folder.join(".hg").exists();
        if let Some(root) = own.ancestors().find(is_root) {
            return Self::at(root.to_owned());
        }
        let made_in = Some(made_in).filter(|folder| !is_wide(folder));
        let folders = made_in.into_iter().chain([start]);
        let above = folders.filter(|folder| own.starts_with(folder));
        let widest = above.min_by_key(|folder| folder.components().count());
        Self::at(widest.unwrap_or(own))
    }

    fn at(path: PathBuf) -> Self {
        Self {
            is_home: home().is_some_and(|home| home == path),
            path,
            known: Arc::default(),
        }
    }

    /// Whether a path, relative to the current folder, is in the project, links followed. Hidden files
    /// and folders of a home folder are in no project: they hold settings and secrets.
    pub fn holds(&self, path: &Path) -> bool {
        let Ok(path) = std::path::absolute(path) else {
            return false;
        };
        let path = self.real(&path);
        let inside = path.strip_prefix(&self.path);
        inside.is_ok_and(|inside| !(self.is_home && is_hidden(inside)))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// As [`real`], with folders that were looked for before.
    fn real(&self, path: &Path) -> PathBuf {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return real(path);
        };
        let path = self.real_folder(folder).join(name);
        match path.symlink_metadata() {
            Ok(found) if found.is_symlink() => path.canonicalize().unwrap_or(path),
            _ => path,
        }
    }

    /// As [`real`], for a folder. The lock is not held by what follows: other threads look for files, too.
    fn real_folder(&self, folder: &Path) -> PathBuf {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = known.get(folder) {
            return folder.clone();
        }
        let found = real(folder);
        known.insert(folder.to_owned(), found.clone());
        found
    }
}

/// Whether a folder holds more than a user's own files.
fn is_wide(folder: &Path) -> bool {
    let is_top = folder.parent().is_none_or(|above| above.parent().is_none());
    is_top || home().is_some_and(|home| home != folder && home.starts_with(folder))
}

fn home() -> Option<PathBuf> {
    std::env::home_dir().map(|home| real(&home))
}

/// Whether the first part of a relative path begins with a dot.
fn is_hidden(path: &Path) -> bool {
    let first = path.components().next();
    first.is_some_and(|first| first.as_os_str().as_encoded_bytes().starts_with(b"."))
}

/// An absolute path without links and `..`, as far as it exists.
fn real(path: &Path) -> PathBuf {
    let mut real = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                real.pop();
            }
            Component::CurDir => {}
            part => {
                real.push(part);
                if let Ok(found) = real.canonicalize() {
                    real = found;
                }
            }
        }
    }
    real
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_project_ends_at_its_repository() {
        let temporary = tempfile::tempdir().unwrap();
        let at = |path: &str| temporary.path().join(path);
        fs::create_dir_all(at("repository/web")).unwrap();
        fs::write(at("outside.txt"), "").unwrap();
        let strict = at("repository/web/strict.txt");
        let holds = |project: &ProjectFolder, path: &str| project.holds(&at(path));

        let of = |start: &str, made_in: &str| ProjectFolder::of(&strict, &at(start), &at(made_in));

        let alone = of("repository/web", "repository/web");
        assert!(holds(&alone, "repository/web/loose.txt"));
        assert!(!holds(&alone, "repository/base.txt"));
        let above = of("repository", "repository/web");
        assert!(holds(&above, "repository/base.txt"));
        let elsewhere = of("other", "repository/web");
        assert_eq!(elsewhere, alone);
        let made_above = of("repository/web", "repository");
        assert!(holds(&made_above, "repository/base.txt"));
        assert!(!holds(&made_above, "outside.txt"));
        assert_eq!(of("repository/web", "other"), alone);
        assert_eq!(
            ProjectFolder::of(&strict, &at("other"), Path::new("/")),
            alone
        );

        fs::create_dir(at("repository/.git")).unwrap();
        let project = of("repository/web", "repository/web");
        assert!(holds(&project, "repository/web/../base.txt"));
        for outside in [
            "outside.txt",
            "repository/../outside.txt",
            "repository-2/loose.txt",
        ] {
            assert!(!holds(&project, outside), "{outside}");
        }
        assert!(!project.holds(Path::new("/proc/self/environ")));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../outside.txt", at("repository/link.txt")).unwrap();
            std::os::unix::fs::symlink("..", at("repository/up")).unwrap();
            assert!(!holds(&project, "repository/link.txt"));
            assert!(!holds(&project, "repository/up/outside.txt"));
        }
    }
}
