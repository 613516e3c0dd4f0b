//! The searches that lead to an answer.
//!
//! One search decides one set of environments. It may have to start again: a marker whose outcome
//! changes inside an environment splits the environment; and if several environments have no common
//! resolution, as few packages as possible are allowed to differ between them.

use std::cell::RefCell;
use std::fmt::Write as _;

use harden_packaging::{Index, ResolvedFor};
use tracing::debug_span;

use crate::carry_over::CarryOver;
use crate::catalog::Catalog;
use crate::interrupt::Interrupt;
use crate::multi_target::resolve_multi_target;
use crate::node::EnvironmentSet;
use crate::prefetch::likely_answer;
use crate::proof::{self, Proven};
use crate::report::explain;
use crate::report::suggestions;
use crate::rules::Rules;
use crate::solver::failure::Failure;
use crate::solver::search::Search;
use crate::{Answer, Request, ResolveError, Statistics, Warning};

/// Resolves `request` over `index`.
///
/// # Errors
///
/// [`ResolveError`] says whether there is no resolution, the input cannot be decided for the
/// targets, or the index failed.
pub fn resolve(request: &Request, index: &dyn Index) -> Result<Answer, ResolveError> {
    resolve_with(request, index, &Purpose::Answer)
}

/// The answer to `request`, if there is one: without reasons, and without an explanation where there is none.
pub fn answer_to(request: &Request, index: &dyn Index) -> Option<Answer> {
    resolve_trial(request, index, CarryOver::default())
}

/// Resolves a request that is only tried, with the knowledge and the budget of `carry_over`.
pub(crate) fn resolve_trial(
    request: &Request,
    index: &dyn Index,
    carry_over: CarryOver,
) -> Option<Answer> {
    resolve_with(request, index, &Purpose::Trial(carry_over)).ok()
}

/// What a resolution is for.
#[derive(Debug, Clone)]
pub(crate) enum Purpose {
    /// The user: with the reasons of each pin, or an explanation why there is no answer.
    Answer,
    /// A comparison of what several environments have by themselves: without reasons.
    Comparison,
    /// A trial of a changed request: without reasons and explanation. It starts with this knowledge and
    /// ends with its budget.
    Trial(CarryOver),
}

impl Purpose {
    /// What a new search starts with.
    fn carry_over(&self) -> RefCell<CarryOver> {
        RefCell::new(match self {
            Self::Answer | Self::Comparison => CarryOver::default(),
            Self::Trial(carry_over) => carry_over.clone(),
        })
    }

    /// The purpose of a part of what this is for.
    pub(crate) fn of_part(&self) -> Self {
        match self {
            Self::Answer | Self::Comparison => Self::Comparison,
            trial @ Self::Trial(_) => trial.clone(),
        }
    }

    /// The answer that a proof comes to.
    pub(crate) fn answer(
        &self,
        proven: Proven,
        catalog: &Catalog<'_>,
    ) -> Result<Answer, Interrupt> {
        match self {
            Self::Answer => proven.into_answer(catalog),
            Self::Comparison | Self::Trial(_) => Ok(proven.answer),
        }
    }
}

fn resolve_with(
    request: &Request,
    index: &dyn Index,
    purpose: &Purpose,
) -> Result<Answer, ResolveError> {
    let mut statistics = Statistics::default();
    let mut environments = environments_of(request)?;
    loop {
        match resolve_for(request, index, &environments, purpose, &mut statistics) {
            Ok(answer) => {
                return Ok(Answer {
                    statistics,
                    ..answer
                });
            }
            Err(Interrupt::Split { environment, patch }) => {
                split(&mut environments, environment, patch)?;
            }
            Err(Interrupt::Reordered) => {}
            Err(Interrupt::OnlyPrereleases) => {
                return Err(ResolveError::Defect(
                    "what environments take by themselves was not asked".to_owned(),
                ));
            }
            Err(Interrupt::BudgetSpent) => {
                return Err(ResolveError::NoSolution("not tried to the end".to_owned()));
            }
            Err(Interrupt::Error(error)) => return Err(error),
        }
        statistics.restarts += 1;
    }
}

