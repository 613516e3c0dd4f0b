//! `fetch LOCK`: a wheelhouse of the lock of another tool, as it is.
//!
//! The files are those whose digests the lock has; what belongs to the groups and extras that its tool
//! installs unasked is fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use harden_interchange::{Format, Lock, Plan, Wish, strict_of_pylock};
use harden_requirements::Chosen;

use super::error::WheelhouseError;
use super::job::Job;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::args::{FetchArgs, words};
use crate::settings::imported_lock::{Unfollowed, options};
use crate::settings::platforms::Machine;
use crate::settings::sources::Sources;

/// The packages of a lock require what it does not hold.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
struct Incomplete(Vec<String>);

impl Report for Incomplete {
    fn exit(&self) -> Exit {
        Exit::No
    }

    fn hint(&self) -> Option<String> {
        let hint = "lock again with its own tool, or import it unchecked with `harden import LOCK --no-deps`";
        Some(hint.to_owned())
    }
}

/// What to fetch of the lock of another tool; `None` where the file is none.
pub(super) fn job(path: &Path, args: &FetchArgs, terminal: Terminal) -> Result<Option<Job>, Error> {
    let name = path.display().to_string();
    let Ok(text) = fs::read_to_string(path) else {
        return Ok(None);
    };
    if Format::of(&text) == Format::Requirements || strict_of_pylock(&name, &text)?.is_some() {
        return Ok(None);
    }
    let lock = Lock::read(&name, &text)?;
    let names = words(&args.platform, "HARDEN_PLATFORM");
    if names.is_empty() {
        return Err(WheelhouseError::NoTargets { file: name }.into());
    }
    let machine = Machine {
        python: args.python.clone(),
        builds: args.build,
        ..Machine::default()
    };
    let named = machine.targets(&names, terminal)?;
    let targets: Vec<_> = named.into_iter().map(|named| named.target).collect();
    let wish = Wish {
        targets: &targets,
        chosen: &Chosen::default(),
        markers: &[],
        excluded: &BTreeSet::new(),
    };
    let plan = Plan::new(&lock, &wish).map_err(Unfollowed)?;
    if !plan.missing.is_empty() {
        let missing = plan.missing.iter().map(ToString::to_string);
        return Err(Incomplete(missing.collect()).into());
    }
    for folder in &plan.folders {
        terminal.summary(&format!(
            "{name}: {} is a local folder; nothing is downloaded for it",
            folder.name
        ));
    }
    if let Some(caveat) = lock.caveat() {
        terminal.warning(&format!("{name}: {caveat}"));
    }
    let strict = plan.strict().map_err(Unfollowed)?;
    let options = options(&plan);
    let sources = Sources::of_pins(&args.index, &args.cache, &options)?;
    let index = Sources::new(&args.index, &args.cache, &options)?;
    Ok(Some(Job {
        path: path.to_owned(),
        way: PathBuf::new(),
        targets,
        strict,
        settings: sources.settings,
        index: index.settings,
        projects: BTreeMap::new(),
        is_edited: false,
        is_installable: false,
        temporary: None,
        admission: None,
    }))
}
