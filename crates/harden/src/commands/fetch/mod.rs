//! `fetch`: from a strict file to a verified wheelhouse.

mod build;
mod error;
mod job;
mod mirror;
mod pex;
mod projects;
mod wheelhouse;

use std::collections::BTreeMap;
use std::path::Path;

use harden_hasher::StrictFile;
use harden_target::Target;

use crate::locking::strict_source;
use crate::report::{Error, Terminal};
use crate::settings::args::{FetchArgs, words};
use crate::settings::config::{Config, STRICT};
use crate::settings::elsewhere::is_same;
use crate::settings::platforms::Machine;
use crate::settings::sources::{Sources, options_of};
use error::WheelhouseError;
use job::Job;
use wheelhouse::serve;

/// Fills, checks or lists the wheelhouse of the strict file that is named, else of those of the
/// configuration, else of `strict.txt`.
pub fn fetch(args: &FetchArgs, terminal: Terminal) -> Result<(), Error> {
    if let Some(path) = &args.strict {
        return serve(&[job(path, args, terminal)?], args, terminal);
    }
    let Some(config) = Config::find()? else {
        return serve(&[job(Path::new(STRICT), args, terminal)?], args, terminal);
    };
    let args = in_this_folder(args);
    config.enter()?;
    let strict = config.locks.into_iter().filter_map(|lock| lock.output);
    let jobs = strict.map(|path| job(&path, &args, terminal));
    serve(&jobs.collect::<Result<Vec<_>, _>>()?, &args, terminal)
}

/// The arguments with absolute paths, except that of the wheelhouse, which is relative to the
/// configuration.
fn in_this_folder(args: &FetchArgs) -> FetchArgs {
    let mut args = args.clone();
    args.cache = args.cache.in_this_folder();
    args
}

fn job(path: &Path, args: &FetchArgs, terminal: Terminal) -> Result<Job, Error> {
    let strict = strict_source::read(path)?;
    let mut options = options_of(&strict);
    options.find_links = strict_source::found_links(&options.find_links, path, terminal);
    let sources = Sources::of_pins(&args.index, &args.cache, &options)?;
    let index = Sources::new(&args.index, &args.cache, &options)?;
    let machine = Machine {
        python: args.python.clone(),
        cache_dir: sources.settings.cache_dir.clone(),
    };
    Ok(Job {
        path: path.to_owned(),
        targets: targets(path, args, &strict, &machine, terminal)?,
        strict,
        settings: sources.settings,
        index: index.settings,
        projects: BTreeMap::new(),
        temporary: None,
    })
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
    let names = words(&args.platform, "HARDEN_PLATFORM");
    if names.is_empty() {
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
    let named = machine.targets(&names, terminal)?;
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
