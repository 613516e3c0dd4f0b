//! The releases that a node may have, in the order in which they are tried.

use std::borrow::Cow;

use crate::PrereleaseMode;
use crate::catalog::Catalog;
use crate::catalog::availability::Availability;
use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::node::{EnvironmentSet, Node};
use crate::solver::places::{Places, PlacesIter};
use crate::solver::search::Search;

/// Places in the order in which they are tried: found one by one, since most often the first is taken.
pub(crate) struct Candidates<'a> {
    preferred: Vec<u32>,
    good: Cow<'a, Places>,
    /// The stable releases, which are tried before pre-releases; `None`: these count as much.
    stable: Option<&'a Places>,
    /// Yanked releases, which are tried last.
    yanked: Places,
    releases: u32,
    oldest_first: bool,
}

impl Candidates<'_> {
    /// Each candidate once.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let is_stable = |place: &u32| self.stable.is_none_or(|stable| stable.contains(*place));
        let stable = self.in_order(&self.good).filter(is_stable);
        let rest = self
            .in_order(&self.good)
            .filter(move |place| !is_stable(place));
        let ordered = stable.chain(rest).chain(self.in_order(&self.yanked));
        let ordered = ordered.filter(|place| !self.preferred.contains(place));
        self.preferred.iter().copied().chain(ordered)
    }

    fn in_order<'p>(&self, places: &'p Places) -> PlacesIter<'p> {
        places.iter(self.releases, self.oldest_first)
    }
}

impl Catalog<'_> {
    /// The releases of a project within `places`, in the order in which they are tried in some
    /// environments.
    pub(crate) fn candidates<'a>(
        &self,
        listing: &'a Listing,
        places: &'a Places,
        environments: EnvironmentSet,
    ) -> Candidates<'a> {
        let options = self.rules.options;
        let preferred = options.preferences.get(&listing.name);
        let preferred = preferred
            .into_iter()
            .flatten()
            .rev()
            .filter_map(|version| listing.place(version))
            .filter(|place| places.contains(*place))
            .collect();
        let yanked = self.yanked(listing, places);
        let good = if yanked.is_empty() {
            Cow::Borrowed(places)
        } else {
            Cow::Owned(places.without(&yanked))
        };
        let counts_all = options.prerelease_mode(&listing.name) == PrereleaseMode::Allow;
        Candidates {
            preferred,
            good,
            stable: (!counts_all).then(|| listing.stable()),
            yanked,
            releases: listing.count(),
            oldest_first: self.rules.wants_oldest(&listing.name, environments),
        }
    }

    /// The yanked releases within `places` of a project that the user pins; of others, none is available.
    fn yanked(&self, listing: &Listing, places: &Places) -> Places {
        if !self.rules.pins_some(&listing.name) {
            return Places::empty();
        }
        let is_yanked = |place: &u32| {
            let files = listing.releases()[*place as usize].listed();
            files.is_ok_and(|files| files.iter().all(|file| file.is_yanked()))
        };
        let yanked = places.iter(listing.count(), false).filter(is_yanked);
        Places::of(yanked.collect())
    }
}

impl Search<'_> {
    /// The candidates for a node within `places`.
    pub(crate) fn candidates<'l>(
        &self,
        node: Node,
        listing: &'l Listing,
        places: &'l Places,
    ) -> Candidates<'l> {
        let environments = match node.environments() {
            EnvironmentSet::EMPTY => self.catalog.all_environments(),
            environments => environments,
        };
        self.catalog.candidates(listing, places, environments)
    }

    /// Whether a node may be at a place, as far as the index and the user's rules go.
    pub(crate) fn is_available(
        &self,
        node: Node,
        listing: &Listing,
        place: u32,
    ) -> Result<bool, Interrupt> {
        let environments = node.environments();
        let exists = self.catalog.exists(listing, place as usize, environments)?;
        if !exists || listing.stable().contains(place) {
            return Ok(exists);
        }
        let carry_over = self.carry_over.borrow();
        self.catalog
            .admits_prereleases(listing, environments, &carry_over)
    }

    /// Whether one of some places is available to a node.
    pub(crate) fn has_available(
        &self,
        node: Node,
        listing: &Listing,
        places: &Places,
    ) -> Result<bool, Interrupt> {
        if matches!(node, Node::Link(_)) {
            // What follows it says where it has to be available.
            return Ok(!places.is_empty());
        }
        for place in self.candidates(node, listing, places).iter() {
            if self.is_available(node, listing, place)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Asks for the metadata of a release, of each file that the environments of `node` install.
    pub(crate) fn prefetch_metadata(
        &self,
        node: Node,
        listing: &Listing,
        place: u32,
    ) -> Result<(), Interrupt> {
        for environment in node.environments().iter() {
            let found = self
                .catalog
                .availability(listing, place as usize, environment)?;
            if let Availability::Installable(file) = found {
                self.catalog.prefetch_metadata(&file);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_version_is_a_candidate_once_and_first() {
        let stable = Places::of(vec![1, 3, 4, 5]);
        let candidates = Candidates {
            preferred: vec![3],
            good: Cow::Owned(Places::of(vec![0, 1, 2, 3, 4])),
            stable: Some(&stable),
            yanked: Places::single(5),
            releases: 6,
            oldest_first: false,
        };
        assert_eq!(candidates.iter().collect::<Vec<_>>(), [3, 1, 4, 0, 2, 5]);
        let candidates = Candidates {
            stable: None,
            oldest_first: true,
            ..candidates
        };
        assert_eq!(candidates.iter().collect::<Vec<_>>(), [3, 4, 2, 1, 0, 5]);
    }
}
