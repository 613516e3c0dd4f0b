//! `fetch`: from a strict file to a verified wheelhouse.

mod admission;
mod build;
mod error;
mod job;
mod locks;
mod mirror;
mod pex;
mod projects;
mod wheelhouse;

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};

use harden_hasher::StrictFile;
use harden_policy::LicenceSource;
use harden_requirements::Inputs;
use harden_target::Target;

use crate::locking::vetting::{self, AuditsReader};
use crate::locking::{file_log, policy, recorded_command, strict_source};
use crate::report::{Error, Terminal};
use crate::settings::args::{FetchArgs, LockArgs, words};
use crate::settings::config::{Config, PathPrefix, STRICT, current_folder, governing, place};
use crate::settings::foreign_platforms::is_same;
use crate::settings::inputs;
use crate::settings::platforms::Machine;
use crate::settings::sources::{Sources, options_of};
use admission::PolicyAdmission;
use error::WheelhouseError;
use job::Job;
use wheelhouse::serve;

/// Fills, checks or lists the wheelhouse of the strict file that is named, else of those of the
/// configuration, else of `strict.txt`.
pub fn fetch(args: &FetchArgs, terminal: Terminal) -> Result<(), Error> {
    let args = with_environment(args)?;
    if let Some(path) = &args.strict {
        let args = args.clone().sharing(shared_cache_of(path));
        return serve(&[job(path, &args, terminal)?], &args, terminal);
    }
    let Some(config) = Config::find()? else {
        return serve(&[job(Path::new(STRICT), &args, terminal)?], &args, terminal);
    };
    let way = config.way_here()?;
    let args = args.with_path_prefix(PathPrefix(&way));
    config.enter()?;
    let strict = config.locks.into_iter();
    let strict = strict.filter_map(|lock| Some((lock.output?, lock.cache.shared_cache)));
    let jobs = strict.map(|(path, shared_cache)| {
        let job = job(&path, &args.clone().sharing(shared_cache), terminal)?;
        Ok::<_, Error>(Job {
            way: way.clone(),
            ..job
        })
    });
    let mut jobs = jobs.collect::<Result<Vec<_>, _>>()?;
    job::share_caches(&mut jobs);
    serve(&jobs, &args, terminal)
}

/// The shared cache that the configuration names for the lock that writes a strict file.
fn shared_cache_of(strict: &Path) -> Option<String> {
    // One that is wrong is reported where its policy is read.
    let config = Config::find().ok().flatten()?;
    let wanted = place(strict);
    let mut locks = config.locks.iter();
    let lock = locks.find(|lock| {
        let output = lock.output.as_ref();
        output.is_some_and(|output| place(&config.folder().join(output)) == wanted)
    });
    lock?.cache.shared_cache.clone()
}

/// The arguments with the strict file and repeatable options that were not given taken from their
/// variables.
fn with_environment(args: &FetchArgs) -> Result<FetchArgs, Error> {
    let named = args.strict.as_ref().or(args.requirement.as_ref());
    let variable = || env::var_os("HARDEN_STRICT").filter(|name| !name.is_empty());
    Ok(FetchArgs {
        strict: named.cloned().or_else(|| variable().map(PathBuf::from)),
        requirement: None,
        platform: words(&args.platform, "HARDEN_PLATFORM"),
        index: args.index.clone().with_environment()?,
        ..args.clone()
    })
}

fn job(path: &Path, args: &FetchArgs, terminal: Terminal) -> Result<Job, Error> {
    if let Some(job) = locks::job(path, args, terminal)? {
        return Ok(job);
    }
    let strict = strict_source::read(path)?;
    let admission = enforce_policy(path, &strict, args, terminal)?;
    let header = strict.header();
    let is_edited = header.is_some_and(|header| header.pins() != strict.content_digest());
    let strict = with_paths_from_here(strict, path);
    let mut options = options_of(&strict);
    options.find_links = strict_source::found_links(&options.find_links, path, terminal);
    let mut sources = Sources::of_pins(&args.index, &args.cache, &options)?;
    let mut index = Sources::new(&args.index, &args.cache, &options)?;
    if let Some(locked) = strict.header().and_then(recorded_command::arguments) {
        sources.log_in(&locked.index.index);
        index.log_in(&locked.index.index);
    }
    let machine = Machine {
        python: args.python.clone(),
        cache_dir: sources.settings.cache_dir.clone(),
        builds: args.build,
    };
    Ok(Job {
        path: path.to_owned(),
        way: PathBuf::new(),
        targets: targets(path, args, &strict, &machine, terminal)?,
        strict,
        settings: sources.settings,
        index: index.settings,
        projects: BTreeMap::new(),
        is_edited,
        is_installable: strict_source::is_plain(path),
        temporary: None,
        admission,
    })
}

