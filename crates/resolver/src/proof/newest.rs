//! Checks that no package of an answer could have a newer release with all others unchanged.
//!
//! Only releases whose metadata is in memory are checked: the search has read all that it passed over.

use std::collections::BTreeSet;
use std::sync::Arc;

use harden_packaging::{DistFile, EnvironmentId, ExtraName, PackageName, Yanked};
use pep440_rs::Version;

use super::{Draft, Pinned, Walk};
use crate::PrereleaseMode;
use crate::catalog::availability::Availability;
use crate::catalog::listing::Listing;
use crate::dependency::{Dependency, Held, Owner, holds};
use crate::interrupt::Interrupt;
use crate::node::{EnvironmentSet, NameId};

impl Walk<'_, '_> {
    /// Fails where a package could have a newer release, but for those of which some were skipped.
    pub(super) fn check_newest(&self, skipped: &BTreeSet<NameId>) -> Result<(), Interrupt> {
        for ((name, version, reference), draft) in &self.pins {
            let id = self.catalog.vocabulary.borrow_mut().name_id(name);
            let environments: EnvironmentSet = draft.environments.iter().copied().collect();
            let rules = self.catalog.rules;
            if reference.is_some()
                || skipped.contains(&id)
                || rules.wants_oldest(name, environments)
                || self.is_kept(name, version)
            {
                continue;
            }
            self.check_pin((name, version), draft)?;
        }
        Ok(())
    }

    fn check_pin(
        &self,
        (name, version): (&PackageName, &Version),
        draft: &Draft,
    ) -> Result<(), Interrupt> {
        let id = self.catalog.vocabulary.borrow_mut().name_id(name);
        let listing = self.catalog.listing(id)?;
        let mode = self.catalog.rules.options.prerelease_mode(name);
        let met = draft.demands.met();
        for release in listing.releases() {
            let newer = &release.version;
            if newer <= version {
                break;
            }
            let is_lesser = newer.any_prerelease()
                && (mode != PrereleaseMode::Allow && !version.any_prerelease());
            let is_refused = newer.any_prerelease()
                && (mode == PrereleaseMode::Disallow || self.catalog.environments.len() > 1);
            if is_lesser || is_refused || !met.contains(newer) {
                continue;
            }
            let environments = draft.environments.iter().copied();
            if self.could_be(&listing, newer, environments, &draft.extras)? {
                let first = draft.environments.first().copied().unwrap_or_default();
                let what = format!("{name} {version} could be {newer}");
                return Err(self.defect(first, &what));
            }
        }
        Ok(())
    }

    /// Whether a stable release could take the place of a pre-release in an environment.
    pub(super) fn has_stable_instead(
        &self,
        name: &PackageName,
        version: &Version,
        id: EnvironmentId,
    ) -> Result<bool, Interrupt> {
        let number = self.catalog.vocabulary.borrow_mut().name_id(name);
        let listing = self.catalog.listing(number)?;
        let pinned: Pinned = (name.clone(), version.clone(), None);
        let Some(draft) = self.pins.get(&pinned) else {
            return Ok(false);
        };
        let met = draft.demands.met();
        for release in listing.releases() {
            let stable = &release.version;
            if !stable.any_prerelease()
                && met.contains(stable)
                && self.could_be(&listing, stable, [id].into_iter(), &draft.extras)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a version could be installed in some environments, with all others unchanged; also
    /// `false` if only the index knows.
    fn could_be(
        &self,
        listing: &Listing,
        version: &Version,
        mut environments: impl Iterator<Item = EnvironmentId>,
        extras: &BTreeSet<ExtraName>,
    ) -> Result<bool, Interrupt> {
        let Some(position) = listing.position(version) else {
            return Ok(false);
        };
        environments.try_fold(true, |could, id| {
            if !could {
                return Ok(false);
            }
            match self.catalog.availability(listing, position, id)? {
                Availability::Installable(file) if file.yanked == Yanked::No => {
                    Ok(self.is_satisfied(&listing.name, &file, extras, id))
                }
                _ => Ok(false),
            }
        })
    }

    fn is_satisfied(
        &self,
        name: &PackageName,
        file: &Arc<DistFile>,
        extras: &BTreeSet<ExtraName>,
        id: EnvironmentId,
    ) -> bool {
        let Some(Ok(dependencies)) = self.catalog.already_read(file) else {
            return false;
        };
        if self
            .catalog
            .refuses(&dependencies, EnvironmentSet::only(id))
            .is_some()
        {
            return false;
        }
        let extras: Vec<ExtraName> = extras.iter().cloned().collect();
        let mut requires = dependencies.requires.iter();
        requires.all(|dependency| self.is_met(name, &file.version, dependency, &extras, id))
    }

    fn is_met(
        &self,
        name: &PackageName,
        version: &Version,
        dependency: &Dependency,
        extras: &[ExtraName],
        id: EnvironmentId,
    ) -> bool {
        let rules = self.catalog.rules;
        let wanted = &dependency.requirement.name;
        if rules.excludes(wanted) {
            return true;
        }
        let owner = Owner::Distribution {
            name,
            version,
            rules,
        };
        let environment = &self.catalog.environments[id];
        match holds(&dependency.requirement, id, environment, extras, &owner) {
            Ok(Held::Yes) => {}
            Ok(Held::No) => return true,
            _ => return false,
        }
        let mut replacements = rules.overrides(wanted).iter();
        let replacement = replacements.find(|known| known.environments.contains(id));
        let versions = replacement.map_or(&dependency.versions, |known| &known.versions);
        if wanted == name {
            return versions.contains(version);
        }
        let Some(chosen) = self.chosen.get(&(dependency.name, id)) else {
            return false;
        };
        // An extra that nothing requires yet would bring in more.
        let pinned: Pinned = (wanted.clone(), chosen.clone(), None);
        let pinned = self
            .pins
            .range(pinned..)
            .next()
            .filter(|((other, version, _), _)| other == wanted && version == chosen);
        let extras_known = pinned.is_some_and(|(_, draft)| {
            let mut extras = dependency.requirement.extras.iter();
            extras.all(|extra| draft.extras.contains(extra))
        });
        versions.contains(chosen) && extras_known
    }
}
