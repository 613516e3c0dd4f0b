//! The user's rules: requirements, constraints and overrides, decided for each environment.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use harden_packaging::{EnvironmentId, PackageName, Reference, ResolvedFor, Sha256};
use harden_requirements::{Source, Specifiers};
use pep440_rs::Version;
use rustc_hash::FxBuildHasher;

use crate::dependency::{Held, Owner, holds};
use crate::interrupt::Interrupt;
use crate::node::EnvironmentSet;
use crate::wanted::Wanted;
use crate::{Asked, Options, Request, ResolutionMode, ResolveError};

/// The request, decided for the environments of one run.
#[derive(Debug)]
pub(crate) struct Rules<'a> {
    /// The requirements that hold somewhere, sorted by name and text.
    pub(crate) lines: Vec<Line<'a>>,
    pub(crate) options: &'a Options,
    /// The request.
    pub(crate) request: &'a Request,
    limits: HashMap<PackageName, Vec<Limit<'a>>, FxBuildHasher>,
    overrides: HashMap<PackageName, Vec<Override<'a>>, FxBuildHasher>,
    references: HashMap<PackageName, Vec<DirectReference<'a>>, FxBuildHasher>,
    excluded: &'a BTreeSet<PackageName>,
    /// The specifiers of the user's lines, with the environments in which each holds.
    specifiers: HashMap<PackageName, Vec<(EnvironmentSet, &'a Specifiers)>, FxBuildHasher>,
}

/// A requirement of the user's own.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    /// Its place in the request, which stays the same when the line changes.
    pub(crate) number: usize,
    pub(crate) asked: &'a Asked,
    /// Where it holds.
    pub(crate) environments: EnvironmentSet,
}

/// A limit on the files that may be chosen, from a line of the user's.
#[derive(Debug)]
pub(crate) struct Limit<'a> {
    /// Where it holds.
    pub(crate) environments: EnvironmentSet,
    /// The versions that it admits; `None`: the line is a requirement, which limits versions itself.
    pub(crate) specifiers: Option<&'a Specifiers>,
    /// The digests that it admits; empty: any.
    pub(crate) hashes: &'a BTreeSet<Sha256>,
    /// Its file and line (`constraints.txt:3`).
    pub(crate) place: &'a Arc<str>,
}

/// A direct reference of the user's: in its environments, the package has no other file.
#[derive(Debug)]
pub(crate) struct DirectReference<'a> {
    /// Where it holds.
    pub(crate) environments: EnvironmentSet,
    pub(crate) reference: Reference,
    pub(crate) asked: &'a Asked,
}

/// A requirement that replaces every other requirement of its package.
#[derive(Debug)]
pub(crate) struct Override<'a> {
    /// Where it holds.
    pub(crate) environments: EnvironmentSet,
    pub(crate) versions: Rc<Wanted>,
    pub(crate) asked: &'a Asked,
}

impl<'a> Rules<'a> {
    /// Evaluates the markers of the user's lines.
    ///
    /// # Errors
    ///
    /// An environment leaves a marker open, the file of a line cannot be pinned, or two lines name
    /// different files of one package.
    pub(crate) fn new(
        request: &'a Request,
        environments: &[ResolvedFor],
    ) -> Result<Self, Interrupt> {
        let mut rules = Self {
            lines: Vec::new(),
            options: &request.options,
            request,
            limits: HashMap::default(),
            overrides: HashMap::default(),
            references: HashMap::default(),
            excluded: &request.excluded,
            specifiers: HashMap::default(),
        };
        for asked in &request.overrides {
            let held = rules.admit(asked, environments)?;
            if !held.is_empty() {
                rules.note_reference(asked, held)?;
                let name = asked.requirement.name.clone();
                rules.overrides.entry(name).or_default().push(Override {
                    environments: held,
                    versions: Rc::new(Wanted::by(&asked.requirement)),
                    asked,
                });
            }
        }
        for (number, asked) in request.requirements.iter().enumerate() {
            let held = rules.admit(asked, environments)?;
            if !held.is_empty() {
                rules.lines.push(Line {
                    number,
                    asked,
                    environments: held,
                });
                if !asked.hashes.is_empty() {
                    rules.limit(asked, held, None);
                }
                let overridden = rules.overridden(&asked.requirement.name);
                rules.note_reference(asked, held.without(overridden))?;
            }
        }
        for asked in &request.constraints {
            let held = rules.admit(asked, environments)?;
            if !held.is_empty() {
                rules.limit(asked, held, asked.requirement.specifiers());
                rules.note_reference(asked, held)?;
            }
        }
        rules.refuse_two_places(environments)?;
        rules.lines.sort_by_cached_key(|line| {
            let requirement = &line.asked.requirement;
            let place = Arc::clone(&line.asked.place);
            (requirement.name.clone(), requirement.to_string(), place)
        });
        Ok(rules)
    }

    /// The limits on the files of `name`.
    pub(crate) fn limits(&self, name: &PackageName) -> &[Limit<'a>] {
        self.limits.get(name).map_or(&[], Vec::as_slice)
    }

    /// The overrides of `name`; in each environment, the first that holds there applies.
    pub(crate) fn overrides(&self, name: &PackageName) -> &[Override<'a>] {
        self.overrides.get(name).map_or(&[], Vec::as_slice)
    }

    /// The user's direct references of `name`.
    pub(crate) fn references(&self, name: &PackageName) -> &[DirectReference<'a>] {
        self.references.get(name).map_or(&[], Vec::as_slice)
    }

