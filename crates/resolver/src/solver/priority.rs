//! Which package is decided next.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::carry_over::Turn;
use crate::interrupt::Interrupt;
use crate::node::Node;
use crate::solver::incompatibility::NodeIndex;
use crate::solver::search::Search;

/// How soon a node is decided: greater is sooner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Priority {
    stage: Stage,
    /// What earlier conflicts have shown.
    turn: Turn,
    /// When its package was met: the user's requirements first, then theirs.
    met: Reverse<u32>,
    /// Links before bases, these before extras.
    kind: Reverse<u8>,
}

/// Whether there is a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// It gets the release of another node, which is not decided yet.
    Waiting,
    Free,
    /// There is one release left, an sdist, which may have to be built before its requirements are known. What
    /// others require may rule it out without a build.
    ForcedSdist,
    /// There is one release left.
    Forced,
    /// There is none, which ends this attempt before anything is read or built for other packages.
    Impossible,
}

/// How many releases are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    None,
    One,
    OneSdist,
    Several,
}

/// The nodes that are to be decided.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    queue: BTreeSet<(Priority, Reverse<NodeIndex>)>,
    priorities: Vec<Option<Priority>>,
}

impl Agenda {
    fn set(&mut self, node: NodeIndex, priority: Option<Priority>) {
        if self.priorities.len() <= node {
            self.priorities.resize(node + 1, None);
        }
        let before = std::mem::replace(&mut self.priorities[node], priority);
        if before == priority {
            return;
        }
        if let Some(before) = before {
            self.queue.remove(&(before, Reverse(node)));
        }
        if let Some(priority) = priority {
            self.queue.insert((priority, Reverse(node)));
        }
    }
}

impl Search<'_> {
    /// The node to decide next; `None`: all are decided.
    pub(crate) fn next(&mut self) -> Result<Option<NodeIndex>, Interrupt> {
        let mut changed = self.state.take_changed();
        changed.sort_unstable();
        changed.dedup();
        for node in self.with_relatives(changed) {
            let priority = self.priority(node)?;
            self.agenda.set(node, priority);
        }
        Ok(self.agenda.queue.last().map(|(_, Reverse(node))| *node))
    }

    /// These nodes, and the other nodes of their packages, whose priorities depend on them.
    fn with_relatives(&self, changed: Vec<NodeIndex>) -> BTreeSet<NodeIndex> {
        let mut all = BTreeSet::new();
        for node in changed {
            all.insert(node);
            if let Some(name) = self.state.node(node).name() {
                all.extend(self.nodes_of(name));
            }
        }
        all
    }

    fn priority(&self, number: NodeIndex) -> Result<Option<Priority>, Interrupt> {
        let node = self.state.node(number);
        let Some(name) = node.name() else {
            return Ok(None);
        };
        if self.state.places(number).is_none() || self.state.decision(number).is_some() {
            return Ok(None);
        }
        let stage = match self.leader(node).map(|leader| self.decision_of(leader)) {
            Some(None) => Stage::Waiting,
            Some(Some(_)) => Stage::Forced,
            None => match self.choice(number)? {
                Choice::Several => Stage::Free,
                Choice::One => Stage::Forced,
                Choice::OneSdist => Stage::ForcedSdist,
                Choice::None => Stage::Impossible,
            },
        };
        Ok(Some(Priority {
            stage,
            turn: self.carry_over.borrow().turn(name),
            met: Reverse(self.met_at(name)),
            kind: Reverse(match node {
                Node::Line(_) => 0,
                Node::Link(_) => 1,
                Node::Base(..) => 2,
                Node::Extra(..) => 3,
            }),
        }))
    }
}
