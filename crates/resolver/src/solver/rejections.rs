//! Candidates of a package that were looked at and cannot be chosen, and what follows from that.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::solver::incompatibility::{Cause, Incompatibility, NodeIndex};
use crate::solver::places::Places;
use crate::solver::state::State;
use crate::solver::term::Term;
use crate::wanted::Wanted;

/// Why a candidate cannot be chosen.
#[derive(Debug)]
pub(crate) enum Rejection {
    /// It cannot be installed, or its metadata cannot be used, for this reason.
    Unavailable {
        member: NodeIndex,
        reason: Option<Arc<str>>,
    },
    /// It requires releases of a node that are ruled out by what is known.
    Conflict {
        member: NodeIndex,
        to: NodeIndex,
        wanted: Rc<Wanted>,
        allowed: Places,
        /// The level of the last decision that they are ruled out by; 0: no decision is known to.
        level: u32,
        /// How many further candidates are likely to fail, by the releases that are required;
        /// `usize::MAX`: unknown.
        expected: usize,
    },
}

impl Rejection {
    /// Not available, as the catalog says.
    pub(crate) fn unavailable(member: NodeIndex) -> Self {
        Self::Unavailable {
            member,
            reason: None,
        }
    }

    /// Its metadata cannot be used, for this reason.
    pub(crate) fn unusable(member: NodeIndex, reason: Arc<str>) -> Self {
        Self::Unavailable {
            member,
            reason: Some(reason),
        }
    }

    /// The level of the last decision that it rests on.
    pub(crate) fn level(&self) -> u32 {
        match self {
            Self::Conflict { level, .. } => *level,
            Self::Unavailable { .. } => 0,
        }
    }

    /// Whether metadata was read for it.
    pub(crate) fn was_read(&self) -> bool {
        !matches!(self, Self::Unavailable { reason: None, .. })
    }
}

/// The rejected candidates of one package.
#[derive(Debug, Default)]
pub(crate) struct Rejections {
    unavailable: BTreeMap<(NodeIndex, Option<Arc<str>>), Vec<u32>>,
    conflicts: BTreeMap<(NodeIndex, NodeIndex), Conflicts>,
}

/// Candidates that require excluded releases of one node.
#[derive(Debug)]
struct Conflicts {
    parts: Vec<(Vec<u32>, Rc<Wanted>)>,
    allowed: Places,
}

impl Rejections {
    pub(crate) fn is_empty(&self) -> bool {
        self.unavailable.is_empty() && self.conflicts.is_empty()
    }

    pub(crate) fn add(&mut self, place: u32, rejection: Rejection) {
        match rejection {
            Rejection::Unavailable { member, reason } => {
                let places = self.unavailable.entry((member, reason)).or_default();
                places.push(place);
            }
            Rejection::Conflict {
                member,
                to,
                wanted,
                allowed,
                ..
            } => {
                let conflicts = self
                    .conflicts
                    .entry((member, to))
                    .or_insert_with(|| Conflicts {
                        parts: Vec::new(),
                        allowed: Places::empty(),
                    });
                conflicts.allowed = conflicts.allowed.union(&allowed);
                match conflicts.parts.last_mut() {
                    Some((places, last)) if *last == wanted => places.push(place),
                    _ => conflicts.parts.push((vec![place], wanted)),
                }
            }
        }
    }

    /// Adds one incompatibility for each node that candidates conflict with.
    ///
    /// `leader` is the node whose release the others share.
    pub(crate) fn learn(self, leader: NodeIndex, state: &mut State) {
        for ((member, reason), places) in self.unavailable {
            let places = Places::of(places);
            tie(leader, member, &places, state);
            state.rule_out(member, places, reason);
        }
        for ((member, to), conflicts) in self.conflicts {
            let parts: Vec<(Places, Rc<Wanted>)> = conflicts
                .parts
                .into_iter()
                .map(|(places, wanted)| (Places::of(places), wanted))
                .collect();
            let all = Places::union_of(parts.iter().map(|(places, _)| places));
            tie(leader, member, &all, state);
            state.require(member, to, conflicts.allowed, parts);
        }
    }
}

/// Adds that the leader is not at `places` if a follower that is selected is not.
pub(crate) fn tie(leader: NodeIndex, follower: NodeIndex, places: &Places, state: &mut State) {
    if leader != follower {
        let terms = vec![
            (leader, Term::In(places.clone())),
            (follower, Term::In(places.complement())),
        ];
        state.add(Incompatibility::new(terms, Cause::SameRelease));
    }
}
