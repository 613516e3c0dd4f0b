//! The builds that a lock needs: pins for which some target has no wheel.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use harden_hasher::{Built, BuiltFrom, StrictPin};
use harden_index::IndexClient;
use harden_packaging::{DistKind, Sha256};
use harden_target::Target;

use super::{BuildError, BuiltWheel, Downloads, container_command};
use crate::check::offline;
use crate::choose::choose;
use crate::folder::Folder;
use crate::hash::hash;
use crate::store::Store;
use crate::{FetchError, Lock, Mirror, Summary};

/// An sdist that some targets would have to build.
#[derive(Debug)]
pub struct Sdist<'a> {
    lock: Lock<'a>,
    pin: &'a StrictPin,
    file: String,
    targets: Vec<Target>,
    /// The wheels that the pin has for other targets.
    others: BTreeSet<String>,
}

/// The sdists that targets of a lock would have to build, in the order of the strict file.
///
/// # Errors
///
/// Returns [`FetchError`] with the pins that no file could be chosen for.
pub fn sdists<'a>(lock: &Lock<'a>, client: &IndexClient) -> Result<Vec<Sdist<'a>>, FetchError> {
    let mut sdists: BTreeMap<usize, Sdist<'a>> = BTreeMap::new();
    let mut wheels: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for target in lock.targets {
        let targets = std::slice::from_ref(target);
        let (wanted, failures) = choose(&Lock { targets, ..*lock }, client);
        if !failures.is_empty() {
            let summary = Summary::default();
            return Err(FetchError { failures, summary });
        }
        for wanted in wanted {
            let line = wanted.pin.line();
            if wanted.file.kind != DistKind::Sdist {
                wheels.entry(line).or_default().insert(wanted.file.name);
                continue;
            }
            let sdist = sdists.entry(line).or_insert_with(|| Sdist {
                lock: *lock,
                pin: wanted.pin,
                file: wanted.file.name,
                targets: Vec::new(),
                others: BTreeSet::new(),
            });
            sdist.targets.push(target.clone());
        }
    }
    for (line, sdist) in &mut sdists {
        sdist.others = wheels.remove(line).unwrap_or_default();
    }
    Ok(sdists.into_values().collect())
}

/// The wheels that a lock records as built and that neither `folder`, the cache in `cache_dir` nor
/// `mirror` has.
///
/// # Errors
///
/// Returns [`FetchError`] with the pins that no file could be chosen for, or the mirror's failure.
pub fn missing_wheels<'a>(
    lock: &Lock<'a>,
    folder: &Path,
    cache_dir: Option<&Path>,
    mirror: Option<&Mirror>,
) -> Result<Vec<&'a BuiltFrom>, FetchError> {
    let strict = lock.strict.only(|pin| pin.built_from().is_some());
    let client = offline(folder)?;
    let (wanted, failures) = choose(
        &Lock {
            strict: &strict,
            ..*lock
        },
        &client,
    );
    if !failures.is_empty() {
        let summary = Summary::default();
        return Err(FetchError { failures, summary });
    }
    let (folder, store) = (Folder::at(folder), cache_dir.and_then(Store::open));
    let mut missing = Vec::new();
    for wanted in wanted.iter().filter(|wanted| wanted.is_built()) {
        let name = &wanted.file.name;
        let digest = folder.digest(name).map_err(FetchError::one)?;
        let is_kept = |store: &Store| {
            let mut hashes = wanted.pin.hashes().iter();
            hashes.any(|digest| store.size(*digest, name).is_some())
        };
        let is_here = digest.is_some_and(|digest| wanted.pin.hashes().contains(&digest))
            || store.as_ref().is_some_and(is_kept);
        if is_here {
            continue;
        }
        let mirrored = mirror.map(|mirror| mirror.size(name)).transpose();
        if mirrored
            .map_err(|error| FetchError::one(error.into()))?
            .flatten()
            .is_none()
        {
            missing.push(wanted.pin.line());
        }
    }
    let pins = lock.strict.pins().iter();
    let missing = pins.filter(|pin| missing.contains(&pin.line()));
    Ok(missing.filter_map(StrictPin::built_from).collect())
}

/// Removes an sdist from a wheelhouse that has the wheel built from it, so that installers do not use it;
/// another file of its name stays.
///
/// # Errors
///
/// Returns [`FetchError`] where it cannot be read or removed.
pub fn remove_sdist(from: &BuiltFrom, folder: &Path) -> Result<(), FetchError> {
    let Some((sdist, sha256)) = from.sdist() else {
        return Ok(());
    };
    let folder = Folder::at(folder);
    let removed = folder.digest(sdist).and_then(|digest| {
        if digest == Some(sha256) {
            folder.remove(sdist)?;
        }
        Ok(())
    });
    removed.map_err(FetchError::one)
}

impl Sdist<'_> {
    /// Its name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The targets that have no wheel of it.
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Its pin.
    pub fn pin(&self) -> &StrictPin {
        self.pin
    }

    /// Refuses a wheel that a target which has no other does not take.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError::Foreign`] with that target.
    pub fn accept(&self, wheel: &BuiltWheel) -> Result<(), BuildError> {
        let refusing = self.targets.iter().find(|target| !wheel.fits(target));
        match refusing {
            None => Ok(()),
            Some(target) => Err(BuildError::Foreign {
                sdist: self.file.clone(),
                wheel: wheel.file().to_owned(),
                target: target.to_string(),
                container: container_command(target, self.lock.name),
            }),
        }
    }

    /// Its pin with the wheel that `from` describes in place of the sdist.
    pub fn built(&self, from: BuiltFrom) -> Built {
        Built::new(self.pin, from, &self.others)
    }

    /// Fetches it into a folder; its digest.
    pub(super) fn fetch(
        &self,
        folder: &Path,
        downloads: &Downloads<'_>,
    ) -> Result<Sha256, BuildError> {
        let strict = self.lock.strict.only(|pin| pin.line() == self.pin.line());
        let lock = Lock {
            strict: &strict,
            name: self.lock.name,
            targets: &self.targets,
        };
        downloads.fetch(lock, folder)?;
        let path = folder.join(&self.file);
        let hashed = std::fs::File::open(&path).and_then(|mut file| hash(&mut file));
        let (digest, _) = hashed.map_err(BuildError::io("read", path))?;
        Ok(digest)
    }
}
