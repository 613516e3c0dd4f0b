//! The runs of the solver that lead to an answer.
//!
//! One run decides one set of environments under fixed knowledge. What a run finds out can make it
//! start anew: a marker that turns inside an environment splits it; a pre-release that turns out to
//! be asked for is let in; and where several environments have no common resolution, packages are
//! set apart, as few as can be.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use harden_packaging::{Index, ResolvedFor};
use pubgrub::{PubGrubError, SelectedDependencies};
use tracing::debug_span;

use crate::carry_over::CarryOver;
use crate::catalog::Catalog;
use crate::interrupt::Interrupt;
use crate::multi_target::resolve_multi_target;
use crate::node::{EnvironmentSet, NameId, Node};
use crate::prefetch::likely_answer;
use crate::proof::{self, Outcome, Proven};
use crate::provider::{Provider, root_version};
use crate::report::explain::{self, Tree};
use crate::report::suggestions;
use crate::rules::Rules;
use crate::{Answer, Request, ResolveError, Statistics};

/// Resolves `request` over `index`.
///
/// # Errors
///
/// [`ResolveError`] says whether there is no resolution, the input cannot be decided for the
/// targets, or the index failed.
pub fn resolve(request: &Request, index: &dyn Index) -> Result<Answer, ResolveError> {
    resolve_with(request, index, Failure::Explained)
}

/// Resolves a request that is only tried.
pub(crate) fn resolve_quietly(request: &Request, index: &dyn Index) -> Option<Answer> {
    resolve_with(request, index, Failure::Plain).ok()
}

/// What becomes of a request that has no resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// It is explained, and changes that resolve are looked for.
    Explained,
    /// It is said.
    Plain,
}

fn resolve_with(
    request: &Request,
    index: &dyn Index,
    failure: Failure,
) -> Result<Answer, ResolveError> {
    let mut statistics = Statistics::default();
    let mut environments = environments_of(request)?;
    loop {
        match resolve_for(request, index, &environments, failure, &mut statistics) {
            Ok(answer) => {
                return Ok(Answer {
                    statistics,
                    ..answer
                });
            }
            Err(Interrupt::Split { environment, patch }) => {
                split(&mut environments, environment, patch)?;
            }
            Err(Interrupt::PrereleaseAllowed | Interrupt::Reordered) => {}
            Err(Interrupt::Error(error)) => return Err(error),
        }
        statistics.restarts += 1;
    }
}

fn environments_of(request: &Request) -> Result<Vec<ResolvedFor>, ResolveError> {
    let mut environments: Vec<ResolvedFor> = Vec::with_capacity(request.targets.len());
    for target in &request.targets {
        if environments.iter().any(|known| known.target == *target) {
            continue;
        }
        let mut environment = target.environment();
        for (variable, value) in &request.markers {
            environment.set(*variable, value.clone()).map_err(|error| {
                ResolveError::Input(format!(
                    "--marker {variable}={value} does not fit {target}: {error}"
                ))
            })?;
        }
        environments.push(ResolvedFor {
            target: target.clone(),
            environment,
        });
    }
    if environments.is_empty() {
        return Err(ResolveError::Input(
            "no target platform to resolve for".to_owned(),
        ));
    }
    check_number(&environments)?;
    Ok(environments)
}

fn check_number(environments: &[ResolvedFor]) -> Result<(), ResolveError> {
    if environments.len() > EnvironmentSet::LIMIT {
        return Err(ResolveError::Input(format!(
            "more than {} environments to resolve for at once: resolve for fewer targets, or name patch levels \
             (`cp-3.11.9-cp311`), so that markers on `python_full_version` need not split them",
            EnvironmentSet::LIMIT
        )));
    }
    Ok(())
}

fn split(environments: &mut Vec<ResolvedFor>, id: usize, patch: u64) -> Result<(), ResolveError> {
    let whole = &environments[id];
    let Some((lower, upper)) = whole.environment.split_at_patch(patch) else {
        return Err(ResolveError::Defect(format!(
            "{} does not turn at patch level {patch}",
            whole.target
        )));
    };
    let target = whole.target.clone();
    let parts = [lower, upper].map(|environment| ResolvedFor {
        target: target.clone(),
        environment,
    });
    environments.splice(id..=id, parts);
    check_number(environments)
}

/// The answer for these environments as they are.
pub(crate) fn resolve_for(
    request: &Request,
    index: &dyn Index,
    environments: &[ResolvedFor],
    failure: Failure,
    statistics: &mut Statistics,
) -> Result<Answer, Interrupt> {
    let rules = Rules::new(request, environments)?;
    let catalog = Catalog::new(index, &rules, environments);
    let carry_over = RefCell::default();
    if statistics.decisions == 0 {
        likely_answer::prefetch(&catalog, Provider::new(&catalog, None, &carry_over).roots());
    }
    let answer = if environments.len() == 1 {
        match run_once(&catalog, None, &carry_over, statistics)? {
            Ok(found) => finish(found, &catalog, None, &carry_over, statistics),
            Err(tree) => {
                Err(no_solution(&tree, request, index, &catalog, &carry_over, failure)?.into())
            }
        }
    } else {
        resolve_multi_target(request, index, &catalog, &carry_over, failure, statistics)
    };
    statistics.versions_tried += catalog.versions_tried();
    answer
}

