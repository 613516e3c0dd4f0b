//! Builds one source: its metadata, or a wheel.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use harden_fetch::build::{
    BuildError, BuildKey, BuiltCache, BuiltWheel, Downloads, Environment, Interpreter, Limits,
    Prepared, Sandbox, Sdist, SdistFile, Source, Templates,
};
use harden_fetch::{Lock, Mirror};
use harden_hasher::{BuildOrigin, BuiltFrom, StrictFile};
use harden_index::{IndexClient, Settings};
use harden_packaging::PackageName;
use harden_requirements::Requirement;
use harden_resolver::{Asked, Options};
use harden_target::Target;
use tempfile::TempDir;

use super::build_hints::older_tool;
use super::built::Built;
use super::error::BuildingError;
use super::requirements::{recorded_pins, wheels_of};
use crate::locking::repositories;
use crate::report::format::seconds;
use crate::report::progress::Fetching;
use crate::report::{Error, Terminal};
use crate::settings::interpreter;

/// After this time, a build is named while it runs.
const SLOW: Duration = Duration::from_mins(1);

/// The rules by which build requirements are chosen.
#[derive(Debug, Clone, Default)]
pub struct BuildRules {
    /// Cutoffs, and the packages whose build requirements may be built themselves.
    pub options: Options,
    /// Constraints of the user's for build requirements (`build-constraints`).
    pub constraints: Vec<Asked>,
}

/// Builds sources with one interpreter.
pub struct Builder<'a> {
    pub(super) terminal: Terminal,
    client: IndexClient,
    mirror: Option<&'a Mirror>,
    pub(super) rules: BuildRules,
    interpreter: Interpreter,
    target: Target,
    templates: Templates,
    pub(super) cache: BuiltCache,
    pub(super) cache_dir: PathBuf,
    /// Holds what is built where the user wants no cache.
    _temporary: Option<TempDir>,
    /// The pins of build requirements, by the requirements.
    pub(super) pinned: Mutex<HashMap<Vec<String>, Arc<StrictFile>>>,
    /// The sources that are being built: each one because the one before requires it.
    under_way: Mutex<Vec<String>>,
}

impl<'a> Builder<'a> {
    /// A builder that runs `python`, else the interpreter on PATH.
    ///
    /// `settings` say where build requirements and sdists come from; `mirror` is asked before.
    pub fn new(
        python: Option<&Path>,
        settings: Settings,
        rules: BuildRules,
        limits: Limits,
        mirror: Option<&'a Mirror>,
        terminal: Terminal,
    ) -> Result<Self, Error> {
        let (cache_dir, temporary) = cache_folder(&settings)?;
        let python = interpreter::find(python)?;
        let target = interpreter::current(Some(&python), settings.cache_dir.as_deref())?;
        let sandbox = Sandbox::find(limits);
        if let Some(warning) = sandbox.warning() {
            terminal.warning(&warning);
        }
        terminal.detail(&format!("builds run in {sandbox}"));
        Ok(Self {
            terminal,
            client: IndexClient::new(settings)?,
            mirror,
            rules,
            interpreter: Interpreter::new(&python, sandbox)?,
            target,
            templates: Templates::new()?,
            cache: BuiltCache::open(&cache_dir),
            cache_dir,
            _temporary: temporary,
            pinned: Mutex::default(),
            under_way: Mutex::default(),
        })
    }

    /// The interpreter that builds, as a target.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The folder of the cache that it works with.
    pub fn cache_dir(&self) -> &Path {
        &self.cache_dir
    }

    pub(super) fn client(&self) -> &IndexClient {
        &self.client
    }

    /// Fetches an sdist and reads how it is built. No code of it runs.
    pub fn open(&self, sdist: &SdistFile) -> Result<Source, Error> {
        self.with_downloads(|downloads| Ok(Source::sdist(sdist, downloads)?))
    }

