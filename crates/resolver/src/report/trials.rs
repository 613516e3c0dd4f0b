//! Trials: changed requests, resolved with what the search that failed has learnt.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use harden_packaging::{Index, PackageName, ResolvedFor};

use crate::carry_over::CarryOver;
use crate::catalog::revision::Scope;
use crate::interrupt::Interrupt;
use crate::prefetch::likely_answer;
use crate::rules::Rules;
use crate::solve::{Failed, environments_of, resolve_trial, run_once};
use crate::{Answer, Request, Statistics};

/// How many trials are made.
const LIMIT: usize = 8;
/// How many decisions all trials together may take, besides twice those of the search that failed.
const BUDGET: u64 = 1_000;
/// How many sdists all trials together may build to read what they require. A search through the releases
/// of a package that are all to be built would take a build for each.
const BUILDS: u32 = 4;

/// What a change of a request affects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Affected {
    /// The lines and releases of one package.
    Package(PackageName),
    /// Which releases of any package are available.
    AllReleases,
    /// The target: nothing that was learnt may be used.
    Target,
}

/// Trials after one failure.
pub(crate) struct Trials<'s, 'a> {
    failed: Failed<'s, 'a>,
    /// Whether trials may use what the failed search has learnt.
    is_shared: bool,
    granted: u64,
    budget: Rc<Cell<u64>>,
    builds: Rc<Cell<u32>>,
    left: usize,
}

impl<'s, 'a> Trials<'s, 'a> {
    /// Trials of changes of `request`.
    pub(crate) fn new(failed: Failed<'s, 'a>, request: &Request) -> Self {
        // A target that was split is tried as a whole.
        let is_whole = environments_of(request)
            .is_ok_and(|whole| is_same(&whole, failed.catalog.environments));
        let granted = BUDGET + 2 * failed.carry_over.borrow().spent();
        Self {
            failed,
            is_shared: is_whole && failed.search.is_some(),
            granted,
            budget: Rc::new(Cell::new(granted)),
            builds: Rc::new(Cell::new(BUILDS)),
            left: LIMIT,
        }
    }

    /// How many decisions all trials together may take.
    pub(crate) fn granted(&self) -> u64 {
        self.granted
    }

    /// Whether trials were ended, or not begun, since the granted decisions were made.
    pub(crate) fn is_spent(&self) -> bool {
        self.budget.get() == 0
    }

    /// The answer to a changed request; `None`: there is none, or it was not found within the limits.
    pub(crate) fn answer(&mut self, request: &Request, affected: &Affected) -> Option<Answer> {
        self.begin()?;
        let catalog = self.failed.catalog;
        let scope = match affected {
            Affected::Package(name) => {
                Scope::Package(catalog.vocabulary.borrow_mut().name_id(name))
            }
            Affected::AllReleases => Scope::AllReleases,
            Affected::Target => return self.afresh(request, catalog.index),
        };
        if !self.is_shared {
            return self.afresh(request, catalog.index);
        }
        match self.shared(request, scope) {
            Ok(answer) => answer,
            // Metadata that was read for the first time splits the target.
            Err(Interrupt::Split { .. }) => self.afresh(request, catalog.index),
            Err(_) => None,
        }
    }

    /// The answer to a request over another index.
    pub(crate) fn answer_from(&mut self, request: &Request, index: &dyn Index) -> Option<Answer> {
        self.begin()?;
        self.afresh(request, index)
    }

    fn begin(&mut self) -> Option<()> {
        self.left = self.left.checked_sub(1)?;
        (!self.is_spent()).then_some(())
    }

    fn carry_over(&self) -> CarryOver {
        let carry_over = self.failed.carry_over.borrow();
        carry_over.with_budget(Rc::clone(&self.budget), Rc::clone(&self.builds))
    }

    fn afresh(&self, request: &Request, index: &dyn Index) -> Option<Answer> {
        resolve_trial(request, index, self.carry_over())
    }

    /// The answer within `scope` of the failed search, with all that it has learnt beyond the scope.
    fn shared(&self, request: &Request, scope: Scope) -> Result<Option<Answer>, Interrupt> {
        let Some(failed) = self.failed.search else {
            return Ok(None);
        };
        let rules = Rules::new(request, self.failed.catalog.environments)?;
        let carry_over = self.carry_over();
        let catalog = self.failed.catalog.revised(&rules, scope);
        let catalog = catalog.with_limits(carry_over.sdist_limits());
        likely_answer::prefetch(&catalog);
        let carry_over = RefCell::new(carry_over);
        let mut search = failed.revised(&catalog, &carry_over, scope);
        let proven = run_once(&mut search, &mut Statistics::default())?;
        Ok(proven.ok().map(|proven| proven.answer))
    }
}

/// Whether markers have the same outcomes in both.
fn is_same(one: &[ResolvedFor], other: &[ResolvedFor]) -> bool {
    let environments = |all: &[ResolvedFor]| {
        all.iter()
            .map(|known| known.environment.clone())
            .collect::<Vec<_>>()
    };
    environments(one) == environments(other)
}
