//! One sdist built: what that takes is resolved for the interpreter that builds, and pinned.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use harden_fetch::build::{
    BuildKey, BuiltCache, Downloads, Environment, Interpreter, NetworkCut, Sdist, Source,
};
use harden_fetch::{Lock, Mirror};
use harden_hasher::{Built, HashChoice, Provenance, StrictFile};
use harden_index::{IndexClient, Settings};
use harden_requirements::{InputOptions, Requirement};
use harden_resolver::{Asked, Options, Request, Undated};
use harden_target::Target;

use crate::commands::fetch::job::Job;
use crate::locking::client::Clients;
use crate::locking::recorded_command;
use crate::report::format::seconds;
use crate::report::progress::Fetching;
use crate::report::{Error, Terminal};
use crate::settings::args::FetchArgs;
use crate::settings::interpreter;

/// What builds the sdists of one strict file.
pub struct Builder<'a> {
    args: &'a FetchArgs,
    terminal: Terminal,
    /// For what strict files pin.
    client: IndexClient,
    mirror: Option<&'a Mirror>,
    /// For what is still to be pinned: where the first index that has a package is the one.
    clients: Clients,
    index: Settings,
    rules: Options,
    interpreter: Interpreter,
    /// The interpreter, as what is resolved for.
    target: Target,
    memory: BuiltCache,
}

impl<'a> Builder<'a> {
    /// Asks the interpreter that `args` name whether it can build.
    pub fn new(
        job: &Job,
        args: &'a FetchArgs,
        client: IndexClient,
        mirror: Option<&'a Mirror>,
        terminal: Terminal,
    ) -> Result<Self, Error> {
        let cache_dir = job.settings.cache_dir.as_deref();
        let python = interpreter::find(args.python.as_deref())?;
        let target = interpreter::current(Some(&python), cache_dir)?;
        let cut = NetworkCut::find();
        if cut.is_none() {
            terminal.warning(
                "nothing here cuts the network off: what is built could reach it (on Linux, \
                 `unshare` of util-linux does, where namespaces are allowed)",
            );
        }
        Ok(Self {
            args,
            terminal,
            client,
            mirror,
            clients: Clients::default(),
            index: job.index.clone(),
            rules: rules(&job.strict),
            interpreter: Interpreter::new(python, cut)?,
            target,
            memory: BuiltCache::open(cache_dir),
        })
    }

    /// Builds one, or takes from the cache what was built of it before.
    pub fn build(&mut self, sdist: &Sdist<'_>) -> Result<Built, Error> {
        let started = Instant::now();
        let source = self.open(sdist)?;
        let pins = self.requirements(sdist, &source)?;
        let key = BuildKey::new(source.sha256(), &self.target, &pins);
        let (dest, cache_dir) = (&self.args.dest, self.cache_dir());
        if let Some(wheel) = self.memory.wheel(key, sdist, dest)? {
            let (file, sdist_file) = (wheel.file(), sdist.file());
            let told = format!("took {file} from the cache, built from {sdist_file} before");
            self.terminal.summary(&told);
            return Ok(sdist.built(&wheel, source.sha256(), &pins));
        }
        let wheel = self.prepare(&source, &pins)?.build(dest, cache_dir)?;
        self.memory.keep_wheel(key, &wheel);
        let took = seconds(started.elapsed());
        let told = format!("built {} from {} in {took}", wheel.file(), sdist.file());
        self.terminal.summary(&told);
        Ok(sdist.built(&wheel, source.sha256(), &pins))
    }

    fn open<'s>(&self, sdist: &'s Sdist<'s>) -> Result<Source<'s>, Error> {
        let progress = Fetching::new(self.terminal);
        let opened = Source::open(sdist, &self.downloads(&progress));
        progress.finish();
        Ok(opened?)
    }

