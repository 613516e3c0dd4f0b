//! `fetch --build`: sdists built into wheels, with build requirements that are resolved and pinned
//! as everything else is.
//!
//! They are resolved for the interpreter that builds, with the indexes and the cutoff of the strict
//! file, and have to be wheels: building one sdist never builds another.

mod builder;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use harden_fetch::build::{remove_sdist, sdists};
use harden_fetch::{Finding, Lock, Mirror, check};
use harden_hasher::{Built, StrictFile};
use harden_index::IndexClient;

use crate::commands::fetch::job::{Job, plain};
use crate::report::output::Output;
use crate::report::{Error, Terminal};
use crate::settings::args::FetchArgs;

use builder::Builder;

/// What was built for a strict file, by the lines of its pins.
type BuiltPins = BTreeMap<usize, Built>;

/// The jobs as a wheelhouse has them that was filled with `--build`: what its strict files say was
/// built takes the place of the sdists.
pub fn as_recorded(jobs: &[Job], folder: &Path) -> Vec<Job> {
    let recorded = jobs.iter().map(|job| {
        let list = list_of(jobs, job, folder);
        with(job, &list, &recorded_in(&list, &job.strict))
    });
    recorded.collect()
}

/// Whether the strict files of a wheelhouse say that anything was built for the jobs.
pub fn is_recorded(jobs: &[Job], folder: &Path) -> bool {
    let mut jobs_built = jobs.iter();
    jobs_built.any(|job| !recorded_in(&list_of(jobs, job, folder), &job.strict).is_empty())
}

/// Builds what the wheelhouse of `args` lacks, and gives the jobs as they then are.
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

/// Writes the strict file of a wheelhouse for a job that was built.
pub fn write_list(job: &Job) -> Result<(), Error> {
    Output::new(Some(job.path.clone()))?.write(&job.strict.to_string())
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
    let lacking = job.strict.only(|pin| !built.contains_key(&pin.line()));
    let lock = Lock {
        strict: &lacking,
        name: &name,
        targets: &job.targets,
    };
    let client = IndexClient::new(job.settings.clone())?;
    let sdists = sdists(&lock, &client)?;
    if !sdists.is_empty() {
        let mut builder = Builder::new(job, args, client, mirror, terminal)?;
        for sdist in &sdists {
            built.insert(sdist.pin().line(), builder.build(sdist)?);
        }
    }
    for built in built.values() {
        remove_sdist(built.from(), &args.dest)?;
    }
    Ok(with(job, list, &built))
}

/// The strict file of a wheelhouse for one of `jobs`.
fn list_of(jobs: &[Job], job: &Job, folder: &Path) -> PathBuf {
    folder.join(match jobs {
        [_] => "requirements.txt".to_owned(),
        _ => format!("requirements.{}.txt", plain(&job.name())),
    })
}

/// Makes sure that nothing of another hand is where the strict file of a wheelhouse belongs.
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
        Err(Error::ListInTheWay(list.to_owned()))
    }
}

fn with(job: &Job, list: &Path, built: &BuiltPins) -> Job {
    let name = job.name();
    let command = ["fetch", &name, "--build"].map(str::to_owned);
    let platforms = job.targets.iter().map(ToString::to_string);
    let platforms: Vec<String> = platforms.collect();
    Job {
        path: list.to_owned(),
        strict: job.strict.with_built(built, &name, &command, &platforms),
        targets: job.targets.clone(),
        settings: job.settings.clone(),
        index: job.index.clone(),
    }
}

/// What the strict file of a wheelhouse says was built of the sdists of `strict`.
fn recorded_in(list: &Path, strict: &StrictFile) -> BuiltPins {
    let text = fs::read_to_string(list).unwrap_or_default();
    let Ok(recorded) = StrictFile::parse(&text, &list.to_string_lossy()) else {
        return BuiltPins::new();
    };
    let pins = strict.pins().iter();
    let built = pins.filter_map(|pin| Some((pin.line(), Built::recorded(pin, &recorded)?)));
    built.collect()
}

/// Whether a wheelhouse has what was built for the pin on this line, and it is good for each target.
fn is_right(job: &Job, line: usize, built: &Built, folder: &Path) -> bool {
    let alone = job.strict.only(|pin| pin.line() == line);
    let alone = alone.with_built(&BTreeMap::from([(line, built.clone())]), "", &[], &[]);
    let lock = Lock {
        strict: &alone,
        name: "",
        targets: &job.targets,
    };
    let findings = check(&[lock], folder).map(|report| report.findings);
    findings.is_ok_and(|findings| {
        let mut findings = findings.iter();
        findings.all(|finding| matches!(finding, Finding::Extra(_)))
    })
}
