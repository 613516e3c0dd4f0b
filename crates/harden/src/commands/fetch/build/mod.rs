//! `fetch --build`: builds sdists into wheels, with build requirements that are resolved and pinned
//! like everything else.
//!
//! Wheels that the strict file records are built again with the build requirements recorded there,
//! and must have the pinned hash. For other sdists the build requirements are resolved for the
//! interpreter that builds, with the indexes and the cutoff of the strict file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use harden_fetch::build::{missing_wheels, remove_sdist, sdists};
use harden_fetch::{Depth, Finding, Lock, Mirror, check};
use harden_hasher::{Built, BuiltFrom, StrictFile, StrictPin};
use harden_index::IndexClient;
use harden_resolver::{Options, Undated};

use crate::commands::fetch::error::WheelhouseError;
use crate::commands::fetch::job::{Job, plain};
use crate::locking::build::{BuildRules, Builder, sdist_of};
use crate::locking::recorded_command;
use crate::locking::request::{constraints, packages};
use crate::report::output::Output;
use crate::report::{Error, Terminal};
use crate::settings::args::FetchArgs;
use crate::settings::interpreter;

/// The wheels built for a strict file, by the lines of their pins.
type BuiltPins = BTreeMap<usize, Built>;

/// The jobs of a wheelhouse that was filled with `--build`: the wheels that its own strict files record
/// replace the sdists.
pub fn as_recorded(jobs: &[Job], folder: &Path) -> Vec<Job> {
    let recorded = jobs.iter().map(|job| {
        let list = list_of(jobs, job, folder);
        with(job, &list, &recorded_in(&list, &job.strict))
    });
    recorded.collect()
}

/// Whether the strict files of a wheelhouse record wheels built for the jobs.
pub fn is_recorded(jobs: &[Job], folder: &Path) -> bool {
    let mut jobs_built = jobs.iter();
    jobs_built.any(|job| !recorded_in(&list_of(jobs, job, folder), &job.strict).is_empty())
}

/// Builds the wheels that the wheelhouse of `args` lacks. Returns the jobs with wheels for sdists.
pub fn build(
    jobs: &[Job],
    args: &FetchArgs,
    mirror: Option<&Mirror>,
    terminal: Terminal,
) -> Result<Vec<Job>, Error> {
    let build = |job| {
        let list = list_of(jobs, job, &args.dest);
        build_one(job, &list, args, mirror, terminal)
    };
    jobs.iter().map(build).collect()
}

/// Writes the strict file of the wheelhouse for a job.
pub fn write_list(job: &Job, terminal: Terminal) -> Result<(), Error> {
    Output::new(Some(job.path.clone()))?.write(&job.strict.to_string(), terminal)
}

fn build_one(
    job: &Job,
    list: &Path,
    args: &FetchArgs,
    mirror: Option<&Mirror>,
    terminal: Terminal,
) -> Result<Job, Error> {
    check_free(list)?;
    let mut built = recorded_in(list, &job.strict);
    built.retain(|line, built| is_right(job, *line, built, &args.dest));
    let name = job.name();
    let lacking = job.strict.only(|pin| {
        let is_wanted = args.build || job.projects.contains_key(pin.name());
        is_wanted && !built.contains_key(&pin.line())
    });
    let lock = Lock {
        strict: &lacking,
        name: &name,
        targets: &job.targets,
    };
    let client = IndexClient::new(job.settings.clone())?;
    let sdists = sdists(&lock, &client)?;
    let recorded = missing_wheels(&lock, &args.dest, job.settings.cache_dir.as_deref(), mirror)?;
    if !sdists.is_empty() || !recorded.is_empty() {
        let recorded_python = recorded.first().map(|recorded| &*recorded.python);
        let python = args.python.clone();
        let python = python.or_else(|| interpreter::of_version(recorded_python?));
        let (index, rules, limits) = (job.index.clone(), rules(&job.strict), args.limits.into());
        let builder = Builder::new(python.as_deref(), index, rules, limits, mirror, terminal)?;
        for recorded in recorded {
            let sdist = sdist_of(recorded)?;
            if let Some(origin) = repository_of(&lacking, recorded) {
                builder.bring(origin, &sdist)?;
            }
            let source = builder.open(&sdist)?;
            let rebuilt = builder.rebuild(&source, recorded)?;
            builder.place(&rebuilt.wheel, &args.dest)?;
        }
        for sdist in &sdists {
            let repaired = builder.build(&builder.open_pinned(sdist)?, sdist.targets())?;
            let targets: Vec<_> = sdist.targets().iter().collect();
            let made = repaired.clone().serving(&targets);
            sdist.accept(&made.wheel)?;
            if let Some(warning) = repaired.library_warning(&made) {
                terminal.warning(&warning);
            }
            builder.place(&made.wheel, &args.dest)?;
            built.insert(sdist.pin().line(), sdist.built(made.from));
        }
    }
    for built in built.values() {
        remove_sdist(built.from(), &args.dest)?;
    }
    Ok(with(job, list, &built))
}

