//! A statement about one node: that it is selected at some places, or that it is not.

use crate::solver::places::Places;

/// A statement about one node of the solver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Term {
    /// It is selected, at one of these places.
    In(Places),
    /// It is not selected at any of these places.
    NotIn(Places),
}

impl Term {
    /// The statement that always holds.
    pub(crate) fn anything() -> Self {
        Self::NotIn(Places::empty())
    }

    pub(crate) fn is_anything(&self) -> bool {
        matches!(self, Self::NotIn(places) if places.is_empty())
    }

    pub(crate) fn negated(&self) -> Self {
        match self {
            Self::In(places) => Self::NotIn(places.clone()),
            Self::NotIn(places) => Self::In(places.clone()),
        }
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::In(one), Self::In(two)) => Self::In(one.intersection(two)),
            (Self::In(places), Self::NotIn(out)) | (Self::NotIn(out), Self::In(places)) => {
                Self::In(places.without(out))
            }
            (Self::NotIn(one), Self::NotIn(two)) => Self::NotIn(one.union(two)),
        }
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        self.negated().intersection(&other.negated()).negated()
    }

    /// Whether it follows from `known`.
    pub(crate) fn follows_from(&self, known: &Self) -> bool {
        match (known, self) {
            (Self::In(known), Self::In(places)) => known.is_subset(places),
            (Self::In(known), Self::NotIn(out)) => known.is_disjoint(out),
            (Self::NotIn(known), Self::NotIn(out)) => out.is_subset(known),
            (Self::NotIn(_), Self::In(_)) => false,
        }
    }

    /// Whether it cannot hold together with `known`.
    pub(crate) fn contradicts(&self, known: &Self) -> bool {
        match (known, self) {
            (Self::In(known), Self::In(places)) => known.is_disjoint(places),
            (Self::In(known), Self::NotIn(out)) => known.is_subset(out),
            (Self::NotIn(out), Self::In(places)) => places.is_subset(out),
            (Self::NotIn(_), Self::NotIn(_)) => false,
        }
    }
}
