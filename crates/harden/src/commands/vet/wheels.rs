//! The wheels that `harden vet diff` compares: chosen from the strict file and the index, and fetched.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use harden_fetch::{Depth, FetchError, Lock, Request, fetch};
use harden_hasher::{StrictFile, StrictPin};
use harden_index::IndexClient;
use harden_packaging::{DistFile, DistKind, Index, PackageName, Release, Sha256, Yanked};
use harden_requirements::Truth;
use harden_target::{Target, WheelFilename};
use harden_vet::{WheelContents, WheelReadError};
use pep440_rs::Version;

use crate::report::progress::Fetching;
use crate::report::{Error, Exit, Report, Terminal};

/// Why wheels cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum WheelsError {
    /// Nothing is newer.
    #[error("{0} {1} is pinned, and the index has no newer release with a wheel for {2}")]
    Newest(PackageName, Version, Target),
    /// There is no such release.
    #[error("the index has no release {1} of {0} with a wheel for {2}")]
    NoWheel(PackageName, Version, Target),
    /// The pin has no wheel.
    #[error("the strict file has no wheel of {0} {1} for {2}")]
    NoPinnedWheel(PackageName, Version, Target),
    /// The pin is not one of an index.
    #[error("{0} comes from a URL, a path or a repository, not from an index")]
    NotOfIndex(PackageName),
    /// Both are the same.
    #[error("both are {0} {1}")]
    Same(PackageName, Version),
    /// A wheel cannot be read.
    #[error("cannot read {0}")]
    Unreadable(String, #[source] WheelReadError),
}

