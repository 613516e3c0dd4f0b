//! Asks ahead of the search, so that it finds in memory what it asks for.
//!
//! A search that learns of a package only when it decides the one before waits for the index at every
//! step. So the likely answer is walked first: of each package the newest release that fits what is
//! known so far, its requirements, and so on. A page is asked for as soon as its package is named, and
//! metadata as soon as the page is there, in the order of arrival: the number of round trips is the
//! depth of the graph. Packages that the request calls likely are asked for at once, with the metadata
//! of their newest releases, so that few round trips remain. The catalog keeps what was received. Nothing
//! is decided here, and errors are ignored, since the search meets them again.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use harden_packaging::{Completion, DistFile};
use harden_requirements::{VersionSet, intersection_of};
use rustc_hash::FxBuildHasher;

use crate::catalog::Catalog;
use crate::catalog::availability::Availability;
use crate::catalog::listing::Listing;
use crate::dependency::Dependency;
use crate::interrupt::Interrupt;
use crate::node::{EnvironmentSet, ExtraId, NameId};
use crate::wanted::Wanted;

/// How often the guess for one package is revised as more becomes known of it.
const GUESS_LIMIT: u32 = 4;

/// How many pages are requested in all because requirements that were read usually lead there.
const MOST_USUAL: usize = 200;

/// What is known of a package that something requires.
struct Known {
    versions: VersionSet,
    /// The versions that requirements admit which have not been looked at yet.
    noted: Vec<Rc<Wanted>>,
    environments: EnvironmentSet,
    extras: BTreeSet<ExtraId>,
    guesses: u32,
    /// What was guessed last.
    guess: Option<Guess>,
    /// The files of that whose metadata is not here yet.
    awaited: Vec<Arc<DistFile>>,
}

/// A release, by its place, where it is installed, and with which extras.
#[derive(Clone, PartialEq)]
struct Guess {
    position: usize,
    environments: EnvironmentSet,
    extras: BTreeSet<ExtraId>,
}

struct Walk<'c, 'a> {
    catalog: &'c Catalog<'a>,
    known: HashMap<NameId, Known, FxBuildHasher>,
    /// Packages whose pages are awaited, in the order in which they were met; some of the first may be here.
    pages: VecDeque<NameId>,
    /// Packages of whose guesses some metadata is awaited; of some of the first none may be any more.
    releases: VecDeque<NameId>,
    /// Packages to guess, for the first time or again.
    ready: VecDeque<NameId>,
    /// Packages whose pages, and files whose metadata, are here.
    pages_here: HashSet<NameId, FxBuildHasher>,
    /// Requirements of which it was looked up where they usually lead, each with an extra or without.
    looked_up: HashSet<(NameId, Option<ExtraId>), FxBuildHasher>,
    /// How many pages may still be requested because of that.
    usual_left: usize,
    metadata_here: HashSet<*const DistFile, FxBuildHasher>,
}

impl Known {
    /// Nothing is known yet.
    fn nothing() -> Self {
        Self {
            versions: VersionSet::full(),
            noted: Vec::new(),
            environments: EnvironmentSet::EMPTY,
            extras: BTreeSet::new(),
            guesses: 0,
            guess: None,
            awaited: Vec::new(),
        }
    }
}

/// Walks the likely answer to the user's requirements.
pub(crate) fn prefetch(catalog: &Catalog<'_>) {
    let lines = catalog.lines();
    let mut walk = Walk {
        catalog,
        known: HashMap::default(),
        pages: VecDeque::new(),
        releases: VecDeque::new(),
        ready: VecDeque::new(),
        pages_here: HashSet::default(),
        looked_up: HashSet::default(),
        usual_left: MOST_USUAL,
        metadata_here: HashSet::default(),
    };
    walk.prefetch_preferences();
    let asked = lines.iter().map(|(_, dependency, _)| dependency);
    let asked = asked.filter(|asked| !catalog.rules.excludes(&asked.requirement.name));
    catalog.prefetch(asked.map(|dependency| dependency.name));
    for (_, dependency, environments) in &lines {
        walk.note_extras(dependency);
        walk.note(dependency, *environments);
    }
    walk.prefetch_likely();
    // A failure is one that the solver will meet too, if it matters.
    loop {
        while let Some(name) = walk.ready.pop_front() {
            let _ = walk.guess(name);
        }
        walk.pass_over_what_is_here();
        if walk.pages.is_empty() && walk.releases.is_empty() {
            return;
        }
        match catalog.index.next_completion() {
            Some(Completion::Project(name)) => {
                let name = catalog.vocabulary.borrow_mut().name_id(&name);
                let _ = walk.page_is_here(name);
            }
            Some(Completion::Metadata(file)) => {
                let _ = walk.metadata_is_here(&file);
            }
            None => {
                let _ = walk.wait_for_oldest();
            }
        }
    }
}