    /// Packs the sdist of a repository into the cache, unless it is there.
    pub fn bring(&self, origin: &str, sdist: &SdistFile) -> Result<(), Error> {
        if self.cache.has(&sdist.file, sdist.sha256) {
            return Ok(());
        }
        self.terminal
            .detail(&format!("packing {} from {origin}", sdist.file));
        repositories::bring(origin, sdist, &self.cache_dir)
    }

    /// As [`Self::open`], for the sdist of a strict file.
    pub fn open_pinned(&self, sdist: &Sdist<'_>) -> Result<Source, Error> {
        self.with_downloads(|downloads| Ok(Source::open(sdist, downloads)?))
    }

    /// The text of a source's `METADATA`: as its backend prepares it, else as its wheel has it.
    pub fn metadata(&self, source: &Source) -> Result<String, Error> {
        Ok(self.prepared(source)?.text)
    }

    /// The text of a source's `METADATA`, if its backend prepares that without building a wheel.
    pub fn prepared_alone(&self, source: &Source) -> Result<Option<String>, Error> {
        let metadata = |more: &[Requirement]| {
            let pins = self.requirements(source, more)?;
            let prepared = self.prepared_with(source, &pins)?;
            Ok(prepared.map(|prepared| prepared.text))
        };
        self.guarded(source, || self.or_with_older_tool(source, metadata))
    }

    /// The metadata of a source, with what its backend read of it.
    pub fn prepared(&self, source: &Source) -> Result<Prepared, Error> {
        let metadata = |more: &[Requirement]| {
            let pins = self.requirements(source, more)?;
            if let Some(prepared) = self.prepared_with(source, &pins)? {
                return Ok(prepared);
            }
            let of_wheel = Prepared {
                text: self.wheel(source, &pins)?.metadata().to_owned(),
                read: None,
            };
            self.cache.keep_metadata(self.key(source, &pins), &of_wheel);
            Ok(of_wheel)
        };
        self.guarded(source, || self.or_with_older_tool(source, metadata))
    }

    /// The metadata that the backend prepares with these build requirements, if it has a hook for that.
    fn prepared_with(&self, source: &Source, pins: &StrictFile) -> Result<Option<Prepared>, Error> {
        let key = self.key(source, pins);
        if let Some(known) = self.cache.metadata(key) {
            return Ok(Some(known));
        }
        let started = Instant::now();
        let prepared = self.prepare(source, pins)?.metadata()?;
        let what = match &prepared {
            Some(_) => "asked for the metadata of",
            None => "there is no metadata without a wheel of",
        };
        self.terminal.detail(&format!(
            "{what} {} in {}",
            source.label(),
            seconds(started.elapsed())
        ));
        if let Some(prepared) = &prepared {
            self.cache.keep_metadata(key, prepared);
        }
        Ok(prepared)
    }

    /// Builds a source into a wheel, which is then in the cache; repaired if one of `targets` can use
    /// its native code.
    pub fn build(&self, source: &Source, targets: &[Target]) -> Result<Built, Error> {
        let build = |more: &[Requirement]| {
            let pins = self.requirements(source, more)?;
            let built = self.build_with(source, &pins)?;
            if targets.iter().any(|target| built.wheel.fits(target)) {
                return self.repaired(source, &pins, built);
            }
            Ok(built)
        };
        self.guarded(source, || self.or_with_older_tool(source, build))
    }

    /// Builds a wheel again as a strict file records it; an error where the result differs.
    pub fn rebuild(&self, source: &Source, recorded: &BuiltFrom) -> Result<Built, Error> {
        self.guarded(source, || {
            for requirement in recorded.with.iter().chain(&recorded.repaired_with) {
                self.ensure_built(requirement.built_from.as_deref())?;
            }
            let pins = recorded_pins(recorded, &recorded.with)?;
            let mut built = self.build_with(source, &pins)?;
            if !recorded.repaired_with.is_empty() {
                let tools = recorded_pins(recorded, &recorded.repaired_with)?;
                built = self.repaired_with(source, &pins, built, &tools)?;
            }
            if built.wheel.sha256() == recorded.sha256 {
                return Ok(built);
            }
            Err(BuildingError::Differs {
                label: source.label().to_owned(),
                expected: recorded.sha256.to_string(),
                actual: built.wheel.sha256().to_string(),
                python: (recorded.python.clone(), self.python_version()),
            }
            .into())
        })
    }