    /// Pins for all that it takes to build an sdist: what it says itself, and what its backend does,
    /// which is asked in an environment of its own, for it may leave something there.
    fn requirements(
        &mut self,
        sdist: &Sdist<'_>,
        source: &Source<'_>,
    ) -> Result<StrictFile, Error> {
        let said = source.requires();
        let pins = self.pin(sdist, said)?;
        let key = BuildKey::new(source.sha256(), &self.target, &pins);
        let needs = if let Some(needs) = self.memory.needs(key) {
            needs
        } else {
            let needs = self.prepare(source, &pins)?.ask()?;
            self.memory.keep_needs(key, &needs);
            needs
        };
        if needs.iter().all(|need| said.contains(need)) {
            return Ok(pins);
        }
        self.pin(sdist, &[said, &needs].concat())
    }

    fn prepare<'s>(
        &self,
        source: &'s Source<'_>,
        pins: &StrictFile,
    ) -> Result<Environment<'s>, Error> {
        let pins = Lock {
            strict: pins,
            name: "the build requirements",
            targets: std::slice::from_ref(&self.target),
        };
        let progress = Fetching::new(self.terminal);
        let made = source.prepare(&self.interpreter, pins, &self.downloads(&progress));
        progress.finish();
        Ok(made?)
    }

    /// Resolves and pins what it takes to build an sdist.
    fn pin(&mut self, sdist: &Sdist<'_>, needed: &[Requirement]) -> Result<StrictFile, Error> {
        let pinned = self.try_to_pin(sdist.file(), needed);
        pinned.map_err(|error| Error::BuildRequirements {
            sdist: sdist.file().to_owned(),
            reason: Box::new(error),
        })
    }

    fn try_to_pin(&mut self, sdist: &str, needed: &[Requirement]) -> Result<StrictFile, Error> {
        let request = self.request(sdist, needed);
        let client = self.clients.client(&self.index, self.terminal)?;
        let answer = client.answer(&request)?;
        let recipe = Provenance {
            loose: &[],
            command: &[],
            input_lines: &[],
            options: &InputOptions::default(),
            exclude_newer: request.options.exclude_newer,
            exclude_newer_packages: &request.options.exclude_newer_packages,
            exempt: &request.options.exempt,
            hashes: HashChoice::Selected,
        };
        Ok(StrictFile::from_resolution(
            &answer.resolution,
            &recipe,
            &client.client,
        )?)
    }

    fn request(&self, sdist: &str, needed: &[Requirement]) -> Request {
        let file: Arc<str> = sdist.into();
        let asked = needed.iter().map(|requirement| Asked {
            requirement: requirement.clone(),
            file: file.clone(),
            place: file.clone(),
            hashes: BTreeSet::new(),
        });
        Request {
            requirements: asked.collect(),
            constraints: Vec::new(),
            overrides: Vec::new(),
            excluded: BTreeSet::new(),
            targets: vec![self.target.clone()],
            markers: Vec::new(),
            options: self.rules.clone(),
        }
    }

    fn downloads<'s>(&'s self, progress: &'s Fetching) -> Downloads<'s> {
        Downloads {
            client: &self.client,
            cache_dir: self.cache_dir(),
            mirror: self.mirror,
            progress,
        }
    }

    fn cache_dir(&self) -> Option<&Path> {
        self.index.cache_dir.as_deref()
    }
}

/// The rules for what a strict file is built with: its own moments hold for that too.
fn rules(strict: &StrictFile) -> Options {
    let Some(header) = strict.header() else {
        return Options::default();
    };
    let command = recorded_command::arguments(header).unwrap_or_default();
    let moments = header.exclude_newer_packages().iter();
    let moments = moments.map(|(name, moment)| (name.clone(), Some(*moment)));
    let without = command.exclude_newer_package.into_iter();
    let without = without.filter(|package| package.cutoff.is_none());
    Options {
        exclude_newer: header.exclude_newer(),
        exclude_newer_packages: without
            .map(|package| (package.name, None))
            .chain(moments)
            .collect(),
        undated: command.undated.map_or(Undated::default(), Undated::from),
        ..Options::default()
    }
}
