//! `harden LOOSE…`: from loose requirements to a strict file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::fs;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use harden_hasher::{Recipe, StrictFile};
use harden_index::IndexClient;
use harden_packaging::PackageName;
use harden_requirements::{InputOptions, Inputs};
use harden_resolver::{
    AllowSdist, Answer, Asked, DependencyMode, Options, PrereleaseMode, Request, resolve,
};
use pep440_rs::Version;

use crate::args::{self, LockArgs, words};
use crate::inputs;
use crate::output::Output;
use crate::platforms::{Machine, Named};
use crate::progress::Resolving;
use crate::recipe::{self, Lists};
use crate::sources::Sources;
use crate::words::{bytes, count, seconds};
use crate::{Error, Terminal};

/// Resolves and writes; an error leaves the output file as it was.
pub fn lock(args: &LockArgs, terminal: Terminal) -> Result<(), Error> {
    let started = Instant::now();
    let inputs = inputs::read(&args.loose, terminal)?;
    let output = output(args, &inputs)?;
    let sources = Sources::new(&args.index, &args.cache, &inputs.options)?;
    let machine = Machine {
        python: args.python.clone(),
        cache_dir: sources.settings.cache_dir.clone(),
    };
    let override_files = words(&args.overrides, "HARDEN_OVERRIDE");
    let locking = Locking {
        args,
        platforms: platforms(args, &machine, terminal)?,
        allow_sdist: values(&args.allow_sdist, "HARDEN_ALLOW_SDIST")?,
        exclude: values(&args.exclude, "HARDEN_EXCLUDE")?,
        overrides: inputs::read_overrides(&override_files, terminal)?,
        override_files,
        inputs,
        options: sources.options,
    };
    let request = locking.request(terminal)?;
    let progress = Arc::new(Resolving::new(terminal));
    let client = IndexClient::with_progress(sources.settings, progress.clone())?;
    let made = locking.make(&request, &client);
    progress.finish();
    let (answer, strict) = made?;
    output.write(&strict.to_string())?;
    for warning in &answer.warnings {
        terminal.warning(&warning.to_string());
    }
    let packages: BTreeSet<_> = answer.resolution.pins.iter().map(|pin| &pin.name).collect();
    terminal.summary(&format!(
        "resolved {} for {} in {}",
        count(packages.len(), "package"),
        count(request.targets.len(), "target"),
        seconds(started.elapsed())
    ));
    for upgrade in &args.upgrade_package {
        if !packages.contains(upgrade.name()) {
            terminal.warning(&format!(
                "--upgrade-package {} has no effect: nothing requires it",
                upgrade.name()
            ));
        }
    }
    tell_more(&answer, &client, terminal);
    Ok(())
}

/// Where the result goes: never into what was read.
fn output(args: &LockArgs, inputs: &Inputs) -> Result<Output, Error> {
    if let Some(path) = &args.output
        && let Ok(written) = fs::canonicalize(path)
    {
        let all = inputs.requirements.iter().chain(&inputs.constraints);
        let read = all.map(|input| &*input.origin.file);
        let read: BTreeSet<&str> = read.chain(args.loose.iter().map(String::as_str)).collect();
        let is_written = |file: &&str| fs::canonicalize(file).is_ok_and(|read| read == written);
        if read.iter().any(is_written) {
            return Err(Error::OutputIsInput(path.clone()));
        }
    }
    Output::new(args.output.clone())
}

/// What to lock for; where no target is named, the interpreter of this machine.
fn platforms(args: &LockArgs, machine: &Machine, terminal: Terminal) -> Result<Platforms, Error> {
    let names = words(&args.platform, "HARDEN_PLATFORM");
    if names.is_empty() {
        let target = machine.current()?;
        terminal.detail(&format!("resolving for this machine: {target}"));
        return Ok(Platforms::Default(target));
    }
    machine.targets(&names, terminal).map(Platforms::Named)
}

