//! `fetch`: from a strict file to a verified wheelhouse.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Instant;

use harden_fetch::{Request, Summary, fetch};
use harden_hasher::StrictFile;
use harden_index::IndexClient;
use harden_target::Target;

use crate::args::{FetchArgs, words};
use crate::pex_note::pex_note;
use crate::platforms::Machine;
use crate::progress::Fetching;
use crate::sources::{Sources, options_of};
use crate::words::{bytes, count, seconds};
use crate::{Error, Terminal};

/// How many files are on their way at once: enough to fill a line, few enough for any server.
const CONCURRENCY: usize = 16;

/// Fills the wheelhouse.
pub fn fill(args: &FetchArgs, terminal: Terminal) -> Result<(), Error> {
    let started = Instant::now();
    let strict = read(&args.strict)?;
    let sources = Sources::new(&args.index, &args.cache, &options_of(&strict))?;
    let machine = Machine {
        python: args.python.clone(),
        cache_dir: sources.settings.cache_dir.clone(),
    };
    let targets = targets(args, &strict, &machine, terminal)?;
    let client = IndexClient::new(sources.settings)?;
    let request = Request {
        strict: &strict,
        targets: &targets,
        folder: &args.dest,
        concurrency: CONCURRENCY,
    };
    let progress = Fetching::new(terminal);
    let filled = fetch(&request, &client, &progress);
    progress.finish();
    let summary = match &filled {
        Ok(summary) => *summary,
        Err(error) => error.summary,
    };
    let folder = args.dest.display();
    terminal.summary(&format!(
        "{} in {}: {folder}",
        told(summary),
        seconds(started.elapsed())
    ));
    filled?;
    if let Some(note) = pex_note(&strict, &targets, &args.strict, &args.dest) {
        terminal.summary(&note);
    }
    Ok(())
}

fn told(summary: Summary) -> String {
    let fetched = format!("fetched {}", count(summary.fetched, "file"));
    let fetched = match summary.fetched {
        0 => fetched,
        _ => format!("{fetched}, {}", bytes(summary.bytes)),
    };
    match summary.already_there {
        0 => fetched,
        there => format!("{fetched}; {there} already there"),
    }
}

fn read(path: &Path) -> Result<StrictFile, Error> {
    let text = fs::read_to_string(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => Error::NoStrict {
            path: path.to_owned(),
        },
        _ => Error::Read {
            path: path.to_owned(),
            source,
        },
    })?;
    Ok(StrictFile::parse(&text, &path.to_string_lossy())?)
}

/// The targets named, which must be among those that the file was made for; else all of these.
fn targets(
    args: &FetchArgs,
    strict: &StrictFile,
    machine: &Machine,
    terminal: Terminal,
) -> Result<Vec<Target>, Error> {
    let file = args.strict.display().to_string();
    let made_for = strict.header().map(harden_hasher::Header::platforms);
    let names = words(&args.platform, "HARDEN_PLATFORM");
    if names.is_empty() {
        let platforms = made_for.ok_or(Error::NoPlatforms { file: file.clone() })?;
        let target = |name: &String| {
            let target = name.parse();
            target.map_err(|source| Error::MadeForOther {
                file: file.clone(),
                name: name.clone(),
                source,
            })
        };
        return platforms.iter().map(target).collect();
    }
    let named = machine.targets(&names, terminal)?;
    let targets: Vec<Target> = named.into_iter().map(|named| named.target).collect();
    let foreign =
        |target: &&Target| made_for.is_some_and(|made_for| !made_for.contains(&target.to_string()));
    match targets.iter().find(foreign) {
        Some(target) => Err(Error::NotMadeFor {
            file,
            target: target.to_string(),
            made_for: made_for.unwrap_or_default().to_vec(),
        }),
        None => Ok(targets),
    }
}
