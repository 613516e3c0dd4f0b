//! The reasons of a pin: what requires it, and what excludes newer releases.

use std::collections::BTreeSet;
use std::sync::Arc;

use harden_packaging::{DistFile, EnvironmentId, PackageName};
use harden_requirements::VersionSet;
use harden_target::Target;
use indexmap::set::Slice;
use pep440_rs::Version;

use crate::PrereleaseMode;
use crate::catalog::Catalog;
use crate::catalog::availability::{Availability, UnavailableReason};
use crate::catalog::listing::Listing;
use crate::interrupt::Interrupt;
use crate::report::demands::{Demand, Demands, Met};
use crate::report::unavailable::{LossReason, PrereleaseReason};
use crate::report::version_text::{runs, set_of};

/// How many newer releases of a pin are read only to tell whether their metadata is denied. A list of licences
/// excludes all from a release on, or single ones, which are among the newest.
const MOST_READ: usize = 20;

/// Why a pin is there, and at that version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinReasons {
    /// The package.
    pub name: PackageName,
    /// Its version.
    pub version: Version,
    /// The targets that it is for, in the user's order.
    pub targets: Vec<Target>,
    /// What requires it, each in one line, sorted (`loose.txt:3 requires numpy>=2`).
    pub required_by: Vec<String>,
    /// What excludes newer releases, each in one line, newest releases first; empty if it is the newest.
    pub newer: Vec<String>,
    /// A newer release that some of its targets could have by themselves, by wheels, Python and rules,
    /// and that is not available for another target.
    pub held_back: Option<HeldBack>,
}

/// A newer release that is available for some targets only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// The newest such release.
    pub version: Version,
    /// The targets that could have it.
    pub could: Vec<Target>,
    /// The targets that could not.
    pub could_not: Vec<Target>,
}

/// What excludes a release.
#[derive(PartialEq, Eq)]
enum Obstacle {
    Lost(LossReason, EnvironmentId),
    Demand(usize),
    /// Its metadata cannot be used, for this reason.
    Unusable(Arc<str>),
    Preference,
    Requirements,
}

impl PinReasons {
    /// The reasons of a pin, as far as it is held back for some of its targets.
    pub(crate) fn held_back(
        catalog: &Catalog<'_>,
        (name, version): (&PackageName, &Version),
        environments: &BTreeSet<EnvironmentId>,
        demands: &Demands,
    ) -> Result<Self, Interrupt> {
        let id = catalog.vocabulary.borrow_mut().name_id(name);
        let listing = catalog.listing(id)?;
        Ok(Self {
            name: name.clone(),
            version: version.clone(),
            targets: targets(catalog, environments.iter()),
            required_by: Vec::new(),
            newer: Vec::new(),
            held_back: held_back(catalog, (&listing, version), environments, &demands.met())?,
        })
    }

    /// The reasons of a pin.
    pub(crate) fn of(
        catalog: &Catalog<'_>,
        name: &PackageName,
        version: &Version,
        environments: &BTreeSet<EnvironmentId>,
        demands: &Demands,
    ) -> Result<Self, Interrupt> {
        let met = demands.met();
        let demands = demands.as_slice();
        let mode = catalog.rules.options.prerelease_mode(name);
        let admits_prereleases = version.any_prerelease() || mode == PrereleaseMode::Allow;
        let prerelease_reason = |id: EnvironmentId| match mode {
            PrereleaseMode::Disallow => PrereleaseReason::Disallowed,
            PrereleaseMode::Explicit if !catalog.rules.names_prerelease(name, id) => {
                PrereleaseReason::NotNamed
            }
            _ => PrereleaseReason::StableFits,
        };
        let first = environments.first().copied().unwrap_or_default();
        let id = catalog.vocabulary.borrow_mut().name_id(name);
        let listing = catalog.listing(id)?;
        let mut required_by: Vec<String> =
            demands.iter().map(|demand| demand.text.clone()).collect();
        required_by.sort();
        required_by.dedup();
        let mut obstacles: Vec<(Obstacle, Vec<&Version>)> = Vec::new();
        let held_back = held_back(catalog, (&listing, version), environments, &met)?;
        let is_read = catalog.rules.options.read_for_reasons.contains(name);
        let mut unread = if is_read { MOST_READ } else { 0 };
        for (position, release) in listing.releases().iter().enumerate() {
            if release.version <= *version {
                break;
            }
            let absent = absences(catalog, &listing, position, environments)?;
            let is_met = met.contains(&release.version);
            let obstacle = if let Some((reason, id)) = absent.into_iter().next() {
                Obstacle::Lost(LossReason::Unavailable(reason), id)
            } else if release.version.any_prerelease() && !admits_prereleases {
                Obstacle::Lost(LossReason::Prerelease(prerelease_reason(first)), first)
            } else if let Some(place) = (!is_met)
                .then(|| {
                    let mut demands = demands.iter();
                    demands.position(|demand| !demand.versions.contains(&release.version))
                })
                .flatten()
            {
                Obstacle::Demand(place)
            } else if let Some(reason) =
                unusable(catalog, (&listing, position), environments, &mut unread)?
            {
                Obstacle::Unusable(reason)
            } else if catalog
                .rules
                .options
                .preferences
                .get(name)
                .is_some_and(|kept| kept.contains(version))
            {
                Obstacle::Preference
            } else {
                Obstacle::Requirements
            };
            match obstacles.iter_mut().find(|(known, _)| *known == obstacle) {
                Some((_, versions)) => versions.push(&release.version),
                None => obstacles.push((obstacle, vec![&release.version])),
            }
        }
        let newer = obstacles
            .iter()
            .map(|(obstacle, versions)| {
                obstacle.sentence(catalog, &listing, &set_of(versions), demands)
            })
            .collect();
        Ok(Self {
            name: name.clone(),
            version: version.clone(),
            targets: targets(catalog, environments.iter()),
            required_by,
            newer,
            held_back,
        })
    }
}

