//! An index that builds sdists to read their metadata.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::sync::{Arc, Mutex};

use harden_fetch::build::{SdistFile, Source};
use harden_index::{IndexClient, read_metadata, read_sdist};
use harden_packaging::{
    CoreMetadata, DistFile, Index, IndexError, IndexErrorKind, IndexLayer, PackageName, Pin,
    Release,
};
use harden_resolver::AllowSdist;
use harden_target::{MarkerVariable, PythonVersion, Target, WheelTags};

use super::builder::{Builder, lock};
use super::built::Built;
use super::error::FailedBuild;
use super::tries::Tries;
use crate::report::{Error, Exit};
use crate::settings::args::StatedMetadata;
use crate::settings::interpreter::{decides_alike, is_alike};

/// Why an sdist is not built at all.
const NATIVE_ELSEWHERE: &str =
    "all wheels of the release have native code, and no target is like this machine";

/// The metadata of an sdist, or why there is none.
type Known = Result<Arc<CoreMetadata>, IndexError>;

/// An index as the resolver sees it, with metadata of sdists from builds.
pub struct BuildingIndex<'a> {
    client: &'a IndexClient,
    /// `None` where nothing is built.
    builder: Option<&'a Builder<'a>>,
    /// What the user states of sdists.
    stated: &'a [StatedMetadata],
    /// The packages whose sdists are built.
    allowed: AllowSdist,
    /// Those that may be pinned as sdists, without a wheel.
    pinned: AllowSdist,
    /// The targets that the wheels are for; none if they are for this machine alone.
    targets: Vec<Target>,
    /// By file name.
    known: Mutex<HashMap<String, Known>>,
    built: Mutex<HashMap<String, Result<Built, Arc<str>>>>,
    tries: Tries,
}

impl<'a> BuildingIndex<'a> {
    /// `client` with builds of the sdists of `allowed`, for `targets`, or if there are none for this
    /// machine alone. Those of `pinned` may be pinned without a wheel. After a few builds of a package its
    /// other releases are passed over, unless the search is `exhaustive`.
    pub fn new(
        client: &'a IndexClient,
        builder: Option<&'a Builder<'a>>,
        stated: &'a [StatedMetadata],
        (allowed, pinned): (AllowSdist, AllowSdist),
        targets: &[Target],
        exhaustive: bool,
    ) -> Self {
        Self {
            client,
            builder,
            stated,
            allowed,
            pinned,
            targets: targets.to_vec(),
            known: Mutex::default(),
            built: Mutex::default(),
            tries: Tries::new(exhaustive),
        }
    }

    /// Whether sdists of a package are built.
    pub fn builds(&self, name: &PackageName) -> bool {
        self.builder.is_some() && self.allowed.allows(name)
    }

    /// Builds the wheel of an sdist; the error is a reason in one line.
    pub fn wheel(&self, file: &DistFile) -> Result<Built, Arc<str>> {
        let name = file.filename.to_string();
        if let Some(built) = lock(&self.built).get(&name) {
            return built.clone();
        }
        let built = if let Some(failure) = self.tries.failure(file) {
            Err(failure.headline.into())
        } else if self.is_native_elsewhere(file) {
            Err(NATIVE_ELSEWHERE.into())
        } else if let Some(reason) = self.tries.failed_too_often(&file.project) {
            Err(reason)
        } else {
            let built = self.build(file);
            built.map_err(|error| self.failed(&name, &error).message)
        };
        lock(&self.built).insert(name, built.clone());
        built
    }

    fn build(&self, file: &DistFile) -> Result<Built, Error> {
        let sdist = self.sdist(file)?;
        let builder = self.builder.ok_or_else(|| unbuilt(file))?;
        builder.build(&builder.open(&sdist)?, &self.targets)
    }

    /// Whether building a sdist here is of no use: all wheels of its release have native code, as this
    /// machine's would, and no target is like this machine.
    ///
    /// Without this, a lock of grpcio 1.54.2 for macOS compiles it for half an hour on Linux, to find that
    /// the result is for Linux.
    pub fn is_native_elsewhere(&self, file: &DistFile) -> bool {
        let Some(builder) = self.builder.filter(|_| !self.targets.is_empty()) else {
            return false;
        };
        if self
            .targets
            .iter()
            .any(|target| is_alike(target, builder.target()))
        {
            return false;
        }
        let project = self.client.project(&file.project).ok();
        let releases = project.iter().flat_map(|project| &project.releases);
        let files = releases
            .filter(|release| release.version == file.version)
            .flat_map(Release::files);
        let mut wheels = files.filter_map(|file| file.wheel_tags()).peekable();
        wheels.peek().is_some() && wheels.all(has_native_code)
    }

