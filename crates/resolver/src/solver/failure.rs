//! Why a search has no solution: the facts from which its last conflict follows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use harden_requirements::{VersionSet, intersection_of, union_of};
use rustc_hash::FxBuildHasher;

use crate::catalog::Catalog;
use crate::interrupt::Interrupt;
use crate::node::{NameId, Node};
use crate::solver::incompatibility::{Cause, IncompatibilityId};
use crate::solver::places::Places;
use crate::solver::state::State;
use crate::wanted::Wanted;

/// A requirement of some versions of a package, or of a line of the user's.
#[derive(Debug)]
pub(crate) struct Edge {
    /// `None`: the user's own.
    pub(crate) from: Option<NameId>,
    pub(crate) versions: VersionSet,
    pub(crate) to: NameId,
    pub(crate) wanted: Rc<Wanted>,
}

/// What tells the edges of a failure apart: from, to, wanted.
type Relation = (Option<NameId>, NameId, Rc<Wanted>);

/// The facts that exclude every solution.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    pub(crate) edges: Vec<Edge>,
    /// Versions that are not available or do not exist.
    pub(crate) missing: BTreeMap<NameId, VersionSet>,
    /// Versions whose metadata cannot be used, and why.
    pub(crate) unusable: Vec<(NameId, VersionSet, Arc<str>)>,
    /// Requirements with `===` that versions meet, and their spelling does not.
    pub(crate) misspelled: Vec<(NameId, Rc<Wanted>)>,
    /// The packages that must have one version in several environments.
    pub(crate) links: BTreeSet<NameId>,
}

/// Collects edges, each relation once.
#[derive(Default)]
struct Edges {
    relations: Vec<Relation>,
    /// For each relation, the sets of versions that have it.
    versions: HashMap<Relation, Vec<VersionSet>, FxBuildHasher>,
}

impl Edges {
    fn add(
        &mut self,
        from: Node,
        to: Node,
        parts: &[(Places, Rc<Wanted>)],
        catalog: &Catalog<'_>,
    ) -> Result<(), Interrupt> {
        let Some(to) = to.name() else {
            return Ok(());
        };
        // A follower is tied to its leader, which is not a fact about packages.
        if from.name() == Some(to) {
            return Ok(());
        }
        for (places, wanted) in parts {
            let versions = match from.name() {
                Some(from) => catalog.listing(from)?.versions(places),
                None => VersionSet::full(),
            };
            let relation = (from.name(), to, Rc::clone(wanted));
            let known = self.versions.entry(relation.clone()).or_default();
            if known.is_empty() {
                self.relations.push(relation);
            }
            known.push(versions);
        }
        Ok(())
    }

    /// The edges, in the order in which they were met.
    fn finish(mut self) -> Vec<Edge> {
        let edge = |relation: Relation| Edge {
            versions: union_of(self.versions.remove(&relation).unwrap_or_default()),
            from: relation.0,
            to: relation.1,
            wanted: relation.2,
        };
        self.relations.into_iter().map(edge).collect()
    }
}

impl Failure {
    /// The facts from which an incompatibility follows.
    pub(crate) fn of(
        conflict: IncompatibilityId,
        state: &State,
        catalog: &Catalog<'_>,
    ) -> Result<Self, Interrupt> {
        let mut failure = Self::default();
        let mut open = vec![conflict];
        let mut seen = BTreeSet::new();
        let mut edges = Edges::default();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let incompatibility = state.incompatibility(id);
            match &incompatibility.cause {
                Cause::Derived(one, other) => {
                    open.extend([*one, *other]);
                    continue;
                }
                Cause::SameRelease => {}
                Cause::Requires {
                    from,
                    to,
                    parts,
                    extends,
                } => {
                    open.extend(extends);
                    let (from, to) = (state.node(*from), state.node(*to));
                    edges.add(from, to, parts, catalog)?;
                }
                Cause::Unavailable {
                    node,
                    places,
                    reason,
                } => failure.unavailable(state.node(*node), places, reason.as_ref(), catalog)?,
            }
            let nodes = incompatibility.terms.iter().map(|(node, _)| *node);
            failure
                .links
                .extend(nodes.filter_map(|node| state.node(node).linked()));
        }
        failure.edges = edges.finish();
        failure.add_gaps(catalog)?;
        Ok(failure)
    }

    fn unavailable(
        &mut self,
        node: Node,
        places: &Places,
        reason: Option<&Arc<str>>,
        catalog: &Catalog<'_>,
    ) -> Result<(), Interrupt> {
        let Some(name) = node.name() else {
            return Ok(());
        };
        let versions = catalog.listing(name)?.versions(places);
        match reason {
            Some(reason) => self.unusable.push((name, versions, Arc::clone(reason))),
            None => self.lack(name, &versions),
        }
        Ok(())
    }

    fn lack(&mut self, name: NameId, versions: &VersionSet) {
        let missing = self.missing.entry(name).or_insert_with(VersionSet::empty);
        *missing = missing.union(versions);
    }

    /// Adds the versions of a package that its requirements have in common, if no release is among them.
    fn add_gaps(&mut self, catalog: &Catalog<'_>) -> Result<(), Interrupt> {
        let mut wanted: BTreeMap<NameId, Vec<Rc<Wanted>>> = BTreeMap::new();
        for edge in &self.edges {
            wanted
                .entry(edge.to)
                .or_default()
                .push(Rc::clone(&edge.wanted));
        }
        for (name, all) in wanted {
            let listing = catalog.listing(name)?;
            let is_gap = |set: &VersionSet| !set.is_empty() && listing.places(set).is_empty();
            for one in &all {
                if !is_gap(one) && one.is_spelled() && listing.places_of(one).is_empty() {
                    self.misspelled.push((name, Rc::clone(one)));
                }
            }
            let gaps = all.iter().filter(|one| is_gap(one));
            let met = intersection_of(all.iter().map(|one| VersionSet::clone(one)));
            let gaps = gaps.map(|one| VersionSet::clone(one));
            let gaps = union_of(gaps.chain(is_gap(&met).then_some(met)));
            if !gaps.is_empty() {
                self.lack(name, &gaps);
            }
        }
        Ok(())
    }
}