    /// The user's direct reference of `name` in an environment.
    pub(crate) fn reference(
        &self,
        name: &PackageName,
        id: EnvironmentId,
    ) -> Option<&DirectReference<'a>> {
        let mut references = self.references(name).iter();
        references.find(|named| named.environments.contains(id))
    }

    /// Whether a distribution may require `name` by `url` in an environment: only if the user names the
    /// same URL, or overrides or excludes the package.
    pub(crate) fn sanctions(&self, name: &PackageName, url: &str, id: EnvironmentId) -> bool {
        let is_same = |named: &DirectReference<'_>| {
            url.parse()
                .is_ok_and(|url: Reference| url == named.reference)
        };
        self.excludes(name)
            || self.overridden(name).contains(id)
            || self.reference(name, id).is_some_and(is_same)
    }

    /// Whether requirements of `name` are ignored.
    pub(crate) fn excludes(&self, name: &PackageName) -> bool {
        self.excluded.contains(name)
    }

    /// Whether the oldest version of `name` is chosen in one of some environments.
    pub(crate) fn wants_oldest(&self, name: &PackageName, environments: EnvironmentSet) -> bool {
        match self.options.resolution {
            ResolutionMode::Highest => false,
            ResolutionMode::Lowest => true,
            ResolutionMode::LowestDirect => self.lines.iter().any(|line| {
                line.asked.requirement.name == *name
                    && !line.environments.intersection(environments).is_empty()
            }),
        }
    }

    /// Whether an exact pin of the user's admits this version in an environment; it may then be yanked.
    pub(crate) fn pins(&self, name: &PackageName, version: &Version, id: EnvironmentId) -> bool {
        let mut specifiers = self.specifiers_in(name, id);
        specifiers.any(|specifiers| specifiers.exact().is_some() && specifiers.contains(version))
    }

    /// Whether the user pins `name` exactly in some environment.
    pub(crate) fn pins_some(&self, name: &PackageName) -> bool {
        let mut specifiers = self.specifiers.get(name).into_iter().flatten();
        specifiers.any(|(_, specifiers)| specifiers.exact().is_some())
    }

    /// Whether a line of the user's names a pre-release of `name` in an environment.
    pub(crate) fn names_prerelease(&self, name: &PackageName, id: EnvironmentId) -> bool {
        self.specifiers_in(name, id)
            .any(Specifiers::names_prerelease)
    }

    fn specifiers_in(
        &self,
        name: &PackageName,
        id: EnvironmentId,
    ) -> impl Iterator<Item = &'a Specifiers> {
        let lines = self.specifiers.get(name).into_iter().flatten();
        lines
            .filter(move |(environments, _)| environments.contains(id))
            .map(|(_, specifiers)| *specifiers)
    }

    fn admit(
        &mut self,
        asked: &'a Asked,
        environments: &[ResolvedFor],
    ) -> Result<EnvironmentSet, Interrupt> {
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
        if !held.is_empty()
            && let Some(specifiers) = asked.requirement.specifiers()
        {
            let name = asked.requirement.name.clone();
            self.specifiers
                .entry(name)
                .or_default()
                .push((held, specifiers));
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

    /// Notes the direct reference of a line, if it is one.
    fn note_reference(
        &mut self,
        asked: &'a Asked,
        environments: EnvironmentSet,
    ) -> Result<(), ResolveError> {
        let Source::Url(url) = &asked.requirement.source else {
            return Ok(());
        };
        let refused = |why: String| ResolveError::Input(format!("{}: {why}", asked.place));
        let reference: Reference = url.parse().map_err(|error| {
            refused(format!(
                "`{}` cannot be pinned: {error}",
                asked.requirement.name
            ))
        })?;
        let name = &asked.requirement.name;
        if reference.file().name() != name {
            return Err(refused(format!(
                "`{reference}` is a file of {}, not of {name}",
                reference.file().name()
            )));
        }
        if !environments.is_empty() {
            self.references
                .entry(name.clone())
                .or_default()
                .push(DirectReference {
                    environments,
                    reference,
                    asked,
                });
        }
        Ok(())
    }

    /// The environments in which `name` is overridden.
    pub(crate) fn overridden(&self, name: &PackageName) -> EnvironmentSet {
        let overrides = self.overrides(name).iter();
        overrides.fold(EnvironmentSet::EMPTY, |all, replacement| {
            all.union(replacement.environments)
        })
    }

    /// Fails if two lines of the user's name different files of one package in one environment.
    fn refuse_two_places(&self, environments: &[ResolvedFor]) -> Result<(), ResolveError> {
        let mut names: Vec<&PackageName> = self.references.keys().collect();
        names.sort();
        for references in names.into_iter().map(|name| self.references(name)) {
            for (place, one) in references.iter().enumerate() {
                for other in &references[..place] {
                    let both = one.environments.intersection(other.environments);
                    if let Some(id) = both.iter().next()
                        && one.reference != other.reference
                    {
                        return Err(two_places(&environments[id], other, one));
                    }
                }
            }
        }
        Ok(())
    }
}

fn two_places(
    environment: &ResolvedFor,
    one: &DirectReference<'_>,
    other: &DirectReference<'_>,
) -> ResolveError {
    let requires = |named: &DirectReference<'_>| {
        format!(
            "{} requires {} @ {}",
            named.asked.place, named.asked.requirement.name, named.reference
        )
    };
    ResolveError::NoSolution(format!(
        "no resolution for {}\n  1. {}\n  2. {}\n\
         hint: a package has one file on a target; remove one of the two lines, or give them markers that exclude each other",
        environment.target,
        requires(one),
        requires(other),
    ))
}
