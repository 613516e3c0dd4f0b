//! What a search knows: incompatibilities, and what follows from the decisions made so far.
//!
//! This is a conflict-driven search in the manner of PubGrub: unit propagation, and for each conflict a
//! new incompatibility that prevents it from occurring again. Incompatibilities do not depend on
//! decisions, so all of them are kept when the order of decisions changes.

mod conflict;
mod revision;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxBuildHasher;

use crate::node::Node;
use crate::solver::incompatibility::{Cause, Incompatibility, IncompatibilityId, NodeIndex};
use crate::solver::places::Places;
use crate::solver::term::Term;
use crate::wanted::Wanted;

/// One step of what is known of a node.
#[derive(Debug)]
struct Step {
    /// What is known from this step on.
    known: Term,
    /// What it follows from; `None`: a decision.
    cause: Option<IncompatibilityId>,
    level: u32,
    /// Its place among the steps of all nodes.
    index: usize,
}

/// Where an incompatibility stands.
enum Standing {
    Conflict,
    /// All other terms hold, so this node's cannot.
    AllBut(NodeIndex),
    /// One of its terms cannot hold.
    Contradicted,
    Open,
}

/// What a search knows.
#[derive(Debug, Default)]
pub(crate) struct State {
    nodes: Vec<Node>,
    numbers: HashMap<Node, NodeIndex, FxBuildHasher>,
    incompatibilities: Vec<Incompatibility>,
    /// For each node, the incompatibilities that have a term for it.
    watching: Vec<Vec<IncompatibilityId>>,
    steps: Vec<Vec<Step>>,
    /// The node of each step, in order.
    trail: Vec<NodeIndex>,
    /// The node that each level decided, from level 1 on.
    decided: Vec<NodeIndex>,
    level: u32,
    /// How many levels of decisions a conflict undoes at most, beyond the last.
    longest_jump: u32,
    /// Incompatibilities with a term that cannot hold, until the trail is shorter than noted.
    contradicted: Vec<bool>,
    contradicted_since: Vec<(IncompatibilityId, usize)>,
    /// Nodes of which something new is known.
    queue: Vec<NodeIndex>,
    /// Incompatibilities to look at.
    unchecked: Vec<IncompatibilityId>,
    /// Incompatibilities, each with the level on which it was looked at first: on lower levels, where
    /// it may already lead to a conclusion, it was not looked at yet.
    recent: Vec<(IncompatibilityId, u32)>,
    /// Nodes of which something changed since [`Self::take_changed`].
    changed: Vec<NodeIndex>,
    /// By dependent, dependency and what is allowed of it.
    requirements: HashMap<(NodeIndex, NodeIndex, Places), IncompatibilityId, FxBuildHasher>,
}

impl State {
    /// Without any knowledge. A conflict undoes at most `longest_jump` levels of decisions beyond the last.
    pub(crate) fn new(longest_jump: u32) -> Self {
        Self {
            longest_jump,
            ..Self::default()
        }
    }

    /// The number of a node, which it gets when it is first asked for.
    pub(crate) fn number(&mut self, node: Node) -> NodeIndex {
        if let Some(number) = self.numbers.get(&node) {
            return *number;
        }
        let number = self.nodes.len();
        self.numbers.insert(node, number);
        self.nodes.push(node);
        self.watching.push(Vec::new());
        self.steps.push(Vec::new());
        number
    }

    /// The number of a node that was met before.
    pub(crate) fn known_number(&self, node: Node) -> Option<NodeIndex> {
        self.numbers.get(&node).copied()
    }

    pub(crate) fn node(&self, number: NodeIndex) -> Node {
        self.nodes[number]
    }

    pub(crate) fn incompatibility(&self, id: IncompatibilityId) -> &Incompatibility {
        &self.incompatibilities[id]
    }

    /// What is known of a node; `None`: nothing.
    pub(crate) fn known(&self, node: NodeIndex) -> Option<&Term> {
        self.steps[node].last().map(|step| &step.known)
    }

    /// The places that a node may be selected at, if it is to be.
    pub(crate) fn places(&self, node: NodeIndex) -> Option<&Places> {
        match self.known(node) {
            Some(Term::In(places)) => Some(places),
            _ => None,
        }
    }

