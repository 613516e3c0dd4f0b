//! The user's rules, made ready for the solver: requirements and constraints decided per environment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use harden_packaging::{PackageName, ResolvedFor, Sha256};
use harden_requirements::{Requirement, Source, Specifiers, VersionSet};
use pep440_rs::Version;
use rustc_hash::FxBuildHasher;

use crate::dependency::{Held, Owner, holds};
use crate::node::EnvironmentSet;
use crate::stop::Stop;
use crate::{Asked, Options, PrereleaseMode, Request, ResolutionMode, ResolveError};

/// What the user asks for, decided for the environments of one run.
#[derive(Debug)]
pub(crate) struct Rules<'a> {
    /// The requirements that hold somewhere, sorted by name and text, with where they hold.
    pub(crate) asked: Vec<(&'a Asked, EnvironmentSet)>,
    pub(crate) options: &'a Options,
    limits: HashMap<PackageName, Vec<Limit<'a>>, FxBuildHasher>,
    overrides: HashMap<PackageName, Vec<Override<'a>>, FxBuildHasher>,
    excluded: &'a BTreeSet<PackageName>,
    pinned: BTreeMap<PackageName, BTreeSet<Version>>,
    prereleases: BTreeSet<PackageName>,
}

/// What a line of the user's says of the files that may be chosen, without requiring one.
#[derive(Debug)]
pub(crate) struct Limit<'a> {
    /// Where it holds.
    pub(crate) environments: EnvironmentSet,
    /// The versions it admits; `None` where another mechanism sees to them.
    pub(crate) specifiers: Option<&'a Specifiers>,
    /// The digests it admits; empty for any.
    pub(crate) hashes: &'a BTreeSet<Sha256>,
    /// Where it stands (`constraints.txt:3`).
    pub(crate) place: &'a Arc<str>,
}

/// What takes the place of every requirement of a package.
#[derive(Debug)]
pub(crate) struct Override<'a> {
    /// Where it does.
    pub(crate) environments: EnvironmentSet,
    pub(crate) versions: VersionSet,
    pub(crate) asked: &'a Asked,
}

impl<'a> Rules<'a> {
    /// Decides the markers of the user's lines.
    ///
    /// # Errors
    ///
    /// A marker that an environment leaves open, or a line that cannot be hashed.
    pub(crate) fn new(request: &'a Request, environments: &[ResolvedFor]) -> Result<Self, Stop> {
        let mut rules = Self {
            asked: Vec::new(),
            options: &request.options,
            limits: HashMap::default(),
            overrides: HashMap::default(),
            excluded: &request.excluded,
            pinned: BTreeMap::new(),
            prereleases: BTreeSet::new(),
        };
        for asked in &request.requirements {
            let held = rules.admit(asked, environments)?;
            if !held.is_empty() {
                rules.asked.push((asked, held));
                if !asked.hashes.is_empty() {
                    rules.limit(asked, held, None);
                }
            }
        }
        for asked in &request.constraints {
            let held = rules.admit(asked, environments)?;
            let specifiers = specifiers_of(asked)?;
            if !held.is_empty() {
                rules.limit(asked, held, Some(specifiers));
            }
        }
        for asked in &request.overrides {
            let held = rules.admit(asked, environments)?;
            let versions = specifiers_of(asked)?.to_set();
            if !held.is_empty() {
                rules
                    .overrides
                    .entry(asked.requirement.name.clone())
                    .or_default()
                    .push(Override {
                        environments: held,
                        versions,
                        asked,
                    });
            }
        }
        rules.asked.sort_by_cached_key(|(asked, _)| {
            (
                asked.requirement.name.clone(),
                asked.requirement.to_string(),
                asked.place.clone(),
            )
        });
        Ok(rules)
    }

    /// The limits on the files of `name`.
    pub(crate) fn limits(&self, name: &PackageName) -> &[Limit<'a>] {
        self.limits.get(name).map_or(&[], Vec::as_slice)
    }

    /// What takes the place of the requirements of `name`; the first that holds somewhere counts there.
    pub(crate) fn overrides(&self, name: &PackageName) -> &[Override<'a>] {
        self.overrides.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether requirements of `name` are passed over.
    pub(crate) fn excludes(&self, name: &PackageName) -> bool {
        self.excluded.contains(name)
    }

    /// Whether the oldest version of `name` is wanted.
    pub(crate) fn wants_oldest(&self, name: &PackageName) -> bool {
        match self.options.resolution {
            ResolutionMode::Highest => false,
            ResolutionMode::Lowest => true,
            ResolutionMode::LowestDirect => self
                .asked
                .iter()
                .any(|(asked, _)| asked.requirement.name == *name),
        }
    }

    /// Whether the user's own exact pin names this version, which lets in a yanked release.
    pub(crate) fn pins(&self, name: &PackageName, version: &Version) -> bool {
        self.pinned
            .get(name)
            .is_some_and(|versions| versions.contains(version))
    }

    /// Whether a line of the user's names a pre-release of `name`.
    pub(crate) fn names_prerelease(&self, name: &PackageName) -> bool {
        self.prereleases.contains(name)
    }

    /// Whether a package may be opted in to pre-releases by what is said of it.
    pub(crate) fn may_opt_in(&self) -> bool {
        matches!(
            self.options.prerelease,
            PrereleaseMode::IfNecessaryOrExplicit | PrereleaseMode::Explicit
        )
    }

    fn admit(
        &mut self,
        asked: &Asked,
        environments: &[ResolvedFor],
    ) -> Result<EnvironmentSet, Stop> {
        let specifiers = specifiers_of(asked)?;
        let mut held = EnvironmentSet::EMPTY;
        for (id, environment) in environments.iter().enumerate() {
            let owner = Owner::User {
                place: &asked.place,
            };
            match holds(&asked.requirement, id, environment, &[], &owner)? {
                Held::Yes => held = held.with(id),
                Held::No => {}
                Held::Undefined(reason) => {
                    return Err(ResolveError::Input(format!("{}: {reason}", asked.place)).into());
                }
            }
        }
        if !held.is_empty() {
            let name = &asked.requirement.name;
            if let Some(version) = specifiers.exact() {
                self.pinned
                    .entry(name.clone())
                    .or_default()
                    .insert(version.clone());
            }
            if specifiers.names_prerelease() {
                self.prereleases.insert(name.clone());
            }
        }
        Ok(held)
    }

    fn limit(
        &mut self,
        asked: &'a Asked,
        environments: EnvironmentSet,
        specifiers: Option<&'a Specifiers>,
    ) {
        self.limits
            .entry(asked.requirement.name.clone())
            .or_default()
            .push(Limit {
                environments,
                specifiers,
                hashes: &asked.hashes,
                place: &asked.place,
            });
    }
}

/// The specifiers of a line of the user's.
fn specifiers_of(asked: &Asked) -> Result<&Specifiers, ResolveError> {
    match &asked.requirement.source {
        Source::Specifiers(specifiers) => Ok(specifiers),
        Source::Url(_) => Err(direct_reference(&asked.requirement, &asked.place)),
    }
}

fn direct_reference(requirement: &Requirement, place: &str) -> ResolveError {
    ResolveError::Input(format!(
        "{place}: `{requirement}` is a direct reference, which this version cannot lock: name a release of {name} that \
         an index has (`{name}==VERSION`), or put the file into a folder and name that with --find-links",
        name = requirement.name,
    ))
}
