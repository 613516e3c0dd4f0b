//! The index, seen through the rules and the environments of one run.
//!
//! Pages, the availability of releases and the requirements of files are found out once and kept.
//! Availability is decided one release at a time, since most releases are never looked at.

mod activate;
pub(crate) mod active_dependencies;
pub(crate) mod availability;
pub(crate) mod direct_files;
mod judge;
pub(crate) mod listing;
mod prereleases;
pub(crate) mod revision;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use harden_packaging::{
    CoreMetadata, DistFile, EnvironmentId, Index, IndexErrorKind, PackageName, Pin, Reference,
    ResolvedFor,
};
use harden_requirements::Admission;
use pep440_rs::Version;
use rustc_hash::FxBuildHasher;

use crate::Warning;
use crate::catalog::active_dependencies::{ActiveDependencies, Asker};
use crate::catalog::availability::Availability;
use crate::catalog::direct_files::{direct_files, with_files};
use crate::catalog::listing::Listing;
use crate::dependency::{Dependencies, Dependency, KnownLines};
use crate::interrupt::Interrupt;
use crate::node::{EnvironmentSet, ExtraId, NameId, Vocabulary};
use crate::rules::Rules;

/// The index, seen through the rules and the environments of one run.
pub(crate) struct Catalog<'a> {
    pub(crate) environments: &'a [ResolvedFor],
    pub(crate) rules: &'a Rules<'a>,
    pub(crate) vocabulary: RefCell<Vocabulary>,
    pub(crate) index: &'a dyn Index,
    listings: RefCell<HashMap<NameId, Rc<Listing>, FxBuildHasher>>,
    /// The packages and files that were requested in advance.
    pages_ahead: RefCell<HashSet<NameId, FxBuildHasher>>,
    metadata_ahead: RefCell<HashSet<*const DistFile, FxBuildHasher>>,
    read: RefCell<HashMap<*const DistFile, Read, FxBuildHasher>>,
    lines: RefCell<KnownLines>,
    /// Whether a requirement of a distribution holds in an environment with an extra.
    held: RefCell<HashMap<Held, bool, FxBuildHasher>>,
    /// What each Requires-Python admits.
    pub(crate) admissions: RefCell<HashMap<(Arc<str>, EnvironmentId), Admission, FxBuildHasher>>,
    /// The active requirements of versions.
    pub(crate) actives: RefCell<HashMap<Asker, ActiveDependencies, FxBuildHasher>>,
    versions_tried: Cell<u64>,
    /// The limits of a trial.
    limits: Option<SdistLimits>,
    /// The newest release of each package that was passed over because of the builds of others, and why.
    passed_over: RefCell<BTreeMap<PackageName, (Version, Arc<str>)>>,
}

/// How many sdists a trial may read.
#[derive(Debug, Clone)]
pub(crate) struct SdistLimits {
    /// How many may still turn out to have no usable metadata.
    pub(crate) unusable: Cell<u32>,
    /// How many may still be built to be read, in all trials together.
    pub(crate) builds: Rc<Cell<u32>>,
}

impl SdistLimits {
    fn spend(left: &Cell<u32>) -> Result<(), Interrupt> {
        left.set(left.get().checked_sub(1).ok_or(Interrupt::BudgetSpent)?);
        Ok(())
    }
}

/// A requirement of a distribution, an environment, and the extra that is required of the distribution.
type Held = (*const Dependency, EnvironmentId, Option<ExtraId>);

/// The outcome of reading a file's metadata: its requirements, or why it cannot be used.
pub(crate) type Read = Result<Rc<Dependencies>, Arc<str>>;

impl<'a> Catalog<'a> {
    pub(crate) fn new(
        index: &'a dyn Index,
        rules: &'a Rules<'a>,
        environments: &'a [ResolvedFor],
    ) -> Self {
        Self {
            environments,
            rules,
            vocabulary: RefCell::default(),
            index,
            listings: RefCell::default(),
            pages_ahead: RefCell::default(),
            metadata_ahead: RefCell::default(),
            read: RefCell::default(),
            lines: RefCell::default(),
            held: RefCell::default(),
            admissions: RefCell::default(),
            actives: RefCell::default(),
            versions_tried: Cell::new(0),
            limits: None,
            passed_over: RefCell::default(),
        }
    }

    /// The same for a trial, which ends when it has read this many sdists.
    pub(crate) fn with_limits(mut self, limits: Option<SdistLimits>) -> Self {
        self.limits = limits;
        self
    }

