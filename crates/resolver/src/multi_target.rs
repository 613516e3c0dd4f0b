//! One answer for several environments, in which as few packages as possible differ.
//!
//! A search that fails names the packages for which it required one version in several environments. At
//! least one of them has to differ. So the packages that may differ are the smallest set that contains a
//! package of every failure so far, until a search succeeds; no smaller set would succeed. After many
//! failures, the packages that differ between the answers of the single environments are a set that
//! succeeds, and packages are removed from it as long as the search still succeeds.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::PackageName;
use pep440_rs::Version;

use crate::carry_over::CarryOver;
use crate::catalog::Catalog;
use crate::hitting_set::smallest_hitting_set;
use crate::interrupt::Interrupt;
use crate::node::NameId;
use crate::proof::Proven;
use crate::solve::{Failed, Purpose, no_solution, resolve_for, run_once};
use crate::solver::failure::Failure;
use crate::solver::search::Search;
use crate::{Answer, Statistics};

/// After this many failures, a set that is known to succeed is made smaller instead.
const FAILURE_LIMIT: usize = 12;

/// The outcome of a search over all environments.
type Run = Result<Proven, Failure>;

/// What every step needs.
struct MultiTarget<'j, 'a> {
    catalog: &'j Catalog<'a>,
    carry_over: &'j RefCell<CarryOver>,
    purpose: &'j Purpose,
    /// For each failure so far, the packages of which one has to differ.
    failures: Vec<BTreeSet<NameId>>,
}

/// The answer for several environments.
pub(crate) fn resolve_multi_target(
    catalog: &Catalog<'_>,
    carry_over: &RefCell<CarryOver>,
    purpose: &Purpose,
    statistics: &mut Statistics,
) -> Result<Answer, Interrupt> {
    let mut targets = MultiTarget {
        catalog,
        carry_over,
        purpose,
        failures: Vec::new(),
    };
    let proven = targets.fewest_apart(statistics)?;
    purpose.answer(proven, catalog)
}

impl MultiTarget<'_, '_> {
    fn fewest_apart(&mut self, statistics: &mut Statistics) -> Result<Proven, Interrupt> {
        let mut by_themselves: Option<BTreeSet<NameId>> = None;
        while self.failures.len() < FAILURE_LIMIT {
            let apart = smallest_hitting_set(&self.failures);
            let before = self.carry_over.borrow().clone();
            let failure = match self.run(&apart, statistics) {
                Ok(Ok(found)) => return Ok(found),
                Ok(Err(failure)) => Some(failure),
                Err(Interrupt::OnlyPrereleases) => {
                    // The search that follows is not to depend on how far this one came.
                    self.carry_over.replace(before);
                    None
                }
                Err(interrupt) => return Err(interrupt),
            };
            if by_themselves.is_none() {
                // If one environment alone has no resolution, the explanation is about that one.
                let (differing, needs_prerelease) = self.differing(statistics)?;
                by_themselves = Some(differing);
                self.carry_over.borrow_mut().prereleases_are_known();
                if needs_prerelease {
                    continue;
                }
            }
            if let Some(failure) = failure {
                self.learn(failure)?;
            }
        }
        let apart = by_themselves.unwrap_or_default();
        let found = match self.run(&apart, statistics)? {
            Ok(found) => found,
            Err(failure) => return Err(self.no_solution(failure)?),
        };
        self.shrink(apart, found, statistics)
    }

    /// Removes from `apart`, which succeeds, all packages that need not differ: halves first, then parts
    /// of them.
    fn shrink(
        &mut self,
        apart: BTreeSet<NameId>,
        mut found: Proven,
        statistics: &mut Statistics,
    ) -> Result<Proven, Interrupt> {
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
                    Err(failure) => {
                        self.learn(failure)?;
                        start = end;
                    }
                }
            }
            part /= 2;
        }
        Ok(found)
    }

    fn run(&self, apart: &BTreeSet<NameId>, statistics: &mut Statistics) -> Result<Run, Interrupt> {
        statistics.restarts += u64::from(!self.failures.is_empty());
        let mut search = Search::new(self.catalog, Some(apart), self.carry_over);
        run_once(&mut search, statistics)
    }

    /// Notes the packages of a failure, of which one has to differ.
    fn learn(&mut self, failure: Failure) -> Result<(), Interrupt> {
        if failure.links.is_empty() {
            return Err(self.no_solution(failure)?);
        }
        self.failures.push(failure.links);
        Ok(())
    }

    fn no_solution(&self, failure: Failure) -> Result<Interrupt, Interrupt> {
        let failed = Failed {
            catalog: self.catalog,
            carry_over: self.carry_over,
            search: None,
        };
        Ok(no_solution(failure, failed, self.purpose)?.into())
    }

    /// The packages that differ between the answers of the environments by themselves, and whether
    /// one of these has a pre-release that was not admitted before.
    ///
    /// # Errors
    ///
    /// The explanation of the first environment that has no resolution by itself.
    fn differing(
        &self,
        statistics: &mut Statistics,
    ) -> Result<(BTreeSet<NameId>, bool), Interrupt> {
        let mut needs_prerelease = false;
        let mut versions: BTreeMap<PackageName, BTreeSet<Version>> = BTreeMap::new();
        for (id, environment) in self.catalog.environments.iter().enumerate() {
            let alone = std::slice::from_ref(environment);
            let (request, index) = (self.catalog.rules.request, self.catalog.index);
            match resolve_for(request, index, alone, &self.purpose.of_part(), statistics) {
                Ok(answer) => {
                    for pin in answer.resolution.pins {
                        if pin.version.any_prerelease() {
                            let name = self.catalog.vocabulary.borrow_mut().name_id(&pin.name);
                            needs_prerelease |=
                                self.carry_over.borrow_mut().note_prerelease(name, id);
                        }
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
        let differing = differing.map(|(name, _)| vocabulary.name_id(&name));
        Ok((differing.collect(), needs_prerelease))
    }
}
