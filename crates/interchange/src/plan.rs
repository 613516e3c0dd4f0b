//! What a lock installs on several targets: pins with markers, as a strict file has them.

#![expect(
    clippy::result_large_err,
    reason = "an error ends the run, so its size costs nothing"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use harden_hasher::StrictFile;
use harden_packaging::{ExtraName, PackageName, Reference, Sha256};
use harden_requirements::{
    Admission, Chosen, Entry, Hash, HashAlgorithm, IndexChoice, Input, InputOptions, Inputs,
    Origin, Requirement,
};
use harden_target::{Environment, EnvironmentError, MarkerVariable, Target};
use pep440_rs::Version;

use crate::lock::{Lock, LockedFile, LockedPackage, Source};
use crate::select::Selection;
use crate::{Format, SelectError};

/// What to take of a lock, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The targets; at least one.
    pub targets: &'a [Target],
    /// The extras and groups that are installed beside what always is.
    pub chosen: &'a Chosen,
    /// Values for what the targets leave open.
    pub markers: &'a [(MarkerVariable, String)],
    /// The packages to leave out.
    pub excluded: &'a BTreeSet<PackageName>,
}

/// What a lock installs on targets.
#[derive(Debug, Clone)]
pub struct Plan<'l> {
    lock: &'l Lock,
    /// The pins, by name and version.
    pub pins: Vec<Planned>,
    /// Folders of the user's own, which no lock can pin.
    pub folders: Vec<&'l LockedPackage>,
    /// What the lock holds and no target needs, as far as it says.
    pub left: Vec<&'l LockedPackage>,
    /// What the packages of the lock require and it does not hold.
    pub missing: Vec<SelectError>,
}

/// One version of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// Where its one file is, if the lock names it by its place.
    pub reference: Option<Reference>,
    /// Its extras that are installed.
    pub extras: BTreeSet<ExtraName>,
    /// The marker that holds on just its targets; `None`: on all.
    pub marker: Option<String>,
    /// Its targets, by their places among those of the plan.
    pub targets: BTreeSet<usize>,
    /// The files that the lock lists.
    pub files: Vec<LockedFile>,
    /// The index that the lock names for it.
    pub index: Option<Box<str>>,
    /// The line of the lock that it stands on.
    pub line: usize,
}

/// Why a lock cannot be followed on targets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It does not say what it installs there.
    #[error("{target}: {source}")]
    Select {
        /// The target.
        target: Box<str>,
        /// Why.
        source: SelectError,
    },
    /// A value for a marker variable contradicts the target.
    #[error("{target}: {source}")]
    Marker {
        /// The target.
        target: Box<str>,
        /// Why.
        source: EnvironmentError,
    },
    /// The lock is not for the Python of a target.
    #[error("{file} is for Python {specifiers}, not for the Python of {target}")]
    OtherPython {
        /// The lock.
        file: String,
        /// What it is for.
        specifiers: String,
        /// The target.
        target: Box<str>,
    },
    /// A package that is not a file with a digest.
    #[error(
        "{place}: {name} comes from {from}, which has no file with a digest: build a wheel of it and \
         require that by its path, or leave it out with --exclude {name}"
    )]
    NoFile {
        /// Where it stands.
        place: String,
        /// The package.
        name: PackageName,
        /// Where it comes from.
        from: String,
    },
    /// A file that cannot be pinned.
    #[error("{place}: {name} comes from {from}: {reason}")]
    Reference {
        /// Where it stands.
        place: String,
        /// The package.
        name: PackageName,
        /// Where it comes from.
        from: String,
        /// Why not.
        reason: String,
    },
    /// Targets that need different versions, and that no marker tells apart.
    #[error(
        "{name} {version} is for {these} and not for {others}, and {reason}: make a file for each"
    )]
    NoMarker {
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
        /// A target that needs it.
        these: Box<str>,
        /// A target that does not.
        others: Box<str>,
        /// Why no marker tells them apart.
        reason: String,
    },
    /// A package without a SHA-256, so that nothing binds what is fetched.
    #[error(
        "{place}: the lock has no SHA-256 of {name} {version}: `harden import {file}` asks the index for it"
    )]
    NoDigest {
        /// Where it stands.
        place: String,
        /// The lock.
        file: String,
        /// The package.
        name: PackageName,
        /// Its version.
        version: Version,
    },
    /// A strict file that cannot be made of the lock.
    #[error("{file}: {reason}")]
    Strict {
        /// The lock.
        file: String,
        /// Why.
        reason: String,
    },
}