pub(crate) fn environments_of(request: &Request) -> Result<Vec<ResolvedFor>, ResolveError> {
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
            "{} has no marker boundary at patch level {patch}",
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
    purpose: &Purpose,
    statistics: &mut Statistics,
) -> Result<Answer, Interrupt> {
    let rules = Rules::new(request, environments)?;
    let carry_over = purpose.carry_over();
    let limits = carry_over.borrow().sdist_limits();
    let catalog = Catalog::new(index, &rules, environments).with_limits(limits);
    let leaves_memory = request.options.leaves_memory && matches!(purpose, Purpose::Answer);
    if statistics.decisions == 0 {
        debug_span!("prefetch").in_scope(|| likely_answer::prefetch(&catalog));
    }
    let answer = if environments.len() == 1 {
        let mut search = Search::new(&catalog, None, &carry_over);
        match run_once(&mut search, statistics)? {
            Ok(proven) => {
                let answer = purpose.answer(proven, &catalog);
                if leaves_memory {
                    std::mem::forget(search);
                }
                answer
            }
            Err(failure) => {
                let failed = Failed {
                    catalog: &catalog,
                    carry_over: &carry_over,
                    search: Some(&search),
                };
                Err(no_solution(failure, failed, purpose)?.into())
            }
        }
    } else {
        resolve_multi_target(&catalog, &carry_over, purpose, statistics)
    };
    statistics.versions_tried += catalog.versions_tried();
    if leaves_memory && answer.is_ok() {
        std::mem::forget(catalog);
    }
    answer
}

/// What is known after a search found no solution.
#[derive(Clone, Copy)]
pub(crate) struct Failed<'s, 'a> {
    pub(crate) catalog: &'s Catalog<'a>,
    pub(crate) carry_over: &'s RefCell<CarryOver>,
    /// The search; `None` where it was for several environments.
    pub(crate) search: Option<&'s Search<'a>>,
}

/// The error that says why there is no resolution.
pub(crate) fn no_solution(
    failure: Failure,
    failed: Failed<'_, '_>,
    purpose: &Purpose,
) -> Result<ResolveError, Interrupt> {
    let target = &failed.catalog.environments[0].target;
    let mut text = format!("no resolution for {target}");
    if !matches!(purpose, Purpose::Trial(_)) {
        let explanation = explain::explain(failure, failed.catalog, failed.carry_over)?;
        for (number, fact) in explanation.facts.iter().enumerate() {
            let _ = write!(text, "\n  {}. {fact}", number + 1);
        }
        for hint in suggestions::suggestions(failed, &explanation) {
            let _ = write!(text, "\nhint: {hint}");
        }
    }
    Ok(ResolveError::NoSolution(text))
}

/// Runs a search, and proves what it finds.
pub(crate) fn run_once(
    search: &mut Search<'_>,
    statistics: &mut Statistics,
) -> Result<Result<Proven, Failure>, Interrupt> {
    let outcome = debug_span!("search").in_scope(|| search.run());
    let effort = search.effort();
    statistics.decisions += effort.decisions;
    statistics.restarts += effort.reorders;
    let found = match outcome? {
        Ok(found) => found,
        Err(failure) => {
            statistics.backtracks += effort.decisions;
            return Ok(Err(failure));
        }
    };
    statistics.backtracks += effort.decisions.saturating_sub(found.decisions);
    let mut proven = debug_span!("proof").in_scope(|| proof::prove(search.catalog, &found))?;
    let skipped = found.skipped.iter().map(|name| Warning::Skipped {
        name: search.catalog.name(*name),
    });
    proven.answer.warnings.extend(skipped);
    let passed_over = search.catalog.passed_over(&proven.answer.resolution.pins);
    proven.answer.warnings.extend(passed_over);
    proven.answer.warnings.sort();
    Ok(Ok(proven))
}