impl Walk<'_, '_> {
    /// Asks for the pages of the packages of an earlier answer: most of them will be in this one.
    fn prefetch_preferences(&self) {
        let names: Vec<NameId> = {
            let mut vocabulary = self.catalog.vocabulary.borrow_mut();
            let preferred = self.catalog.rules.options.preferences.keys();
            preferred.map(|name| vocabulary.name_id(name)).collect()
        };
        self.catalog.prefetch(names.into_iter());
    }

    /// Asks for the pages of the packages that are likely to be required.
    fn prefetch_likely(&mut self) {
        let rules = self.catalog.rules;
        let likely = rules.options.likely.iter();
        let likely = likely.filter(|name| !rules.excludes(name));
        let names: Vec<NameId> = {
            let mut vocabulary = self.catalog.vocabulary.borrow_mut();
            likely.map(|name| vocabulary.name_id(name)).collect()
        };
        self.looked_up
            .extend(names.iter().map(|name| (*name, None)));
        self.catalog.prefetch(names.into_iter());
    }

    /// Notes that a requirement is looked up; whether that is new.
    fn note_extras(&mut self, dependency: &Dependency) -> bool {
        let mut is_new = self.looked_up.insert((dependency.name, None));
        for extra in &dependency.extras {
            is_new |= self.looked_up.insert((dependency.name, Some(*extra)));
        }
        is_new
    }

    /// Asks for the pages that a requirement which was just read usually leads to, unless an earlier answer has its
    /// package.
    fn prefetch_usual(&mut self, dependency: &Dependency) {
        let options = self.catalog.rules.options;
        let requirement = &dependency.requirement;
        let Some(usual) = options.usual.filter(|_| self.usual_left > 0) else {
            return;
        };
        if options.preferences.contains_key(&requirement.name) || !self.note_extras(dependency) {
            return;
        }
        let names = usual(&requirement.name, &requirement.extras, self.usual_left);
        let names = names
            .iter()
            .filter(|name| !self.catalog.rules.excludes(name));
        let names: Vec<NameId> = {
            let mut vocabulary = self.catalog.vocabulary.borrow_mut();
            names.map(|name| vocabulary.name_id(name)).collect()
        };
        let is_new = |name: &NameId| self.looked_up.insert((*name, None));
        let names: Vec<NameId> = names.into_iter().filter(is_new).collect();
        self.usual_left = self.usual_left.saturating_sub(names.len());
        self.catalog.prefetch(names.into_iter());
    }

    /// Forgets the first of what was awaited, if it is here.
    fn pass_over_what_is_here(&mut self) {
        while let Some(first) = self.pages.front()
            && self.pages_here.contains(first)
        {
            self.pages.pop_front();
        }
        while let Some(first) = self.releases.front()
            && self.known[first].awaited.is_empty()
        {
            self.releases.pop_front();
        }
    }

    /// Waits for what was named first; for an index that does not report completions.
    fn wait_for_oldest(&mut self) -> Result<(), Interrupt> {
        if let Some(name) = self.pages.front() {
            return self.page_is_here(*name);
        }
        let Some(name) = self.releases.pop_front() else {
            return Ok(());
        };
        if let Some(known) = self.known.get_mut(&name) {
            known.awaited.clear();
        }
        self.walk(name)
    }

    /// Notes a requirement, whose package's page was asked for.
    fn note(&mut self, dependency: &Dependency, environments: EnvironmentSet) {
        let name = dependency.name;
        if self.catalog.rules.excludes(&dependency.requirement.name) {
            return;
        }
        let overrides = self.catalog.rules.overrides(&dependency.requirement.name);
        let versions = overrides
            .first()
            .map_or(&dependency.versions, |replacement| &replacement.versions);
        let is_new = !self.known.contains_key(&name);
        let known = self.known.entry(name).or_insert_with(Known::nothing);
        known.noted.push(Rc::clone(versions));
        known.environments = known.environments.union(environments);
        known.extras.extend(&dependency.extras);
        if self.pages_here.contains(&name) {
            self.ready.push_back(name);
        } else if is_new {
            self.pages.push_back(name);
        }
    }