    /// Why builds failed, by file name.
    pub fn failures(&self) -> BTreeMap<String, FailedBuild> {
        self.tries.failed()
    }

    /// Why the build of an sdist failed, or that of another of its package, so that it was not built.
    pub fn failure(&self, file: &DistFile) -> FailedBuild {
        self.tries.any_failure(file)
    }

    /// Why the other sdists of a package are not built either, if builds of it failed too often.
    pub fn failed_too_often(&self, name: &PackageName) -> Option<Arc<str>> {
        self.tries.failed_too_often(name)
    }

    /// The number of sdists of a package that were neither built nor asked for their metadata.
    pub fn untried(&self, name: &PackageName) -> usize {
        let Ok(project) = self.client.project(name) else {
            return 0;
        };
        let files = project.releases.iter().flat_map(Release::files);
        let sdists = files.filter(|file| file.wheel_tags().is_none());
        let was_tried = |file: &DistFile| {
            self.tries.failure(file).is_some() || lock(&self.built).contains_key(&*file.filename)
        };
        sdists.filter(|file| !was_tried(file)).count()
    }

    /// Whether nothing is passed over because of other builds.
    pub fn is_exhaustive(&self) -> bool {
        self.tries.is_exhaustive()
    }

    /// Whether what an sdist requires was not read, because too many others of its package were.
    pub fn was_passed_over(&self, file: &DistFile) -> bool {
        let known = lock(&self.known).get(&*file.filename).cloned();
        matches!(known, Some(Err(error)) if error.kind == IndexErrorKind::NotTried)
    }

    fn sdist(&self, file: &DistFile) -> Result<SdistFile, IndexError> {
        Ok(SdistFile {
            file: file.filename.to_string(),
            name: file.project.clone(),
            version: file.version.clone(),
            sha256: self.client.sha256(file)?,
        })
    }

    /// The warning that a wheel's requirements were computed for this machine, where `targets` differ
    /// from it.
    pub fn host_warning(&self, built: &Built, pin: &Pin, targets: &[&Target]) -> Option<String> {
        let here = self.builder?.target();
        let differs = |target: &&&Target| !decides_alike(target, here);
        let other = targets.iter().find(differs).filter(|_| built.reads_host)?;
        Some(format!(
            "setup.py of {} {} inspects the machine it runs on: its requirements are those for {here}; check them for {other}",
            pin.name, pin.version
        ))
    }

    /// The version of Python for which a wheel built here would fit one of `targets`, where only the
    /// version of the interpreter is another.
    pub fn other_python(&self, targets: &[Target]) -> Option<String> {
        let here = self.builder?.target();
        let is_near = |target: &&Target| is_alike(target, here) && target.python() != here.python();
        let python = targets.iter().find(is_near)?.python();
        let version = |python: PythonVersion| (python.major(), python.minor());
        let (major, minor) = version(python);
        (version(here.python()) != (major, minor)).then(|| format!("{major}.{minor}"))
    }

    /// The metadata of an sdist: as it states it itself, else as its build gives it.
    fn sdist_metadata(&self, file: &DistFile) -> Known {
        if self.is_native_elsewhere(file) && !self.pinned.allows(&file.project) {
            return Err(error(IndexErrorKind::BadMetadata, NATIVE_ELSEWHERE.into()));
        }
        if let Some(reason) = self.tries.failed_too_often(&file.project) {
            return Err(error(IndexErrorKind::NotTried, reason));
        }
        let sdist = self.sdist(file)?;
        let name = sdist.file.clone();
        let builder = self.builder.ok_or_else(|| unbuilt(file))?;
        let source = builder.open(&sdist);
        let source = source.map_err(|error| self.failed(&name, &error))?;
        if let Some(stated) = stated(&source, file) {
            return Ok(Arc::new(stated));
        }
        let read = self.tries.read(file);
        let read = read.map_err(|reason| error(IndexErrorKind::NotTried, reason))?;
        if read.is_many {
            builder.say_it_goes_on(&file.project);
        }
        let text = builder.metadata(&source);
        let text = text.map_err(|error| self.failed(&name, &error))?;
        parsed(&text, file)
    }

