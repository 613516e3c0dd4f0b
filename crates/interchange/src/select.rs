//! What a lock installs in one environment.

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::{DistFilename, DistKind, ExtraName, PackageName};
use harden_requirements::{Chosen, Marker, Open, Truth};
use harden_target::{Environment, MarkerVariable, Target};

use crate::lock::{Edge, Lock, LockedPackage, Presence, Roots, Source, When};
use crate::read::{all_extras, conflict_names};
use crate::{Format, SelectError};

/// What a lock installs in an environment.
#[derive(Debug, Clone, Default)]
pub struct Selection<'l> {
    /// The packages, in the order of the lock; no two of the same name differ in version.
    pub packages: Vec<Selected<'l>>,
    /// What its packages require and it does not hold.
    pub missing: Vec<SelectError>,
    /// What only other environments require, as far as it says.
    pub left: Vec<&'l LockedPackage>,
}

/// A package that is installed.
#[derive(Debug, Clone)]
pub struct Selected<'l> {
    /// The package.
    pub package: &'l LockedPackage,
    /// With these extras.
    pub extras: BTreeSet<ExtraName>,
}

impl Lock {
    /// What is installed in `environment`, which is one of `target`, with these extras and groups.
    ///
    /// # Errors
    ///
    /// Returns [`SelectError`] where the lock does not say so, and [`SelectError::Split`] where the
    /// environment has to be split first.
    pub fn select(
        &self,
        target: &Target,
        environment: &Environment,
        chosen: &Chosen,
    ) -> Result<Selection<'_>, SelectError> {
        self.refuse_unknown(chosen)?;
        let choosing = Choosing {
            lock: self,
            environment,
            chosen: self.all_chosen(chosen),
            groups: self.all_groups(chosen),
            wanted: chosen,
        };
        choosing.refuse_other_environments()?;
        let possible = choosing.possible(target)?;
        let selection = match &self.roots {
            Roots::Listed => listed(self, &possible),
            Roots::Named(roots) => Walk::new(&choosing, &possible).with_roots(roots)?,
            Roots::Unrecorded => unrecorded(&choosing, &possible)?,
        };
        refuse_two_versions(self, &selection)?;
        Ok(selection)
    }

    /// What it leaves unsaid, and what is made of that.
    pub fn caveat(&self) -> Option<&'static str> {
        match (self.format, &self.roots) {
            (Format::Poetry, Roots::Unrecorded) => Some(
                "it records neither dependency groups nor what the project requires, as locks of \
                 Poetry 2 do: all its packages are used except those that nothing requires on a target",
            ),
            (Format::Pdm, Roots::Unrecorded) => Some(
                "it was made without the strategy `inherit_metadata`, so it records neither groups nor \
                 markers: all its packages are used except those that nothing requires on a target",
            ),
            (Format::CondaLock, _) => Some("packages that conda installs are left out"),
            _ => None,
        }
    }

    fn refuse_unknown(&self, chosen: &Chosen) -> Result<(), SelectError> {
        let unknown_group = |group: &&ExtraName| {
            !self.groups.contains(*group) && !self.base_groups.contains(*group)
        };
        if let Some(group) = chosen.groups.iter().find(unknown_group) {
            return Err(SelectError::NoSuchGroup {
                file: self.file.clone(),
                name: group.to_string(),
                known: listing(&self.groups),
            });
        }
        let none = BTreeSet::new();
        let extras = self.extras.as_ref().unwrap_or(&none);
        match chosen.extras.iter().find(|extra| !extras.contains(*extra)) {
            Some(extra) => Err(SelectError::NoSuchExtra {
                file: self.file.clone(),
                name: extra.to_string(),
                known: listing(extras),
            }),
            None => Ok(()),
        }
    }

    /// What markers are decided with.
    fn all_chosen(&self, chosen: &Chosen) -> Chosen {
        let mut all = Chosen {
            extras: chosen.extras.clone(),
            groups: self.all_groups(chosen),
        };
        if let (Format::Uv, Roots::Named(roots)) = (self.format, &self.roots) {
            for root in roots {
                let names = conflict_names(&root.name, &chosen.extras, &chosen.groups);
                all.extras.extend(names);
            }
        }
        all
    }

    fn all_groups(&self, chosen: &Chosen) -> BTreeSet<ExtraName> {
        let mut groups = &chosen.groups | &self.base_groups;
        if self.format == Format::Pdm {
            groups.extend(chosen.extras.iter().cloned());
        }
        groups
    }
}

