//! `harden add` and `harden remove`: edit a loose file in place, and lock it again.
//!
//! Comments and the order of lines stay. If the lock fails, the loose file is as it was.

mod project;
mod requirements;

use std::fs;
use std::path::Path;

use clap::Parser;
use harden_packaging::PackageName;
use harden_requirements::Requirement;

use crate::commands::lock;
use crate::locking::recorded_command::of_command;
use crate::report::format::list;
use crate::report::output::Output;
use crate::report::phases::Phases;
use crate::report::{Error, Report, Terminal};
use crate::settings::args::{AddArgs, HardenArgs, LockArgs, PlaceArgs, RemoveArgs};
use crate::settings::config::{Config, STRICT, place};

/// Loose files that are edited where nothing names another.
const USUAL: [&str; 4] = [
    "loose.txt",
    "requirements.in",
    "requirements.txt",
    "pyproject.toml",
];

/// Why a loose file is not edited.
#[derive(Debug, thiserror::Error)]
enum EditError {
    /// Several files or none could be meant.
    #[error("{}", if .0.is_empty() { "there is no loose file to edit".to_owned() } else { format!("several loose files could be meant: {}", list(.0)) })]
    WhichFile(Vec<String>),
    /// The file does not require the package.
    #[error("{file} does not require {name}")]
    NotRequired { file: String, name: PackageName },
    /// The file is not what its name says, or has no place for requirements.
    #[error("cannot edit {file}: {reason}")]
    Unsuitable { file: String, reason: String },
}

impl Report for EditError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::WhichFile(_) => "name it: `-r FILE`",
            Self::NotRequired { .. } => {
                "`harden explain NAME` says what requires a package; `--exclude NAME` leaves it out"
            }
            Self::Unsuitable { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

/// An edit of a loose file.
enum Edit<'a> {
    Add(&'a [Requirement]),
    Remove(&'a [PackageName]),
}

/// Adds requirements, and locks.
pub fn add(args: &AddArgs, phases: &Phases, terminal: Terminal) -> Result<(), Error> {
    edit(
        &Edit::Add(&args.requirements),
        &args.place,
        phases,
        terminal,
    )
}

/// Removes requirements, and locks.
pub fn remove(args: &RemoveArgs, phases: &Phases, terminal: Terminal) -> Result<(), Error> {
    edit(&Edit::Remove(&args.names), &args.place, phases, terminal)
}

fn edit(
    edit: &Edit<'_>,
    args: &PlaceArgs,
    phases: &Phases,
    terminal: Terminal,
) -> Result<(), Error> {
    let target = Editable::find(args)?;
    let file = &target.file;
    let before = fs::read_to_string(file).map_err(|source| Error::read(file, source))?;
    let is_project = Path::new(file)
        .extension()
        .is_some_and(|extension| extension == "toml");
    let after = if is_project {
        project::edited(&before, file, edit, args.group.as_ref())?
    } else {
        requirements::edited(&before, file, edit)?
    };
    let output = Output::new(Some(file.into()))?;
    output.write(&after, terminal)?;
    let Some(lock) = target.lock else {
        terminal.summary(&format!(
            "edited {file}; no lock is made from it: `harden {file} -p TARGET -o {STRICT}`"
        ));
        return Ok(());
    };
    let locked = lock::lock(&with_variables(lock), false, phases, terminal);
    if locked.is_err() {
        output.write(&before, terminal)?;
        terminal.summary(&format!(
            "{file} is unchanged, because it could not be locked"
        ));
    }
    locked
}

/// The arguments of a lock, with what the environment says before them, as for `harden` itself.
fn with_variables(lock: LockArgs) -> LockArgs {
    let variables = HardenArgs::try_parse_from(["harden"]);
    variables
        .map_or_else(|_| LockArgs::default(), |args| args.lock)
        .over(lock)
}

/// The loose file to edit, and the lock that is made from it.
struct Editable {
    file: String,
    lock: Option<LockArgs>,
}

impl Editable {
    /// The file that is named, else the one that a lock of the configuration, or the strict file of the
    /// folder, is made from, else the only usual one.
    fn find(args: &PlaceArgs) -> Result<Self, Error> {
        let named = args.requirement.as_ref();
        let (mut locks, mut wanted) = (Vec::new(), None);
        if let Some(config) = Config::find()? {
            wanted = named.map(|file| place(Path::new(file)));
            config.enter()?;
            locks = config.locks;
            if let Some(wanted) = &wanted {
                locks.retain(|lock| {
                    lock.loose
                        .iter()
                        .any(|file| place(Path::new(file)) == *wanted)
                });
            }
        } else if let Some(recorded) = recorded() {
            locks.push(recorded);
            locks.retain(|lock| named.is_none_or(|file| lock.loose.contains(file)));
        }
        let loose = locks.iter().flat_map(|lock| lock.loose.clone());
        let mut files: Vec<String> = match (&wanted, named) {
            (Some(wanted), _) if !locks.is_empty() => loose
                .filter(|file| place(Path::new(file)) == *wanted)
                .collect(),
            (Some(wanted), _) => vec![wanted.display().to_string()],
            (None, Some(file)) => vec![file.clone()],
            (None, None) => loose.collect(),
        };
        files.dedup();
        if files.is_empty() {
            let there = USUAL.iter().filter(|file| Path::new(file).exists());
            files.extend(there.map(|file| (*file).to_owned()));
        }
        let [file] = &*files else {
            return Err(EditError::WhichFile(files).into());
        };
        let lock = locks
            .into_iter()
            .find(|lock| lock.loose.contains(file) || named.is_some());
        Ok(Self {
            file: file.clone(),
            lock,
        })
    }
}

/// The arguments that the strict file of this folder was made with.
fn recorded() -> Option<LockArgs> {
    let bytes = fs::read(STRICT).ok()?;
    let mut recorded = of_command(&harden_hasher::command_of(&bytes)?)?;
    recorded.output = Some(STRICT.into());
    Some(recorded)
}
