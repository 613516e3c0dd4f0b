//! The dependency provider: what PubGrub asks while it solves, answered from the [`Catalog`].

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use harden_packaging::PackageName;
use harden_requirements::VersionSet;
use pep440_rs::Version;
use pubgrub::{DependencyConstraints, DependencyProvider, PackageResolutionStatistics};
use rustc_hash::FxBuildHasher;

use crate::PrereleaseMode;
use crate::carry_over::{CarryOver, Turn};
use crate::catalog::Catalog;
use crate::catalog::listing::Listing;
use crate::dependency::Dependency;
use crate::interrupt::Interrupt;
use crate::node::{EnvironmentSet, ExtraId, NameId, Node};

/// Why a version that exists cannot be used after all, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reason(pub(crate) Arc<str>);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many versions of one package a run tries in order before it leaps ahead, each time twice as far.
///
/// A package whose hundreds of newest releases all require the same thing, which cannot be had, would
/// cost as many requests for metadata. What is leapt over is looked for again once there is an answer.
const LEAP_AFTER: usize = 12;

/// Answers what PubGrub asks during one run.
pub(crate) struct Provider<'a> {
    pub(crate) catalog: &'a Catalog<'a>,
    /// The packages that may differ between environments; `None` where there is one environment only.
    apart: Option<&'a BTreeSet<NameId>>,
    carry_over: &'a RefCell<CarryOver>,
    roots: Vec<(Dependency, EnvironmentSet)>,
    /// The order in which names were met.
    met: RefCell<HashMap<NameId, u32, FxBuildHasher>>,
    /// The version last chosen for a link, or for a base without one: what nodes tied to it should choose.
    chosen: RefCell<HashMap<Node, Version, FxBuildHasher>>,
    /// Packages that had a pre-release passed over.
    passed_over: RefCell<BTreeSet<NameId>>,
    /// The places of the releases that were tried of each package, where it decides by itself.
    tried: RefCell<HashMap<NameId, BTreeSet<usize>, FxBuildHasher>>,
    decisions: Cell<u64>,
}

type Constraints = Vec<(Node, VersionSet)>;

impl<'a> Provider<'a> {
    pub(crate) fn new(
        catalog: &'a Catalog<'a>,
        apart: Option<&'a BTreeSet<NameId>>,
        carry_over: &'a RefCell<CarryOver>,
    ) -> Self {
        let mut vocabulary = catalog.vocabulary.borrow_mut();
        let mut roots = Vec::with_capacity(catalog.rules.asked.len());
        for (asked, environments) in &catalog.rules.asked {
            let dependency = Dependency::new(asked.requirement.clone(), &mut vocabulary);
            roots.push((dependency, *environments));
        }
        drop(vocabulary);
        Self {
            catalog,
            apart,
            carry_over,
            roots,
            met: RefCell::default(),
            chosen: RefCell::default(),
            passed_over: RefCell::default(),
            tried: RefCell::default(),
            decisions: Cell::new(0),
        }
    }

    /// What the user requires, and where.
    pub(crate) fn roots(&self) -> &[(Dependency, EnvironmentSet)] {
        &self.roots
    }

    /// How often a version was chosen.
    pub(crate) fn decisions(&self) -> u64 {
        self.decisions.get()
    }

    /// Whether a package may be a pre-release; what decides that is in [`PrereleaseMode`].
    pub(crate) fn admits_prereleases(&self, listing: &Listing) -> Result<bool, Interrupt> {
        if listing.is_named_prerelease() {
            return Ok(true);
        }
        Ok(match self.catalog.rules.options.prerelease {
            PrereleaseMode::Allow => true,
            PrereleaseMode::Disallow => false,
            PrereleaseMode::Explicit => self.opted_in(&listing.name),
            PrereleaseMode::IfNecessaryOrExplicit => {
                self.opted_in(&listing.name) || self.catalog.has_only_prereleases(listing)?
            }
        })
    }

    fn opted_in(&self, name: &PackageName) -> bool {
        self.catalog.rules.names_prerelease(name) || self.carry_over.borrow().is_opted_in(name)
    }

    /// The node whose version this one has to share.
    fn leader(&self, node: Node) -> Option<Node> {
        match node {
            Node::Base(name, _) | Node::Extra(name, ..) if self.is_linked(name) => {
                Some(Node::Link(name))
            }
            Node::Extra(name, _, environments) => Some(Node::Base(name, environments)),
            Node::Root | Node::Link(_) | Node::Base(..) => None,
        }
    }

