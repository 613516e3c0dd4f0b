//! `harden add` and `harden remove`: edit a loose file in place, and lock it again.
//!
//! Comments and the order of lines stay. All locks that read the file are made; if one fails, the loose
//! file and all strict files are as they were.

mod project;
mod requirements;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Parser;
use harden_packaging::PackageName;
use harden_requirements::Requirement;

use crate::commands::lock;
use crate::locking::existing_output::Existing;
use crate::locking::recorded_command::of_command;
use crate::report::format::list;
use crate::report::output::Output;
use crate::report::phases::Phases;
use crate::report::{Error, Report, Terminal};
use crate::settings::args::{
    AddArgs, EditedText, HardenArgs, LockArgs, PlaceArgs, RemoveArgs, WritingArgs,
};
use crate::settings::config::{CONFIG, Config, STRICT, place};

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
    let form = Form::of(file)?;
    let before = fs::read_to_string(file).map_err(|source| Error::read(file, source))?;
    let after = match form {
        Form::Project => project::edited(&before, file, edit, args.group.as_ref())?,
        Form::Requirements => requirements::edited(&before, file, edit)?,
    };
    if args.dry_run {
        return show(&target, &after, phases, terminal);
    }
    if target.locks.is_empty() {
        Output::new(Some(file.into()))?.write(&after, terminal)?;
        terminal.summary(&format!(
            "edited {file}; no lock is made from it: `harden {file} -p TARGET -o {STRICT}`"
        ));
        return Ok(());
    }
    let locks = target.locks.iter().cloned();
    let locks = locks.map(with_variables).collect::<Result<Vec<_>, _>>()?;
    let saved = Saved::of([Path::new(file)].into_iter().chain(target.outputs()))?;
    Output::new(Some(file.into()))?.write(&after, terminal)?;
    let locked = make(locks, phases, terminal);
    if locked.is_err() {
        saved.restore(terminal)?;
        terminal.summary(&format!(
            "{file} is unchanged, because it could not be locked"
        ));
    }
    locked
}

/// Shows what an edit would change in the locks that are made from a file; nothing is written.
fn show(target: &Editable, after: &str, phases: &Phases, terminal: Terminal) -> Result<(), Error> {
    let file = &target.file;
    let edited = |lock: LockArgs| LockArgs {
        edited: Some(EditedText {
            place: place(Path::new(file)),
            text: after.to_owned(),
        }),
        writing: WritingArgs {
            dry_run: true,
            ..lock.writing
        },
        ..lock
    };
    let locks = target.locks.iter().cloned();
    let locks = locks.map(|lock| with_variables(lock).map(edited));
    let locks = locks.collect::<Result<Vec<_>, _>>()?;
    make(locks, phases, terminal)?;
    terminal.summary(&format!("{file} was not edited, because of --dry-run"));
    Ok(())
}

/// Makes the locks of a file.
fn make(locks: Vec<LockArgs>, phases: &Phases, terminal: Terminal) -> Result<(), Error> {
    let run = lock::Run {
        is_labelled: locks.len() > 1,
        as_json: false,
        shard: None,
        phases,
        terminal,
    };
    run.make_all(locks).outcome
}

/// How a loose file is edited, by its name.
#[derive(Clone, Copy)]
enum Form {
    /// A `pyproject.toml`.
    Project,
    /// A requirements file.
    Requirements,
}

impl Form {
    fn of(file: &str) -> Result<Self, Error> {
        let path = Path::new(file);
        let unsuitable = |reason: &str| {
            let (file, reason) = (file.to_owned(), reason.to_owned());
            Error::from(EditError::Unsuitable { file, reason })
        };
        let extension = path.extension().map(|end| end.to_string_lossy());
        let is_config = path.file_name() == Some(OsStr::new(CONFIG));
        let form = match extension.as_deref() {
            Some("toml") if is_config => {
                return Err(unsuitable("it is the configuration of harden"));
            }
            Some("toml") => return Ok(Self::Project),
            Some("txt" | "in") | None => Self::Requirements,
            Some(_) => {
                return Err(unsuitable(
                    "only requirements files and pyproject.toml are edited",
                ));
            }
        };
        if Existing::read(Some(path))?.strict().is_some() {
            return Err(unsuitable("it is a strict file, which `harden` writes"));
        }
        Ok(form)
    }
}