/// The strict file with the paths of pins as they are found from here. Installers read them from the
/// working folder, so they are relative to the folder that the file was made in.
fn with_paths_from_here(strict: StrictFile, path: &Path) -> StrictFile {
    let recorded = strict.header().and_then(recorded_command::arguments);
    let Some(folder) = recorded.map(|recorded| strict_source::made_in(path, &recorded)) else {
        return strict;
    };
    strict.with_places(|reference| {
        let path = reference.location();
        let there = folder.join(&path);
        let has_moved = reference.is_path() && !Path::new(&path).exists() && there.exists();
        has_moved.then(|| there.to_string_lossy().parse().ok())?
    })
}

/// Refuses what the policy denies, before anything is downloaded. Returns the rules for the files.
///
/// The loose files that ask for a pre-release or a local version need not be on this machine; such pins count
/// as not asked for then.
fn enforce_policy(
    path: &Path,
    strict: &StrictFile,
    args: &FetchArgs,
    terminal: Terminal,
) -> Result<Option<PolicyAdmission>, Error> {
    let Some(governing) = governing(path)? else {
        return Ok(None);
    };
    let lock = strict
        .header()
        .and_then(recorded_command::arguments)
        .unwrap_or_default();
    let inputs = loose(path, &lock, terminal);
    let asked = policy::asked(&lock, inputs.as_ref());
    let targets = strict
        .header()
        .map(|header| strict_source::targets(header, None).0);
    let targets = targets.unwrap_or_default();
    // What the file does not record, the wheels say.
    let asked = (&asked, LicenceSource::StrictFileThenFiles);
    let mut verdicts = policy::judge(strict, &governing.policy, &targets, asked);
    let contradictions = file_log::judge(path, strict, &governing.policy)?;
    verdicts.judged.extend(contradictions);
    let reader = AuditsReader::new(&args.index, &args.cache);
    let beside = std::path::absolute(path).map_err(|source| Error::read(path, source))?;
    verdicts.add(vetting::judge(
        (strict, &beside),
        &governing.policy,
        &reader,
    )?);
    let file = path.display().to_string();
    let warn = |text: &str| terminal.warning(text);
    policy::enforce((&file, strict), &governing.policy, &verdicts, &warn)?;
    Ok(Some(PolicyAdmission::new(governing.policy)))
}

/// The loose files of a lock, if they are on this machine.
fn loose(path: &Path, lock: &LockArgs, terminal: Terminal) -> Option<Inputs> {
    let is_local = |file: &String| !file.contains("://") && file != "-";
    if !lock.loose.iter().all(is_local) {
        return None;
    }
    let here = current_folder().ok()?;
    env::set_current_dir(here.join(strict_source::made_in(path, lock))).ok()?;
    let inputs = inputs::read(lock, terminal).ok();
    env::set_current_dir(here).ok()?;
    inputs
}

/// The targets named, which must be among those of the strict file; all of these if none is named.
fn targets(
    path: &Path,
    args: &FetchArgs,
    strict: &StrictFile,
    machine: &Machine,
    terminal: Terminal,
) -> Result<Vec<Target>, Error> {
    let file = path.display().to_string();
    let made_for = strict.header().map(harden_hasher::Header::platforms);
    if args.platform.is_empty() {
        let platforms = made_for.ok_or(WheelhouseError::NoTargets { file: file.clone() })?;
        let target = |name: &String| {
            let target = name.parse();
            Ok(target.map_err(|source| WheelhouseError::UnknownTarget {
                file: file.clone(),
                name: name.clone(),
                source,
            })?)
        };
        return platforms.iter().map(target).collect();
    }
    let named = machine.targets(&args.platform, terminal)?;
    let targets: Vec<Target> = named.into_iter().map(|named| named.target).collect();
    let is_locked = |target: &Target, name: &String| {
        *name == target.to_string() || name.parse().is_ok_and(|locked| is_same(&locked, target))
    };
    let foreign = |target: &&Target| {
        made_for.is_some_and(|made_for| !made_for.iter().any(|name| is_locked(target, name)))
    };
    match targets.iter().find(foreign) {
        Some(target) => Err(WheelhouseError::NotLockedFor {
            file,
            target: target.to_string(),
            locked_for: made_for.unwrap_or_default().to_vec(),
        }
        .into()),
        None => Ok(targets),
    }
}
