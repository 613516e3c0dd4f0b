//! Metadata that is asked for before its turn. This changes the time a search takes, not its result.

use std::collections::BTreeSet;

use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::node::{NameId, Node};
use crate::solver::candidates::Candidates;
use crate::solver::incompatibility::NodeIndex;
use crate::solver::places::Places;
use crate::solver::rejections::Rejection;
use crate::solver::search::Search;

/// How many candidates are asked for beyond those that are likely to fail.
const SLACK: usize = 4;

/// How many more candidates are asked for ahead than have failed, as soon as one has: where less than ten fail, that saves
/// one or two round trips, and a search of 900 packages makes 15 requests more.
const HEAD_START: usize = 6;

impl Search<'_> {
    /// Asks for the metadata of the releases of a package below `place`, of which so many are expected to
    /// fail: if it is released in step with another one, these are next.
    pub(super) fn ask_beyond(
        &mut self,
        node: Node,
        listing: &Listing,
        place: u32,
        expected: usize,
    ) -> Result<(), Interrupt> {
        let Some(name) = node.name() else {
            return Ok(());
        };
        let read = self.read.get(&name).map_or(0, BTreeSet::len);
        let window = self.window(read, expected);
        let counts_prereleases =
            self.counts_prereleases(listing) || !listing.stable().contains(place);
        let counts = |place: &u32| counts_prereleases || listing.stable().contains(*place);
        let mut asked_to = self.asked_to.get(&name).copied().unwrap_or_default();
        for place in (place + 1..listing.count()).filter(counts).take(window) {
            if place >= asked_to {
                self.prefetch_metadata(node, listing, place)?;
                asked_to = place + 1;
            }
        }
        self.asked_to.insert(name, asked_to);
        Ok(())
    }

    /// How many releases to ask for after so many were read, of which so many are expected to fail.
    fn window(&self, read: usize, expected: usize) -> usize {
        // Packages that are released in step share a connection.
        let in_flight = if self.asked_to.is_empty() {
            self.limits().in_flight
        } else {
            self.limits().in_flight / 2
        };
        let ahead = if read == 0 { 0 } else { read + HEAD_START };
        ahead.min(in_flight).min(expected.saturating_add(SLACK))
    }

    /// How many more releases of a package are likely to fail after the one at `place`; `usize::MAX`:
    /// unknown.
    pub(super) fn expected_failures(
        &mut self,
        name: NameId,
        place: u32,
        rejection: &Rejection,
    ) -> usize {
        let Rejection::Conflict {
            to,
            allowed,
            expected,
            ..
        } = rejection
        else {
            return usize::MAX;
        };
        let possible = self.state.remaining(*to, &Places::full()).first();
        let distance = match (allowed.last(), possible) {
            (Some(required), Some(possible)) if required < possible => {
                usize::try_from(possible - required).unwrap_or(usize::MAX)
            }
            _ => usize::MAX,
        };
        let pace = self.paces.entry(name).or_default();
        pace.expected(place, distance.min(*expected))
    }

    /// Asks for the metadata of candidates that come next: about as many as were read.
    pub(super) fn ask_ahead(
        &self,
        ahead: &mut Ahead<'_>,
        members: &[NodeIndex],
        listing: &Listing,
    ) -> Result<(), Interrupt> {
        let window = self.window(ahead.read, ahead.expected);
        while ahead.asked < ahead.passed + window {
            let Some(place) = ahead.candidates.next() else {
                return Ok(());
            };
            ahead.asked += 1;
            if ahead.asked > ahead.passed {
                for member in members {
                    self.prefetch_metadata(self.state.node(*member), listing, place)?;
                }
            }
        }
        Ok(())
    }
}

/// The candidates whose metadata is asked for before their turn.
pub(super) struct Ahead<'c> {
    candidates: Box<dyn Iterator<Item = u32> + 'c>,
    /// How many of them were asked for.
    asked: usize,
    /// How many were looked at.
    passed: usize,
    /// How many of these had their metadata read.
    read: usize,
    /// How many more are likely to fail.
    expected: usize,
}

impl<'c> Ahead<'c> {
    pub(super) fn new(candidates: &'c Candidates) -> Self {
        Self {
            candidates: Box::new(candidates.iter()),
            asked: 0,
            passed: 0,
            read: 0,
            expected: usize::MAX,
        }
    }

    /// Notes that a candidate was looked at, and how many more are likely to fail.
    pub(super) fn note(&mut self, was_read: bool, expected: usize) {
        self.passed += 1;
        self.read += usize::from(was_read);
        self.expected = expected;
    }
}

/// How fast the releases of a package come closer to what another package allows.
///
/// Packages that are released in step, such as boto3 and botocore, come closer with each release: how
/// many more fail can be foretold then. Others require the same over hundreds of releases.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// A place, and the distance there.
    start: Option<(u32, usize)>,
}

impl Pace {
    /// How many more releases fail if they go on like this; `distance` is the number of releases of
    /// the other package between those that the release at `place` requires and those that are left.
    fn expected(&mut self, place: u32, distance: usize) -> usize {
        if distance == usize::MAX {
            return distance;
        }
        match self.start {
            Some((start, before)) if start < place && distance <= before => {
                let passed = usize::try_from(place - start).unwrap_or(usize::MAX);
                if passed < SLACK {
                    return distance;
                }
                distance
                    .saturating_mul(passed)
                    .checked_div(before - distance)
                    .unwrap_or(usize::MAX)
            }
            _ => {
                self.start = Some((place, distance));
                distance
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_in_step_are_foretold() {
        let mut pace = Pace::default();
        let expected: Vec<usize> = (0..10)
            .map(|place| pace.expected(place, 20 - place as usize))
            .collect();
        assert_eq!(expected, [20, 19, 18, 17, 16, 15, 14, 13, 12, 11]);
    }

    #[test]
    fn releases_at_half_the_pace_are_twice_as_many() {
        let mut pace = Pace::default();
        pace.expected(0, 20);
        assert_eq!(pace.expected(10, 15), 30);
    }

    #[test]
    fn releases_that_require_the_same_foretell_nothing() {
        let mut pace = Pace::default();
        pace.expected(0, 20);
        assert_eq!(pace.expected(10, 20), usize::MAX);
        assert_eq!(pace.expected(11, usize::MAX), usize::MAX);
    }
}
