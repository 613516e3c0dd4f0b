//! An sdist on its way to become a wheel, in a temporary folder of its own.

use std::cell::Cell;
use std::io;
use std::path::Path;

use harden_packaging::Sha256;
use harden_requirements::Requirement;
use tempfile::{Builder, TempDir};

use super::build_system::BuildSystem;
use super::unpack::{Unpacked, unpack};
use super::{BuildError, Downloads, Environment, Interpreter, Sdist};
use crate::Lock;

/// The earliest moment that a zip can name, 1980-01-01, in seconds since 1970.
const EARLIEST: u64 = 315_532_800;
/// The last moment that a zip can name, in seconds since 1970.
const LATEST: u64 = 4_354_819_198;

/// An sdist, fetched and read. Its folder goes with it.
#[derive(Debug)]
pub struct Source<'a> {
    sdist: &'a Sdist<'a>,
    sha256: Sha256,
    system: BuildSystem,
    epoch: u64,
    /// How many environments were made, each in a folder of its own.
    environments: Cell<u32>,
    folder: TempDir,
}

impl<'a> Source<'a> {
    /// Fetches an sdist, which verifies it, unpacks it and reads how it is built.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where it cannot be had or is no sdist.
    pub fn open(sdist: &'a Sdist<'a>, downloads: &Downloads<'_>) -> Result<Self, BuildError> {
        let folder = make_folder(sdist.file());
        let folder = folder.map_err(BuildError::io("make a folder in", std::env::temp_dir()))?;
        let sha256 = sdist.fetch(&folder.path().join("sdist"), downloads)?;
        let unpacked = unpacked(folder.path(), "source", sdist.file())?;
        let system = BuildSystem::read(&unpacked.root).map_err(|reason| BuildError::System {
            sdist: sdist.file().to_owned(),
            reason,
        })?;
        Ok(Self {
            sdist,
            sha256,
            system,
            epoch: unpacked.newest.clamp(EARLIEST, LATEST),
            environments: Cell::new(0),
            folder,
        })
    }

    /// What it says itself that it needs to be built.
    pub fn requires(&self) -> &[Requirement] {
        &self.system.requires
    }

    /// The digest of the sdist.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
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
    ) -> Result<Environment<'_>, BuildError> {
        let number = self.environments.replace(self.environments.get() + 1);
        let folder = self.folder.path().join(number.to_string());
        downloads.fetch(pins, &folder.join("wheels"))?;
        // Asking the backend may have left something in the other one.
        let to = Path::new(&number.to_string()).join("source");
        let unpacked = unpacked(self.folder.path(), to, self.sdist.file())?;
        Environment::make(self, python, pins.strict, &folder, unpacked.root)
    }

    pub(super) fn sdist(&self) -> &Sdist<'a> {
        self.sdist
    }

    pub(super) fn system(&self) -> &BuildSystem {
        &self.system
    }

    /// `SOURCE_DATE_EPOCH`: when the newest member of the sdist was made, as far as a zip can say
    /// it, so that the wheel depends on the sdist alone.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }
}

/// Makes a folder to build an sdist in: the same one each time, for compilers write down where it
/// was; another one where that is there, as another run's may be.
fn make_folder(file: &str) -> io::Result<TempDir> {
    let prefix = format!("harden-build-{file}");
    let same = Builder::new().prefix(&prefix).rand_bytes(0).tempdir();
    same.or_else(|_| Builder::new().prefix(&prefix).tempdir())
}

/// Unpacks the sdist in the folder of a source.
fn unpacked(folder: &Path, to: impl AsRef<Path>, file: &str) -> Result<Unpacked, BuildError> {
    let sdist = folder.join("sdist").join(file);
    unpack(&sdist, &folder.join(to)).map_err(|fault| BuildError::Unpack {
        sdist: file.to_owned(),
        reason: fault.to_string(),
    })
}
