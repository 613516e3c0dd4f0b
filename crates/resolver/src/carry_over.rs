//! What runs of the solver teach the next one.
//!
//! PubGrub learns within a run; some things it cannot be told while it runs. They are kept here, and
//! the run is started anew: the index's answers are in memory, so that costs milliseconds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use harden_packaging::PackageName;
use pep440_rs::Version;
use rustc_hash::FxBuildHasher;

use crate::node::NameId;

/// How often the versions of a package may conflict with what is decided before the order is blamed.
const CONFLICT_LIMIT: u32 = 5;
/// How often the order is changed for one request.
const REORDER_LIMIT: u32 = 32;

/// What runs of the solver teach the next one.
#[derive(Debug, Default)]
pub(crate) struct CarryOver {
    /// Packages that may be pre-releases, because a specifier that was met names one.
    opted_in: BTreeSet<PackageName>,
    /// Those of them that nothing in the answer asks for.
    withdrawn: BTreeSet<PackageName>,
    conflicts: HashMap<NameId, u32, FxBuildHasher>,
    early: BTreeSet<NameId>,
    late: BTreeSet<NameId>,
    reorders: u32,
    first_tries: BTreeMap<NameId, Version>,
}

/// When a package is decided, compared with those that made no trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Turn {
    /// After them: what it is decided to be keeps other packages from their newest versions.
    Late,
    Usual,
    /// Before them: its versions kept conflicting with what was decided before it.
    Early,
}

impl CarryOver {
    /// Whether a package may be a pre-release because a specifier names one.
    pub(crate) fn is_opted_in(&self, name: &PackageName) -> bool {
        self.opted_in.contains(name) && !self.withdrawn.contains(name)
    }

    /// Opts a package in to pre-releases; whether that is news.
    pub(crate) fn opt_in(&mut self, name: &PackageName) -> bool {
        self.opted_in.insert(name.clone()) && !self.withdrawn.contains(name)
    }

    /// Takes back an opt-in by a version that did not make it into the answer.
    pub(crate) fn withdraw(&mut self, name: &PackageName) {
        self.withdrawn.insert(name.clone());
    }

    /// Takes down that a version of `affected` requires other versions of `culprit` than the one
    /// that is decided; whether the run should start anew in another order.
    pub(crate) fn conflict(&mut self, affected: NameId, culprit: NameId) -> bool {
        let count = self.conflicts.entry(affected).or_default();
        *count += 1;
        if *count < CONFLICT_LIMIT || self.reorders == REORDER_LIMIT {
            return false;
        }
        *count = 0;
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

    /// The version of a package to try before all others.
    pub(crate) fn first_try(&self, name: NameId) -> Option<&Version> {
        self.first_tries.get(&name)
    }

    /// Sets the version of a package to try before all others.
    pub(crate) fn try_first(&mut self, name: NameId, version: Version) {
        self.first_tries.insert(name, version);
    }
}
