//! A state with what still holds of another one after some of its facts were withdrawn.

use std::collections::HashSet;

use rustc_hash::FxBuildHasher;

use super::State;
use crate::solver::incompatibility::{Cause, IncompatibilityId};

impl State {
    /// A state without decisions and assumptions, which keeps the facts that `keeps` says to keep and
    /// all that follows from these alone.
    pub(crate) fn revised(&self, keeps: impl Fn(&Cause) -> bool) -> Self {
        let mut kept: Vec<bool> = Vec::with_capacity(self.incompatibilities.len());
        for incompatibility in &self.incompatibilities {
            // What an incompatibility follows from was stored before it.
            let is_kept = match &incompatibility.cause {
                Cause::Derived(one, other) => kept[*one] && kept[*other],
                cause @ Cause::Requires { extends, .. } => {
                    keeps(cause) && extends.is_none_or(|id| kept[id])
                }
                cause => keeps(cause),
            };
            kept.push(is_kept);
        }
        let mut watching = self.watching.clone();
        let mut unchecked: HashSet<IncompatibilityId, FxBuildHasher> = HashSet::default();
        for ids in &mut watching {
            ids.retain(|id| kept[*id]);
            unchecked.extend(ids.iter());
        }
        let mut unchecked: Vec<IncompatibilityId> = unchecked.into_iter().collect();
        unchecked.sort_unstable();
        let mut requirements = self.requirements.clone();
        requirements.retain(|_, id| kept[*id]);
        Self {
            nodes: self.nodes.clone(),
            numbers: self.numbers.clone(),
            incompatibilities: self.incompatibilities.clone(),
            watching,
            steps: self.nodes.iter().map(|_| Vec::new()).collect(),
            longest_jump: self.longest_jump,
            contradicted: vec![false; self.incompatibilities.len()],
            unchecked,
            requirements,
            ..Self::default()
        }
    }
}
