//! A lock to be made: everything that decides the result, but for what the index holds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use harden_hasher::{Provenance, StrictFile, inputs_digest};
use harden_index::{IndexClient, Settings};
use harden_packaging::PackageName;
use harden_requirements::{Admission, Inputs};
use harden_resolver::{
    AllowSdist, Answer, Asked, DependencyMode, Options, PrereleaseMode, Request, Undated,
};
use harden_target::Target;
use jiff::Timestamp;
use pep440_rs::Version;

use crate::locking::header_command;
use crate::locking::previous_lock::PreviousLock;
use crate::report::{Error, Terminal};
use crate::settings::args::{self, LockArgs};
use crate::settings::cutoffs::Cutoffs;
use crate::settings::inputs;
use crate::settings::platforms::{Machine, Named};
use crate::settings::sources::Sources;

/// A lock to be made.
pub struct LockRequest {
    args: LockArgs,
    platforms: Platforms,
    inputs: Inputs,
    overrides: Inputs,
    sources: Sources,
    cutoffs: Cutoffs,
}

/// What to lock for.
enum Platforms {
    /// None was named.
    Default(Target),
    Named(Vec<Named>),
}

impl LockRequest {
    /// Reads all that the arguments name. Cutoffs that are spans are seen from `now`.
    pub fn new(args: LockArgs, now: Timestamp, terminal: Terminal) -> Result<Self, Error> {
        let inputs = inputs::read(&args, terminal)?;
        let overrides = inputs::read_overrides(&args.overrides, terminal)?;
        let sources = Sources::new(&args.index, &args.cache, &inputs.options)?;
        let machine = Machine {
            python: args.python.clone(),
            cache_dir: sources.settings.cache_dir.clone(),
        };
        let mut task = Self {
            platforms: platforms(&args, &machine, terminal)?,
            args,
            inputs,
            overrides,
            sources,
            cutoffs: Cutoffs::default(),
        };
        task.refuse_other_pythons()?;
        let previous = PreviousLock::of(&task.args, inputs_digest(&task.input_lines()));
        task.cutoffs = Cutoffs::settle(&task.args, previous.as_ref(), now);
        Ok(task)
    }

    /// Its arguments.
    pub fn args(&self) -> &LockArgs {
        &self.args
    }

    /// What it leaves out by the time of upload.
    pub fn cutoffs(&self) -> &Cutoffs {
        &self.cutoffs
    }

    /// How to ask the index for it.
    pub fn settings(&self) -> &Settings {
        &self.sources.settings
    }

    /// The files that are read for it.
    pub fn files(&self) -> BTreeSet<&str> {
        let all = self.inputs.requirements.iter();
        let all = all.chain(&self.inputs.constraints);
        let all = all.chain(&self.overrides.requirements);
        let read = all.map(|input| &*input.origin.file);
        let args = &self.args;
        let named = args.loose.iter().chain(&args.constraints);
        let named = named.chain(&args.overrides);
        read.chain(named.map(String::as_str)).collect()
    }

    /// What the resolver is asked for.
    pub fn request(&self, terminal: Terminal) -> Result<Request, Error> {
        let mut wishes = inputs::wishes(&self.inputs)?;
        wishes.constraints.extend(self.upgrade_bounds());
        let args = &self.args;
        let named = match (args.pre, args.prerelease) {
            (true, _) => Some(PrereleaseMode::Allow),
            (false, mode) => mode.map(PrereleaseMode::from),
        };
        let markers = args.marker.iter();
        Ok(Request {
            requirements: wishes.requirements,
            constraints: wishes.constraints,
            overrides: inputs::wishes(&self.overrides)?.requirements,
            excluded: args.exclude.iter().cloned().collect(),
            targets: self.targets().into_iter().cloned().collect(),
            markers: markers
                .map(|marker| (marker.variable, marker.value.clone()))
                .collect(),
            options: Options {
                prerelease: named
                    .unwrap_or_else(|| inputs::prerelease_mode(&self.inputs, terminal)),
                resolution: args.resolution.map(Into::into).unwrap_or_default(),
                dependencies: if args.no_deps {
                    DependencyMode::Ignored
                } else {
                    DependencyMode::Followed
                },
                exclude_newer: self.cutoffs.all,
                exclude_newer_packages: self.cutoffs.packages.clone(),
                exempt: self.cutoffs.exempt.clone(),
                undated: args.undated.map_or(Undated::default(), Undated::from),
                allow_sdist: self.sdists(),
                preferences: self.preferences(terminal),
            },
        })
    }