    fn is_linked(&self, name: NameId) -> bool {
        self.apart.is_some_and(|apart| !apart.contains(&name))
    }

    /// Whether the release at `position` may be chosen for `node`.
    pub(crate) fn may_choose(
        &self,
        node: Node,
        listing: &Listing,
        position: usize,
    ) -> Result<bool, Interrupt> {
        let exists = match node {
            // The sets that lead to a link hold only versions that exist where it is needed.
            Node::Link(_) => true,
            _ => self
                .catalog
                .exists(listing, position, node.environments())?,
        };
        if !exists {
            return Ok(false);
        }
        if listing.releases()[position].version.any_prerelease()
            && !self.admits_prereleases(listing)?
        {
            if let Some(name) = node.name() {
                self.passed_over.borrow_mut().insert(name);
            }
            return Ok(false);
        }
        Ok(true)
    }

    /// How many versions `node` could still have, as far as `enough`.
    fn count(&self, node: Node, range: &VersionSet, enough: usize) -> Result<usize, Interrupt> {
        let Some(name) = node.name() else {
            return Ok(1);
        };
        let listing = self.catalog.listing(name)?;
        let mut count = 0;
        for position in listing.within(range, false) {
            if self.may_choose(node, &listing, position)? {
                if count == 0 {
                    self.prefetch_metadata(node, &listing, position)?;
                }
                count += 1;
                if count == enough {
                    break;
                }
            }
        }
        Ok(count)
    }

    fn choose(&self, node: Node, range: &VersionSet) -> Result<Option<Version>, Interrupt> {
        let Some(name) = node.name() else {
            return Ok(Some(root_version()));
        };
        let listing = self.catalog.listing(name)?;
        let leader = self
            .leader(node)
            .and_then(|leader| self.chosen.borrow().get(&leader).cloned());
        if let Some(version) = leader.as_ref().filter(|_| self.is_linked(name))
            && range.contains(version)
            && let Some(position) = listing.position(version)
            && !self
                .catalog
                .exists(&listing, position, node.environments())?
            && listing.look_through()
        {
            // The link was let have what was only taken to exist.
            return Err(Interrupt::Reordered);
        }
        let preferred = self.catalog.rules.options.preferences.get(&listing.name);
        for version in leader.iter().chain(preferred.into_iter().flatten().rev()) {
            if range.contains(version)
                && let Some(position) = listing.position(version)
                && self.may_choose(node, &listing, position)?
            {
                return Ok(Some(version.clone()));
            }
        }
        let first_try = self.carry_over.borrow().first_try(name).cloned();
        if let Some(version) = first_try.filter(|version| range.contains(version))
            && let Some(position) = listing.position(&version)
            && self.may_choose(node, &listing, position)?
        {
            return Ok(Some(version));
        }
        let oldest_first = self.catalog.rules.wants_oldest(&listing.name);
        let mut leap = if oldest_first { 0 } else { self.leap(node) };
        let mut found = None;
        for position in listing.within(range, oldest_first) {
            if self.may_choose(node, &listing, position)? {
                found = Some(position);
                if leap == 0 {
                    break;
                }
                leap -= 1;
            }
        }
        let Some(position) = found else {
            return Ok(None);
        };
        if self.leader(node).is_none() {
            let mut tried = self.tried.borrow_mut();
            let tried = tried.entry(name).or_default();
            if tried.insert(position) {
                self.ask_ahead(node, &listing, range, tried)?;
            }
        }
        Ok(Some(listing.releases()[position].version.clone()))
    }

    /// How many of the versions that could be chosen next to leap over.
    fn leap(&self, node: Node) -> usize {
        if self.leader(node).is_some() {
            return 0;
        }
        let tried = self.tried.borrow();
        let tried = node.name().and_then(|name| tried.get(&name));
        leap_after(tried.map_or(0, BTreeSet::len))
    }

    /// The packages that were leapt ahead with, each with the places of the releases that were tried.
    pub(crate) fn leaps(&self) -> Vec<(NameId, BTreeSet<usize>)> {
        let tried = self.tried.borrow();
        let mut leaps: Vec<_> = tried
            .iter()
            .filter(|(_, places)| places.len() > LEAP_AFTER)
            .map(|(name, places)| (*name, places.clone()))
            .collect();
        leaps.sort_unstable_by_key(|(name, _)| self.place(*name));
        leaps
    }

