//! Runs ahead of the solver, so that it finds in memory what it asks for.
//!
//! A resolver that learns of a package only when it decides on the one before it waits for the
//! index at every step. So the likeliest answer is walked first, breadth first: of each package the
//! newest release that fits what is known of it, its requirements, and so on. Everything of one
//! breadth is asked for at once, which makes the number of round trips the depth of the graph. What
//! is found stays in the catalog; nothing is decided here, and an error is left for the solver to meet.

use std::collections::{BTreeSet, HashMap};

use harden_requirements::VersionSet;
use rustc_hash::FxBuildHasher;

use crate::catalog::{Catalog, Listing};
use crate::dependency::{Dependency, Held, Owner, holds};
use crate::node::{EnvironmentSet, ExtraId, NameId};
use crate::stop::Stop;
use crate::verdict::Verdict;

/// How often the guess for one package is mended as more becomes known of it.
const GUESS_LIMIT: u32 = 4;

/// What is known of a package that something requires.
struct Known {
    versions: VersionSet,
    environments: EnvironmentSet,
    extras: BTreeSet<ExtraId>,
    prereleases: bool,
    guesses: u32,
    /// What was walked last: the release's place, where, and with which extras.
    walked: Option<(usize, EnvironmentSet, BTreeSet<ExtraId>)>,
}

struct Scout<'c, 'a> {
    catalog: &'c Catalog<'a>,
    known: HashMap<NameId, Known, FxBuildHasher>,
    /// Packages whose pages were asked for.
    pages: Vec<NameId>,
    /// Releases whose metadata was asked for.
    releases: Vec<(NameId, usize)>,
}

/// Walks the likeliest answer to what `roots` require.
pub(crate) fn scout(catalog: &Catalog<'_>, roots: &[(Dependency, EnvironmentSet)]) {
    let mut scout = Scout {
        catalog,
        known: HashMap::default(),
        pages: Vec::new(),
        releases: Vec::new(),
    };
    scout.prefetch_preferences();
    for (dependency, environments) in roots {
        scout.note(dependency, *environments);
    }
    scout.prefetch_from(0);
    // A breadth at a time: whoever waited for one page or one release before asking for the next
    // would wait anew for each. A failure is one that the solver will meet too, if it matters.
    while !scout.pages.is_empty() {
        for name in std::mem::take(&mut scout.pages) {
            let _ = scout.guess(name);
        }
        for (name, position) in std::mem::take(&mut scout.releases) {
            let _ = scout.walk(name, position);
        }
    }
}

impl Scout<'_, '_> {
    /// Asks for the pages of all that an earlier answer holds: most of it will be in this one.
    fn prefetch_preferences(&self) {
        let names: Vec<NameId> = {
            let mut vocabulary = self.catalog.vocabulary.borrow_mut();
            let preferred = self.catalog.rules.options.preferences.keys();
            preferred.map(|name| vocabulary.name_id(name)).collect()
        };
        self.catalog.prefetch(names.into_iter());
    }

    /// Takes down a requirement.
    fn note(&mut self, dependency: &Dependency, environments: EnvironmentSet) {
        if self.catalog.rules.excludes(&dependency.requirement.name) {
            return;
        }
        let overrides = self.catalog.rules.overrides(&dependency.requirement.name);
        let versions = overrides
            .first()
            .map_or(&dependency.versions, |replacement| &replacement.versions);
        let known = self.known.entry(dependency.name).or_insert_with(|| Known {
            versions: VersionSet::full(),
            environments: EnvironmentSet::EMPTY,
            extras: BTreeSet::new(),
            prereleases: false,
            guesses: 0,
            walked: None,
        });
        known.versions = known.versions.intersection(versions);
        known.environments = known.environments.union(environments);
        known.extras.extend(&dependency.extras);
        known.prereleases |= dependency.names_prerelease;
        self.pages.push(dependency.name);
    }

    /// Asks for the pages from `first` on in the queue.
    fn prefetch_from(&self, first: usize) {
        self.catalog
            .prefetch(self.pages.iter().skip(first).copied());
    }

    /// Guesses the release of a package, and asks for its metadata.
    fn guess(&mut self, name: NameId) -> Result<(), Stop> {
        let Some(known) = self
            .known
            .get_mut(&name)
            .filter(|known| known.guesses < GUESS_LIMIT)
        else {
            return Ok(());
        };
        let listing = self.catalog.listing(name)?;
        let Some(position) = likeliest(self.catalog, &listing, known)? else {
            return Ok(());
        };
        let guess = (position, known.environments, known.extras.clone());
        if known.walked.as_ref() == Some(&guess) {
            return Ok(());
        }
        known.guesses += 1;
        known.walked = Some(guess);
        for environment in known.environments.iter() {
            if let Verdict::File(file) = self.catalog.verdict(&listing, position, environment)? {
                self.catalog.prefetch_metadata(&file);
            }
        }
        self.releases.push((name, position));
        Ok(())
    }

    /// Takes down what a release requires.
    fn walk(&mut self, name: NameId, position: usize) -> Result<(), Stop> {
        let Some(known) = self.known.get(&name) else {
            return Ok(());
        };
        let listing = self.catalog.listing(name)?;
        let version = &listing.releases()[position].version;
        let mut extras: Vec<Vec<_>> = vec![Vec::new()];
        let vocabulary = self.catalog.vocabulary.borrow();
        extras.extend(
            known
                .extras
                .iter()
                .map(|extra| vec![vocabulary.extra(*extra).clone()]),
        );
        drop(vocabulary);
        let owner = Owner::Distribution {
            name: &listing.name,
            version,
            rules: self.catalog.rules,
        };
        let first = self.pages.len();
        for environment in known.environments.iter() {
            let Verdict::File(file) = self.catalog.verdict(&listing, position, environment)? else {
                continue;
            };
            let Ok(dependencies) = self.catalog.dependencies(&file)? else {
                continue;
            };
            let resolved_for = &self.catalog.environments[environment];
            for dependency in &dependencies.requires {
                for extras in &extras {
                    let held = holds(
                        &dependency.requirement,
                        environment,
                        resolved_for,
                        extras,
                        &owner,
                    );
                    if matches!(held, Ok(Held::Yes)) {
                        self.note(dependency, EnvironmentSet::only(environment));
                        break;
                    }
                }
            }
        }
        self.prefetch_from(first);
        Ok(())
    }
}

/// The release that the solver will try first, as far as can be known.
fn likeliest(
    catalog: &Catalog<'_>,
    listing: &Listing,
    known: &Known,
) -> Result<Option<usize>, Stop> {
    let oldest_first = catalog.rules.wants_oldest(&listing.name);
    let preferred = catalog.rules.options.preferences.get(&listing.name);
    let preferred = preferred
        .into_iter()
        .flatten()
        .filter(|version| known.versions.contains(version))
        .filter_map(|version| listing.position(version));
    for position in preferred.chain(listing.within(&known.versions, oldest_first)) {
        let version = &listing.releases()[position].version;
        if (!version.any_prerelease() || may_be_prerelease(catalog, listing, known)?)
            && catalog.exists(listing, position, known.environments)?
        {
            return Ok(Some(position));
        }
    }
    Ok(None)
}

fn may_be_prerelease(
    catalog: &Catalog<'_>,
    listing: &Listing,
    known: &Known,
) -> Result<bool, Stop> {
    Ok(known.prereleases
        || catalog.rules.names_prerelease(&listing.name)
        || catalog.has_only_prereleases(listing)?)
}
