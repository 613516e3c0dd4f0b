//! Asks for metadata before the solver does, of packages whose versions keep failing: whoever tries
//! them one by one would wait for each.

use std::collections::BTreeSet;

use harden_requirements::VersionSet;

use crate::catalog::availability::Availability;
use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::node::Node;
use crate::provider::{Provider, leap_after};

/// How many versions of one package a run tries before it asks for those that come next, too.
const NEXT_AFTER: usize = 2;
/// How many it asks for ahead, anew each time half of them were tried.
const NEXT: usize = 8;

/// How many versions of one package a run tries before the rest of a narrow range is asked for at once.
const RANGE_AFTER: usize = 4;
/// How many releases a narrow range holds.
const NARROW: usize = 64;

impl Provider<'_> {
    /// Asks for the metadata of a release, of each file that the environments of `node` install.
    pub(crate) fn prefetch_metadata(
        &self,
        node: Node,
        listing: &Listing,
        position: usize,
    ) -> Result<(), Interrupt> {
        for environment in node.environments().iter() {
            if let Availability::Installable(file) =
                self.catalog.availability(listing, position, environment)?
            {
                self.catalog.prefetch_metadata(&file);
            }
        }
        Ok(())
    }

    /// Asks for what will be tried if the last of the `tried` versions of a package cannot be.
    pub(crate) fn ask_ahead(
        &self,
        node: Node,
        listing: &Listing,
        range: &VersionSet,
        tried: &BTreeSet<usize>,
    ) -> Result<(), Interrupt> {
        let beyond = tried.len().checked_sub(NEXT_AFTER + 1);
        if beyond.is_some_and(|beyond| beyond % (NEXT / 2) == 0) {
            self.ask_for_next(node, listing, range, tried)?;
        }
        if tried.len() > RANGE_AFTER {
            self.ask_for_range(node, listing, range)?;
        }
        Ok(())
    }

    /// Asks for the versions that are chosen next, some of them by leaps.
    fn ask_for_next(
        &self,
        node: Node,
        listing: &Listing,
        range: &VersionSet,
        tried: &BTreeSet<usize>,
    ) -> Result<(), Interrupt> {
        let oldest_first = self.catalog.rules.wants_oldest(&listing.name);
        let mut positions = listing.within(range, oldest_first);
        let mut rest = Vec::new();
        for further in 0..NEXT {
            let leap = if oldest_first {
                0
            } else {
                leap_after(tried.len() + further)
            };
            while rest.len() <= leap + further
                && let Some(position) = positions.next()
            {
                if !tried.contains(&position) && self.may_choose(node, listing, position)? {
                    rest.push(position);
                }
            }
            if let Some(next) = rest.get(leap + further).or(rest.last()) {
                self.prefetch_metadata(node, listing, *next)?;
            }
        }
        Ok(())
    }

    /// Asks for all that a narrow range holds, unless that was done: where some releases of it were no
    /// good, the others are tried next.
    fn ask_for_range(
        &self,
        node: Node,
        listing: &Listing,
        range: &VersionSet,
    ) -> Result<(), Interrupt> {
        let mut places = Vec::new();
        // From the end that is tried last: if that was asked for, all were.
        for position in listing.within(range, true) {
            if self.may_choose(node, listing, position)? {
                if places.is_empty() && self.is_asked_for(node, listing, position)? {
                    return Ok(());
                }
                places.push(position);
            }
            if places.len() > NARROW {
                return Ok(());
            }
        }
        for position in places.into_iter().rev() {
            self.prefetch_metadata(node, listing, position)?;
        }
        Ok(())
    }

    /// Whether the metadata of a release was asked for.
    fn is_asked_for(
        &self,
        node: Node,
        listing: &Listing,
        position: usize,
    ) -> Result<bool, Interrupt> {
        for environment in node.environments().iter() {
            if let Availability::Installable(file) =
                self.catalog.availability(listing, position, environment)?
            {
                return Ok(self.catalog.is_asked_for(&file));
            }
        }
        Ok(false)
    }
}
