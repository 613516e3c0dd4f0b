//! The build of one source: unpacked and read in its own temporary folder, ready to become a wheel.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};

use harden_hasher::BuildOrigin;
use harden_packaging::{PackageName, Sha256};
use harden_requirements::Requirement;
use pep440_rs::Version;

use super::build_system::BuildSystem;
use super::sandbox::BuildFolder;
use super::unpack::{Unpacked, unpack};
use super::{BuildError, Downloads, Environment, Interpreter, Sdist, SdistFile, Templates};
use crate::Lock;

/// The earliest moment that a zip can name, 1980-01-01, in seconds since 1970.
const EARLIEST: u64 = 315_532_800;
/// The last moment that a zip can name, in seconds since 1970.
const LATEST: u64 = 4_354_819_198;

/// What setup code looks at to decide by the machine that it runs on.
const HOST_WORDS: [&str; 5] = [
    "sys.platform",
    "sys.version",
    "platform.",
    "os.name",
    "sys.maxsize",
];

/// An sdist, fetched, verified and read. Its folder goes with it.
#[derive(Debug)]
pub struct Source {
    sdist: SdistFile,
    archive: PathBuf,
    system: BuildSystem,
    epoch: u64,
    reads_host: bool,
    /// The number of environments so far, each in a folder of its own.
    environments: Cell<u32>,
    folder: BuildFolder,
}

impl Source {
    /// Fetches an sdist by name and digest, unpacks it and reads how it is built.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where it cannot be fetched, unpacked or read.
    pub fn sdist(sdist: &SdistFile, downloads: &Downloads<'_>) -> Result<Self, BuildError> {
        let folder = build_folder()?;
        sdist.fetch(&folder.path().join("sdist"), downloads)?;
        Self::read(folder, sdist.clone())
    }

    /// Fetches the sdist of a strict file, unpacks it and reads how it is built.
    ///
    /// # Errors
    ///
    /// As [`Self::sdist`].
    pub fn open(sdist: &Sdist<'_>, downloads: &Downloads<'_>) -> Result<Self, BuildError> {
        let folder = build_folder()?;
        let sha256 = sdist.fetch(&folder.path().join("sdist"), downloads)?;
        let sdist = SdistFile {
            file: sdist.file().to_owned(),
            name: sdist.pin().name().clone(),
            version: sdist.pin().version().clone(),
            sha256,
        };
        Self::read(folder, sdist)
    }

    fn read(folder: BuildFolder, sdist: SdistFile) -> Result<Self, BuildError> {
        let archive = folder.path().join("sdist").join(&sdist.file);
        let unpacked = unpacked(&archive, &folder.path().join("source"))?;
        let system = BuildSystem::read(&unpacked.root).map_err(|reason| BuildError::System {
            sdist: sdist.file.clone(),
            reason,
        })?;
        Ok(Self {
            reads_host: reads_host(&unpacked.root),
            sdist,
            archive,
            system,
            epoch: unpacked.newest.clamp(EARLIEST, LATEST),
            environments: Cell::new(0),
            folder,
        })
    }

    /// What to call it in messages.
    pub fn label(&self) -> &str {
        &self.sdist.file
    }

    /// The build requirements that its `pyproject.toml` names.
    pub fn requires(&self) -> &[Requirement] {
        &self.system.requires
    }

    /// Its digest.
    pub fn sha256(&self) -> Sha256 {
        self.sdist.sha256
    }

    /// The archive that it comes from.
    pub fn archive(&self) -> &Path {
        &self.archive
    }

    /// What to record as the origin of its wheel.
    pub fn origin(&self) -> BuildOrigin {
        BuildOrigin::Sdist {
            file: self.sdist.file.clone(),
            sha256: self.sdist.sha256,
        }
    }

    /// Whether its `setup.py` looks at the machine that it runs on, so that its requirements may
    /// differ elsewhere.
    pub fn reads_host(&self) -> bool {
        self.reads_host
    }

    /// Makes an environment that holds `pins`, which are for the interpreter, and nothing else.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where it cannot be made.
    pub fn prepare(
        &self,
        python: &Interpreter,
        pins: Lock<'_>,
        downloads: &Downloads<'_>,
        templates: &Templates,
    ) -> Result<Environment<'_>, BuildError> {
        let number = self.environments.replace(self.environments.get() + 1);
        let folder = self.folder.path().join(number.to_string());
        // Hooks that ran in another environment may have left files in its copy.
        let unpacked = unpacked(&self.archive, &folder.join("source"))?;
        let environment = Environment::new(self, python, &folder, unpacked.root);
        if templates.copy(pins.strict, &environment.installed())? {
            return Ok(environment);
        }
        downloads.fetch(pins, &folder.join("wheels"))?;
        environment.set_up(pins.strict)?;
        if python.sandbox().hides_paths() {
            templates.keep(pins.strict, &environment.installed())?;
        }
        Ok(environment)
    }

    pub(super) fn name(&self) -> &PackageName {
        &self.sdist.name
    }

    pub(super) fn version(&self) -> &Version {
        &self.sdist.version
    }

    pub(super) fn system(&self) -> &BuildSystem {
        &self.system
    }

    /// `SOURCE_DATE_EPOCH`: the time of the newest member of the sdist, as far as a zip can state
    /// it, so that the wheel depends on the sdist alone.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }
}

fn build_folder() -> Result<BuildFolder, BuildError> {
    BuildFolder::new().map_err(BuildError::io("make a folder in", std::env::temp_dir()))
}

fn unpacked(archive: &Path, to: &Path) -> Result<Unpacked, BuildError> {
    unpack(archive, to).map_err(|error| BuildError::Unpack {
        sdist: archive
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        reason: error.to_string(),
    })
}

/// Whether the `setup.py` in `root` names requirements and looks at the machine.
fn reads_host(root: &Path) -> bool {
    let setup = fs::read(root.join("setup.py")).unwrap_or_default();
    let setup = String::from_utf8_lossy(&setup);
    setup.contains("install_requires") && HOST_WORDS.iter().any(|word| setup.contains(word))
}
