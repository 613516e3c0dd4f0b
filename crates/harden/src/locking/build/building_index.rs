//! An index that builds sdists to read their metadata.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::sync::{Arc, Mutex};

use harden_fetch::build::{SdistFile, Source};
use harden_index::{IndexClient, read_metadata, read_sdist};
use harden_packaging::{
    CoreMetadata, DistFile, DistFilename, Index, IndexError, IndexErrorKind, IndexLayer,
    PackageName, Pin, Release,
};
use harden_resolver::AllowSdist;
use harden_target::{MarkerVariable, PythonVersion, Target};

use super::builder::{Builder, lock};
use super::built::Built;
use super::error::FailedBuild;
use crate::report::{Error, Exit};
use crate::settings::args::StatedMetadata;
use crate::settings::interpreter::is_alike;

/// After this many failed builds of a package, its other releases are not built.
///
/// A failure costs a build, up to minutes for native code, and mostly has a cause that older releases
/// share: a missing library, a removed Python module. Without a limit, a lock of psycopg-c on a machine
/// without libpq builds each of its 40 releases in turn.
const MOST_FAILURES: usize = 2;

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
    /// Why builds failed, in full, by file name.
    failures: Mutex<BTreeMap<String, FailedBuild>>,
}

impl<'a> BuildingIndex<'a> {
    /// `client` with builds of the sdists of `allowed`, for `targets`, or if there are none for this
    /// machine alone. Those of `pinned` may be pinned without a wheel.
    pub fn new(
        client: &'a IndexClient,
        builder: Option<&'a Builder<'a>>,
        stated: &'a [StatedMetadata],
        (allowed, pinned): (AllowSdist, AllowSdist),
        targets: &[Target],
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
            failures: Mutex::default(),
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
        let failed = lock(&self.failures).get(&name).cloned();
        let built = if let Some(failure) = failed {
            Err(failure.headline.into())
        } else if self.is_native_elsewhere(file) {
            Err(
                "all wheels of the release have native code, and no target is like this machine"
                    .into(),
            )
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
        wheels.peek().is_some()
            && wheels.all(|tags| tags.platforms().all(|platform| platform != "any"))
    }

    /// Why builds failed, in the order of the file names.
    pub fn failures(&self) -> Vec<FailedBuild> {
        lock(&self.failures).values().cloned().collect()
    }

    /// Why the build of an sdist failed.
    pub fn failure(&self, file: &DistFile) -> FailedBuild {
        let known = lock(&self.failures)
            .get(&*file.filename.to_string())
            .cloned();
        known.unwrap_or_default()
    }

    fn sdist(&self, file: &DistFile) -> Result<SdistFile, IndexError> {
        Ok(SdistFile {
            file: file.filename.to_string(),
            name: file.project.clone(),
            version: file.version.clone(),
            sha256: self.client.sha256(file)?,
        })
    }

    /// The number of failed builds of a package.
    fn failures_of(&self, name: &PackageName) -> usize {
        let failures = lock(&self.failures);
        let files = failures.keys().filter_map(|file| file.parse().ok());
        files
            .filter(|file: &DistFilename| file.name() == name)
            .count()
    }

    /// The warning that a wheel's requirements were computed for this machine, where `targets` differ
    /// from it.
    pub fn host_warning(&self, built: &Built, pin: &Pin, targets: &[&Target]) -> Option<String> {
        let here = self.builder?.target();
        let differs = |target: &&&Target| {
            target.python() != here.python() || target.platform() != here.platform()
        };
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
        let sdist = self.sdist(file)?;
        let name = sdist.file.clone();
        if self.failures_of(&file.project) >= MOST_FAILURES {
            return Err(IndexError {
                kind: IndexErrorKind::BadMetadata,
                message: format!("it is not built: {MOST_FAILURES} builds of the package failed")
                    .into(),
            });
        }
        let builder = self.builder.ok_or_else(|| unbuilt(file))?;
        let source = builder.open(&sdist);
        let source = source.map_err(|error| self.failed(&name, &error))?;
        if let Some(stated) = stated(&source, file) {
            return Ok(Arc::new(stated));
        }
        let text = if self.is_native_elsewhere(file) && !self.pinned.allows(&file.project) {
            let prepared = builder.prepared_alone(&source);
            let prepared = prepared.map_err(|error| self.failed(&name, &error))?;
            prepared.ok_or_else(|| IndexError {
                kind: IndexErrorKind::BadMetadata,
                message: "only a build of its native code tells what it requires".into(),
            })?
        } else {
            let text = builder.metadata(&source);
            text.map_err(|error| self.failed(&name, &error))?
        };
        let metadata = read_metadata(text.as_bytes(), file).map_err(|reason| IndexError {
            kind: IndexErrorKind::BadMetadata,
            message: format!("building {name} gives the metadata of another package: {reason}")
                .into(),
        })?;
        Ok(Arc::new(metadata))
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
        lock(&self.failures).insert(name.to_owned(), failure);
        IndexError { kind, message }
    }
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
    IndexError {
        kind: IndexErrorKind::BadMetadata,
        message: format!("{} is not built", file.filename).into(),
    }
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
}