    fn root_constraints(&self) -> Result<Constraints, Interrupt> {
        self.catalog
            .prefetch(self.roots.iter().map(|(dependency, _)| dependency.name));
        let mut constraints = Vec::new();
        for (dependency, environments) in &self.roots {
            let existing = || self.existing(dependency.name, &dependency.versions, *environments);
            self.require(dependency, *environments, &existing, &mut constraints)?;
        }
        Ok(constraints)
    }

    /// The constraints of a package's version in some environments, with or without an extra.
    fn constraints(
        &self,
        name: NameId,
        version: &Version,
        extra: Option<ExtraId>,
        environments: EnvironmentSet,
    ) -> Result<Result<Constraints, Reason>, Interrupt> {
        let mut constraints = Vec::new();
        let same = VersionSet::singleton(version.clone());
        if extra.is_some() {
            constraints.push((Node::Base(name, environments), same));
        } else if self.is_linked(name) {
            constraints.push((Node::Link(name), same));
        }
        let active = match self.catalog.active(name, version, extra, environments)? {
            Ok(active) => active,
            Err(reason) => return Ok(Err(Reason(reason))),
        };
        self.catalog
            .prefetch(active.iter().map(|active| active.dependency().name));
        for active in active.iter() {
            let existing = || self.catalog.existing_for(active);
            self.require(
                active.dependency(),
                active.environments,
                &existing,
                &mut constraints,
            )?;
        }
        // What a version requires of itself is met; PubGrub knows no such thing.
        let itself = extra.map_or(Node::Base(name, environments), |extra| {
            Node::Extra(name, extra, environments)
        });
        constraints.retain(|(node, _)| *node != itself);
        Ok(Ok(constraints))
    }

    /// Adds what `dependency` means in some environments to `constraints`.
    fn require(
        &self,
        dependency: &Dependency,
        environments: EnvironmentSet,
        existing: &dyn Fn() -> Result<VersionSet, Interrupt>,
        constraints: &mut Constraints,
    ) -> Result<(), Interrupt> {
        let name = dependency.name;
        let rules = self.catalog.rules;
        if rules.excludes(&dependency.requirement.name) {
            return Ok(());
        }
        let place = u32::try_from(self.met.borrow().len()).unwrap_or(u32::MAX);
        self.met.borrow_mut().entry(name).or_insert(place);
        let mut rest = environments;
        for replacement in rules.overrides(&dependency.requirement.name) {
            let held = rest.intersection(replacement.environments);
            rest = rest.without(held);
            let replaced = || self.existing(name, &replacement.versions, held);
            self.require_versions(
                dependency,
                &replacement.versions,
                held,
                &replaced,
                constraints,
            )?;
        }
        if !rest.is_empty() && dependency.names_prerelease {
            self.opt_in(name)?;
        }
        let in_rest = || self.existing(name, &dependency.versions, rest);
        let existing = if rest == environments {
            existing
        } else {
            &in_rest
        };
        self.require_versions(
            dependency,
            &dependency.versions,
            rest,
            existing,
            constraints,
        )
    }

    /// Those of `versions` that exist in all of some environments.
    fn existing(
        &self,
        name: NameId,
        versions: &VersionSet,
        environments: EnvironmentSet,
    ) -> Result<VersionSet, Interrupt> {
        let listing = self.catalog.listing(name)?;
        self.catalog.existing(&listing, versions, environments)
    }

    /// Adds that the package of `dependency`, and its extras, have one of `versions` in some environments.
    fn require_versions(
        &self,
        dependency: &Dependency,
        versions: &VersionSet,
        environments: EnvironmentSet,
        existing: &dyn Fn() -> Result<VersionSet, Interrupt>,
        constraints: &mut Constraints,
    ) -> Result<(), Interrupt> {
        let name = dependency.name;
        if environments.is_empty() {
            return Ok(());
        }
        if self.is_linked(name) {
            constraints.push((Node::Link(name), existing()?));
        }
        let parts: Vec<EnvironmentSet> = match self.apart {
            Some(apart) if apart.contains(&name) => {
                environments.iter().map(EnvironmentSet::only).collect()
            }
            _ => vec![environments],
        };
        for part in parts {
            constraints.push((Node::Base(name, part), versions.clone()));
            for extra in &dependency.extras {
                constraints.push((Node::Extra(name, *extra, part), versions.clone()));
            }
        }
        Ok(())
    }

