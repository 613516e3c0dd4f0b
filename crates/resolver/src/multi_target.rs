//! One answer for several environments, with as few packages apart as can be.
//!
//! A run that fails names the packages that it held to one version in several environments: one of
//! them has to be set apart. So the packages set apart are the smallest set that has one of each
//! failure's, until a run succeeds; that set is then the smallest there is. Where failures go on and
//! on, what differs between the environments' answers by themselves is a set that succeeds, and is
//! made smaller until no part of it can be left out.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::{Index, PackageName};
use harden_requirements::VersionSet;
use pep440_rs::Version;
use pubgrub::{DerivationTree, External};

use crate::carry_over::CarryOver;
use crate::catalog::Catalog;
use crate::hitting_set::smallest_hitting_set;
use crate::interrupt::Interrupt;
use crate::node::{NameId, Node};
use crate::proof::Proven;
use crate::provider::Reason;
use crate::report::explain::Tree;
use crate::solve::{Failure, Leaps, finish, no_solution, resolve_for, run_once};
use crate::{Answer, Request, Statistics};

/// How many failures are learnt from before a set that is known to succeed is made smaller instead.
const FAILURE_LIMIT: usize = 12;

/// What a run of the solver over all environments ends in.
type Run = Result<(Proven, Leaps), Tree>;

/// What every step needs.
struct MultiTarget<'j, 'a> {
    request: &'j Request,
    index: &'j dyn Index,
    catalog: &'j Catalog<'a>,
    carry_over: &'j RefCell<CarryOver>,
    failure: Failure,
    /// The packages of which one has to be set apart, for each failure so far.
    failures: Vec<BTreeSet<NameId>>,
}

/// The answer for several environments.
pub(crate) fn resolve_multi_target(
    request: &Request,
    index: &dyn Index,
    catalog: &Catalog<'_>,
    carry_over: &RefCell<CarryOver>,
    failure: Failure,
    statistics: &mut Statistics,
) -> Result<Answer, Interrupt> {
    let mut joint = MultiTarget {
        request,
        index,
        catalog,
        carry_over,
        failure,
        failures: Vec::new(),
    };
    let (apart, found) = joint.fewest_apart(statistics)?;
    finish(found, catalog, Some(&apart), carry_over, statistics)
}

impl MultiTarget<'_, '_> {
    fn fewest_apart(
        &mut self,
        statistics: &mut Statistics,
    ) -> Result<(BTreeSet<NameId>, (Proven, Leaps)), Interrupt> {
        let mut by_themselves = BTreeSet::new();
        while self.failures.len() < FAILURE_LIMIT {
            let apart = smallest_hitting_set(&self.failures);
            let tree = match self.run(&apart, statistics)? {
                Ok(found) => return Ok((apart, found)),
                Err(tree) => tree,
            };
            if self.failures.is_empty() {
                // The reason may lie in one environment alone; then it is told for that one.
                by_themselves = self.differing(statistics)?;
            }
            self.learn(&tree)?;
        }
        let found = match self.run(&by_themselves, statistics)? {
            Ok(found) => found,
            Err(tree) => return Err(self.no_solution(&tree)?),
        };
        self.shrink(by_themselves, found, statistics)
    }

    /// Leaves out of `apart`, which succeeds, all that can be left out: halves first, then parts of them.
    fn shrink(
        &mut self,
        apart: BTreeSet<NameId>,
        mut found: (Proven, Leaps),
        statistics: &mut Statistics,
    ) -> Result<(BTreeSet<NameId>, (Proven, Leaps)), Interrupt> {
        let mut apart: Vec<NameId> = apart.into_iter().collect();
        let mut part = apart.len().div_ceil(2);
        while part > 0 {
            let mut start = 0;
            while start < apart.len() {
                let end = apart.len().min(start + part);
                let fewer: BTreeSet<NameId> = apart[..start]
                    .iter()
                    .chain(&apart[end..])
                    .copied()
                    .collect();
                if self
                    .failures
                    .iter()
                    .any(|failure| failure.is_disjoint(&fewer))
                {
                    start = end;
                    continue;
                }
                match self.run(&fewer, statistics)? {
                    Ok(run) => {
                        found = run;
                        apart.drain(start..end);
                    }
                    Err(tree) => {
                        self.learn(&tree)?;
                        start = end;
                    }
                }
            }
            part /= 2;
        }
        Ok((apart.into_iter().collect(), found))
    }

    fn run(&self, apart: &BTreeSet<NameId>, statistics: &mut Statistics) -> Result<Run, Interrupt> {
        statistics.restarts += u64::from(!self.failures.is_empty());
        run_once(self.catalog, Some(apart), self.carry_over, statistics)
    }

    /// Takes down what has to be set apart for a failure to go away.
    fn learn(&mut self, tree: &Tree) -> Result<(), Interrupt> {
        let links = links_of(tree);
        if links.is_empty() {
            return Err(self.no_solution(tree)?);
        }
        self.failures.push(links);
        Ok(())
    }

    fn no_solution(&self, tree: &Tree) -> Result<Interrupt, Interrupt> {
        let error = no_solution(
            tree,
            self.request,
            self.index,
            self.catalog,
            self.carry_over,
            self.failure,
        )?;
        Ok(error.into())
    }

    /// The packages that differ between the answers of the environments by themselves.
    ///
    /// # Errors
    ///
    /// The explanation of the first environment that has no resolution by itself.
    fn differing(&self, statistics: &mut Statistics) -> Result<BTreeSet<NameId>, Interrupt> {
        let mut versions: BTreeMap<PackageName, BTreeSet<Version>> = BTreeMap::new();
        for (id, environment) in self.catalog.environments.iter().enumerate() {
            let alone = std::slice::from_ref(environment);
            match resolve_for(self.request, self.index, alone, self.failure, statistics) {
                Ok(answer) => {
                    for pin in answer.resolution.pins {
                        versions.entry(pin.name).or_default().insert(pin.version);
                    }
                }
                Err(Interrupt::Split { patch, .. }) => {
                    return Err(Interrupt::Split {
                        environment: id,
                        patch,
                    });
                }
                Err(stop) => return Err(stop),
            }
        }
        let mut vocabulary = self.catalog.vocabulary.borrow_mut();
        let differing = versions
            .into_iter()
            .filter(|(_, versions)| versions.len() > 1);
        Ok(differing
            .map(|(name, _)| vocabulary.name_id(&name))
            .collect())
    }
}

/// The packages that a failure holds to one version in several environments.
fn links_of(tree: &Tree) -> BTreeSet<NameId> {
    let mut links = BTreeSet::new();
    let mut open = vec![tree];
    let mut seen = BTreeSet::new();
    while let Some(tree) = open.pop() {
        match tree {
            DerivationTree::External(leaf) => links.extend(nodes_of(leaf).filter_map(Node::linked)),
            DerivationTree::Derived(derived) => {
                if derived.shared_id.is_none_or(|id| seen.insert(id)) {
                    open.extend([&*derived.cause1, &*derived.cause2]);
                }
            }
        }
    }
    links
}

fn nodes_of(leaf: &External<Node, VersionSet, Reason>) -> impl Iterator<Item = Node> {
    let (first, second) = match leaf {
        External::NotRoot(node, _) | External::NoVersions(node, _) | External::Custom(node, ..) => {
            (*node, None)
        }
        External::FromDependencyOf(from, _, to, _) => (*from, Some(*to)),
    };
    [first].into_iter().chain(second)
}