fn listing(names: &BTreeSet<ExtraName>) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    names.join(", ")
}

/// What decides which packages are installed.
struct Choosing<'c, 'l> {
    lock: &'l Lock,
    environment: &'c Environment,
    /// What markers are decided with.
    chosen: Chosen,
    /// The groups that are installed.
    groups: BTreeSet<ExtraName>,
    /// What the user chose.
    wanted: &'c Chosen,
}

impl<'l> Choosing<'_, 'l> {
    fn refuse_other_environments(&self) -> Result<(), SelectError> {
        let environments = &self.lock.environments;
        for marker in environments {
            if self.holds(Some(marker), &BTreeSet::new(), 1)? {
                return Ok(());
            }
        }
        if environments.is_empty() {
            return Ok(());
        }
        let shown: Vec<String> = environments
            .iter()
            .map(|marker| format!("`{marker}`"))
            .collect();
        Err(SelectError::OtherPlatform {
            file: self.lock.file.clone(),
            made_for: shown.join(", "),
        })
    }

    /// The packages that may be installed on the target at all.
    fn possible(&self, target: &Target) -> Result<Vec<&'l LockedPackage>, SelectError> {
        let platform = self.platform(target)?;
        let mut possible = Vec::new();
        for package in &self.lock.packages {
            let is_of_platform = package.platform.is_none() || package.platform == platform;
            if is_of_platform && self.is_present(package)? {
                possible.push(package);
            }
        }
        Ok(possible)
    }

    /// Whether a package may be installed, by itself or because another requires it.
    fn is_present(&self, package: &LockedPackage) -> Result<bool, SelectError> {
        Ok(package.optional || package.presence.is_empty() || self.is_asked_for(package)?)
    }

    /// Whether a package is installed by itself, rather than only where another requires it.
    fn stands_alone(&self, package: &LockedPackage) -> Result<bool, SelectError> {
        let is_always = package.presence.is_empty() && !package.optional;
        Ok(is_always || self.is_asked_for(package)?)
    }

    /// Whether one of the ways in which a package is installed is that of the environment.
    fn is_asked_for(&self, package: &LockedPackage) -> Result<bool, SelectError> {
        for presence in &package.presence {
            let marker = presence.marker.as_ref();
            if self.is_in_group(presence) && self.holds(marker, &BTreeSet::new(), package.line)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_in_group(&self, presence: &Presence) -> bool {
        let group = presence.group.as_ref();
        group.is_none_or(|group| self.groups.contains(group))
    }

    /// The platform of the packages to take, where the lock has them by platform.
    fn platform(&self, target: &Target) -> Result<Option<Box<str>>, SelectError> {
        let mut platforms: Vec<&str> = Vec::new();
        for package in &self.lock.packages {
            if let Some(platform) = package.platform.as_deref()
                && !platforms.contains(&platform)
            {
                platforms.push(platform);
            }
        }
        if platforms.is_empty() {
            return Ok(None);
        }
        let found = match self.lock.format {
            Format::CondaLock => {
                let name = conda_platform(self.environment);
                platforms
                    .iter()
                    .find(|platform| Some(**platform) == name.as_deref())
            }
            _ => platforms
                .iter()
                .find(|platform| self.all_fit(platform, target)),
        };
        let found = found.ok_or_else(|| SelectError::OtherPlatform {
            file: self.lock.file.clone(),
            made_for: platforms.join(", "),
        })?;
        Ok(Some((*found).into()))
    }

    /// Whether each package of a platform has a file that the target takes.
    fn all_fit(&self, platform: &str, target: &Target) -> bool {
        let packages = self.lock.packages.iter();
        let mut packages = packages.filter(|package| package.platform.as_deref() == Some(platform));
        packages.all(|package| {
            package
                .files
                .iter()
                .any(|file| fits(file.name.as_deref(), target))
        })
    }

    /// Whether a marker holds, with these extras beside those that were chosen.
    fn holds(
        &self,
        marker: Option<&Marker>,
        extras: &BTreeSet<ExtraName>,
        line: usize,
    ) -> Result<bool, SelectError> {
        let Some(marker) = marker else {
            return Ok(true);
        };
        let truth = if extras.is_empty() {
            marker.evaluate_locked(self.environment, &self.chosen)
        } else {
            let chosen = Chosen {
                extras: &self.chosen.extras | extras,
                groups: self.chosen.groups.clone(),
            };
            marker.evaluate_locked(self.environment, &chosen)
        };
        match truth {
            Truth::True => Ok(true),
            Truth::False => Ok(false),
            Truth::Unknown(Open::PatchLevel { split_at }) => Err(SelectError::Split(split_at)),
            Truth::Unknown(Open::Variable(variable)) => Err(SelectError::Open {
                place: self.lock.place(line),
                marker: marker.to_string(),
                variable,
            }),
            Truth::Undefined(reason) => Err(SelectError::Undefined {
                place: self.lock.place(line),
                reason,
            }),
        }
    }
}

fn fits(name: Option<&str>, target: &Target) -> bool {
    let file: Option<DistFilename> = name.and_then(|name| name.parse().ok());
    file.is_some_and(|file| match file.kind() {
        DistKind::Wheel(tags) => target.tags().rank(tags).is_some(),
        DistKind::Sdist => true,
    })
}

/// What conda calls the platform of an environment.
fn conda_platform(environment: &Environment) -> Option<String> {
    let get = |variable| environment.get(variable);
    let machine = get(MarkerVariable::PlatformMachine)?.to_ascii_lowercase();
    let (system, machine) = match (get(MarkerVariable::SysPlatform)?, machine.as_str()) {
        ("linux", "x86_64") => ("linux", "64"),
        ("linux", machine) => ("linux", machine),
        ("darwin", "x86_64") => ("osx", "64"),
        ("darwin", machine) => ("osx", machine),
        ("win32", "amd64") => ("win", "64"),
        ("win32", machine) => ("win", machine),
        _ => return None,
    };
    Some(format!("{system}-{machine}"))
}

/// What is installed of packages that say so themselves; entries of one package are one.
fn listed<'l>(lock: &'l Lock, possible: &[&'l LockedPackage]) -> Selection<'l> {
    debug_assert!(lock.roots == Roots::Listed);
    let packages = possible.iter().map(|package| Selected {
        package,
        extras: package.extras.clone(),
    });
    Selection {
        packages: packages.collect(),
        ..Selection::default()
    }
}

/// What roots add.
struct Walk<'c, 'l> {
    choosing: &'c Choosing<'c, 'l>,
    by_name: BTreeMap<&'l PackageName, Vec<&'l LockedPackage>>,
    /// What is installed, by the line it stands on, with its extras.
    found: BTreeMap<usize, (&'l LockedPackage, BTreeSet<ExtraName>)>,
    roots: BTreeSet<usize>,
    queue: Vec<usize>,
    missing: Vec<SelectError>,
}

impl<'c, 'l> Walk<'c, 'l> {
    fn new(choosing: &'c Choosing<'c, 'l>, possible: &[&'l LockedPackage]) -> Self {
        let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for &package in possible {
            by_name.entry(&package.name).or_default().push(package);
        }
        Self {
            choosing,
            by_name,
            found: BTreeMap::new(),
            roots: BTreeSet::new(),
            queue: Vec::new(),
            missing: Vec::new(),
        }
    }

    fn with_roots(mut self, roots: &[Edge]) -> Result<Selection<'l>, SelectError> {
        for root in roots {
            let is_chosen = match &root.when {
                When::Group(group) => self.choosing.groups.contains(group),
                When::Always | When::Extra(_) => true,
            };
            let marker = root.marker.as_ref();
            if !is_chosen || !self.choosing.holds(marker, &BTreeSet::new(), root.line)? {
                continue;
            }
            if let Some(package) = self.follow(root, &self.choosing.lock.file)? {
                self.roots.insert(package.line);
                if matches!(package.source, Source::Folder(_)) {
                    self.add(package, &self.choosing.wanted.extras.clone());
                }
            }
        }
        while let Some(line) = self.queue.pop() {
            self.expand(line)?;
        }
        let packages = self.found.into_values();
        Ok(Selection {
            packages: packages
                .map(|(package, extras)| Selected { package, extras })
                .collect(),
            missing: self.missing,
            left: Vec::new(),
        })
    }

    /// Follows what a package requires.
    fn expand(&mut self, line: usize) -> Result<(), SelectError> {
        let (package, extras) = self.found[&line].clone();
        for edge in &package.dependencies {
            let is_meant = match &edge.when {
                When::Always => true,
                When::Extra(extra) => extras.contains(extra),
                When::Group(group) => {
                    self.roots.contains(&line) && self.choosing.groups.contains(group)
                }
            };
            if is_meant
                && self
                    .choosing
                    .holds(edge.marker.as_ref(), &extras, edge.line)?
            {
                self.follow(edge, package.name.as_str())?;
            }
        }
        Ok(())
    }

    /// Adds what a dependency is on; `None` where the lock does not hold it.
    fn follow(
        &mut self,
        edge: &Edge,
        requires: &str,
    ) -> Result<Option<&'l LockedPackage>, SelectError> {
        let lock = self.choosing.lock;
        let named = self.by_name.get(&edge.name).map_or(&[][..], Vec::as_slice);
        let mut candidates: Vec<&LockedPackage> = named
            .iter()
            .copied()
            .filter(|package| edge.names(package))
            .collect();
        if candidates.len() > 1 {
            candidates.retain(|package| edge.admits(package));
        }
        match candidates.as_slice() {
            [package] => {
                let package = *package;
                self.add(package, &edge.extras.iter().cloned().collect());
                Ok(Some(package))
            }
            [] => {
                let version = edge.version.as_ref();
                let version = version.map_or_else(String::new, |version| format!(" {version}"));
                let missing = SelectError::Missing {
                    place: lock.place(edge.line),
                    file: lock.file.clone(),
                    requires: requires.to_owned(),
                    what: format!("{}{version}", edge.name),
                };
                if !self.missing.contains(&missing) {
                    self.missing.push(missing);
                }
                Ok(None)
            }
            [first, second, ..] => Err(two_versions(lock, first, second)),
        }
    }

    fn add(&mut self, package: &'l LockedPackage, extras: &BTreeSet<ExtraName>) {
        let (is_new, known) = match self.found.entry(package.line) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                (true, &mut entry.insert((package, BTreeSet::new())).1)
            }
            std::collections::btree_map::Entry::Occupied(entry) => (false, &mut entry.into_mut().1),
        };
        let before = known.len();
        known.extend(extras.iter().cloned());
        if is_new || known.len() > before {
            self.queue.push(package.line);
        }
    }
}