    /// Makes sure that the wheel of a build requirement that was built itself is in the cache.
    fn ensure_built(&self, recorded: Option<&BuiltFrom>) -> Result<(), Error> {
        let Some(recorded) = recorded else {
            return Ok(());
        };
        if self.cache.has(&recorded.wheel, recorded.sha256) {
            return Ok(());
        }
        let source = self.open(&sdist_of(recorded)?)?;
        self.rebuild(&source, recorded).map(drop)
    }

    /// Puts a built wheel into a wheelhouse.
    pub fn place(&self, wheel: &BuiltWheel, folder: &Path) -> Result<(), Error> {
        Ok(self.cache.place(wheel, folder)?)
    }

    fn build_with(&self, source: &Source, pins: &StrictFile) -> Result<Built, Error> {
        let wheel = self.wheel(source, pins)?;
        let from = BuiltFrom {
            wheel: wheel.file().to_owned(),
            sha256: wheel.sha256(),
            origin: source.origin(),
            python: self.python_version(),
            with: wheels_of(pins),
            repaired_with: Vec::new(),
        };
        Ok(Built {
            wheel,
            from,
            reads_host: source.reads_host(),
            unrepaired: None,
        })
    }

    /// The wheel of a source, from the cache or built now.
    fn wheel(&self, source: &Source, pins: &StrictFile) -> Result<BuiltWheel, Error> {
        let key = self.key(source, pins);
        if let Some(wheel) = self.cache.wheel(key) {
            self.terminal.detail(&format!(
                "{} was built before: {}",
                source.label(),
                wheel.file()
            ));
            return Ok(wheel);
        }
        let started = Instant::now();
        self.terminal
            .detail(&format!("building {}", source.label()));
        let environment = self.prepare(source, pins)?;
        let wheel = self.saying_if_slow(source, || environment.build(&self.cache_dir));
        for line in environment.done() {
            self.terminal.detail(&line);
        }
        let wheel = wheel?;
        self.cache.keep_wheel(key, &wheel);
        self.terminal.summary(&format!(
            "built {} from {} in {}",
            wheel.file(),
            source.label(),
            seconds(started.elapsed())
        ));
        Ok(wheel)
    }

    /// Runs a build; says which it is if it takes as long as only large native code does.
    fn saying_if_slow<R>(&self, source: &Source, build: impl FnOnce() -> R) -> R {
        let (ended, waiting) = mpsc::channel::<()>();
        let (terminal, label) = (self.terminal, source.label());
        thread::scope(|scope| {
            scope.spawn(move || {
                if waiting.recv_timeout(SLOW) == Err(RecvTimeoutError::Timeout) {
                    terminal.summary(&format!(
                        "still building {label}: large native code takes long; --build-timeout limits it"
                    ));
                }
            });
            let built = build();
            drop(ended);
            built
        })
    }

    /// Pins for everything that building a source requires: what its `pyproject.toml` names, and
    /// what its backend adds. `more` is required besides.
    fn requirements(
        &self,
        source: &Source,
        more: &[Requirement],
    ) -> Result<Arc<StrictFile>, Error> {
        let named = &[source.requires(), more].concat();
        let pins = self.pin(source.label(), named)?;
        let key = self.key(source, &pins);
        let known = self.cache.needs(key);
        let added = if let Some(added) = known {
            added
        } else {
            let added = self.prepare(source, &pins)?.ask()?;
            self.cache.keep_needs(key, &added);
            added
        };
        if added.iter().all(|requirement| named.contains(requirement)) {
            return Ok(pins);
        }
        self.pin(source.label(), &[named.as_slice(), &added].concat())
    }