/// Files as they were before an edit.
struct Saved(Vec<(PathBuf, Option<String>)>);

impl Saved {
    fn of<'p>(paths: impl Iterator<Item = &'p Path>) -> Result<Self, Error> {
        let saved = paths.filter(|path| !path.exists() || path.is_file());
        let saved = saved.map(|path| {
            let text = match fs::read_to_string(path) {
                Ok(text) => Some(text),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(source) => return Err(Error::read(path, source)),
            };
            Ok((path.to_owned(), text))
        });
        Ok(Self(saved.collect::<Result<_, _>>()?))
    }

    /// Puts the files back that are no longer what they were.
    fn restore(self, terminal: Terminal) -> Result<(), Error> {
        for (path, before) in self.0 {
            let now = fs::read_to_string(&path).ok();
            match before {
                _ if now == before => {}
                Some(before) => Output::new(Some(path))?.write(&before, terminal)?,
                None => {
                    fs::remove_file(&path).map_err(|source| Error::write(path, source))?;
                }
            }
        }
        Ok(())
    }
}

/// The arguments of a lock, with what the environment says before them, as for `harden` itself. Its
/// loose files and its output stay.
fn with_variables(lock: LockArgs) -> Result<LockArgs, Error> {
    let variables = HardenArgs::try_parse_from(["harden"]);
    let variables = variables.map_or_else(|_| LockArgs::default(), |args| args.lock);
    let (loose, output) = (lock.loose.clone(), lock.output.clone());
    let args = variables.with_environment()?.over(lock);
    Ok(LockArgs {
        loose,
        output,
        ..args
    })
}

/// The loose file to edit, and the locks that are made from it.
struct Editable {
    file: String,
    locks: Vec<LockArgs>,
}

impl Editable {
    /// The file that is named, else the one that the locks of the configuration, or the strict file of
    /// the folder, are made from, else the only usual one.
    fn find(args: &PlaceArgs) -> Result<Self, Error> {
        let named = args.requirement.as_ref();
        let wanted = named.map(|file| place(Path::new(file)));
        let mut locks = match Config::find()? {
            Some(config) => {
                config.enter()?;
                config.locks
            }
            None => recorded().into_iter().collect(),
        };
        let loose = locks.iter().flat_map(|lock| &lock.loose);
        let loose = loose.filter(|file| *file != "-" && !file.contains("://"));
        let mut files: BTreeMap<PathBuf, String> = loose
            .map(|file| (place(Path::new(file)), file.clone()))
            .collect();
        if let (Some(wanted), Some(named)) = (wanted, named) {
            files.retain(|file, _| *file == wanted);
            if files.is_empty() {
                let shown = if place(Path::new(named)) == wanted {
                    named.clone()
                } else {
                    wanted.display().to_string()
                };
                files.insert(wanted, shown);
            }
        }
        if files.is_empty() {
            let there = USUAL.iter().filter(|file| Path::new(file).exists());
            files.extend(there.map(|file| (place(Path::new(file)), (*file).to_owned())));
        }
        let mut found = files.into_iter();
        match (found.next(), found.len()) {
            (Some((path, file)), 0) => {
                locks.retain(|lock| reads(lock, &path));
                Ok(Self { file, locks })
            }
            (first, _) => {
                let files = first.into_iter().chain(found).map(|(_, file)| file);
                Err(EditError::WhichFile(files.collect()).into())
            }
        }
    }

    /// The strict files of the locks.
    fn outputs(&self) -> impl Iterator<Item = &Path> {
        self.locks.iter().filter_map(|lock| lock.output.as_deref())
    }
}

/// Whether a lock is made from the loose file at this place.
fn reads(lock: &LockArgs, path: &Path) -> bool {
    lock.loose
        .iter()
        .any(|file| place(Path::new(file)) == *path)
}

/// The arguments that the strict file of this folder was made with.
fn recorded() -> Option<LockArgs> {
    let bytes = fs::read(STRICT).ok()?;
    let mut recorded = of_command(&harden_hasher::command_of(&bytes)?)?;
    recorded.output = Some(STRICT.into());
    Some(recorded)
}