    fn page_is_here(&mut self, name: NameId) -> Result<(), Interrupt> {
        self.pages_here.insert(name);
        if self.known.contains_key(&name) {
            self.ready.push_back(name);
            return Ok(());
        }
        // Nothing requires it yet. An earlier answer has it, often in the version that this one will have.
        let listing = self.catalog.listing(name)?;
        let preferred = self.catalog.rules.options.preferences.get(&listing.name);
        let places = preferred
            .into_iter()
            .flatten()
            .filter_map(|version| listing.position(version));
        let mut places: Vec<usize> = places.collect();
        if places.is_empty() {
            let unlimited = Known {
                environments: self.catalog.all_environments(),
                ..Known::nothing()
            };
            places.extend(likeliest(self.catalog, &listing, &unlimited)?);
        }
        for position in places {
            self.catalog.prefetch_release(&listing, position)?;
        }
        Ok(())
    }

    /// Guesses the release of a package, and asks for its metadata.
    fn guess(&mut self, name: NameId) -> Result<(), Interrupt> {
        let Some(known) = self
            .known
            .get_mut(&name)
            .filter(|known| known.guesses < GUESS_LIMIT)
        else {
            return Ok(());
        };
        let noted = std::mem::take(&mut known.noted);
        let noted = noted.iter().map(|set| VersionSet::clone(set));
        known.versions = intersection_of(noted.chain([known.versions.clone()]));
        let listing = self.catalog.listing(name)?;
        let Some(position) = likeliest(self.catalog, &listing, known)? else {
            return Ok(());
        };
        let guess = Guess {
            position,
            environments: known.environments,
            extras: known.extras.clone(),
        };
        if known.guess.as_ref() == Some(&guess) {
            return Ok(());
        }
        known.guesses += 1;
        known.guess = Some(guess);
        known.awaited.clear();
        for environment in known.environments.iter() {
            if let Availability::Installable(file) =
                self.catalog.availability(&listing, position, environment)?
            {
                self.catalog.prefetch_metadata(&file);
                let is_here = self.metadata_here.contains(&Arc::as_ptr(&file));
                if !is_here && !known.awaited.iter().any(|other| Arc::ptr_eq(other, &file)) {
                    known.awaited.push(file);
                }
            }
        }
        if known.awaited.is_empty() {
            return self.walk(name);
        }
        self.releases.push_back(name);
        Ok(())
    }

    fn metadata_is_here(&mut self, file: &Arc<DistFile>) -> Result<(), Interrupt> {
        self.metadata_here.insert(Arc::as_ptr(file));
        let name = self.catalog.vocabulary.borrow_mut().name_id(&file.project);
        let Some(known) = self.known.get_mut(&name) else {
            return Ok(());
        };
        let before = known.awaited.len();
        known.awaited.retain(|awaited| !Arc::ptr_eq(awaited, file));
        if before == 0 || !known.awaited.is_empty() {
            return Ok(());
        }
        self.walk(name)
    }

    /// Notes what the guess for a package requires.
    fn walk(&mut self, name: NameId) -> Result<(), Interrupt> {
        let Some(guess) = self.known.get(&name).and_then(|known| known.guess.clone()) else {
            return Ok(());
        };
        let listing = self.catalog.listing(name)?;
        let version = &listing.releases()[guess.position].version;
        let extras = guess.extras.iter().copied().map(Some);
        let mut all = Vec::new();
        for extra in [None].into_iter().chain(extras) {
            let active = self
                .catalog
                .active(name, version, extra, guess.environments)?;
            all.extend(active.ok());
        }
        let required = || all.iter().flat_map(|active| active.iter());
        let excludes =
            |dependency: &Dependency| self.catalog.rules.excludes(&dependency.requirement.name);
        let named = required().filter(|active| !excludes(active.dependency()));
        self.catalog
            .prefetch(named.map(|active| active.dependency().name));
        for active in required() {
            if !excludes(active.dependency()) {
                self.prefetch_usual(active.dependency());
            }
            self.note(active.dependency(), active.environments);
        }
        Ok(())
    }
}

/// The release that the solver will try first, as far as can be known.
fn likeliest(
    catalog: &Catalog<'_>,
    listing: &Listing,
    known: &Known,
) -> Result<Option<usize>, Interrupt> {
    let places = listing.places(&known.versions);
    let candidates = catalog.candidates(listing, &places, known.environments);
    for position in candidates.iter().map(|place| place as usize) {
        if catalog.exists(listing, position, known.environments)? {
            return Ok(Some(position));
        }
    }
    Ok(None)
}
