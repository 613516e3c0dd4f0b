//! Metadata that is asked for before its turn. This changes the time a search takes, not its result.

use std::collections::BTreeSet;

use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::node::Node;
use crate::solver::candidates::Candidates;
use crate::solver::incompatibility::NodeIndex;
use crate::solver::places::Places;
use crate::solver::rejections::Rejection;
use crate::solver::search::Search;

/// How many candidates are asked for beyond those that are likely to fail.
const SLACK: usize = 4;

impl Search<'_> {
    /// Asks for the metadata of the releases of a package below `place`: if it is released in step with
    /// another one, these are next.
    pub(super) fn ask_beyond(
        &mut self,
        node: Node,
        listing: &Listing,
        place: u32,
    ) -> Result<(), Interrupt> {
        let Some(name) = node.name() else {
            return Ok(());
        };
        let read = self.read.get(&name).map_or(0, BTreeSet::len);
        let window = u32::try_from((2 * read).min(self.limits().in_flight)).unwrap_or_default();
        let end = (place + 1 + window).min(listing.count());
        let start = self
            .asked_to
            .get(&name)
            .map_or(place + 1, |asked| (place + 1).max(*asked));
        for place in start..end {
            self.prefetch_metadata(node, listing, place)?;
        }
        self.asked_to.insert(name, end.max(start));
        Ok(())
    }

    /// How many releases lie between those that a candidate requires and the newest possible one: if two
    /// packages are released in step, about as many further candidates fail.
    pub(super) fn distance(&self, rejection: &Rejection) -> usize {
        let Rejection::Conflict { to, allowed, .. } = rejection else {
            return usize::MAX;
        };
        let possible = self.state.remaining(*to, &Places::full()).first();
        match (allowed.last(), possible) {
            (Some(required), Some(possible)) if required < possible => {
                usize::try_from(possible - required).unwrap_or(usize::MAX)
            }
            _ => usize::MAX,
        }
    }

    /// Asks for the metadata of candidates that come next: twice as many as were read.
    pub(super) fn ask_ahead(
        &self,
        ahead: &mut Ahead<'_>,
        members: &[NodeIndex],
        listing: &Listing,
    ) -> Result<(), Interrupt> {
        let window = (2 * ahead.read)
            .min(self.limits().in_flight)
            .min(ahead.distance.saturating_add(SLACK));
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
    distance: usize,
}

impl<'c> Ahead<'c> {
    pub(super) fn new(candidates: &'c Candidates) -> Self {
        Self {
            candidates: Box::new(candidates.iter()),
            asked: 0,
            passed: 0,
            read: 0,
            distance: usize::MAX,
        }
    }

    /// Notes that a candidate was looked at; `distance`: how many more are likely to fail.
    pub(super) fn note(&mut self, was_read: bool, distance: usize) {
        self.passed += 1;
        self.read += usize::from(was_read);
        self.distance = distance;
    }
}