    /// Allows a package pre-releases, since a specifier names one.
    fn opt_in(&self, id: NameId) -> Result<(), Interrupt> {
        if !self.catalog.rules.may_opt_in() {
            return Ok(());
        }
        let name = self.catalog.name(id);
        let new = self.carry_over.borrow_mut().opt_in(&name);
        if new
            && self.passed_over.borrow().contains(&id)
            && !self.catalog.rules.names_prerelease(&name)
        {
            return Err(Interrupt::PrereleaseAllowed);
        }
        Ok(())
    }

    /// Whether `constraints` of a node exclude what is decided, and that happened so often that the
    /// run should start anew in another order.
    fn conflicts(&self, node: Node, constraints: &Constraints) -> bool {
        let Some(affected) = node.name() else {
            return false;
        };
        let chosen = self.chosen.borrow();
        let mut culprits = constraints.iter().filter_map(|(required, versions)| {
            let culprit = required.name().filter(|culprit| *culprit != affected)?;
            let decided = chosen.get(required)?;
            (!versions.contains(decided)).then_some(culprit)
        });
        culprits.any(|culprit| self.carry_over.borrow_mut().conflict(affected, culprit))
    }

    /// When a name was met.
    fn place(&self, name: NameId) -> u32 {
        self.met.borrow().get(&name).copied().unwrap_or(u32::MAX)
    }
}

/// How many versions to leap over once so many were tried.
pub(crate) fn leap_after(tried: usize) -> usize {
    match tried.checked_sub(LEAP_AFTER) {
        Some(beyond) => (1 << beyond.min(16)) - 1,
        None => 0,
    }
}

/// The version of the root, which has but one.
pub(crate) fn root_version() -> Version {
    Version::new([0])
}

/// How soon a package is decided: greater is sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Priority {
    /// Whether it has at most one version left.
    forced: bool,
    /// What earlier runs taught.
    turn: Turn,
    /// How much trouble it made in this one.
    conflicts: u32,
    /// When it was met: what the user asked for first, then what that asks for.
    met: Reverse<u32>,
    /// Links before the bases that follow them, these before their extras.
    kind: Reverse<u8>,
}

impl DependencyProvider for Provider<'_> {
    type P = Node;
    type V = Version;
    type VS = VersionSet;
    type M = Reason;
    type Priority = Priority;
    type Err = Interrupt;

    fn prioritize(
        &self,
        node: &Node,
        range: &VersionSet,
        statistics: &PackageResolutionStatistics,
    ) -> Priority {
        // An index that fails here fails again when a version is chosen, where that can be said.
        let versions = self.count(*node, range, 2).unwrap_or(0);
        let carry_over = self.carry_over.borrow();
        Priority {
            forced: versions < 2,
            turn: node
                .name()
                .map_or(Turn::Usual, |name| carry_over.turn(name)),
            conflicts: (statistics.conflict_count() / 5)
                .checked_ilog2()
                .map_or(0, |level| level + 1),
            met: Reverse(node.name().map_or(0, |name| self.place(name))),
            kind: Reverse(match node {
                Node::Root => 0,
                Node::Link(_) => 1,
                Node::Base(..) => 2,
                Node::Extra(..) => 3,
            }),
        }
    }

    fn choose_version(
        &self,
        node: &Node,
        range: &VersionSet,
    ) -> Result<Option<Version>, Interrupt> {
        let version = self.choose(*node, range)?;
        if let Some(version) = &version {
            self.decisions.set(self.decisions.get() + 1);
            self.chosen.borrow_mut().insert(*node, version.clone());
        }
        Ok(version)
    }

    fn get_dependencies(
        &self,
        node: &Node,
        version: &Version,
    ) -> Result<pubgrub::Dependencies<Node, VersionSet, Reason>, Interrupt> {
        let constraints = match *node {
            Node::Root => Ok(self.root_constraints()?),
            Node::Link(_) => Ok(Vec::new()),
            Node::Base(name, environments) => {
                self.constraints(name, version, None, environments)?
            }
            Node::Extra(name, extra, environments) => {
                self.constraints(name, version, Some(extra), environments)?
            }
        };
        Ok(match constraints {
            Ok(constraints) if self.conflicts(*node, &constraints) => {
                return Err(Interrupt::Reordered);
            }
            Ok(constraints) => pubgrub::Dependencies::Available(
                constraints
                    .into_iter()
                    .collect::<DependencyConstraints<_, _>>(),
            ),
            Err(reason) => pubgrub::Dependencies::Unavailable(reason),
        })
    }
}