/// The repository that the sdist of a recorded wheel is packed from.
fn repository_of<'a>(strict: &'a StrictFile, recorded: &BuiltFrom) -> Option<&'a str> {
    let mut pins = strict.pins().iter();
    pins.find(|pin| pin.built_from() == Some(recorded))?
        .repository()
}

/// The rules for build requirements of a strict file: its own cutoffs, and its own `--build`.
fn rules(strict: &StrictFile) -> BuildRules {
    let Some(header) = strict.header() else {
        return BuildRules::default();
    };
    let command = recorded_command::arguments(header).unwrap_or_default();
    let moments = header.exclude_newer_packages().iter();
    let moments = moments.map(|(name, moment)| (name.clone(), Some(*moment)));
    let without = command.exclude_newer_package.iter();
    let without = without.filter(|package| package.cutoff.is_none());
    BuildRules {
        options: Options {
            exclude_newer: header.exclude_newer(),
            exclude_newer_packages: without
                .map(|package| (package.name.clone(), None))
                .chain(moments)
                .collect(),
            undated: command.undated.map_or(Undated::default(), Undated::from),
            allow_sdist: packages(command.sdists.build.iter()),
            ..Options::default()
        },
        constraints: constraints(&command.sdists.build_constraint),
    }
}

/// The strict file of a wheelhouse for one of `jobs`.
pub fn list_of(jobs: &[Job], job: &Job, folder: &Path) -> PathBuf {
    folder.join(match jobs {
        [_] => "requirements.txt".to_owned(),
        _ => format!("requirements.{}.txt", plain(&job.name())),
    })
}

/// Refuses to replace a file that `fetch --build` did not write.
fn check_free(list: &Path) -> Result<(), Error> {
    let is_ours = match fs::read_to_string(list) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(_) => false,
        Ok(text) => StrictFile::parse(&text, &list.to_string_lossy())
            .is_ok_and(|strict| strict.header().is_some()),
    };
    if is_ours {
        Ok(())
    } else {
        Err(WheelhouseError::ListInTheWay(list.to_owned()).into())
    }
}

fn with(job: &Job, list: &Path, built: &BuiltPins) -> Job {
    let name = job.name();
    if built.is_empty() {
        return job.clone();
    }
    let command = command(job, built);
    let platforms = job.targets.iter().map(ToString::to_string);
    let platforms: Vec<String> = platforms.collect();
    Job {
        path: list.to_owned(),
        strict: job.strict.with_built(built, &name, &command, &platforms),
        is_installable: true,
        ..job.clone()
    }
}

/// The command that builds these wheels.
fn command(job: &Job, built: &BuiltPins) -> Vec<String> {
    let mut command = vec!["fetch".to_owned(), job.name()];
    for folder in job.projects.values() {
        command.extend(["--project".to_owned(), folder.display().to_string()]);
    }
    let is_project = |pin: &StrictPin| job.projects.contains_key(pin.name());
    let mut pins = job.strict.pins().iter();
    if pins.any(|pin| built.contains_key(&pin.line()) && !is_project(pin)) {
        command.push("--build".to_owned());
    }
    command
}

/// The wheels that the strict file of a wheelhouse records for the sdists of `strict`.
fn recorded_in(list: &Path, strict: &StrictFile) -> BuiltPins {
    let text = fs::read_to_string(list).unwrap_or_default();
    let Ok(recorded) = StrictFile::parse(&text, &list.to_string_lossy()) else {
        return BuiltPins::new();
    };
    let pins = strict.pins().iter();
    let built = pins.filter_map(|pin| Some((pin.line(), Built::recorded(pin, &recorded)?)));
    built.collect()
}

/// Whether a wheelhouse holds the wheel built for the pin on this line, and it fits each target.
fn is_right(job: &Job, line: usize, built: &Built, folder: &Path) -> bool {
    let alone = job.strict.only(|pin| pin.line() == line);
    let alone = alone.with_built(&BTreeMap::from([(line, built.clone())]), "", &[], &[]);
    let lock = Lock {
        strict: &alone,
        name: "",
        targets: &job.targets,
    };
    let findings = check(&[lock], folder, Depth::Structure).map(|report| report.findings);
    findings.is_ok_and(|findings| {
        let mut findings = findings.iter();
        findings.all(|finding| matches!(finding, Finding::Extra(_)))
    })
}