    /// What an sdist requires that is not built for any of the targets, if its backend tells that without
    /// building a wheel.
    ///
    /// It is of no use for an answer, but tells which other packages would have no wheel either.
    pub fn metadata_elsewhere(&self, file: &DistFile) -> Known {
        let builder = self.builder.ok_or_else(|| unbuilt(file))?;
        let read = |error: &Error| FailedBuild::from(error).headline.into();
        let read = |failed: Error| error(IndexErrorKind::BadMetadata, read(&failed));
        let source = builder.open(&self.sdist(file)?).map_err(read)?;
        if let Some(stated) = stated(&source, file) {
            return Ok(Arc::new(stated));
        }
        match builder.prepared_alone(&source).map_err(read)? {
            Some(text) => parsed(&text, file),
            None => Err(error(IndexErrorKind::BadMetadata, NATIVE_ELSEWHERE.into())),
        }
    }

    /// Keeps the error in full, and gives what the resolver needs of it.
    fn failed(&self, name: &str, error: &Error) -> IndexError {
        let kind = match error.exit() {
            Exit::Network => IndexErrorKind::Failed,
            _ => IndexErrorKind::BadMetadata,
        };
        if let Some(builder) = self.builder {
            builder.report_failure(error);
        }
        let failure = FailedBuild::from(error);
        let message = failure.headline.as_str().into();
        self.tries.keep(name, failure);
        IndexError { kind, message }
    }
}

/// Whether a wheel is for the binary interface of an interpreter, on one platform.
///
/// One for any interpreter (`py3-none-PLATFORM`) may have no native code: those of watchdog for Linux only
/// name a platform since the ones for macOS must.
fn has_native_code(tags: &WheelTags) -> bool {
    tags.platforms().all(|platform| platform != "any") && tags.abis().all(|abi| abi != "none")
}

/// Whether all that keeps `targets` from a wheel built here is that their glibc is older than the one it
/// needs, whose minor version this is.
pub fn newer_glibc(built: &Built, targets: &[Target]) -> Option<u8> {
    let needed = built.wheel.glibc()?;
    let fits_newer = |target: &Target| {
        let newer = with_glibc(target, needed);
        newer.is_some_and(|newer| built.wheel.fits(&newer))
    };
    targets.iter().all(fits_newer).then_some(needed)
}

/// A target with another version of glibc 2.
pub fn with_glibc(target: &Target, minor: u8) -> Option<Target> {
    let environment = target.environment();
    let machine = environment.get(MarkerVariable::PlatformMachine)?;
    let spelled = target.to_string();
    let (_, python) = spelled.split_once('-')?;
    format!("manylinux_2_{minor}_{machine}-{python}")
        .parse()
        .ok()
}

fn unbuilt(file: &DistFile) -> IndexError {
    let message = format!("{} is not built", file.filename);
    error(IndexErrorKind::BadMetadata, message.into())
}

fn error(kind: IndexErrorKind, message: Arc<str>) -> IndexError {
    IndexError { kind, message }
}

/// The metadata that a build gave.
fn parsed(text: &str, file: &DistFile) -> Known {
    let read = read_metadata(text.as_bytes(), file);
    let metadata = read.map_err(|reason| {
        let name = &file.filename;
        let message = format!("building {name} gives the metadata of another package: {reason}");
        error(IndexErrorKind::BadMetadata, message.into())
    })?;
    Ok(Arc::new(metadata))
}

/// The metadata that an sdist states, if it is final.
fn stated(source: &Source, file: &DistFile) -> Option<CoreMetadata> {
    let archive = File::open(source.archive()).ok()?;
    read_sdist(&archive, file).ok()
}

impl IndexLayer for BuildingIndex<'_> {
    fn below(&self) -> &dyn Index {
        self.client
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        if file.wheel_tags().is_some() {
            return self.client.metadata(file);
        }
        if let Some(stated) = self.stated.iter().find_map(|entry| entry.of(file)) {
            return Ok(Arc::new(stated));
        }
        if !self.builds(&file.project) {
            return self.client.metadata(file);
        }
        let name = file.filename.to_string();
        if let Some(known) = lock(&self.known).get(&name) {
            return known.clone();
        }
        let metadata = self.sdist_metadata(file);
        lock(&self.known).insert(name, metadata.clone());
        metadata
    }

    fn takes_build(&self, file: &DistFile) -> bool {
        let is_stated = || self.stated.iter().any(|entry| entry.of(file).is_some());
        let is_known = || lock(&self.known).contains_key(&*file.filename);
        file.wheel_tags().is_none() && self.builds(&file.project) && !is_stated() && !is_known()
    }
}
