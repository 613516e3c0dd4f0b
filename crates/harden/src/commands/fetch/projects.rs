//! `fetch --project`: the user's own projects, whose wheels are built into the wheelhouse.
//!
//! A project is packed as an sdist into the cache and becomes a pin beside those of the strict file,
//! whose wheel is built, listed, checked and mirrored as those of other sdists are. The strict file
//! itself does not name it, since it changes with every commit.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use harden_fetch::build::{Packed, Tree, pack};
use harden_fetch::required_by;
use harden_hasher::{Header, ProjectRecord, StrictFile, StrictPin};
use harden_packaging::{DistFilename, PackageName};
use harden_requirements::{Marker, Requirement, Source, Truth};
use harden_target::Target;
use pep440_rs::Version;

use super::build;
use super::error::WheelhouseError;
use super::job::Job;
use crate::locking::build::built_version;
use crate::locking::recorded_command;
use crate::locking::strict_source::made_in;
use crate::report::{Error, Terminal};
use crate::settings::args::{FetchArgs, LockArgs};
use crate::settings::config::inside;
use crate::settings::inputs;
use crate::settings::own_projects::files_of;

/// A project that is to be built.
struct Project {
    folder: PathBuf,
    name: PackageName,
    /// `None`: its backend computes it.
    version: Option<Version>,
}

/// The jobs with the projects of the arguments among their pins; with `--build`, also those that the
/// loose files name.
pub fn add(jobs: &[Job], args: &FetchArgs, terminal: Terminal) -> Result<Vec<Job>, Error> {
    let add = |job: &Job| {
        let mut folders = args.project.clone();
        if args.build && folders.is_empty() {
            folders = named_by_loose(job, args, terminal)?;
        }
        if folders.is_empty() {
            return Ok(job.clone());
        }
        let [job] = jobs else {
            let names = jobs.iter().map(Job::name).collect();
            return Err(WheelhouseError::ProjectOfSeveral(names).into());
        };
        add_to(job, &folders, args, terminal)
    };
    jobs.iter().map(add).collect()
}

/// The projects in the loose files of a strict file, where these are there. They are looked for from
/// the folder that the strict file was made in.
fn named_by_loose(job: &Job, args: &FetchArgs, terminal: Terminal) -> Result<Vec<PathBuf>, Error> {
    let header = job.strict.header();
    let Some(command) = header.and_then(recorded_command::arguments) else {
        return Ok(Vec::new());
    };
    let folder = made_in(&job.path, &command);
    let mut loose = command.loose.iter();
    if !loose.all(|file| folder.join(file).is_file()) {
        return Ok(Vec::new());
    }
    let command = LockArgs {
        constraints: Vec::new(),
        cache: args.cache.with_absolute_path(),
        ..command
    };
    let inputs = inside(&folder, || inputs::read(&command, terminal))?;
    // A project that is locked by its own file is not named as one to install.
    let named = |line: usize| line > 0;
    let projects = inputs.projects.iter();
    let projects = projects.filter(|project| named(project.origin.line));
    let unbuilt = inputs.unbuilt.iter();
    let unbuilt = unbuilt.filter(|project| named(project.origin.line));
    let folders = projects.map(|project| &project.folder);
    let mut folders: Vec<PathBuf> = folders
        .chain(unbuilt.map(|project| &project.folder))
        .map(|project| folder.join(project))
        .collect();
    folders.sort();
    folders.dedup();
    Ok(folders)
}

fn add_to(
    job: &Job,
    folders: &[PathBuf],
    args: &FetchArgs,
    terminal: Terminal,
) -> Result<Job, Error> {
    let mut job = with_cache(job)?;
    let list = build::list_of(std::slice::from_ref(&job), &job, &args.dest);
    for folder in folders {
        let project = Project::read(folder, job.strict.header())?;
        let mut pins = job.strict.pins().iter();
        if pins.any(|pin| *pin.name() == project.name) {
            return Err(WheelhouseError::ProjectPinned {
                file: job.name(),
                name: project.name,
                folder: folder.clone(),
            }
            .into());
        }
        let packed = packed(&project, &job, &list, args, terminal)?;
        job = with_pin(&job, &project, &packed)?;
    }
    Ok(job)
}

