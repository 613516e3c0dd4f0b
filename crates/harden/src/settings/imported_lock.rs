//! The lock of another tool in the place of loose files, for `harden import`: each package that it
//! installs on the targets is required at its version, with its digests.
//!
//! `harden check` reads the lock in the same way, so it notices when the lock has changed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use harden_index::{IndexUrl, Settings};
use harden_interchange::{Lock, Plan, PlanError, ReadLockError, Wish};
use harden_packaging::{ExtraName, PackageName};
use harden_requirements::{
    Chosen, Entry, IndexChoice, Input, InputOptions, Inputs, LocalProject, Origin,
};
use harden_target::Target;

use crate::report::{Error, Report};
use crate::settings::args::LockArgs;
use crate::settings::platforms::Machine;

impl Report for ReadLockError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Version { .. } => {
                "write it with a version of its tool that harden knows, or export pinned requirements with \
                 hashes from it and import those"
            }
            Self::Damaged { .. } => "write it again with its own tool; nothing of it was used",
        };
        Some(hint.to_owned())
    }
}

/// Why a lock cannot be followed on the targets.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Unfollowed(pub Vec<PlanError>);

impl Report for Unfollowed {}

/// What a lock requires, with the indexes that it ties packages to.
#[derive(Debug, Default)]
pub struct Imported {
    /// Its packages as requirements.
    pub inputs: Inputs,
    /// What takes the place of requirements.
    pub overrides: Inputs,
    /// The index of each package, where the lock names several.
    pub ties: BTreeMap<PackageName, Box<str>>,
}

/// The lock that the arguments name.
pub fn lock(args: &LockArgs) -> Result<Lock, Error> {
    let file = args.loose.first().map_or("", String::as_str);
    Ok(Lock::read(file, &text(Path::new(file))?)?)
}

/// The text of a lock.
pub fn text(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::read(path, source))
}

/// What the lock that the arguments name requires.
pub fn read(args: &LockArgs) -> Result<Imported, Error> {
    let lock = lock(args)?;
    let targets = targets(args)?;
    Imported::of(&plan(&lock, args, &targets)?)
}

/// The targets of the arguments, none of which is the interpreter of this machine.
pub fn targets(args: &LockArgs) -> Result<Vec<Target>, Error> {
    let machine = Machine::default();
    let named = args.platform.iter().map(|name| machine.target(name));
    named.map(|named| Ok(named?.target)).collect()
}

/// What a lock installs on targets.
pub fn plan<'l>(lock: &'l Lock, args: &LockArgs, targets: &[Target]) -> Result<Plan<'l>, Error> {
    let groups = args.groups.iter().map(|group| group.as_str().parse());
    let groups: Result<BTreeSet<ExtraName>, _> = groups.collect();
    let chosen = Chosen {
        extras: args.extras.iter().cloned().collect(),
        groups: groups.expect("names of groups and of extras are of one kind"),
    };
    let wish = Wish {
        targets,
        chosen: &chosen,
        markers: &args.target.markers(),
        excluded: &args.exclude.iter().cloned().collect(),
    };
    Ok(Plan::new(lock, &wish).map_err(Unfollowed)?)
}

impl Imported {
    /// What a plan requires.
    pub fn of(plan: &Plan<'_>) -> Result<Self, Error> {
        let mut inputs = plan.inputs().map_err(Unfollowed)?;
        inputs.options = options(plan);
        inputs.projects = projects(plan);
        Ok(Self {
            overrides: overrides(plan, &inputs),
            inputs,
            ties: plan.ties(),
        })
    }
}

/// The options of a lock. PyPI is the default, which is not named, so that what stands for it here
/// (a mirror in pip's configuration) is used.
pub fn options(plan: &Plan<'_>) -> InputOptions {
    let mut options = plan.options();
    let is_public = |url: &str| {
        let url: Result<IndexUrl, _> = url.parse();
        let mut public = Settings::default().indexes.into_iter();
        url.is_ok_and(|url| public.any(|public| public.is_same_place(&url)))
    };
    let others = options.extra_index_urls.iter();
    let has_public = others.clone().any(|url| is_public(url));
    let others: Vec<Box<str>> = others.filter(|url| !is_public(url)).cloned().collect();
    match &options.index {
        IndexChoice::Url(url) if is_public(url) => options.index = IndexChoice::Default,
        IndexChoice::Url(url) if has_public => {
            options.extra_index_urls = [url.clone()].into_iter().chain(others).collect();
            options.index = IndexChoice::Default;
            return options;
        }
        _ => {}
    }
    if options.index == IndexChoice::Default {
        options.extra_index_urls = others;
    }
    options
}

/// The folders of a lock, which no pin stands for.
fn projects(plan: &Plan<'_>) -> Vec<LocalProject> {
    let is_pinned = |name: &PackageName| plan.pins.iter().any(|pin| pin.name == *name);
    let folders = plan
        .folders
        .iter()
        .filter(|folder| !is_pinned(&folder.name));
    let projects = folders.map(|folder| LocalProject {
        name: folder.name.clone(),
        folder: match &folder.source {
            harden_interchange::Source::Folder(path) => path.to_string(),
            other => other.to_string(),
        },
        origin: origin(plan, folder.line),
    });
    projects.collect()
}

/// What the lock says in place of requirements: of what it pins, the pin.
fn overrides(plan: &Plan<'_>, inputs: &Inputs) -> Inputs {
    let lock = plan.lock();
    let named: BTreeSet<&PackageName> = lock.overrides.iter().map(|one| &one.name).collect();
    let is_named = |input: &&Input| input.entry.name().is_some_and(|name| named.contains(name));
    let mut requirements: Vec<Input> = inputs
        .requirements
        .iter()
        .filter(is_named)
        .cloned()
        .collect();
    for requirement in &lock.overrides {
        let is_pinned = |input: &Input| input.entry.name() == Some(&requirement.name);
        if !inputs.requirements.iter().any(is_pinned) {
            requirements.push(Input {
                entry: Entry::Named(requirement.clone()),
                hashes: Vec::new(),
                origin: origin(plan, 1),
            });
        }
    }
    Inputs {
        requirements,
        ..Inputs::default()
    }
}

fn origin(plan: &Plan<'_>, line: usize) -> Arc<Origin> {
    Arc::new(Origin {
        file: plan.lock().file.as_str().into(),
        line,
        included_from: None,
    })
}
