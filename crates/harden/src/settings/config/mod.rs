//! The configuration: what to lock if the command line names nothing.
//!
//! It is `harden.toml`, or `[tool.harden]` of `pyproject.toml`, in the current folder or one above
//! it, up to the root of the repository. Each `[[lock]]` (`[[tool.harden.lock]]`) is one lock; keys
//! outside of them apply to all; without `[[lock]]`, they are the only lock. Paths are relative to its
//! folder, which becomes the current one.

mod exemptions;
mod find;
mod importing;
mod keys;
mod metadata;
mod paths;
mod policy;
mod read;
#[cfg(test)]
mod schema;

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};

use harden_policy::Policy;

use crate::report::format::list;
use crate::report::{Error, Report, Terminal};
use crate::settings::args::LockArgs;

use find::ConfigFile;
pub use find::OWN as CONFIG;
pub use importing::importing;
pub use paths::PathPrefix;
use paths::absolute_path;
pub use policy::{GoverningPolicy, governing};

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
    /// The policy outside of the locks.
    pub policy: Option<Policy>,
}

impl Config {
    /// The configuration that counts in the current folder, if there is one.
    pub fn find() -> Result<Option<Self>, Error> {
        find::find(&current_folder()?)?.map(Self::read).transpose()
    }

    /// That of the current folder alone.
    pub fn in_current_folder() -> Result<Option<Self>, Error> {
        find::in_folder(Path::new("."))?.map(Self::read).transpose()
    }

    fn read(found: ConfigFile) -> Result<Self, Error> {
        let (locks, policy) = read::locks(&found).map_err(ConfigError::Wrong)?;
        Ok(Self {
            file: found.name.to_owned(),
            folder: found.folder,
            locks,
            policy,
        })
    }

    /// The lock that reads the loose files of the arguments, and writes their output, if they name one;
    /// else why there is none.
    fn lock_of(&self, args: &LockArgs) -> Result<&LockArgs, String> {
        let named: BTreeSet<_> = args
            .loose
            .iter()
            .map(|file| place(Path::new(file)))
            .collect();
        let reads = |lock: &LockArgs| -> BTreeSet<PathBuf> {
            let loose = lock.loose.iter();
            loose.map(|file| place(&self.folder.join(file))).collect()
        };
        let writes = |lock: &LockArgs| {
            let output = lock.output.as_ref();
            output.map(|output| place(&self.folder.join(output)))
        };
        let locks: Vec<_> = self
            .locks
            .iter()
            .filter(|lock| reads(lock) == named)
            .collect();
        if let Some(output) = &args.output {
            let wanted = Some(place(output));
            if let Some(lock) = locks.iter().find(|lock| writes(lock) == wanted) {
                return Ok(lock);
            }
        } else if let [lock] = locks[..] {
            return Ok(lock);
        }
        let loose = list(&args.loose);
        let strict: Vec<_> = locks
            .iter()
            .filter_map(|lock| lock.output.as_ref())
            .collect();
        let strict: Vec<_> = strict.iter().map(|path| path.display()).collect();
        let near = self
            .locks
            .iter()
            .find(|lock| !reads(lock).is_disjoint(&named));
        Err(match (strict.is_empty(), near, &args.output) {
            (false, _, Some(output)) => {
                let output = output.display();
                format!("its lock of {loose} writes {}, not {output}", list(&strict))
            }
            (false, ..) => format!(
                "its locks of {loose} write {}; choose with -o",
                list(&strict)
            ),
            (true, Some(near), _) if near.loose.len() > 1 => {
                format!("it locks {} together", list(&near.loose))
            }
            (true, ..) if args.loose.len() > 1 => {
                format!("none of its locks reads {loose} together")
            }
            (true, ..) => format!("none of its locks reads {loose}"),
        })
    }

    /// Says that none of its locks is meant.
    fn tell_unused(&self, why: &str, terminal: Terminal) {
        let file = &self.file;
        terminal.summary(&match &self.policy {
            Some(_) => format!("{file} is not used, except for its policy: {why}"),
            None => format!("{file} is not used: {why}"),
        });
    }

    /// The folder it is in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The way from its folder to the one that the user is in; empty where they are the same.
    pub fn way_here(&self) -> Result<PathBuf, Error> {
        let here = current_folder()?;
        let way = here.strip_prefix(&self.folder);
        Ok(way.map_or_else(|_| here.clone(), Path::to_owned))
    }

    /// Makes its folder the current one, for its paths are relative to it.
    pub fn enter(&self) -> Result<(), Error> {
        env::set_current_dir(&self.folder)
            .map_err(|source| Error::read(self.folder.clone(), source))
    }
}

/// Reads a text as each kind of configuration.
pub fn look(text: &str) {
    for name in [find::OWN, find::PROJECT] {
        let text = text.to_owned();
        let folder = PathBuf::new();
        let _ = read::locks(&ConfigFile { folder, name, text });
    }
}

/// The folder that the user is in.
pub fn current_folder() -> Result<PathBuf, Error> {
    env::current_dir().map_err(|source| Error::read(".", source))
}

/// What `work` returns with `folder` as the current one.
pub fn inside<T>(folder: &Path, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    let start = current_folder()?;
    let folder = start.join(folder);
    env::set_current_dir(&folder).map_err(|source| Error::read(folder, source))?;
    let done = work();
    env::set_current_dir(&start).map_err(|source| Error::read(start, source))?;
    done
}

/// The locks that the arguments ask for: those of the configuration, changed by the arguments, whose
/// folder is then the current one. `-o` chooses the one that writes this file, and loose files choose
/// the one that reads them; loose files that no lock of the configuration reads are a lock of their own.
pub fn locks(args: &LockArgs, terminal: Terminal) -> Result<Vec<LockArgs>, Error> {
    let args = args.clone().with_environment()?;
    if !args.loose.is_empty() {
        return Ok(vec![of_loose(args, terminal)?]);
    }
    let config = Config::find()?.ok_or(ConfigError::NoLoose)?;
    let mut args = args.with_path_prefix(PathPrefix(&config.way_here()?));
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

/// The configuration for a run that names its own files: one that is wrong is not used, unless it may
/// hold a policy.
fn usable(terminal: Terminal) -> Result<Option<Config>, Error> {
    let found = Config::find();
    let Err(error) = found else {
        return found;
    };
    if policy::may_be_in_force(&current_folder()?) {
        return Err(error);
    }
    terminal.warning(&format!("the configuration is not used: {error}"));
    Ok(None)
}

/// The lock of the loose files that the arguments name.
fn of_loose(args: LockArgs, terminal: Terminal) -> Result<LockArgs, Error> {
    let Some(config) = usable(terminal)? else {
        return Ok(args);
    };
    match config.lock_of(&args) {
        Ok(lock) => {
            let args = LockArgs {
                loose: Vec::new(),
                output: None,
                ..args.with_path_prefix(PathPrefix(&config.way_here()?))
            };
            let lock = args.over(lock.clone());
            config.enter()?;
            Ok(lock)
        }
        Err(why) => {
            config.tell_unused(&why, terminal);
            Ok(LockArgs {
                policy: config.policy,
                ..args
            })
        }
    }
}

/// Where a file is or would be, the same for all paths that lead to it.
pub fn place(path: &Path) -> PathBuf {
    let path = absolute_path(path.to_owned());
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
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