/// A job that has a cache, where projects are packed.
fn with_cache(job: &Job) -> Result<Job, Error> {
    let mut job = job.clone();
    if job.settings.cache_dir.is_none() {
        let folder = tempfile::tempdir();
        let folder = folder.map_err(|error| Error::write(std::env::temp_dir(), error))?;
        let path = Some(folder.path().to_owned());
        job.settings.cache_dir.clone_from(&path);
        job.index.cache_dir = path;
        job.temporary = Some(Arc::new(folder));
    }
    Ok(job)
}

impl Project {
    /// Reads what its files state. The name that only a build tells is the one that the strict file
    /// records.
    fn read(folder: &Path, header: Option<&Header>) -> Result<Self, Error> {
        let not_one = |reason: String| WheelhouseError::NotAProject {
            folder: folder.to_owned(),
            reason,
        };
        let files = files_of(folder).map_err(not_one)?;
        if files.pyproject.is_none() && files.setup_py.is_none() {
            return Err(not_one("it has neither pyproject.toml nor setup.py".to_owned()).into());
        }
        let name = files.name().or_else(|| recorded_name(folder, header));
        let name = name.ok_or_else(|| {
            let file = files.main();
            not_one(format!(
                "its {file} does not state its name; a lock of its dependencies with `harden --build` \
                 records it"
            ))
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            version: files.version(),
            name,
        })
    }
}

/// The name of a project that its strict file records, which is looked for by the end of the path.
fn recorded_name(folder: &Path, header: Option<&Header>) -> Option<PackageName> {
    let folder = fs::canonicalize(folder).ok()?;
    let is_it = |record: &&ProjectRecord| {
        let own = Path::new(&record.file).parent().unwrap_or(Path::new(""));
        let plain = own
            .components()
            .filter(|part| matches!(part, Component::Normal(_)));
        folder.ends_with(plain.collect::<PathBuf>())
    };
    let records = header?.projects().iter().filter(is_it);
    let longest = records.max_by_key(|record| Path::new(&record.file).components().count());
    longest.map(|record| record.name.clone())
}

/// Packs a project under its version. One that its backend computes is taken from the last build,
/// if the project is the same as then, else from a first build.
fn packed(
    project: &Project,
    job: &Job,
    list: &Path,
    args: &FetchArgs,
    terminal: Terminal,
) -> Result<Packed, Error> {
    if let Some(version) = &project.version {
        return pack_as(project, version, false, job, args);
    }
    if let Some((version, sdist)) = recorded(project, list) {
        let packed = pack_as(project, &version, false, job, args)?;
        if packed.sha256.to_string() == sdist {
            return Ok(packed);
        }
    }
    if args.check || args.dry_run {
        // What a build would give is not known; this is not what the wheelhouse has.
        return pack_as(project, &Version::new([0]), false, job, args);
    }
    let version = computed(project, job, args, terminal)?;
    pack_as(project, &version, false, job, args)
}

/// The version of a project and the digest of its sdist in the strict file of the wheelhouse.
fn recorded(project: &Project, list: &Path) -> Option<(Version, String)> {
    let text = fs::read_to_string(list).ok()?;
    let strict = StrictFile::parse(&text, &list.to_string_lossy()).ok()?;
    let mut pins = strict.pins().iter();
    let pin = pins.find(|pin| *pin.name() == project.name)?;
    let (_, sdist) = pin.built_from()?.sdist()?;
    Some((pin.version().clone(), sdist.to_string()))
}

