//! What one search passes on to the next: the order of decisions, and which targets need pre-releases.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use harden_packaging::EnvironmentId;
use rustc_hash::FxBuildHasher;

use crate::catalog::SdistLimits;
use crate::interrupt::Interrupt;
use crate::node::NameId;

/// How many versions of a package may conflict with what is decided before the order changes.
const CONFLICT_LIMIT: u32 = 5;
/// How many releases of a package may conflict with what follows from one decision before the order changes.
const INDIRECT_CONFLICT_LIMIT: usize = 8;
/// How many sdists a trial reads that turn out to have no usable metadata.
const UNUSABLE_SDISTS: u32 = 3;
/// How often the order is changed for one request.
const REORDER_LIMIT: u32 = 32;

/// What one search passes on to the next.
#[derive(Debug, Clone, Default)]
pub(crate) struct CarryOver {
    conflicts: HashMap<NameId, u32, FxBuildHasher>,
    /// The places of releases that failed by what follows from a decision, by their package and the decided one.
    indirect_conflicts: HashMap<(NameId, NameId), BTreeSet<u32>, FxBuildHasher>,
    early: BTreeSet<NameId>,
    late: BTreeSet<NameId>,
    reorders: u32,
    /// Packages of which an environment by itself takes a pre-release, because no stable release fits.
    needed_prereleases: BTreeSet<(NameId, EnvironmentId)>,
    /// Whether that is known.
    knows_prereleases: bool,
    /// How many decisions may still be made; `None`: any number.
    budget: Option<Rc<Cell<u64>>>,
    /// How many sdists may still be built to be read; `None`: any number.
    builds: Option<Rc<Cell<u32>>>,
    /// How many were made.
    spent: Cell<u64>,
}

/// When a package is decided, compared with those that caused no conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Turn {
    /// After them: its decision keeps other packages from their newest versions.
    Late,
    Usual,
    /// Before them: its versions kept conflicting with what was decided before it.
    Early,
}

impl CarryOver {
    /// The same knowledge, with limits on the number of decisions, and of sdists that are built.
    pub(crate) fn with_budget(&self, budget: Rc<Cell<u64>>, builds: Rc<Cell<u32>>) -> Self {
        Self {
            budget: Some(budget),
            builds: Some(builds),
            ..self.clone()
        }
    }

    /// Counts a decision, or a release whose metadata was read and that cannot be chosen.
    ///
    /// # Errors
    ///
    /// [`Interrupt::BudgetSpent`].
    pub(crate) fn spend(&self) -> Result<(), Interrupt> {
        self.spent.set(self.spent.get() + 1);
        let Some(budget) = &self.budget else {
            return Ok(());
        };
        let left = budget.get().checked_sub(1).ok_or(Interrupt::BudgetSpent)?;
        budget.set(left);
        Ok(())
    }

    /// How many sdists a trial may read; `None` if this is none.
    pub(crate) fn sdist_limits(&self) -> Option<SdistLimits> {
        let builds = self.builds.as_ref()?;
        Some(SdistLimits {
            unusable: Cell::new(UNUSABLE_SDISTS),
            builds: Rc::clone(builds),
        })
    }

    /// How often [`Self::spend`] was called.
    pub(crate) fn spent(&self) -> u64 {
        self.spent.get()
    }

    /// Notes that a version of `affected` requires other versions of `culprit` than the one that is
    /// decided; whether the order of decisions changes.
    pub(crate) fn conflict(&mut self, affected: NameId, culprit: NameId) -> bool {
        let count = self.conflicts.entry(affected).or_default();
        *count += 1;
        if *count < CONFLICT_LIMIT || self.reorders == REORDER_LIMIT {
            return false;
        }
        *count = 0;
        self.prefer(affected, culprit)
    }

    /// Notes that what follows from the decision of `culprit` rules out what the release of `affected` at
    /// `place` requires; whether the order of decisions changes.
    pub(crate) fn indirect_conflict(
        &mut self,
        (affected, place): (NameId, u32),
        culprit: NameId,
    ) -> bool {
        // Two packages that changed places once could go on like this forever.
        let was_moved = |name| self.early.contains(&name) || self.late.contains(&name);
        if was_moved(affected) || was_moved(culprit) || self.reorders == REORDER_LIMIT {
            return false;
        }
        let pair = (affected, culprit);
        let failed = self.indirect_conflicts.entry(pair).or_default();
        // Each release counts once, however often it is tried.
        if !failed.insert(place) || failed.len() != INDIRECT_CONFLICT_LIMIT {
            return false;
        }
        self.prefer(affected, culprit)
    }

    /// Decides `affected` before `culprit` from now on; whether that is news.
    fn prefer(&mut self, affected: NameId, culprit: NameId) -> bool {
        let mut changed = self.early.insert(affected);
        changed |= self.late.remove(&affected);
        changed |= !self.early.contains(&culprit) && self.late.insert(culprit);
        if changed {
            self.reorders += 1;
        }
        changed
    }

    /// When a package is decided.
    pub(crate) fn turn(&self, name: NameId) -> Turn {
        if self.early.contains(&name) {
            Turn::Early
        } else if self.late.contains(&name) {
            Turn::Late
        } else {
            Turn::Usual
        }
    }

    /// Whether an environment by itself takes a pre-release of a package.
    pub(crate) fn needs_prerelease(&self, name: NameId, environment: EnvironmentId) -> bool {
        self.needed_prereleases.contains(&(name, environment))
    }

    /// Whether it is known which environments by themselves take pre-releases.
    pub(crate) fn knows_prereleases(&self) -> bool {
        self.knows_prereleases
    }

    /// Notes that all of these are noted.
    pub(crate) fn prereleases_are_known(&mut self) {
        self.knows_prereleases = true;
    }

    /// Notes that an environment by itself takes a pre-release of a package; whether that is news.
    pub(crate) fn note_prerelease(&mut self, name: NameId, environment: EnvironmentId) -> bool {
        self.needed_prereleases.insert((name, environment))
    }
}
