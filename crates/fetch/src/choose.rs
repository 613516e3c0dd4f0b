//! Which file of each pin each target installs.
//!
//! Names in pins and in the strict file's comments suffice; only pins without them need the index's
//! listing.

use std::collections::BTreeMap;

use harden_hasher::{StrictFile, StrictPin};
use harden_packaging::{DistKind, Index, PackageName, Release};
use harden_requirements::Truth;
use harden_target::Target;

use crate::file_name::PinnedFile;
use crate::{Failure, Lock, Place};

/// A file that the folder must have.
#[derive(Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) pin: &'a StrictPin,
    pub(crate) file: PinnedFile,
}

impl Wanted<'_> {
    /// Whether it is a wheel that was built from source, so that no index has it.
    pub(crate) fn is_built(&self) -> bool {
        let built = self.pin.built_from();
        built.is_some_and(|built| built.wheel == self.file.name)
    }
}

/// Chooses the files for all targets, by name; what cannot be chosen is a failure.
pub(crate) fn choose<'a>(lock: &Lock<'a>, index: &dyn Index) -> (Vec<Wanted<'a>>, Vec<Failure>) {
    let strict = lock.strict;
    index.prefetch_projects(&nameless(strict));
    let choice = Choice { lock, index };
    let mut wanted = BTreeMap::new();
    let mut failures = Vec::new();
    for pin in strict.pins() {
        match choice.for_pin(pin) {
            Ok(choices) => {
                for choice in choices {
                    match choice {
                        Ok(file) => {
                            wanted.insert(file.name.clone(), Wanted { pin, file });
                        }
                        Err(failure) => failures.push(failure),
                    }
                }
            }
            Err(failure) => failures.push(failure),
        }
    }
    (wanted.into_values().collect(), failures)
}

/// The packages whose files the strict file does not name.
fn nameless(strict: &StrictFile) -> Vec<PackageName> {
    let pins = strict.pins().iter();
    pins.filter(|pin| pin.files().is_empty() && pin.reference().is_none())
        .map(|pin| pin.name().clone())
        .collect()
}

/// The input for choosing files.
struct Choice<'a> {
    lock: &'a Lock<'a>,
    index: &'a dyn Index,
}

impl Choice<'_> {
    /// The file of a pin that each of its targets installs.
    fn for_pin(&self, pin: &StrictPin) -> Result<Vec<Result<PinnedFile, Failure>>, Failure> {
        let mut pinned_on = Vec::new();
        for target in self.lock.targets {
            if self.is_for(pin, target)? {
                pinned_on.push(target);
            }
        }
        if pinned_on.is_empty() {
            return Ok(Vec::new());
        }
        let files = self.files_of(pin, &pinned_on)?;
        let choice = |target: &Target| match best(&files, target) {
            Some(file) => Ok(file.clone()),
            None => Err(Failure::NothingFits {
                name: pin.name().clone(),
                version: pin.version().clone(),
                place: self.place(pin),
                target: target.to_string(),
                files: files.iter().map(|file| file.name.clone()).collect(),
            }),
        };
        Ok(pinned_on.into_iter().map(choice).collect())
    }

    /// Whether some interpreter of the target installs the pin.
    fn is_for(&self, pin: &StrictPin, target: &Target) -> Result<bool, Failure> {
        let Some(marker) = pin.marker() else {
            return Ok(true);
        };
        match marker.evaluate(&target.environment(), &[]) {
            Truth::True | Truth::Unknown(_) => Ok(true),
            Truth::False => Ok(false),
            Truth::Undefined(reason) => Err(Failure::Marker {
                name: pin.name().clone(),
                place: self.place(pin),
                reason,
            }),
        }
    }

    /// The files of a pin, by name: the one whose place it names; else as its comments say; else
    /// those at the index with its hashes.
    fn files_of(&self, pin: &StrictPin, targets: &[&Target]) -> Result<Vec<PinnedFile>, Failure> {
        let names: Vec<&str> = match pin.reference() {
            Some(reference) => vec![reference.file().as_str()],
            None => pin.files().iter().map(String::as_str).collect(),
        };
        if names.is_empty() {
            return self.files_by_hash(pin, targets);
        }
        let named = names.into_iter().map(|file| {
            PinnedFile::of(pin, file).ok_or_else(|| Failure::ForeignName {
                file: file.to_owned(),
                name: pin.name().clone(),
                version: pin.version().clone(),
                place: self.place(pin),
            })
        });
        named.collect()
    }

    /// The files at the index with the hashes of a pin.
    fn files_by_hash(
        &self,
        pin: &StrictPin,
        targets: &[&Target],
    ) -> Result<Vec<PinnedFile>, Failure> {
        let failed = |what: &str| {
            let what = what.to_owned();
            move |source| Failure::Index { what, source }
        };
        let project = self.index.project(pin.name());
        let project = project.map_err(failed(pin.name().as_str()))?;
        let releases = project.releases.iter();
        let listed: Vec<_> = releases
            .filter(|release| release.version == *pin.version())
            .flat_map(Release::files)
            .collect();
        let mut files = Vec::new();
        for file in &listed {
            let Some(pinned) = PinnedFile::of(pin, &file.filename) else {
                continue;
            };
            let digest = match file.sha256 {
                Some(digest) => digest,
                // Learning it takes a download, which is made only for a file that may be the answer.
                None if targets.iter().any(|target| fits(&pinned, target)) => {
                    self.index.sha256(file).map_err(failed(&file.filename))?
                }
                None => continue,
            };
            if pin.hashes().contains(&digest) {
                files.push(pinned);
            }
        }
        if files.is_empty() {
            return Err(Failure::NoSuchHash {
                name: pin.name().clone(),
                version: pin.version().clone(),
                place: self.place(pin),
                files: listed
                    .iter()
                    .map(|file| file.filename.to_string())
                    .collect(),
            });
        }
        Ok(files)
    }

    fn place(&self, pin: &StrictPin) -> Place {
        Place {
            file: self.lock.name.to_owned(),
            line: pin.line(),
        }
    }
}

fn fits(file: &PinnedFile, target: &Target) -> bool {
    match &file.kind {
        DistKind::Wheel(tags) => target.tags().rank(tags).is_some(),
        DistKind::Sdist => true,
    }
}

/// The wheel that ranks best on the target, else an sdist, which is built where it is installed.
fn best<'a>(files: &'a [PinnedFile], target: &Target) -> Option<&'a PinnedFile> {
    let ranked = files.iter().filter_map(|file| match &file.kind {
        DistKind::Wheel(tags) => Some((target.tags().rank(tags)?, file)),
        DistKind::Sdist => None,
    });
    let wheel = ranked.max_by(|(one, _), (other, _)| one.cmp(other));
    let sdist = || files.iter().find(|file| file.kind == DistKind::Sdist);
    wheel.map(|(_, file)| file).or_else(sdist)
}
