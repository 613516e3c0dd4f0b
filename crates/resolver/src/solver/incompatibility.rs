//! Statements about nodes that cannot all hold, and why they cannot.

use std::rc::Rc;
use std::sync::Arc;

use crate::solver::places::Places;
use crate::solver::term::Term;
use crate::wanted::Wanted;

/// A node, by its number in the [`crate::solver::state::State`].
pub(crate) type NodeIndex = usize;
/// An incompatibility, by its number there.
pub(crate) type IncompatibilityId = usize;

/// Statements that cannot all hold.
#[derive(Debug, Clone)]
pub(crate) struct Incompatibility {
    /// By node, ascending; each node once.
    pub(crate) terms: Vec<(NodeIndex, Term)>,
    pub(crate) cause: Cause,
}

/// Why the terms of an incompatibility cannot all hold.
#[derive(Debug, Clone)]
pub(crate) enum Cause {
    /// Releases of `from` require other releases of `to`.
    Requires {
        from: NodeIndex,
        to: NodeIndex,
        /// Which releases require what.
        parts: Vec<(Places, Rc<Wanted>)>,
        /// The incompatibility that this one extends by `parts`.
        extends: Option<IncompatibilityId>,
    },
    /// Releases of a node cannot be selected.
    Unavailable {
        node: NodeIndex,
        places: Places,
        /// The defect of their metadata; `None`: the catalog says why.
        reason: Option<Arc<str>>,
    },
    /// Two nodes are of one release.
    SameRelease,
    /// It follows from two others.
    Derived(IncompatibilityId, IncompatibilityId),
}

impl Incompatibility {
    /// An incompatibility of `terms`, of which no two are of one node.
    pub(crate) fn new(mut terms: Vec<(NodeIndex, Term)>, cause: Cause) -> Self {
        terms.retain(|(_, term)| !term.is_anything());
        terms.sort_unstable_by_key(|(node, _)| *node);
        Self { terms, cause }
    }

    /// The statement about `node`.
    pub(crate) fn term(&self, node: NodeIndex) -> Option<&Term> {
        let place = self.terms.binary_search_by_key(&node, |(known, _)| *known);
        place.ok().map(|place| &self.terms[place].1)
    }

    /// What follows from two incompatibilities, one of whose statements about `node` holds.
    pub(crate) fn resolvent(
        (one_id, one): (IncompatibilityId, &Self),
        (other_id, other): (IncompatibilityId, &Self),
        node: NodeIndex,
    ) -> Self {
        let mut terms = Vec::with_capacity(one.terms.len() + other.terms.len());
        let (mut left, mut right) = (one.terms.iter().peekable(), other.terms.iter().peekable());
        loop {
            let of = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some((of, _)), None) | (None, Some((of, _))) => *of,
                (Some((a, _)), Some((b, _))) => *a.min(b),
            };
            let one = left
                .next_if(|(other, _)| *other == of)
                .map(|(_, term)| term);
            let two = right
                .next_if(|(other, _)| *other == of)
                .map(|(_, term)| term);
            let term = match (one, two) {
                (Some(one), Some(two)) if of == node => one.union(two),
                (Some(one), Some(two)) => one.intersection(two),
                (Some(term), None) | (None, Some(term)) => term.clone(),
                (None, None) => continue,
            };
            terms.push((of, term));
        }
        Self::new(terms, Cause::Derived(one_id, other_id))
    }
}