/// What is installed where nothing says what the project requires: what nothing in the lock requires,
/// and what that adds; of what is optional, what an extra that was chosen names, and what the rest
/// adds.
fn unrecorded<'l>(
    choosing: &Choosing<'_, 'l>,
    possible: &[&'l LockedPackage],
) -> Result<Selection<'l>, SelectError> {
    let required = required(choosing, possible)?;
    let named: BTreeSet<&PackageName> = {
        let packages = choosing.lock.packages.iter();
        let edges = packages.flat_map(|package| &package.dependencies);
        edges.map(|edge| &edge.name).collect()
    };
    let mut alone = Vec::new();
    for package in possible {
        alone.push(choosing.stands_alone(package)?);
    }
    let is_required = |place: usize, present: &[bool]| {
        let by = required.get(&place).map_or(&[][..], Vec::as_slice);
        by.iter().any(|by| present[*by])
    };
    let mut present = alone.clone();
    // Takes out what others require, but none of those that are left.
    loop {
        let unneeded = (0..possible.len()).find(|&place| {
            present[place]
                && (named.contains(&possible[place].name) || !possible[place].extras.is_empty())
                && !is_required(place, &present)
        });
        let Some(place) = unneeded else { break };
        present[place] = false;
    }
    // Brings in what is optional and required.
    loop {
        let needed = (0..possible.len())
            .find(|&place| !present[place] && !alone[place] && is_required(place, &present));
        let Some(place) = needed else { break };
        present[place] = true;
    }
    let mut selection = Selection::default();
    for (place, package) in possible.iter().enumerate() {
        if present[place] {
            selection.packages.push(Selected {
                package,
                extras: package.extras.clone(),
            });
        } else if alone[place] && package.extras.is_empty() {
            selection.left.push(package);
        }
    }
    Ok(selection)
}