impl<'l> Plan<'l> {
    /// What `lock` installs.
    ///
    /// # Errors
    ///
    /// Returns all that keeps it from being followed.
    pub fn new(lock: &'l Lock, wish: &Wish<'_>) -> Result<Self, Vec<PlanError>> {
        let mut making = Making {
            lock,
            wish,
            parts: Vec::new(),
            found: BTreeMap::new(),
            plan: Self {
                lock,
                pins: Vec::new(),
                folders: Vec::new(),
                left: Vec::new(),
                missing: Vec::new(),
            },
            errors: Vec::new(),
        };
        for (place, target) in wish.targets.iter().enumerate() {
            making.add_target(place, target);
        }
        making.finish()
    }

    /// The lock.
    pub fn lock(&self) -> &'l Lock {
        self.lock
    }

    /// What is required, a requirement each pin, at the lines of the lock.
    pub fn inputs(&self) -> Result<Inputs, Vec<PlanError>> {
        let requirements = self.pins.iter().map(|pin| self.input(pin));
        Ok(Inputs {
            requirements: requirements
                .collect::<Result<_, _>>()
                .map_err(|error| vec![error])?,
            options: self.options(),
            ..Inputs::default()
        })
    }

    fn input(&self, pin: &Planned) -> Result<Input, PlanError> {
        let text = pin.requirement();
        let requirement: Requirement = text.parse().map_err(|error| PlanError::Strict {
            file: self.lock.file.clone(),
            reason: format!("{error}"),
        })?;
        let digests = pin.digests().unwrap_or_default();
        let hashes = digests.iter().map(|digest| Hash {
            algorithm: HashAlgorithm::Sha256,
            digest: digest.to_string().into(),
        });
        Ok(Input {
            entry: Entry::Named(requirement),
            hashes: hashes.collect(),
            origin: Arc::new(Origin {
                file: self.lock.file.as_str().into(),
                line: pin.line,
                included_from: None,
            }),
        })
    }

    /// The options of the lock, with the indexes that its packages come from. Where each of them comes
    /// from one, that is the index.
    pub fn options(&self) -> InputOptions {
        let mut options = self.lock.options.clone();
        let mut urls: Vec<Box<str>> = Vec::new();
        let mut is_elsewhere = false;
        for pin in self.pins.iter().filter(|pin| pin.reference.is_none()) {
            match &pin.index {
                Some(url) if !urls.contains(url) => urls.push(url.clone()),
                Some(_) => {}
                None => is_elsewhere = true,
            }
        }
        if self.lock.format == Format::Requirements || options.index != IndexChoice::Default {
            return options;
        }
        let mut urls = urls.into_iter();
        if !is_elsewhere && let Some(first) = urls.next() {
            options.index = IndexChoice::Url(first);
        }
        options.extra_index_urls.extend(urls);
        options
    }

    /// The index of each package for which the lock names one, where it names several.
    pub fn ties(&self) -> BTreeMap<PackageName, Box<str>> {
        let indexes: BTreeSet<_> = self.pins.iter().map(|pin| &pin.index).collect();
        if indexes.len() < 2 {
            return BTreeMap::new();
        }
        let pins = self.pins.iter();
        pins.filter_map(|pin| Some((pin.name.clone(), pin.index.clone()?)))
            .collect()
    }

    /// A strict file without a header: the pins with all digests that the lock has for them.
    ///
    /// # Errors
    ///
    /// Returns [`PlanError`] for each pin without a digest.
    pub fn strict(&self) -> Result<StrictFile, Vec<PlanError>> {
        let mut text = String::new();
        let mut errors = Vec::new();
        for pin in &self.pins {
            match pin.digests() {
                Some(digests) => pin.write(&digests, &mut text),
                None => errors.push(PlanError::NoDigest {
                    place: self.lock.place(pin.line),
                    file: self.lock.file.clone(),
                    name: pin.name.clone(),
                    version: pin.version.clone(),
                }),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        StrictFile::parse(&text, &self.lock.file).map_err(|error| {
            vec![PlanError::Strict {
                file: self.lock.file.clone(),
                reason: error.to_string(),
            }]
        })
    }
}

impl Planned {
    /// The requirement that pins it.
    pub fn requirement(&self) -> String {
        let mut text = self.name.to_string();
        if !self.extras.is_empty() {
            let extras: Vec<&str> = self.extras.iter().map(AsRef::as_ref).collect();
            let _ = write!(text, "[{}]", extras.join(","));
        }
        let _ = match &self.reference {
            Some(reference) => write!(text, " @ {}", reference.location()),
            None => write!(text, "=={}", self.version),
        };
        if let Some(marker) = &self.marker {
            let _ = write!(text, " ; {marker}");
        }
        text
    }

    /// The digests of its files; `None` where one of them has none, or there are no files, so that
    /// nothing is bound.
    pub fn digests(&self) -> Option<BTreeSet<Sha256>> {
        let digests = self.files.iter().map(|file| file.sha256);
        let digests: Option<BTreeSet<_>> = digests.collect();
        digests.filter(|digests| !digests.is_empty())
    }

    /// Writes it as a strict file has it.
    fn write(&self, digests: &BTreeSet<Sha256>, text: &mut String) {
        let pinned = match &self.reference {
            Some(reference) => reference.requirement(),
            None => format!("{}=={}", self.name, self.version),
        };
        text.push_str(&pinned);
        if let Some(marker) = &self.marker {
            let _ = write!(text, " ; {marker}");
        }
        for digest in digests {
            let _ = write!(text, " \\\n    --hash=sha256:{digest}");
        }
        text.push('\n');
        let names: Option<BTreeSet<&str>> =
            self.files.iter().map(|file| file.name.as_deref()).collect();
        for name in names.unwrap_or_default() {
            let _ = writeln!(text, "    # {name}");
        }
    }
}

/// What distinguishes pins.
type Key = (PackageName, Version, Option<Reference>);

/// A pin in the making: in which parts it is installed, with which extras.
struct Found<'l> {
    packages: Vec<&'l LockedPackage>,
    extras: BTreeSet<ExtraName>,
    parts: BTreeSet<usize>,
}

