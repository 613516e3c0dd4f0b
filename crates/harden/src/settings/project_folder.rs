//! The folder of the project that a strict file under review belongs to. `check` and `verify` read no other
//! files because a header, a configuration or a loose file names them: it may be a stranger's change, and
//! what is read may be shown in a public log.

use std::path::{Component, Path, PathBuf};

/// The folder of a project, and all that is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectFolder(PathBuf);

impl ProjectFolder {
    /// The folder of the project of `file`, for someone who is in the folder `start`; both are absolute.
    ///
    /// It is the root of the repository that holds the file. Without a repository, it is `start` if the
    /// file is below it, else the folder of the file.
    pub fn of(file: &Path, start: &Path) -> Self {
        let own = real(file.parent().unwrap_or(file));
        let start = real(start);
        let is_root = |folder: &&Path| folder.join(".git").exists() || folder.join(".hg").exists();
        Self(match own.ancestors().find(is_root) {
            Some(root) => root.to_owned(),
            None if own.starts_with(&start) => start,
            None => own,
        })
    }

    /// Whether a path, relative to the current folder, is in the project, links followed.
    pub fn holds(&self, path: &Path) -> bool {
        std::path::absolute(path).is_ok_and(|path| real(&path).starts_with(&self.0))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
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

        let alone = ProjectFolder::of(&strict, &at("repository/web"));
        assert!(holds(&alone, "repository/web/loose.txt"));
        assert!(!holds(&alone, "repository/base.txt"));
        let above = ProjectFolder::of(&strict, &at("repository"));
        assert!(holds(&above, "repository/base.txt"));
        let elsewhere = ProjectFolder::of(&strict, &at("other"));
        assert_eq!(elsewhere, alone);

        fs::create_dir(at("repository/.git")).unwrap();
        let project = ProjectFolder::of(&strict, &at("repository/web"));
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