    /// The place that was decided for a node.
    pub(crate) fn decision(&self, node: NodeIndex) -> Option<u32> {
        let step = self.steps[node].last()?;
        match (&step.known, step.cause) {
            (Term::In(places), None) => places.first(),
            _ => None,
        }
    }

    /// The node that a level decided; `None` for level 0.
    pub(crate) fn decided_at(&self, level: u32) -> Option<NodeIndex> {
        let before = usize::try_from(level).ok()?.checked_sub(1)?;
        self.decided.get(before).copied()
    }

    /// The decisions in the order in which they were made.
    pub(crate) fn decisions(&self) -> impl Iterator<Item = (Node, u32)> + '_ {
        let decided = |(index, node): (usize, &NodeIndex)| {
            let step = self.steps[*node]
                .last()
                .filter(|step| step.index == index)?;
            step.cause.is_none().then_some(())?;
            Some((self.nodes[*node], self.decision(*node)?))
        };
        self.trail.iter().enumerate().filter_map(decided)
    }

    /// The level at which it became known that a node is at none of these places; `None`: it may be.
    pub(crate) fn excluded_at(&self, node: NodeIndex, places: &Places) -> Option<u32> {
        let steps = &self.steps[node];
        let first = steps.partition_point(|step| match &step.known {
            Term::In(known) => !known.is_disjoint(places),
            Term::NotIn(out) => !places.is_subset(out),
        });
        steps.get(first).map(|step| step.level)
    }

    /// Those of `places` that are not ruled out for a node.
    pub(crate) fn remaining(&self, node: NodeIndex, places: &Places) -> Places {
        match self.known(node) {
            Some(Term::In(known)) => known.intersection(places),
            Some(Term::NotIn(out)) => places.without(out),
            None => places.clone(),
        }
    }

    /// Marks every node as changed.
    pub(crate) fn touch_all(&mut self) {
        self.changed = (0..self.nodes.len()).collect();
    }

    /// The nodes of which something changed since this was asked last; some more than once.
    pub(crate) fn take_changed(&mut self) -> Vec<NodeIndex> {
        std::mem::take(&mut self.changed)
    }

    /// Adds an incompatibility.
    pub(crate) fn add(&mut self, incompatibility: Incompatibility) -> IncompatibilityId {
        let id = self.store(incompatibility);
        self.watch(id);
        id
    }

    fn store(&mut self, incompatibility: Incompatibility) -> IncompatibilityId {
        self.incompatibilities.push(incompatibility);
        self.contradicted.push(false);
        self.incompatibilities.len() - 1
    }

    fn watch(&mut self, id: IncompatibilityId) {
        for (node, _) in &self.incompatibilities[id].terms {
            self.watching[*node].push(id);
        }
        self.unchecked.push(id);
        // A decision may come before it is looked at.
        self.recent.push((id, self.level + 1));
    }

    /// Adds that `from`, at the places of `parts`, requires `to` at one of `allowed`.
    ///
    /// Releases that allow the same places share one incompatibility.
    pub(crate) fn require(
        &mut self,
        from: NodeIndex,
        to: NodeIndex,
        allowed: Places,
        parts: Vec<(Places, Rc<Wanted>)>,
    ) {
        let mut places = Places::union_of(parts.iter().map(|(part, _)| part));
        let key = (from, to, allowed);
        let extends = self.requirements.get(&key).copied();
        if let Some(known) = extends {
            let Some(Term::In(before)) = self.incompatibilities[known].term(from) else {
                return;
            };
            if places.is_subset(before) {
                return;
            }
            places = places.union(before);
            self.unwatch(known);
        }
        let terms = vec![(from, Term::In(places)), (to, Term::NotIn(key.2.clone()))];
        let cause = Cause::Requires {
            from,
            to,
            parts,
            extends,
        };
        let id = self.add(Incompatibility::new(terms, cause));
        self.requirements.insert(key, id);
    }

    /// Adds that a node is not selected at `places`, since its releases there are not available, or
    /// their metadata cannot be used for this reason.
    pub(crate) fn rule_out(&mut self, node: NodeIndex, places: Places, reason: Option<Arc<str>>) {
        let terms = vec![(node, Term::In(places.clone()))];
        let cause = Cause::Unavailable {
            node,
            places,
            reason,
        };
        self.add(Incompatibility::new(terms, cause));
    }

    /// Stops looking at an incompatibility that another one replaces; it remains a cause.
    fn unwatch(&mut self, id: IncompatibilityId) {
        for (node, _) in &self.incompatibilities[id].terms {
            self.watching[*node].retain(|other| *other != id);
        }
    }

    /// Decides a node.
    pub(crate) fn decide(&mut self, node: NodeIndex, place: u32) {
        self.level += 1;
        self.decided.push(node);
        self.assert_at_level(node, place);
    }

    /// Selects a node at a place whatever else is decided; before all other decisions.
    pub(crate) fn assume(&mut self, node: NodeIndex, place: u32) {
        debug_assert_eq!(self.level, 0);
        self.assert_at_level(node, place);
    }

    fn assert_at_level(&mut self, node: NodeIndex, place: u32) {
        self.step(node, Term::In(Places::single(place)), None);
    }

    fn step(&mut self, node: NodeIndex, known: Term, cause: Option<IncompatibilityId>) {
        self.steps[node].push(Step {
            known,
            cause,
            level: self.level,
            index: self.trail.len(),
        });
        self.trail.push(node);
        self.changed.push(node);
        self.queue.push(node);
    }

    /// Draws all conclusions from what is known.
    ///
    /// # Errors
    ///
    /// The incompatibility that what is assumed conflicts with: there is no solution.
    pub(crate) fn propagate(&mut self) -> Result<(), IncompatibilityId> {
        loop {
            while let Some(id) = self.unchecked.pop() {
                self.check(id)?;
            }
            let Some(node) = self.queue.pop() else {
                return Ok(());
            };
            // The newest first: they are the most specific.
            let mut place = self.watching[node].len();
            while place > 0 && self.unchecked.is_empty() {
                place -= 1;
                let Some(id) = self.watching[node].get(place).copied() else {
                    continue;
                };
                if !self.contradicted[id] && self.check(id)? {
                    break;
                }
            }
        }
    }

    /// Looks at an incompatibility; whether there was a conflict.
    fn check(&mut self, id: IncompatibilityId) -> Result<bool, IncompatibilityId> {
        match self.standing(id) {
            Standing::Open => {}
            Standing::Contradicted => self.contradict(id),
            Standing::AllBut(node) => self.derive(node, id),
            Standing::Conflict => {
                self.resolve(id)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn standing(&self, id: IncompatibilityId) -> Standing {
        let mut open = None;
        for (node, term) in &self.incompatibilities[id].terms {
            let follows = match self.known(*node) {
                None => false,
                Some(known) if term.contradicts(known) => return Standing::Contradicted,
                Some(known) => term.follows_from(known),
            };
            if !follows && open.replace(*node).is_some() {
                return Standing::Open;
            }
        }
        open.map_or(Standing::Conflict, Standing::AllBut)
    }

    fn contradict(&mut self, id: IncompatibilityId) {
        if !self.contradicted[id] {
            self.contradicted[id] = true;
            self.contradicted_since.push((id, self.trail.len()));
        }
    }

    /// Concludes that the term of an incompatibility for `node` does not hold.
    fn derive(&mut self, node: NodeIndex, id: IncompatibilityId) {
        let Some(term) = self.incompatibilities[id].term(node) else {
            return;
        };
        let not = term.negated();
        let known = match self.known(node) {
            Some(known) => known.intersection(&not),
            None => not,
        };
        self.step(node, known, Some(id));
        self.contradict(id);
    }

    /// Undoes all decisions and conclusions beyond a level.
    pub(crate) fn go_back(&mut self, level: u32) {
        while let Some(node) = self.trail.last().copied() {
            let is_later = |step: &Step| step.level > level;
            if !self.steps[node].last().is_some_and(is_later) {
                break;
            }
            self.steps[node].pop();
            self.trail.pop();
            self.changed.push(node);
        }
        self.level = level.min(self.level);
        self.decided.truncate(self.level as usize);
        self.queue.clear();
        let length = self.trail.len();
        while let Some((id, since)) = self.contradicted_since.last().copied() {
            if since <= length {
                break;
            }
            self.contradicted[id] = false;
            self.contradicted_since.pop();
        }
        // What was learnt since may lead to a conclusion on this level, too.
        for (id, of) in &mut self.recent {
            if *of > level {
                *of = level;
                self.unchecked.push(*id);
            }
        }
        self.recent.retain(|(_, of)| *of > 0);
    }
}