impl Report for WheelsError {
    fn exit(&self) -> Exit {
        match self {
            Self::Newest(..) | Self::NoWheel(..) | Self::Unreadable(..) => Exit::No,
            Self::NoPinnedWheel(..) | Self::NotOfIndex(_) | Self::Same(..) => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Newest(..) => {
                "--from VERSION compares the pinned wheel with that of an older release"
            }
            Self::Same(..) => "name another version with --from or --to",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// The wheel of a release, by the names and digests of those that it may be.
pub struct Candidates {
    /// The version.
    pub version: Version,
    wheels: Vec<(String, Sha256)>,
}

/// A wheel that was fetched.
pub struct Wheel {
    /// Its file name.
    pub filename: String,
    /// Its content.
    pub contents: WheelContents,
}

/// Where wheels are looked for.
pub struct Source<'a> {
    /// The package.
    pub name: &'a PackageName,
    /// The target whose wheels count.
    pub target: &'a Target,
    /// The client of the index.
    pub client: &'a IndexClient,
    /// The cache, if there is one.
    pub cache_dir: Option<&'a Path>,
    /// The wheelhouse.
    pub wheelhouse: &'a Path,
    /// The terminal.
    pub terminal: Terminal,
}

impl Source<'_> {
    /// The pin of the package that the target installs.
    pub fn pin<'s>(&self, strict: &'s StrictFile) -> Result<&'s StrictPin, Error> {
        let is_for = |pin: &&StrictPin| {
            let marker = pin.marker();
            marker.is_none_or(|marker| {
                let outcome = marker.evaluate(&self.target.environment(), &[]);
                matches!(outcome, Truth::True | Truth::Unknown(_))
            })
        };
        let mut pins = strict.pins().iter().filter(|pin| pin.name() == self.name);
        let pin = pins.clone().find(is_for).or_else(|| pins.next());
        match pin {
            Some(pin) if pin.reference().is_none() && pin.repository().is_none() => Ok(pin),
            _ => Err(WheelsError::NotOfIndex(self.name.clone()).into()),
        }
    }

    /// The wheels of a version: the pinned ones, else those of the index.
    pub fn of_version(&self, version: &Version, pin: &StrictPin) -> Result<Candidates, Error> {
        if version == pin.version() {
            return self.pinned(pin);
        }
        let project = self.client.project(self.name)?;
        let mut releases = project.releases.iter();
        let release = releases.find(|release| release.version == *version);
        let release = release.and_then(|release| self.candidates(release));
        release.ok_or_else(|| {
            let (name, target) = (self.name.clone(), self.target.clone());
            WheelsError::NoWheel(name, version.clone(), target).into()
        })
    }

    /// The wheels of the newest release that the target can install and that is newer than the pin: a stable
    /// one, unless the pin is none.
    pub fn newest(&self, pin: &StrictPin) -> Result<Candidates, Error> {
        let project = self.client.project(self.name)?;
        let newer = project.releases.iter().filter(|release| {
            let is_stable = !release.version.any_prerelease();
            release.version > *pin.version() && (is_stable || pin.version().any_prerelease())
        });
        let mut newer = newer.filter_map(|release| self.candidates(release));
        newer.next().ok_or_else(|| {
            let (name, target) = (self.name.clone(), self.target.clone());
            WheelsError::Newest(name, pin.version().clone(), target).into()
        })
    }

    fn pinned(&self, pin: &StrictPin) -> Result<Candidates, Error> {
        let files: Vec<&String> = pin.files().iter().collect();
        let hashes: Vec<&Sha256> = pin.hashes().iter().collect();
        // A file of which the strict file says both needs no index.
        if let ([file], [digest]) = (&files[..], &hashes[..])
            && file.parse::<WheelFilename>().is_ok()
        {
            return Ok(Candidates {
                version: pin.version().clone(),
                wheels: vec![((*file).clone(), **digest)],
            });
        }
        let project = self.client.project(self.name)?;
        let mut releases = project.releases.iter();
        let release = releases.find(|release| release.version == *pin.version());
        let mut candidates = release.and_then(|release| self.candidates(release));
        if let Some(candidates) = &mut candidates {
            let is_pinned = |(_, digest): &(String, Sha256)| pin.hashes().contains(digest);
            candidates.wheels.retain(is_pinned);
        }
        let candidates = candidates.filter(|candidates| !candidates.wheels.is_empty());
        candidates.ok_or_else(|| {
            let (name, target) = (self.name.clone(), self.target.clone());
            WheelsError::NoPinnedWheel(name, pin.version().clone(), target).into()
        })
    }

    /// The wheels of a release that the target can install and that are not yanked.
    fn candidates(&self, release: &Release) -> Option<Candidates> {
        let fits = |file: &DistFile| match &file.kind {
            DistKind::Wheel(tags) => self.target.tags().rank(tags).is_some(),
            DistKind::Sdist => false,
        };
        let files = release.files().iter();
        let files = files.filter(|file| fits(file) && file.yanked == Yanked::No);
        let wheels = files.filter_map(|file| Some((file.filename.to_string(), file.sha256?)));
        let wheels: Vec<_> = wheels.collect();
        (!wheels.is_empty()).then(|| Candidates {
            version: release.version.clone(),
            wheels,
        })
    }

    /// Brings the wheel that ranks best on the target, from the wheelhouse, the cache or the index.
    pub fn fetch(&self, candidates: &Candidates) -> Result<Wheel, Error> {
        let strict = self.strict(candidates);
        let folder =
            tempfile::tempdir().map_err(|error| Error::write(std::env::temp_dir(), error))?;
        for (filename, _) in &candidates.wheels {
            let there = self.wheelhouse.join(filename);
            if there.is_file() {
                // Whether it is the right one is seen when it is hashed.
                let _ = fs::copy(there, folder.path().join(filename));
            }
        }
        let targets = [self.target.clone()];
        let request = Request {
            lock: Lock {
                strict: &strict,
                name: "the index",
                targets: &targets,
            },
            folder: folder.path(),
            cache_dir: self.cache_dir,
            mirror: None,
            concurrency: 1,
            depth: Depth::Contents,
            admission: &(),
        };
        let progress = Fetching::new(self.terminal);
        let fetched: Result<_, FetchError> = fetch(&request, self.client, &progress);
        progress.finish();
        fetched?;
        self.read(candidates, folder.path())
    }

    fn read(&self, candidates: &Candidates, folder: &Path) -> Result<Wheel, Error> {
        let ranked = candidates.wheels.iter().filter_map(|(filename, _)| {
            let tags = filename.parse::<WheelFilename>().ok()?.tags;
            Some((self.target.tags().rank(&tags)?, filename))
        });
        let best = ranked.max_by(|(one, _), (other, _)| one.cmp(other));
        let Some((_, filename)) = best else {
            let (name, version) = (self.name.clone(), candidates.version.clone());
            return Err(WheelsError::NoWheel(name, version, self.target.clone()).into());
        };
        let path: PathBuf = folder.join(filename);
        let file = fs::File::open(&path).map_err(|error| Error::read(path, error))?;
        let contents = WheelContents::read(file);
        let contents = contents.map_err(|why| WheelsError::Unreadable(filename.clone(), why))?;
        Ok(Wheel {
            filename: filename.clone(),
            contents,
        })
    }

    /// A strict file with these wheels alone.
    fn strict(&self, candidates: &Candidates) -> StrictFile {
        let mut text = format!("{}=={}", self.name, candidates.version);
        for (_, digest) in &candidates.wheels {
            let _ = write!(text, " \\\n    --hash=sha256:{digest}");
        }
        for (filename, _) in &candidates.wheels {
            let _ = write!(text, "\n    # {filename}");
        }
        text += "\n";
        StrictFile::parse(&text, "the wheels").expect("names, versions and digests are well-formed")
    }
}