    /// The user's requirements, each with its place in the request and where it holds.
    pub(crate) fn lines(&self) -> Vec<(usize, Dependency, EnvironmentSet)> {
        let mut vocabulary = self.vocabulary.borrow_mut();
        let lines = self.rules.lines.iter().map(|line| {
            let dependency = Dependency::new(line.asked.requirement.clone(), &mut vocabulary);
            (line.number, dependency, line.environments)
        });
        lines.collect()
    }

    /// All environments.
    pub(crate) fn all_environments(&self) -> EnvironmentSet {
        (0..self.environments.len()).collect()
    }

    /// The number of distributions whose metadata was read.
    pub(crate) fn versions_tried(&self) -> u64 {
        self.versions_tried.get()
    }

    /// The name behind an id.
    pub(crate) fn name(&self, id: NameId) -> PackageName {
        self.vocabulary.borrow().name(id).clone()
    }

    /// Requests the pages of these packages, except those that were requested before.
    pub(crate) fn prefetch(&self, names: impl Iterator<Item = NameId>) {
        let listings = self.listings.borrow();
        let vocabulary = self.vocabulary.borrow();
        let mut ahead = self.pages_ahead.borrow_mut();
        let missing: BTreeSet<&PackageName> = names
            .filter(|name| !listings.contains_key(name) && ahead.insert(*name))
            .map(|name| vocabulary.name(name))
            .collect();
        let references = missing.iter().flat_map(|name| self.rules.references(name));
        let references: Vec<&Reference> = references.map(|named| &named.reference).collect();
        if !references.is_empty() {
            self.index.prefetch_direct(&references);
        }
        let missing: Vec<PackageName> = missing
            .into_iter()
            .filter(|name| self.is_asked_of_index(name))
            .cloned()
            .collect();
        if !missing.is_empty() {
            self.index.prefetch_projects(&missing);
        }
    }

    /// Requests the metadata of a file, unless it was requested before.
    pub(crate) fn prefetch_metadata(&self, file: &Arc<DistFile>) {
        if self.metadata_ahead.borrow_mut().insert(Arc::as_ptr(file)) {
            self.index.prefetch_metadata(file);
        }
    }

    /// Requests the metadata of each file that some environment installs of a release.
    pub(crate) fn prefetch_release(
        &self,
        listing: &Listing,
        position: usize,
    ) -> Result<(), Interrupt> {
        for environment in 0..self.environments.len() {
            if let Availability::Installable(file) =
                self.availability(listing, position, environment)?
            {
                self.prefetch_metadata(&file);
            }
        }
        Ok(())
    }

    /// The page of a project.
    pub(crate) fn listing(&self, id: NameId) -> Result<Rc<Listing>, Interrupt> {
        if let Some(listing) = self.listings.borrow().get(&id) {
            return Ok(Rc::clone(listing));
        }
        let name = self.name(id);
        let named = direct_files(self.index, self.rules, &name)?;
        let project = if self.is_asked_of_index(&name) {
            match self.index.project(&name) {
                Ok(project) => Some(project),
                Err(error) if error.kind == IndexErrorKind::NoSuchProject => None,
                Err(error) => return Err(error.into()),
            }
        } else {
            None
        };
        let project = with_files(&name, project, &named);
        let listing = Rc::new(Listing::new(name, project, named, self.environments.len()));
        self.listings.borrow_mut().insert(id, Rc::clone(&listing));
        Ok(listing)
    }

    /// Whether some environment takes `name` from the index. If direct references name the files of a
    /// package everywhere, the index does not even learn its name.
    fn is_asked_of_index(&self, name: &PackageName) -> bool {
        (0..self.environments.len()).any(|id| self.rules.reference(name, id).is_none())
    }

    /// Whether the release at `position` is available in an environment.
    pub(crate) fn availability(
        &self,
        listing: &Listing,
        position: usize,
        environment: EnvironmentId,
    ) -> Result<Availability, Interrupt> {
        let slot = position * self.environments.len() + environment;
        if let Some(known) = &listing.availability.borrow()[slot] {
            return Ok(known.clone());
        }
        let found = self.judge(listing, &listing.releases()[position], environment)?;
        listing.availability.borrow_mut()[slot] = Some(found.clone());
        Ok(found)
    }

    /// The file that an environment installs of a version; `None` if it is not available.
    pub(crate) fn file(
        &self,
        listing: &Listing,
        version: &Version,
        environment: EnvironmentId,
    ) -> Result<Option<Arc<DistFile>>, Interrupt> {
        let Some(position) = listing.position(version) else {
            return Ok(None);
        };
        match self.availability(listing, position, environment)? {
            Availability::Installable(file) => Ok(Some(file)),
            Availability::Unavailable(_) => Ok(None),
        }
    }