/// The values of a repeated option: those given, else those of its variable.
fn values<T: Clone + FromStr>(given: &[T], variable: &'static str) -> Result<Vec<T>, Error>
where
    T::Err: Display,
{
    if !given.is_empty() {
        return Ok(given.to_vec());
    }
    let parsed = words(&[], variable).into_iter().map(|word| word.parse());
    parsed
        .collect::<Result<_, _>>()
        .map_err(|error: T::Err| Error::Variable {
            variable,
            reason: error.to_string(),
        })
}

/// What to lock for.
enum Platforms {
    /// None was named.
    Default(harden_target::Target),
    Named(Vec<Named>),
}

/// Everything that decides the result, but for what the index holds.
struct Locking<'a> {
    args: &'a LockArgs,
    platforms: Platforms,
    allow_sdist: Vec<args::AllowSdist>,
    exclude: Vec<PackageName>,
    override_files: Vec<String>,
    overrides: Inputs,
    inputs: Inputs,
    options: InputOptions,
}

impl Locking<'_> {
    fn request(&self, terminal: Terminal) -> Result<Request, Error> {
        let mut wishes = inputs::wishes(&self.inputs)?;
        wishes.constraints.extend(self.upgrade_bounds());
        let named = match (self.args.pre, self.args.prerelease) {
            (true, _) => Some(PrereleaseMode::Allow),
            (false, mode) => mode.map(PrereleaseMode::from),
        };
        let markers = self.args.marker.iter();
        Ok(Request {
            requirements: wishes.requirements,
            constraints: wishes.constraints,
            overrides: inputs::wishes(&self.overrides)?.requirements,
            excluded: self.exclude.iter().cloned().collect(),
            targets: match &self.platforms {
                Platforms::Default(target) => vec![target.clone()],
                Platforms::Named(named) => named.iter().map(|named| named.target.clone()).collect(),
            },
            markers: markers
                .map(|marker| (marker.variable, marker.value.clone()))
                .collect(),
            options: Options {
                prerelease: named
                    .unwrap_or_else(|| inputs::prerelease_mode(&self.inputs, terminal)),
                resolution: self.args.resolution.into(),
                dependencies: if self.args.no_deps {
                    DependencyMode::Ignored
                } else {
                    DependencyMode::Followed
                },
                exclude_newer: self.args.exclude_newer.map(args::Cutoff::moment),
                allow_sdist: self.sdists(),
                preferences: self.preferences(terminal),
            },
        })
    }

    fn sdists(&self) -> AllowSdist {
        let mut names = BTreeSet::new();
        for allowed in &self.allow_sdist {
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

    fn make(&self, request: &Request, client: &IndexClient) -> Result<(Answer, StrictFile), Error> {
        let answer = resolve(request, client)?;
        let lists = Lists {
            platforms: &self.platform_names(),
            allow_sdist: &self.allow_sdist,
            exclude: &self.exclude,
            override_files: &self.override_files,
        };
        let recipe = Recipe {
            loose: &self.loose_names(),
            command: &recipe::command(self.args, &lists),
            input_lines: &self.input_lines(),
            options: &self.options,
            exclude_newer: request.options.exclude_newer,
            hashes: self.args.hashes.into(),
        };
        let strict = StrictFile::from_resolution(&answer.resolution, &recipe, client)?;
        Ok((answer, strict))
    }

    /// The loose files as people know them.
    fn loose_names(&self) -> Vec<String> {
        let name = |file: &String| if file == "-" { "<stdin>" } else { file }.to_owned();
        self.args.loose.iter().map(name).collect()
    }

    /// What the digest of the inputs is taken of; a requirement that overrides others is another one.
    fn input_lines(&self) -> Vec<String> {
        let overrides = self.overrides.canonical_lines();
        let overrides = overrides.iter().map(|line| format!("--override {line}"));
        self.inputs
            .canonical_lines()
            .into_iter()
            .chain(overrides)
            .collect()
    }

    fn platform_names(&self) -> Vec<String> {
        match &self.platforms {
            Platforms::Default(_) => Vec::new(),
            Platforms::Named(named) => named.iter().map(|named| named.name.clone()).collect(),
        }
    }
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

fn tell_more(answer: &Answer, client: &IndexClient, terminal: Terminal) {
    let (solver, index) = (answer.statistics, client.statistics());
    terminal.detail(&format!(
        "{} decisions, the metadata of {} versions read, {} restarts",
        solver.decisions, solver.versions_tried, solver.restarts
    ));
    terminal.detail(&format!(
        "{} requests, {} of them again after a failure, {} received; {} answers from the cache, {} \
         confirmed by the index",
        index.requests,
        index.retries,
        bytes(index.bytes_received),
        index.cache_hits,
        index.revalidations
    ));
}
