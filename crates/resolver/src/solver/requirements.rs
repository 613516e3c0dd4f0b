//! The requirements of a node at a release, as nodes and versions.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use harden_requirements::{VersionSet, intersection_of};
use rustc_hash::FxHashMap;

use crate::catalog::Catalog;
use crate::dependency::Dependency;
use crate::interrupt::Interrupt;
use crate::node::{EnvironmentSet, ExtraId, NameId, Node};
use crate::solver::places::Places;
use crate::solver::search::Search;
use crate::wanted::Wanted;

/// How many requirements of one package a release may have before they become one. Real releases have a few;
/// with thousands, each of which excludes another version, the search would take quadratic time and memory.
const MOST_OF_ONE_PACKAGE: usize = 64;

/// A requirement: a node has to be selected, with one of some versions.
#[derive(Debug)]
pub(crate) struct Requirement {
    pub(crate) to: Node,
    pub(crate) wanted: Rc<Wanted>,
    places: OnceCell<Places>,
}

/// The requirements of a release, or why it cannot be used.
pub(crate) type Requirements = Result<Rc<Vec<Requirement>>, Arc<str>>;

impl Requirement {
    fn new(to: Node, wanted: &Rc<Wanted>) -> Self {
        Self {
            to,
            wanted: Rc::clone(wanted),
            places: OnceCell::new(),
        }
    }

    /// The places of the wanted versions. Reads the page of the project.
    pub(crate) fn places(&self, catalog: &Catalog<'_>) -> Result<&Places, Interrupt> {
        if let Some(known) = self.places.get() {
            return Ok(known);
        }
        let places = match self.to.name() {
            Some(name) => catalog.listing(name)?.places_of(&self.wanted),
            None => Places::full(),
        };
        Ok(self.places.get_or_init(|| places))
    }
}

impl Search<'_> {
    /// The requirements of a line of the user's.
    pub(crate) fn line_requirements(
        &self,
        dependency: &Dependency,
        environments: EnvironmentSet,
    ) -> Vec<Requirement> {
        let mut requirements = Vec::new();
        self.follow_dependency(dependency, environments, &mut requirements);
        requirements
    }

    /// The requirements of a release in some environments, with or without an extra.
    pub(crate) fn release_requirements(
        &self,
        name: NameId,
        place: u32,
        extra: Option<ExtraId>,
        environments: EnvironmentSet,
    ) -> Result<Requirements, Interrupt> {
        let listing = self.catalog.listing(name)?;
        let version = &listing.releases()[place as usize].version;
        let active = match self.catalog.active(name, version, extra, environments)? {
            Ok(active) => active,
            Err(reason) => return Ok(Err(reason)),
        };
        let mut requirements = Vec::new();
        for active in active.iter() {
            self.follow_dependency(active.dependency(), active.environments, &mut requirements);
        }
        // That a release meets its requirements of itself was checked with its metadata.
        let itself = match extra {
            Some(extra) => Node::Extra(name, extra, environments),
            None => Node::Base(name, environments),
        };
        requirements.retain(|requirement| requirement.to != itself);
        Ok(Ok(Rc::new(joined(requirements))))
    }

    /// Adds the requirements that follow from `dependency` in some environments, with overrides and
    /// exclusions applied.
    fn follow_dependency(
        &self,
        dependency: &Dependency,
        environments: EnvironmentSet,
        requirements: &mut Vec<Requirement>,
    ) {
        let rules = self.catalog.rules;
        let name = &dependency.requirement.name;
        if rules.excludes(name) {
            return;
        }
        let mut rest = environments;
        for replacement in rules.overrides(name) {
            let held = rest.intersection(replacement.environments);
            rest = rest.without(held);
            self.require(dependency, &replacement.versions, held, requirements);
        }
        self.require(dependency, &dependency.versions, rest, requirements);
    }

    /// Adds that the package of `dependency`, and its extras, have one of `versions` in some environments.
    fn require(
        &self,
        dependency: &Dependency,
        versions: &Rc<Wanted>,
        environments: EnvironmentSet,
        requirements: &mut Vec<Requirement>,
    ) {
        let name = dependency.name;
        if environments.is_empty() {
            return;
        }
        if self.is_linked(name) {
            requirements.push(Requirement::new(Node::Link(name), versions));
        }
        let parts: Vec<EnvironmentSet> = if self.is_apart(name) {
            environments.iter().map(EnvironmentSet::only).collect()
        } else {
            vec![environments]
        };
        for part in parts {
            requirements.push(Requirement::new(Node::Base(name, part), versions));
            for extra in &dependency.extras {
                requirements.push(Requirement::new(Node::Extra(name, *extra, part), versions));
            }
        }
    }
}

/// The same requirements, with the many of one node as one.
fn joined(requirements: Vec<Requirement>) -> Vec<Requirement> {
    let mut by_node: FxHashMap<Node, Vec<VersionSet>> = FxHashMap::default();
    for requirement in requirements.iter().filter(|one| !one.wanted.is_spelled()) {
        let sets = by_node.entry(requirement.to).or_default();
        sets.push(VersionSet::clone(&requirement.wanted));
    }
    by_node.retain(|_, sets| sets.len() > MOST_OF_ONE_PACKAGE);
    if by_node.is_empty() {
        return requirements;
    }
    let mut joined = Vec::new();
    for requirement in requirements {
        let is_joined = !requirement.wanted.is_spelled() && by_node.contains_key(&requirement.to);
        if !is_joined {
            joined.push(requirement);
        } else if let Some(sets) = by_node.get_mut(&requirement.to).map(std::mem::take)
            && !sets.is_empty()
        {
            let wanted = Rc::new(Wanted::from(intersection_of(sets)));
            joined.push(Requirement::new(requirement.to, &wanted));
        }
    }
    joined
}