    /// Does `work`, which gets further build requirements; where it fails for what a newer build tool
    /// removed, once more with an older one, which the strict file then records.
    fn or_with_older_tool<R>(
        &self,
        source: &Source,
        work: impl Fn(&[Requirement]) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let failed = match work(&[]) {
            Ok(done) => return Ok(done),
            Err(failed) => failed,
        };
        let older = match failed.of() {
            Some(BuildError::Failed { said, .. }) => older_tool(said),
            _ => None,
        };
        let Some(older) = older else {
            return Err(failed);
        };
        let label = source.label();
        self.terminal
            .detail(&format!("{label} is built once more with {older}"));
        work(&[older]).map_err(|_| failed)
    }

    pub(super) fn pin(
        &self,
        label: &str,
        required: &[Requirement],
    ) -> Result<Arc<StrictFile>, Error> {
        let pinned = super::requirements::pin(self, label, required);
        Ok(pinned.map_err(|reason| BuildingError::Requirements {
            sdist: label.to_owned(),
            reason,
        })?)
    }

    pub(super) fn prepare<'s>(
        &self,
        source: &'s Source,
        pins: &StrictFile,
    ) -> Result<Environment<'s>, Error> {
        let pins = Lock {
            strict: pins,
            name: "the build requirements",
            targets: std::slice::from_ref(&self.target),
        };
        self.with_downloads(|downloads| {
            Ok(source.prepare(&self.interpreter, pins, downloads, &self.templates)?)
        })
    }

    fn with_downloads<R>(
        &self,
        work: impl FnOnce(&Downloads<'_>) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let progress = Fetching::new(self.terminal);
        let done = work(&Downloads {
            client: &self.client,
            cache_dir: Some(&self.cache_dir),
            mirror: self.mirror,
            progress: &progress,
        });
        progress.finish();
        done
    }

    /// Tells that the search through the releases of a package goes on.
    pub(super) fn say_it_goes_on(&self, name: &PackageName) {
        self.terminal.summary(&format!(
            "what a release of {name} requires takes a build: still looking for one that fits"
        ));
    }

    /// Tells a failed build in full, where more is to be said.
    pub(super) fn report_failure(&self, error: &Error) {
        self.terminal.detail(&error.to_string());
    }

    /// What decides the result of a build.
    pub(super) fn key(&self, source: &Source, pins: &StrictFile) -> BuildKey {
        BuildKey::new(source.sha256(), &self.target, pins)
    }

    fn python_version(&self) -> String {
        let python = self.target.python();
        format!("{}.{}", python.major(), python.minor())
    }

    /// Runs `work` for a source, unless building it led here.
    fn guarded<R>(
        &self,
        source: &Source,
        work: impl FnOnce() -> Result<R, Error>,
    ) -> Result<R, Error> {
        let label = source.label().to_owned();
        {
            let mut under_way = lock(&self.under_way);
            if under_way.contains(&label) {
                let mut chain = under_way.clone();
                chain.push(label);
                return Err(BuildingError::Cycle { chain }.into());
            }
            under_way.push(label);
        }
        let done = work();
        lock(&self.under_way).pop();
        done
    }
}

/// The sdist that a recorded wheel was built from.
pub fn sdist_of(recorded: &BuiltFrom) -> Result<SdistFile, Error> {
    let known = match &recorded.origin {
        BuildOrigin::Sdist { file, sha256 } => SdistFile::new(file, *sha256),
        BuildOrigin::Source(_) => None,
    };
    let unknown = || BuildingError::NotRebuilt {
        wheel: recorded.wheel.clone(),
        origin: recorded.origin.to_string(),
    };
    Ok(known.ok_or_else(unknown)?)
}

/// The cache folder of the settings, else a temporary one.
fn cache_folder(settings: &Settings) -> Result<(PathBuf, Option<TempDir>), Error> {
    if let Some(cache_dir) = &settings.cache_dir {
        return Ok((cache_dir.clone(), None));
    }
    let folder = tempfile::tempdir().map_err(BuildingError::Temporary)?;
    Ok((folder.path().to_owned(), Some(folder)))
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