/// The version that a backend computes, learned from a build with the project's history: its wheel
/// is not of version 0, under which it is packed.
fn computed(
    project: &Project,
    job: &Job,
    args: &FetchArgs,
    terminal: Terminal,
) -> Result<Version, Error> {
    let placeholder = Version::new([0]);
    let packed = pack_as(project, &placeholder, true, job, args)?;
    let alone = Job {
        strict: job.strict.only(|_| false),
        ..job.clone()
    };
    let alone = with_pin(&alone, project, &packed)?;
    let args = FetchArgs {
        build: false,
        ..args.clone()
    };
    match build::build(&[alone], &args, None, terminal) {
        Ok(_) => Ok(placeholder),
        Err(error) => built_version(&error, &project.name).ok_or(error),
    }
}

fn pack_as(
    project: &Project,
    version: &Version,
    has_history: bool,
    job: &Job,
    args: &FetchArgs,
) -> Result<Packed, Error> {
    let tree = Tree {
        folder: project.folder.clone(),
        without: Some(args.dest.clone()),
    };
    let cache_dir = job.settings.cache_dir.as_deref().unwrap_or(&args.dest);
    Ok(pack(&tree, &project.name, version, has_history, cache_dir)?)
}

/// The job with the sdist of a project pinned.
fn with_pin(job: &Job, project: &Project, packed: &Packed) -> Result<Job, Error> {
    let Packed { file, sha256 } = packed;
    let not_a_pin = || WheelhouseError::NotAProject {
        folder: project.folder.clone(),
        reason: format!("`{file}` is not the name of an sdist"),
    };
    let name: DistFilename = file.parse().map_err(|_| not_a_pin())?;
    let text = format!(
        "{}=={} --hash=sha256:{sha256}\n    # {file}\n",
        project.name,
        name.version()
    );
    let pins = StrictFile::parse(&text, file).map_err(|_| not_a_pin())?;
    let mut job = Job {
        strict: job.strict.with_pins_of(&pins),
        ..job.clone()
    };
    let folder = project.folder.clone();
    job.projects.insert(project.name.clone(), folder);
    Ok(job)
}

/// Makes sure that the strict file `file`, from which `job` was built, has what the wheels of projects
/// require.
pub fn prove(job: &Job, file: &str, folder: &Path) -> Result<(), Error> {
    let pins = job.strict.pins().iter();
    for pin in pins.filter(|pin| job.projects.contains_key(pin.name())) {
        for wheel in pin
            .files()
            .iter()
            .filter(|file| file.strip_suffix(".whl").is_some())
        {
            prove_wheel(job, file, wheel, &folder.join(wheel))?;
        }
    }
    Ok(())
}

fn prove_wheel(job: &Job, file: &str, wheel: &str, path: &Path) -> Result<(), Error> {
    // A file that cannot be read is reported when the wheelhouse is filled.
    for text in required_by(path).unwrap_or_default() {
        let Ok(requirement) = text.parse::<Requirement>() else {
            continue;
        };
        let lacking = |target: &&Target| !is_locked(job, &requirement, target);
        if let Some(target) = job.targets.iter().find(lacking) {
            return Err(WheelhouseError::NotLocked {
                wheel: wheel.to_owned(),
                requirement: requirement.to_string(),
                file: file.to_owned(),
                target: target.to_string(),
            }
            .into());
        }
    }
    Ok(())
}

/// Whether a target has no need of a requirement, or a pin for it.
fn is_locked(job: &Job, requirement: &Requirement, target: &Target) -> bool {
    let environment = target.environment();
    let holds = |marker: Option<&Marker>| {
        let truth = marker.map(|marker| marker.evaluate(&environment, &[]));
        matches!(truth, None | Some(Truth::True | Truth::Unknown(_)))
    };
    let admits = |version: &Version| match &requirement.source {
        Source::Specifiers(specifiers) => specifiers.contains(version),
        Source::Url(_) => true,
    };
    let answers = |pin: &StrictPin| {
        *pin.name() == requirement.name && pin.may_be_on(target) && admits(pin.version())
    };
    !holds(requirement.marker.as_ref()) || job.strict.pins().iter().any(answers)
}