/// By which packages each is required, both as places among `possible`.
fn required(
    choosing: &Choosing<'_, '_>,
    possible: &[&LockedPackage],
) -> Result<BTreeMap<usize, Vec<usize>>, SelectError> {
    let mut by_name: BTreeMap<&PackageName, Vec<usize>> = BTreeMap::new();
    for (place, package) in possible.iter().enumerate() {
        by_name.entry(&package.name).or_default().push(place);
    }
    let mut required: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (place, package) in possible.iter().enumerate() {
        let extras = all_extras(package);
        for edge in &package.dependencies {
            let named = by_name.get(&edge.name).map_or(&[][..], Vec::as_slice);
            if named.is_empty() || !choosing.holds(edge.marker.as_ref(), &extras, edge.line)? {
                continue;
            }
            for &other in named {
                let other_extras = &possible[other].extras;
                let is_of_extras = other_extras.is_empty()
                    || edge.extras.iter().any(|extra| other_extras.contains(extra));
                if is_of_extras && edge.admits(possible[other]) {
                    required.entry(other).or_default().push(place);
                }
            }
        }
    }
    Ok(required)
}

fn refuse_two_versions(lock: &Lock, selection: &Selection<'_>) -> Result<(), SelectError> {
    let mut first: BTreeMap<&PackageName, &LockedPackage> = BTreeMap::new();
    for selected in &selection.packages {
        let package = selected.package;
        let known = first.entry(&package.name).or_insert(package);
        if known.version != package.version || known.source != package.source {
            return Err(two_versions(lock, known, package));
        }
    }
    Ok(())
}

fn two_versions(lock: &Lock, first: &LockedPackage, second: &LockedPackage) -> SelectError {
    let shown = |package: &LockedPackage| match &package.version {
        Some(version) if first.version != second.version => version.to_string(),
        _ => format!("from {}", package.source),
    };
    SelectError::TwoVersions {
        file: lock.file.clone(),
        name: first.name.to_string(),
        first: shown(first),
        second: shown(second),
        why: match (lock.format, &lock.roots) {
            (Format::Requirements, _) => {
                "and no marker tells which is meant: pip refuses the file, too"
            }
            (_, Roots::Unrecorded) => {
                "and the lock does not record which of them a target gets: lock again with a newer version of its tool"
            }
            _ => "which the chosen extras and groups do not allow: choose others",
        },
    }
}
