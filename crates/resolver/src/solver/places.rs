//! Sets of releases, each by its place on its project's page; place 0 is the newest release.
//!
//! Numbers instead of versions make the operations of the solver cheap, and there are no gaps between
//! neighbours, as version ranges have them.

use std::ops::Range;
use std::slice;

/// A set of places: half-open intervals, ascending, none of which touches the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Places(Vec<(u32, u32)>);

impl Places {
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    pub(crate) fn full() -> Self {
        Self(vec![(0, u32::MAX)])
    }

    pub(crate) fn single(place: u32) -> Self {
        Self(vec![(place, place + 1)])
    }

    /// The set of these places, in any order.
    pub(crate) fn of(mut places: Vec<u32>) -> Self {
        places.sort_unstable();
        let mut set = Self::empty();
        for place in places {
            set.push(place, place + 1);
        }
        set
    }

    /// The union of sets.
    pub(crate) fn union_of<'p>(sets: impl IntoIterator<Item = &'p Self>) -> Self {
        let intervals = sets.into_iter().flat_map(|set| &set.0).copied().collect();
        Self::of_intervals(intervals)
    }

    /// The union of intervals in any order; empty ones are left out.
    pub(crate) fn of_intervals(mut intervals: Vec<(u32, u32)>) -> Self {
        intervals.sort_unstable();
        let mut set = Self::empty();
        for (start, end) in intervals {
            set.push(start, end);
        }
        set
    }

    /// Adds an interval that begins no earlier than the last one.
    fn push(&mut self, start: u32, end: u32) {
        if start >= end {
            return;
        }
        match self.0.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => self.0.push((start, end)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, place: u32) -> bool {
        let after = self.0.partition_point(|interval| interval.0 <= place);
        after > 0 && place < self.0[after - 1].1
    }

    /// The place of the newest release.
    pub(crate) fn first(&self) -> Option<u32> {
        self.0.first().map(|interval| interval.0)
    }

    /// The place of the oldest release.
    pub(crate) fn last(&self) -> Option<u32> {
        self.0.last().map(|interval| interval.1 - 1)
    }

    pub(crate) fn complement(&self) -> Self {
        let mut set = Vec::with_capacity(self.0.len() + 1);
        let mut start = 0;
        for &(from, to) in &self.0 {
            if start < from {
                set.push((start, from));
            }
            start = to;
        }
        if start < u32::MAX {
            set.push((start, u32::MAX));
        }
        Self(set)
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let (mut one, mut two) = (0, 0);
        let mut set = Vec::new();
        while let (Some(a), Some(b)) = (self.0.get(one), other.0.get(two)) {
            let (start, end) = (a.0.max(b.0), a.1.min(b.1));
            if start < end {
                set.push((start, end));
            }
            if a.1 < b.1 {
                one += 1;
            } else {
                two += 1;
            }
        }
        Self(set)
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        Self::union_of([self, other])
    }

    /// The places that `other` does not contain.
    pub(crate) fn without(&self, other: &Self) -> Self {
        if other.is_empty() {
            return self.clone();
        }
        self.intersection(&other.complement())
    }

    pub(crate) fn is_disjoint(&self, other: &Self) -> bool {
        let (mut one, mut two) = (0, 0);
        while let (Some(a), Some(b)) = (self.0.get(one), other.0.get(two)) {
            if a.0.max(b.0) < a.1.min(b.1) {
                return false;
            }
            if a.1 < b.1 {
                one += 1;
            } else {
                two += 1;
            }
        }
        true
    }

    pub(crate) fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|&(start, end)| {
            let after = other.0.partition_point(|interval| interval.0 <= start);
            after > 0 && end <= other.0[after - 1].1
        })
    }

    /// The places, newest release first, or oldest first; of a page of `releases` releases.
    pub(crate) fn iter(&self, releases: u32, oldest_first: bool) -> PlacesIter<'_> {
        PlacesIter {
            intervals: self.0.iter(),
            open: 0..0,
            releases,
            oldest_first,
        }
    }
}

/// The places of a set, in order.
pub(crate) struct PlacesIter<'p> {
    intervals: slice::Iter<'p, (u32, u32)>,
    /// What is left of the interval reached.
    open: Range<u32>,
    releases: u32,
    oldest_first: bool,
}

impl Iterator for PlacesIter<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            let place = if self.oldest_first {
                self.open.next_back()
            } else {
                self.open.next()
            };
            if place.is_some() {
                return place;
            }
            let (start, end) = if self.oldest_first {
                self.intervals.next_back()?
            } else {
                self.intervals.next()?
            };
            self.open = *start..(*end).min(self.releases);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set() -> impl Strategy<Value = Places> {
        (prop::collection::vec(0_u32..12, 0..8), any::<bool>()).prop_map(|(places, inverted)| {
            let set = Places::of(places);
            if inverted { set.complement() } else { set }
        })
    }

    proptest! {
        #[test]
        fn operations_agree_with_membership(one in set(), two in set()) {
            let (both, all, rest) = (one.intersection(&two), one.union(&two), one.without(&two));
            for place in 0..14 {
                let (in_one, in_two) = (one.contains(place), two.contains(place));
                prop_assert_eq!(both.contains(place), in_one && in_two);
                prop_assert_eq!(all.contains(place), in_one || in_two);
                prop_assert_eq!(rest.contains(place), in_one && !in_two);
                prop_assert_eq!(one.complement().contains(place), !in_one);
            }
            prop_assert_eq!(one.is_disjoint(&two), both.is_empty());
            prop_assert_eq!(one.is_subset(&two), rest.is_empty());
            let places: Vec<u32> = one.iter(14, false).collect();
            prop_assert_eq!(&places, &(0..14).filter(|place| one.contains(*place)).collect::<Vec<_>>());
            prop_assert!(one.iter(14, true).eq(places.into_iter().rev()));
        }
    }
}
