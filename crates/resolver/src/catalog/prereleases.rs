//! Whether pre-releases of a project may be chosen.

use harden_packaging::EnvironmentId;

use crate::PrereleaseMode;
use crate::carry_over::CarryOver;
use crate::catalog::Catalog;
use crate::catalog::direct_files::DirectFile;
use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::node::EnvironmentSet;

impl Catalog<'_> {
    /// Whether pre-releases of a project may be chosen in all of some environments.
    pub(crate) fn admits_prereleases(
        &self,
        listing: &Listing,
        environments: EnvironmentSet,
        carry_over: &CarryOver,
    ) -> Result<bool, Interrupt> {
        for id in environments.iter() {
            if !self.admits_prereleases_in(listing, id, carry_over)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn admits_prereleases_in(
        &self,
        listing: &Listing,
        id: EnvironmentId,
        carry_over: &CarryOver,
    ) -> Result<bool, Interrupt> {
        let is_prerelease = |direct: &DirectFile| direct.file.version.any_prerelease();
        if listing.direct_file(id).is_some_and(is_prerelease) {
            return Ok(true);
        }
        let is_named = || self.rules.names_prerelease(&listing.name, id);
        Ok(match self.rules.options.prerelease_mode(&listing.name) {
            PrereleaseMode::Allow => true,
            PrereleaseMode::Disallow => false,
            PrereleaseMode::Explicit => is_named(),
            // Of several environments, only those that need a pre-release by themselves take one.
            // One version for all environments is not such a need.
            PrereleaseMode::IfNecessary => {
                let number = || self.vocabulary.borrow_mut().name_id(&listing.name);
                self.environments.len() == 1
                    || is_named()
                    || self.has_only_prereleases(listing)?
                    || carry_over.needs_prerelease(number(), id)
            }
        })
    }

    /// Whether a project has pre-releases only, as far as the cutoff shows it.
    fn has_only_prereleases(&self, listing: &Listing) -> Result<bool, Interrupt> {
        if let Some(known) = listing.only_prereleases.get() {
            return Ok(known);
        }
        let mut only = true;
        for release in listing
            .releases()
            .iter()
            .filter(|release| !release.version.any_prerelease())
            .filter(|release| listing.only_direct(release).is_none())
        {
            if release.listed()?.iter().any(|file| !file.is_yanked())
                && !self.visible(&listing.name, release)?.is_empty()
            {
                only = false;
                break;
            }
        }
        listing.only_prereleases.set(Some(only));
        Ok(only)
    }
}