/// A plan in the making.
struct Making<'a, 'l> {
    lock: &'l Lock,
    wish: &'a Wish<'a>,
    /// The environments, each with the place of its target.
    parts: Vec<(usize, Environment)>,
    found: BTreeMap<Key, Found<'l>>,
    plan: Plan<'l>,
    errors: Vec<PlanError>,
}

impl<'l> Making<'_, 'l> {
    fn add_target(&mut self, place: usize, target: &Target) {
        let mut environment = target.environment();
        for (variable, value) in self.wish.markers {
            if let Err(source) = environment.set(*variable, value.clone()) {
                self.errors.push(PlanError::Marker {
                    target: target.to_string().into(),
                    source,
                });
                return;
            }
        }
        if let Some(python) = &self.lock.requires_python
            && python.admits(&environment) == Admission::None
        {
            self.errors.push(PlanError::OtherPython {
                file: self.lock.file.clone(),
                specifiers: python.to_string(),
                target: target.to_string().into(),
            });
            return;
        }
        let mut open = vec![environment];
        while let Some(environment) = open.pop() {
            match self.lock.select(target, &environment, self.wish.chosen) {
                Ok(selection) => self.add_part(place, environment, &selection),
                Err(SelectError::Split(patch)) => {
                    if let Some((below, above)) = environment.split_at_patch(patch) {
                        open.extend([above, below]);
                    }
                }
                Err(source) => {
                    // A fault on all targets is reported once.
                    let is_same = |known: &PlanError| matches!(known, PlanError::Select { source: known, .. } if *known == source);
                    if !self.errors.iter().any(is_same) {
                        self.errors.push(PlanError::Select {
                            target: target.to_string().into(),
                            source,
                        });
                    }
                    return;
                }
            }
        }
    }

    fn add_part(&mut self, place: usize, environment: Environment, selection: &Selection<'l>) {
        let part = self.parts.len();
        self.parts.push((place, environment));
        for missing in &selection.missing {
            if !self.plan.missing.contains(missing) {
                self.plan.missing.push(missing.clone());
            }
        }
        for left in &selection.left {
            if !self.plan.left.contains(left) {
                self.plan.left.push(left);
            }
        }
        for selected in &selection.packages {
            let package = selected.package;
            if self.wish.excluded.contains(&package.name) {
                continue;
            }
            match self.key(package) {
                Ok(Some(key)) => {
                    let found = self.found.entry(key).or_insert_with(|| Found {
                        packages: Vec::new(),
                        extras: BTreeSet::new(),
                        parts: BTreeSet::new(),
                    });
                    found.parts.insert(part);
                    found.extras.extend(selected.extras.iter().cloned());
                    if !found.packages.contains(&package) {
                        found.packages.push(package);
                    }
                }
                Ok(None) => {
                    if !self.plan.folders.contains(&package) {
                        self.plan.folders.push(package);
                    }
                }
                Err(error) => {
                    if !self.errors.contains(&error) {
                        self.errors.push(error);
                    }
                }
            }
        }
    }

    /// What a package is pinned to; `None` for a folder.
    fn key(&self, package: &LockedPackage) -> Result<Option<Key>, PlanError> {
        let place = || self.lock.place(package.line);
        let reference = match &package.source {
            Source::Folder(_) => return Ok(None),
            Source::Repository(_) => {
                return Err(PlanError::NoFile {
                    place: place(),
                    name: package.name.clone(),
                    from: package.source.to_string(),
                });
            }
            Source::File(location) => {
                let reference = location.parse::<Reference>();
                Some(reference.map_err(|error| PlanError::Reference {
                    place: place(),
                    name: package.name.clone(),
                    from: package.source.to_string(),
                    reason: error.to_string(),
                })?)
            }
            Source::Index(_) => None,
        };
        let of_file = reference
            .as_ref()
            .map(|reference| reference.file().version().clone());
        let version = of_file.or_else(|| package.version.clone());
        let Some(version) = version else {
            return Err(PlanError::NoFile {
                place: place(),
                name: package.name.clone(),
                from: package.source.to_string(),
            });
        };
        Ok(Some((package.name.clone(), version, reference)))
    }

    fn finish(mut self) -> Result<Plan<'l>, Vec<PlanError>> {
        for ((name, version, reference), found) in std::mem::take(&mut self.found) {
            let marker = match self.marker(&name, &version, &found.parts) {
                Ok(marker) => marker,
                Err(error) => {
                    self.errors.push(error);
                    continue;
                }
            };
            let first = found.packages[0];
            let mut files: Vec<LockedFile> = Vec::new();
            for file in found.packages.iter().flat_map(|package| &package.files) {
                if !files.contains(file) {
                    files.push(file.clone());
                }
            }
            let index = found
                .packages
                .iter()
                .find_map(|package| match &package.source {
                    Source::Index(url) => url.clone(),
                    _ => None,
                });
            self.plan.pins.push(Planned {
                name,
                version,
                reference,
                extras: found.extras,
                marker,
                targets: found.parts.iter().map(|part| self.parts[*part].0).collect(),
                files,
                index,
                line: first.line,
            });
        }
        // What one target needs is not left out.
        let pins = &self.plan.pins;
        let is_pinned = |package: &LockedPackage| pins.iter().any(|pin| pin.name == package.name);
        self.plan.left.retain(|package| !is_pinned(package));
        if self.errors.is_empty() {
            Ok(self.plan)
        } else {
            Err(self.errors)
        }
    }

    /// The marker that holds in just these parts.
    fn marker(
        &self,
        name: &PackageName,
        version: &Version,
        parts: &BTreeSet<usize>,
    ) -> Result<Option<String>, PlanError> {
        let (these, others): (Vec<usize>, Vec<usize>) =
            (0..self.parts.len()).partition(|part| parts.contains(part));
        let environments = |parts: &[usize]| -> Vec<&Environment> {
            parts.iter().map(|part| &self.parts[*part].1).collect()
        };
        Environment::tell_apart(&environments(&these), &environments(&others)).map_err(|error| {
            let (this, other) = error.pair();
            let target = |part: usize| self.wish.targets[self.parts[part].0].to_string().into();
            PlanError::NoMarker {
                name: name.clone(),
                version: version.clone(),
                these: target(these[this]),
                others: target(others[other]),
                reason: error.to_string(),
            }
        })
    }
}
