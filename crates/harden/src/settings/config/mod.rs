//! The configuration: what to lock where the command line names nothing.
//!
//! It is `harden.toml`, or `[tool.harden]` of `pyproject.toml`, in the current folder or one above
//! it, up to the root of the repository. Each `[[lock]]` (`[[tool.harden.lock]]`) is one lock; keys
//! outside of them hold for all, and are the one lock where there is no `[[lock]]`. Paths are those
//! of the folder it is in, which becomes the current one.

mod exempt;
mod find;
mod keys;
mod read;

use std::env;
use std::path::{Path, PathBuf};

use crate::report::format::list;
use crate::report::{Error, Report};
use crate::settings::args::{CacheArgs, LockArgs};

use find::Found;

/// The strict file that is written and read where none is named.
pub const STRICT: &str = "strict.txt";

/// What a configuration says.
#[derive(Debug)]
pub struct Config {
    /// Its name, in the folder that it is in: `harden.toml`.
    pub file: String,
    folder: PathBuf,
    /// Its locks, in order; at least one. Each has loose files and an output.
    pub locks: Vec<LockArgs>,
}

impl Config {
    /// The configuration that counts in the current folder, if there is one.
    pub fn find() -> Result<Option<Self>, Error> {
        find::find(&current_folder()?)?.map(Self::read).transpose()
    }

    /// That of the current folder alone.
    pub fn in_this_folder() -> Result<Option<Self>, Error> {
        find::in_folder(Path::new("."))?.map(Self::read).transpose()
    }

    fn read(found: Found) -> Result<Self, Error> {
        let locks = read::locks(&found).map_err(ConfigError::Wrong)?;
        Ok(Self {
            file: found.name.to_owned(),
            folder: found.folder,
            locks,
        })
    }

    /// The folder it is in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes its folder the current one, for its paths are relative to it.
    pub fn enter(&self) -> Result<(), Error> {
        env::set_current_dir(&self.folder)
            .map_err(|source| Error::read(self.folder.clone(), source))
    }
}

/// The folder that the user is in.
pub fn current_folder() -> Result<PathBuf, Error> {
    env::current_dir().map_err(|source| Error::read(".", source))
}

/// The locks that the arguments ask for: their own where they name loose files, else those of the
/// configuration as the arguments change them, whose folder is then the current one. `-o` chooses
/// the one that writes this file.
pub fn locks(args: &LockArgs) -> Result<Vec<LockArgs>, Error> {
    let args = args.clone().with_environment()?;
    if !args.loose.is_empty() {
        return Ok(vec![args]);
    }
    let config = Config::find()?.ok_or(ConfigError::NoLoose)?;
    let mut args = in_this_folder(args);
    let wanted = args.output.take().map(|output| (place(&output), output));
    config.enter()?;
    let mut locks = config.locks;
    if let Some((wanted, output)) = wanted {
        let strict = locks.iter().filter_map(|lock| lock.output.clone());
        let strict: Vec<_> = strict.map(|path| path.display().to_string()).collect();
        locks.retain(|lock| lock.output.as_deref().map(place).as_ref() == Some(&wanted));
        if locks.is_empty() {
            return Err(ConfigError::NoSuchLock {
                file: config.file,
                output,
                strict,
            }
            .into());
        }
    }
    Ok(locks
        .into_iter()
        .map(|lock| args.clone().over(lock))
        .collect())
}

/// The arguments with paths that mean the same in any folder.
fn in_this_folder(args: LockArgs) -> LockArgs {
    let is_path = |python: &Path| python.components().count() > 1;
    LockArgs {
        python: args.python.map(|python| {
            if is_path(&python) {
                whole(python)
            } else {
                python
            }
        }),
        cache: args.cache.in_this_folder(),
        ..args
    }
}

/// Where a file is or would be, the same for all paths that lead to it.
fn place(path: &Path) -> PathBuf {
    let path = whole(path.to_owned());
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

fn whole(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

/// Why the configuration does not say what to lock.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Neither the command line nor a configuration names loose files.
    #[error("no requirements file given")]
    NoLoose,
    /// `harden.toml` or `[tool.harden]` is wrong: a line for each problem.
    #[error("{}", .0.join("\n"))]
    Wrong(Vec<String>),
    /// No lock of the configuration writes the file given with `-o`.
    #[error("no lock in {file} writes `{}`; its locks write {}", output.display(), list(strict))]
    NoSuchLock {
        /// The configuration.
        file: String,
        /// The file given with `-o`.
        output: PathBuf,
        /// What the locks write.
        strict: Vec<String>,
    },
}

impl Report for ConfigError {
    fn hint(&self) -> Option<String> {
        let hint = "name one (`-` reads standard input), as in `harden loose.txt -o strict.txt`, or \
                    create a harden.toml with `harden init`";
        matches!(self, Self::NoLoose).then(|| hint.to_owned())
    }
}

impl CacheArgs {
    /// These arguments with a path that means the same in any folder.
    pub fn in_this_folder(&self) -> Self {
        Self {
            cache_dir: self.cache_dir.clone().map(whole),
            ..self.clone()
        }
    }
}