    /// The strict file of an answer.
    pub fn strict(&self, answer: &Answer, client: &IndexClient) -> Result<StrictFile, Error> {
        let recipe = Provenance {
            loose: &self.loose_names(),
            command: &header_command::command(&self.args, &self.platform_names()),
            input_lines: &self.input_lines(),
            options: &self.sources.options,
            exclude_newer: self.cutoffs.all,
            exclude_newer_packages: &self.cutoffs.packages,
            exempt: &self.cutoffs.exempt,
            hashes: self.args.hashes.map(Into::into).unwrap_or_default(),
        };
        let strict = StrictFile::from_resolution(&answer.resolution, &recipe, client)?;
        Ok(strict)
    }

    fn targets(&self) -> Vec<&Target> {
        match &self.platforms {
            Platforms::Default(target) => vec![target],
            Platforms::Named(named) => named.iter().map(|named| &named.target).collect(),
        }
    }

    /// A project is locked for interpreters that it admits itself.
    fn refuse_other_pythons(&self) -> Result<(), Error> {
        for python in &self.inputs.requires_python {
            for target in self.targets() {
                let admission = python.specifiers.admits(&target.environment());
                if admission != Admission::All {
                    return Err(Error::OtherPython {
                        place: python.origin.to_string(),
                        specifiers: python.specifiers.to_string(),
                        target: Box::new(target.clone()),
                        admits_some: admission != Admission::None,
                    });
                }
            }
        }
        Ok(())
    }

    fn sdists(&self) -> AllowSdist {
        let mut names = BTreeSet::new();
        for allowed in &self.args.allow_sdist {
            match allowed {
                args::AllowSdist::All => return AllowSdist::All,
                args::AllowSdist::Package(name) => names.insert(name.clone()),
            };
        }
        AllowSdist::Of(names)
    }

    /// The versions that `--upgrade-package NAME==VERSION` asks for.
    fn upgrade_bounds(&self) -> impl Iterator<Item = Asked> {
        let bounds = self
            .args
            .upgrade_package
            .iter()
            .filter_map(args::UpgradePackage::bound);
        bounds.map(|requirement| Asked {
            requirement: requirement.clone(),
            file: "--upgrade-package".into(),
            place: "--upgrade-package".into(),
            hashes: BTreeSet::new(),
        })
    }

    /// The pins of the output file, but for those that are let go.
    fn preferences(&self, terminal: Terminal) -> BTreeMap<PackageName, BTreeSet<Version>> {
        let mut preferences: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        let Some(path) = self.args.output.as_ref().filter(|_| !self.args.upgrade) else {
            return preferences;
        };
        let let_go: BTreeSet<_> = self
            .args
            .upgrade_package
            .iter()
            .map(args::UpgradePackage::name)
            .collect();
        for pin in pinned(path, terminal) {
            if !let_go.contains(&pin.0) {
                preferences.entry(pin.0).or_default().insert(pin.1);
            }
        }
        preferences
    }

    /// The loose files as people know them.
    fn loose_names(&self) -> Vec<String> {
        let name = |file: &String| if file == "-" { "<stdin>" } else { file }.to_owned();
        self.args.loose.iter().map(name).collect()
    }

    fn input_lines(&self) -> Vec<String> {
        inputs::lines(&self.inputs, &self.overrides)
    }

    fn platform_names(&self) -> Vec<String> {
        match &self.platforms {
            Platforms::Default(_) => Vec::new(),
            Platforms::Named(named) => named.iter().map(|named| named.name.clone()).collect(),
        }
    }
}

/// What to lock for; where no target is named, the interpreter of this machine.
fn platforms(args: &LockArgs, machine: &Machine, terminal: Terminal) -> Result<Platforms, Error> {
    if args.platform.is_empty() {
        let target = machine.current()?;
        terminal.detail(&format!("resolving for this machine: {target}"));
        return Ok(Platforms::Default(target));
    }
    machine
        .targets(&args.platform, terminal)
        .map(Platforms::Named)
}

/// The pins of the file that is about to be replaced; none where it is no strict file.
fn pinned(path: &Path, terminal: Terminal) -> Vec<(PackageName, Version)> {
    let Ok(text) = fs::read_to_string(path) else {
        return Vec::new();
    };
    match StrictFile::parse(&text, &path.to_string_lossy()) {
        Ok(strict) => {
            let pins = strict.pins().iter();
            pins.map(|pin| (pin.name().clone(), pin.version().clone()))
                .collect()
        }
        Err(error) => {
            let first = error.problems.first();
            let first = first.map_or(0, |problem| problem.line);
            terminal.warning(&format!(
                "{} is no strict file (see line {first}), so no version is kept of it",
                path.display()
            ));
            Vec::new()
        }
    }
}