/// The error that tells why there is no resolution.
pub(crate) fn no_solution(
    tree: &Tree,
    request: &Request,
    index: &dyn Index,
    catalog: &Catalog<'_>,
    carry_over: &RefCell<CarryOver>,
    failure: Failure,
) -> Result<ResolveError, Interrupt> {
    let target = &catalog.environments[0].target;
    let mut text = format!("no resolution for {target}");
    if failure == Failure::Explained {
        let explanation = explain::explain(tree, catalog, carry_over, 0)?;
        for (number, fact) in explanation.facts.iter().enumerate() {
            let _ = write!(text, "\n  {}. {fact}", number + 1);
        }
        for hint in suggestions::suggestions(request, target, index, &explanation) {
            let _ = write!(text, "\nhint: {hint}");
        }
    }
    Ok(ResolveError::NoSolution(text))
}

/// The answer, once what the solver leapt over has been looked at.
pub(crate) fn finish(
    (mut best, leaps): (Proven, Leaps),
    catalog: &Catalog<'_>,
    apart: Option<&BTreeSet<NameId>>,
    carry_over: &RefCell<CarryOver>,
    statistics: &mut Statistics,
) -> Result<Answer, Interrupt> {
    let linked = |name: &NameId| apart.is_none_or(|apart| !apart.contains(name));
    for (name, tried) in leaps.into_iter().filter(|(name, _)| linked(name)) {
        best = look_between(best, name, tried, catalog, apart, carry_over, statistics)?;
    }
    best.into_answer(catalog)
}

/// Looks for a newer release of a package among those that the solver leapt over, by halves: as a
/// rule, what keeps a release out keeps out all newer ones.
fn look_between(
    mut best: Proven,
    name: NameId,
    mut tried: BTreeSet<usize>,
    catalog: &Catalog<'_>,
    apart: Option<&BTreeSet<NameId>>,
    carry_over: &RefCell<CarryOver>,
    statistics: &mut Statistics,
) -> Result<Proven, Interrupt> {
    let listing = catalog.listing(name)?;
    let place_in = |proven: &Proven| {
        let mut pins = proven.answer.resolution.pins.iter();
        let pin = pins.find(|pin| pin.name == listing.name)?;
        listing.position(&pin.version)
    };
    while let Some(found) = place_in(&best) {
        let newer = tried
            .range(..found)
            .next_back()
            .map_or(0, |tried| tried + 1);
        if newer >= found {
            break;
        }
        let middle = newer + (found - newer) / 2;
        // The next step looks at one of these.
        for next in [
            newer + (middle - newer) / 2,
            middle + 1 + (found - middle) / 2,
        ] {
            if (newer..found).contains(&next) {
                catalog.prefetch_release(&listing, next)?;
            }
        }
        let version = listing.releases()[middle].version.clone();
        carry_over.borrow_mut().try_first(name, version);
        statistics.restarts += 1;
        match run_once(catalog, apart, carry_over, statistics)? {
            Ok((answer, _)) if place_in(&answer) == Some(middle) => best = answer,
            _ => {
                tried.insert(middle);
            }
        }
    }
    if let Some(found) = place_in(&best) {
        carry_over
            .borrow_mut()
            .try_first(name, listing.releases()[found].version.clone());
    }
    Ok(best)
}

/// The packages that a run leapt ahead with, and which of their releases it tried.
pub(crate) type Leaps = Vec<(NameId, BTreeSet<usize>)>;

/// VersionRuns the solver until what it learns leaves its order and its pre-releases as they are.
pub(crate) fn run_once(
    catalog: &Catalog<'_>,
    apart: Option<&BTreeSet<NameId>>,
    carry_over: &RefCell<CarryOver>,
    statistics: &mut Statistics,
) -> Result<Result<(Proven, Leaps), Tree>, Interrupt> {
    loop {
        let provider = Provider::new(catalog, apart, carry_over);
        let outcome = pubgrub::resolve(&provider, Node::Root, root_version());
        statistics.decisions += provider.decisions();
        let kept = outcome
            .as_ref()
            .map_or(0, |selected| selected.iter().count() as u64);
        statistics.backtracks += provider.decisions().saturating_sub(kept);
        let stop = match outcome {
            Ok(selected) => match prove(catalog, &selected)? {
                Outcome::Proven(proven) => return Ok(Ok((proven, provider.leaps()))),
                Outcome::Prerelease(name) => {
                    carry_over.borrow_mut().withdraw(&name);
                    Interrupt::PrereleaseAllowed
                }
            },
            Err(PubGrubError::NoSolution(tree)) => return Ok(Err(tree)),
            Err(
                PubGrubError::ErrorRetrievingDependencies { source, .. }
                | PubGrubError::ErrorChoosingVersion { source, .. }
                | PubGrubError::ErrorInShouldCancel(source),
            ) => source,
        };
        match stop {
            Interrupt::PrereleaseAllowed | Interrupt::Reordered => statistics.restarts += 1,
            stop => return Err(stop),
        }
    }
}

fn prove(
    catalog: &Catalog<'_>,
    selected: &SelectedDependencies<Node, pep440_rs::Version>,
) -> Result<Outcome, Interrupt> {
    let mut chosen = proof::Chosen::default();
    for (node, version) in selected.iter() {
        if let Node::Base(name, environments) = *node {
            for environment in environments.iter() {
                chosen.insert((name, environment), version.clone());
            }
        }
    }
    debug_span!("proof").in_scope(|| proof::prove(catalog, &chosen))
}
