//! Why a search has no solution: the facts from which its last conflict follows.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use harden_requirements::{VersionSet, intersection_of};

use crate::catalog::Catalog;
use crate::interrupt::Interrupt;
use crate::node::{NameId, Node};
use crate::solver::incompatibility::{Cause, IncompatibilityId};
use crate::solver::places::Places;
use crate::solver::state::State;

/// A requirement of some versions of a package, or of a line of the user's.
#[derive(Debug)]
pub(crate) struct Edge {
    /// `None`: the user's own.
    pub(crate) from: Option<NameId>,
    pub(crate) versions: VersionSet,
    pub(crate) to: NameId,
    pub(crate) wanted: Rc<VersionSet>,
}

/// The facts that exclude every solution.
#[derive(Debug, Default)]
pub(crate) struct Failure {
    pub(crate) edges: Vec<Edge>,
    /// Versions that are not available or do not exist.
    pub(crate) missing: BTreeMap<NameId, VersionSet>,
    /// Versions whose metadata cannot be used, and why.
    pub(crate) unusable: Vec<(NameId, VersionSet, Arc<str>)>,
    /// The packages that must have one version in several environments.
    pub(crate) links: BTreeSet<NameId>,
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
                    failure.requires(from, to, parts, catalog)?;
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
        failure.add_gaps(catalog)?;
        Ok(failure)
    }

    fn requires(
        &mut self,
        from: Node,
        to: Node,
        parts: &[(Places, Rc<VersionSet>)],
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
            let known = self
                .edges
                .iter_mut()
                .find(|edge| edge.from == from.name() && edge.to == to && edge.wanted == *wanted);
            match known {
                Some(known) => known.versions = known.versions.union(&versions),
                None => self.edges.push(Edge {
                    from: from.name(),
                    versions,
                    to,
                    wanted: Rc::clone(wanted),
                }),
            }
        }
        Ok(())
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
        let mut wanted: BTreeMap<NameId, Vec<Rc<VersionSet>>> = BTreeMap::new();
        for edge in &self.edges {
            wanted
                .entry(edge.to)
                .or_default()
                .push(Rc::clone(&edge.wanted));
        }
        for (name, sets) in wanted {
            let listing = catalog.listing(name)?;
            for set in &sets {
                if !set.is_empty() && listing.places(set).is_empty() {
                    self.lack(name, set);
                }
            }
            let met = intersection_of(sets.iter().map(|set| VersionSet::clone(set)));
            if !met.is_empty() && listing.places(&met).is_empty() {
                self.lack(name, &met);
            }
        }
        Ok(())
    }
}
