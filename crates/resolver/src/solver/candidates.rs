//! The releases that a node may have, in the order in which they are tried.

use harden_packaging::{EnvironmentId, Yanked};

use crate::PrereleaseMode;
use crate::catalog::availability::Availability;
use crate::catalog::direct_files::DirectFile;
use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::node::{EnvironmentSet, Node};
use crate::solver::places::Places;
use crate::solver::search::Search;

/// Places in the order in which they are tried.
pub(crate) struct Candidates {
    preferred: Vec<u32>,
    /// Stable releases before pre-releases, unless those count as much; yanked releases last.
    tiers: Vec<Places>,
    releases: u32,
    oldest_first: bool,
}

impl Candidates {
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let tiers = self.tiers.iter();
        let ordered = tiers.flat_map(|tier| tier.iter(self.releases, self.oldest_first));
        self.preferred.iter().copied().chain(ordered)
    }
}

impl Search<'_> {
    /// The candidates for a node within `places`.
    pub(crate) fn candidates(&self, node: Node, listing: &Listing, places: &Places) -> Candidates {
        let preferred = self.catalog.rules.options.preferences.get(&listing.name);
        let preferred = preferred
            .into_iter()
            .flatten()
            .rev()
            .filter_map(|version| listing.place(version))
            .filter(|place| places.contains(*place))
            .collect();
        let options = self.catalog.rules.options;
        let yanked = self.yanked(listing, places);
        let good = places.without(&yanked);
        let mut tiers = match options.prerelease_mode(&listing.name) {
            PrereleaseMode::Allow => vec![good],
            _ => vec![
                good.intersection(listing.stable()),
                good.without(listing.stable()),
            ],
        };
        tiers.push(yanked);
        Candidates {
            preferred,
            tiers,
            releases: listing.count(),
            oldest_first: self.oldest_first(node, listing),
        }
    }

    /// The yanked releases within `places` of a project that the user pins; of others, none is available.
    fn yanked(&self, listing: &Listing, places: &Places) -> Places {
        if !self.catalog.rules.pins_some(&listing.name) {
            return Places::empty();
        }
        let is_yanked = |place: &u32| {
            let mut files = listing.releases()[*place as usize].files().iter();
            files.all(|file| file.yanked != Yanked::No)
        };
        Places::of(
            places
                .iter(listing.count(), false)
                .filter(is_yanked)
                .collect(),
        )
    }

    fn oldest_first(&self, node: Node, listing: &Listing) -> bool {
        let environments = match node.environments() {
            EnvironmentSet::EMPTY => self.catalog.all_environments(),
            environments => environments,
        };
        self.catalog.rules.wants_oldest(&listing.name, environments)
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
        Ok(exists
            && (listing.stable().contains(place)
                || self.admits_prereleases(listing, environments)?))
    }

    /// Whether pre-releases of a project may be chosen in all of some environments.
    pub(crate) fn admits_prereleases(
        &self,
        listing: &Listing,
        environments: EnvironmentSet,
    ) -> Result<bool, Interrupt> {
        for id in environments.iter() {
            if !self.admits_prereleases_in(listing, id)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn admits_prereleases_in(
        &self,
        listing: &Listing,
        id: EnvironmentId,
    ) -> Result<bool, Interrupt> {
        let is_prerelease = |direct: &DirectFile| direct.file.version.any_prerelease();
        if listing.direct_file(id).is_some_and(is_prerelease) {
            return Ok(true);
        }
        let rules = self.catalog.rules;
        let is_named = || rules.names_prerelease(&listing.name, id);
        Ok(match rules.options.prerelease_mode(&listing.name) {
            PrereleaseMode::Allow => true,
            PrereleaseMode::Disallow => false,
            PrereleaseMode::Explicit => is_named(),
            // Of several environments, only those that need a pre-release by themselves take one.
            // One version for all environments is not such a need.
            PrereleaseMode::IfNecessary => {
                self.catalog.environments.len() == 1
                    || is_named()
                    || self.catalog.has_only_prereleases(listing)?
                    || self.is_prerelease_needed(listing, id)
            }
        })
    }

    fn is_prerelease_needed(&self, listing: &Listing, id: EnvironmentId) -> bool {
        let name = self.catalog.vocabulary.borrow_mut().name_id(&listing.name);
        self.carry_over.borrow().needs_prerelease(name, id)
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