/// The newest release after a version that some environments could have, and others could not.
fn held_back(
    catalog: &Catalog<'_>,
    (listing, version): (&Listing, &Version),
    environments: &BTreeSet<EnvironmentId>,
    met: &Met<'_>,
) -> Result<Option<HeldBack>, Interrupt> {
    if environments.len() < 2 {
        return Ok(None);
    }
    let mode = catalog.rules.options.prerelease_mode(&listing.name);
    let admits_prereleases = version.any_prerelease() || mode == PrereleaseMode::Allow;
    let releases = listing.releases().iter().enumerate();
    let newer = releases.take_while(|(_, release)| release.version > *version);
    for (position, release) in newer {
        let is_admitted = admits_prereleases || !release.version.any_prerelease();
        if !is_admitted || !met.contains(&release.version) {
            continue;
        }
        let absent = absences(catalog, listing, position, environments)?;
        if absent.is_empty() || absent.len() == environments.len() {
            continue;
        }
        if unusable(catalog, (listing, position), environments, &mut 0)?.is_some() {
            continue;
        }
        let lacks = |id: &EnvironmentId| absent.iter().any(|(_, lacking)| lacking == id);
        return Ok(Some(HeldBack {
            version: release.version.clone(),
            could: targets(catalog, environments.iter().filter(|id| !lacks(id))),
            could_not: targets(catalog, environments.iter().filter(|id| lacks(id))),
        }));
    }
    Ok(None)
}

impl Obstacle {
    fn sentence(
        &self,
        catalog: &Catalog<'_>,
        listing: &Listing,
        versions: &VersionSet,
        demands: &Slice<Demand>,
    ) -> String {
        let runs = runs(listing, versions);
        let (is, does) = if runs.is_one() {
            ("is", "does")
        } else {
            ("are", "do")
        };
        let name = &listing.name;
        match self {
            Self::Lost(reason, id) => {
                reason.sentence(listing, versions, &catalog.environments[*id].target)
            }
            Self::Demand(place) => format!("{name} {runs} {is} excluded: {}", demands[*place].text),
            Self::Unusable(reason) => format!("{name} {runs} cannot be used: {reason}"),
            Self::Preference => {
                format!(
                    "{name} {runs} {is} not chosen, since the pin of the strict file is kept: --upgrade ignores it"
                )
            }
            Self::Requirements => {
                format!(
                    "{name} {runs} {does} not fit: what {} would require conflicts with the rest",
                    if runs.is_one() { "it" } else { "they" }
                )
            }
        }
    }
}

/// Why a release is not available, for each environment in which it is not.
fn absences(
    catalog: &Catalog<'_>,
    listing: &Listing,
    position: usize,
    environments: &BTreeSet<EnvironmentId>,
) -> Result<Vec<(UnavailableReason, EnvironmentId)>, Interrupt> {
    let mut absences = Vec::new();
    for id in environments {
        if let Availability::Unavailable(reason) = catalog.availability(listing, position, *id)? {
            absences.push((reason, *id));
        }
    }
    Ok(absences)
}

/// Why the metadata of a release that is available excludes it: what is known, and of as many files as are `unread`,
/// what is read for it, if a rule depends on metadata.
fn unusable(
    catalog: &Catalog<'_>,
    (listing, position): (&Listing, usize),
    environments: &BTreeSet<EnvironmentId>,
    unread: &mut usize,
) -> Result<Option<Arc<str>>, Interrupt> {
    let mut seen: Vec<Arc<DistFile>> = Vec::new();
    for id in environments {
        let Availability::Installable(file) = catalog.availability(listing, position, *id)? else {
            continue;
        };
        if seen.iter().any(|known| Arc::ptr_eq(known, &file)) {
            continue;
        }
        let known = catalog.already_read(&file);
        let reason = if known.is_some() || *unread == 0 {
            known.and_then(Result::err)
        } else {
            *unread -= 1;
            catalog.denied_when_read(&file)
        };
        if reason.is_some() {
            return Ok(reason);
        }
        seen.push(file);
    }
    Ok(None)
}

fn targets<'i>(catalog: &Catalog<'_>, ids: impl Iterator<Item = &'i EnvironmentId>) -> Vec<Target> {
    let mut targets: Vec<Target> = ids
        .map(|id| catalog.environments[*id].target.clone())
        .collect();
    targets.dedup();
    targets
}
