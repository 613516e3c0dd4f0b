//! The requirements of a distribution, parsed once for the solver.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use harden_packaging::{CoreMetadata, EnvironmentId, ExtraName, PackageName, ResolvedFor};
use harden_requirements::{Open, ParseRequirementError, Requirement, Source, Truth};
use pep440_rs::Version;
use rustc_hash::FxBuildHasher;

use crate::ResolveError;
use crate::interrupt::Interrupt;
use crate::node::{ExtraId, NameId, Vocabulary};
use crate::rules::Rules;
use crate::wanted::Wanted;

/// The metadata of a distribution, as the solver uses it.
#[derive(Debug)]
pub(crate) struct Dependencies {
    /// Each Requires-Dist; the same line of several distributions is one value.
    pub(crate) requires: Vec<Rc<Dependency>>,
    /// Requires-Python, unparsed.
    pub(crate) requires_python: Option<Arc<str>>,
    /// Provides-Extra.
    pub(crate) extras: Vec<ExtraName>,
}

/// A requirement, with its parts as the solver needs them.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: NameId,
    pub(crate) extras: Vec<ExtraId>,
    /// The versions that it admits.
    pub(crate) versions: Rc<Wanted>,
    pub(crate) requirement: Requirement,
}

/// The requirements that were read, by their text: releases of a project mostly repeat each other's.
#[derive(Clone, Default)]
pub(crate) struct KnownLines(HashMap<Arc<str>, Result<Rc<Dependency>, Arc<str>>, FxBuildHasher>);

impl KnownLines {
    /// The requirement `line`; the error says why it is not valid.
    fn read(
        &mut self,
        line: &Arc<str>,
        vocabulary: &mut Vocabulary,
    ) -> Result<Rc<Dependency>, Arc<str>> {
        if let Some(known) = self.0.get(line) {
            return known.clone();
        }
        let read = line.parse().map_err(|error: ParseRequirementError| {
            format!("its metadata has the invalid requirement `{line}` ({error})").into()
        });
        let read = read.map(|requirement| Rc::new(Dependency::new(requirement, vocabulary)));
        self.0.insert(Arc::clone(line), read.clone());
        read
    }
}

/// The owner of a requirement, for messages.
pub(crate) enum Owner<'a> {
    /// The user.
    User {
        /// Its file and line (`loose.txt:3`).
        place: &'a str,
    },
    /// A distribution.
    Distribution {
        /// Its package.
        name: &'a PackageName,
        /// Its version.
        version: &'a Version,
        /// The user's rules, which admit direct references.
        rules: &'a Rules<'a>,
    },
}

impl Dependencies {
    /// Parses the requirements of `metadata`; the error is one line that says why it cannot be used.
    pub(crate) fn read(
        metadata: &CoreMetadata,
        lines: &mut KnownLines,
        vocabulary: &mut Vocabulary,
    ) -> Result<Self, Arc<str>> {
        let requires = metadata.requires_dist.iter();
        let requires = requires.map(|line| lines.read(line, vocabulary));
        Ok(Self {
            requires: requires.collect::<Result<_, _>>()?,
            requires_python: metadata.requires_python.clone(),
            extras: metadata.provides_extra.clone(),
        })
    }
}

impl Dependency {
    /// A requirement for the solver.
    pub(crate) fn new(requirement: Requirement, vocabulary: &mut Vocabulary) -> Self {
        Self {
            name: vocabulary.name_id(&requirement.name),
            extras: requirement
                .extras
                .iter()
                .map(|extra| vocabulary.extra_id(extra))
                .collect(),
            versions: Rc::new(Wanted::by(&requirement)),
            requirement,
        }
    }
}

/// Whether a requirement holds.
pub(crate) enum Held {
    Yes,
    No,
    /// Its marker has no outcome, for this reason, so the release cannot be used.
    Undefined(String),
}

/// Whether the marker of `requirement` is true in an environment with these extras.
///
/// # Errors
///
/// The environment has to be split, or it leaves a variable of the marker open.
pub(crate) fn holds(
    requirement: &Requirement,
    id: EnvironmentId,
    environment: &ResolvedFor,
    extras: &[ExtraName],
    owner: &Owner<'_>,
) -> Result<Held, Interrupt> {
    let Some(marker) = &requirement.marker else {
        return Ok(allowed(requirement, id, owner));
    };
    match marker.evaluate(&environment.environment, extras) {
        Truth::True => Ok(allowed(requirement, id, owner)),
        Truth::False => Ok(Held::No),
        Truth::Undefined(reason) => Ok(Held::Undefined(format!(
            "the marker of `{}` cannot be evaluated: {reason}",
            requirement.shown()
        ))),
        Truth::Unknown(Open::PatchLevel { split_at }) => Err(Interrupt::Split {
            environment: id,
            patch: split_at,
        }),
        Truth::Unknown(Open::Variable(variable)) => {
            let requirement = requirement.shown();
            let whose = match owner {
                Owner::User { place } => format!("{place}: `{requirement}`"),
                Owner::Distribution { name, version, .. } => {
                    format!("{name} {version} requires `{requirement}`, which")
                }
            };
            Err(Interrupt::Error(ResolveError::Input(format!(
                "{whose} depends on {variable}, which {target} does not determine: set it with --marker {variable}=VALUE",
                target = environment.target,
            ))))
        }
    }
}

/// A distribution may require a direct reference only if the user names the same one.
fn allowed(requirement: &Requirement, id: EnvironmentId, owner: &Owner<'_>) -> Held {
    if let Source::Url(url) = &requirement.source
        && let Owner::Distribution { rules, .. } = owner
        && !rules.sanctions(&requirement.name, url, id)
    {
        return Held::Undefined(format!(
            "it requires a direct reference (`{}`), which is only followed if a line \
             of yours names the same URL for {}",
            requirement.shown(),
            requirement.name
        ));
    }
    Held::Yes
}
