//! What a conflict follows from, and how far to go back for it.

use super::State;
use crate::node::Node;
use crate::solver::incompatibility::{Incompatibility, IncompatibilityId, NodeIndex};
use crate::solver::term::Term;

impl State {
    /// Finds what a conflict follows from, goes back to where that shows, and concludes from it.
    pub(super) fn resolve(&mut self, conflict: IncompatibilityId) -> Result<(), IncompatibilityId> {
        let mut id = conflict;
        loop {
            if self.is_terminal(id) {
                return Err(id);
            }
            let (node, place) = self.satisfier(id);
            let before = self.level_before(id, node, place);
            let step = &self.steps[node][place];
            match step.cause {
                Some(cause) if before >= step.level => {
                    let resolvent = Incompatibility::resolvent(
                        (id, &self.incompatibilities[id]),
                        (cause, &self.incompatibilities[cause]),
                        node,
                    );
                    id = self.store(resolvent);
                }
                _ => {
                    // The decisions in between are probably right: to undo all of them for a
                    // conclusion of an early level would decide hundreds of packages again.
                    let level = step.level.saturating_sub(1).max(before);
                    let is_far = level - before > self.longest_jump;
                    self.go_back(if is_far { level } else { before });
                    if id != conflict {
                        self.watch(id);
                    }
                    self.derive(node, id);
                    return Ok(());
                }
            }
        }
    }

    /// Whether all terms of an incompatibility are assumptions.
    fn is_terminal(&self, id: IncompatibilityId) -> bool {
        let mut terms = self.incompatibilities[id].terms.iter();
        terms.all(|(node, _)| matches!(self.nodes[*node], Node::Line(_)))
    }

    /// The step with which all terms of an incompatibility hold.
    fn satisfier(&self, id: IncompatibilityId) -> (NodeIndex, usize) {
        let terms = self.incompatibilities[id].terms.iter();
        let steps = terms.map(|(node, term)| (*node, self.first_step(*node, term)));
        let latest = steps.max_by_key(|(node, place)| self.steps[*node][*place].index);
        latest.unwrap_or_default()
    }

    /// The first step of a node from which `term` follows.
    fn first_step(&self, node: NodeIndex, term: &Term) -> usize {
        let steps = &self.steps[node];
        steps
            .partition_point(|step| !term.follows_from(&step.known))
            .min(steps.len().saturating_sub(1))
    }

    /// The level up to which all terms hold, given the one step that satisfies the last of them.
    fn level_before(&self, id: IncompatibilityId, node: NodeIndex, place: usize) -> u32 {
        let mut level = 0;
        for (other, term) in &self.incompatibilities[id].terms {
            if *other != node {
                let first = self.first_step(*other, term);
                level = level.max(self.steps[*other][first].level);
                continue;
            }
            let step = &self.steps[node][place];
            let alone = match step.cause {
                None => step.known.clone(),
                Some(cause) => match self.incompatibilities[cause].term(node) {
                    Some(term) => term.negated(),
                    None => Term::anything(),
                },
            };
            if term.follows_from(&alone) {
                continue;
            }
            let earlier = &self.steps[node][..place];
            let first = earlier
                .partition_point(|step| !term.follows_from(&step.known.intersection(&alone)));
            if let Some(step) = earlier.get(first) {
                level = level.max(step.level);
            }
        }
        level
    }
}