    /// Whether the release at `position` is available in all of some environments.
    pub(crate) fn exists(
        &self,
        listing: &Listing,
        position: usize,
        environments: EnvironmentSet,
    ) -> Result<bool, Interrupt> {
        for environment in environments.iter() {
            if let Availability::Unavailable(_) =
                self.availability(listing, position, environment)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether one of some environments gets an sdist of the release at `position`, whose metadata may take
    /// a build.
    pub(crate) fn takes_sdist(
        &self,
        listing: &Listing,
        position: usize,
        environments: EnvironmentSet,
    ) -> Result<bool, Interrupt> {
        if !self.rules.options.allow_sdist.allows(&listing.name) {
            return Ok(false);
        }
        for environment in environments.iter() {
            let available = self.availability(listing, position, environment)?;
            if matches!(available, Availability::Installable(file) if file.wheel_tags().is_none()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The requirements of a file, or why it cannot be used.
    pub(crate) fn dependencies(&self, file: &Arc<DistFile>) -> Result<Read, Interrupt> {
        let key = Arc::as_ptr(file);
        if let Some(read) = self.read.borrow().get(&key) {
            return Ok(read.clone());
        }
        self.versions_tried.set(self.versions_tried.get() + 1);
        if let Some(limits) = &self.limits
            && self.index.takes_build(file)
        {
            SdistLimits::spend(&limits.builds)?;
        }
        let read = match self.index.metadata(file) {
            Ok(metadata) => match self.denied_by_metadata(file, &metadata) {
                Some(reason) => Err(reason),
                None => self.read(&metadata),
            },
            Err(error) if error.kind == IndexErrorKind::BadMetadata => {
                if file.wheel_tags().is_none()
                    && let Some(limits) = &self.limits
                {
                    SdistLimits::spend(&limits.unusable)?;
                }
                Err(error.message)
            }
            Err(error) if error.kind == IndexErrorKind::NotTried => {
                self.pass_over(file, &format!("was {}", error.message).into());
                Err(error.message)
            }
            Err(error) => return Err(error.into()),
        };
        self.read.borrow_mut().insert(key, read.clone());
        Ok(read)
    }

    /// Notes that a file is not used because of the builds of other releases.
    pub(crate) fn pass_over(&self, file: &DistFile, reason: &Arc<str>) {
        let mut passed_over = self.passed_over.borrow_mut();
        let newest = passed_over.get(&file.project);
        if newest.is_none_or(|(newest, _)| *newest < file.version) {
            let newest = (file.version.clone(), Arc::clone(reason));
            passed_over.insert(file.project.clone(), newest);
        }
    }

    /// The warnings that releases newer than those of an answer were passed over, or of packages that it
    /// does not have.
    pub(crate) fn passed_over(&self, pins: &[Pin]) -> Vec<Warning> {
        let passed_over = self.passed_over.borrow();
        let missed = passed_over.iter().filter(|(name, (newest, _))| {
            let mut pins = pins.iter().filter(|pin| pin.name == **name).peekable();
            pins.peek().is_none() || pins.any(|pin| pin.version < *newest)
        });
        let missed = missed.map(|(name, (version, reason))| Warning::PassedOver {
            name: name.clone(),
            version: version.clone(),
            reason: Arc::clone(reason),
        });
        missed.collect()
    }

    /// The requirements of a file whose metadata was read before.
    pub(crate) fn already_read(&self, file: &Arc<DistFile>) -> Option<Read> {
        self.read.borrow().get(&Arc::as_ptr(file)).cloned()
    }

    /// Why the metadata of a file is denied, if it is, and if a rule depends on metadata. What cannot be read
    /// is not denied.
    pub(crate) fn denied_when_read(&self, file: &DistFile) -> Option<Arc<str>> {
        let denials = self.rules.options.denials.as_ref()?;
        if !denials.reads_metadata() {
            return None;
        }
        let metadata = self.index.metadata(file).ok()?;
        denials.denies_metadata(file, &metadata)
    }

    fn denied_by_metadata(&self, file: &DistFile, metadata: &CoreMetadata) -> Option<Arc<str>> {
        let denials = self.rules.options.denials.as_ref()?;
        denials.denies_metadata(file, metadata)
    }

    fn read(&self, metadata: &CoreMetadata) -> Read {
        let (lines, vocabulary) = (&self.lines, &self.vocabulary);
        Dependencies::read(
            metadata,
            &mut lines.borrow_mut(),
            &mut vocabulary.borrow_mut(),
        )
        .map(Rc::new)
    }
}
