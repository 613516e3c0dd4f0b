//! The requirements of a distribution, read once and made ready for the solver.

use std::rc::Rc;
use std::sync::Arc;

use harden_packaging::{CoreMetadata, EnvironmentId, ExtraName, PackageName, ResolvedFor};
use harden_requirements::{Open, Requirement, Source, Truth, VersionSet};
use pep440_rs::Version;

use crate::ResolveError;
use crate::interrupt::Interrupt;
use crate::node::{ExtraId, NameId, Vocabulary};
use crate::rules::Rules;

/// The metadata of a distribution, as the solver uses it.
#[derive(Debug)]
pub(crate) struct Dependencies {
    /// Each Requires-Dist.
    pub(crate) requires: Vec<Dependency>,
    /// Requires-Python, unparsed.
    pub(crate) requires_python: Option<Arc<str>>,
    /// Provides-Extra.
    pub(crate) extras: Vec<ExtraName>,
}

/// A requirement with what the solver needs of it.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: NameId,
    pub(crate) extras: Vec<ExtraId>,
    /// The versions it admits.
    pub(crate) versions: Rc<VersionSet>,
    pub(crate) requirement: Requirement,
}

/// Whose requirement it is, for messages.
pub(crate) enum Owner<'a> {
    /// The user's own.
    User {
        /// Where it stands (`loose.txt:3`).
        place: &'a str,
    },
    /// A distribution's.
    Distribution {
        /// Its package.
        name: &'a PackageName,
        /// Its version.
        version: &'a Version,
        /// What the user says of direct references.
        rules: &'a Rules<'a>,
    },
}

impl Dependencies {
    /// Reads the requirements of `metadata`; the error says in one line why it cannot be used.
    pub(crate) fn read(
        metadata: &CoreMetadata,
        vocabulary: &mut Vocabulary,
    ) -> Result<Self, String> {
        let mut requires = Vec::with_capacity(metadata.requires_dist.len());
        for line in &metadata.requires_dist {
            let requirement: Requirement = line.parse().map_err(|error| {
                format!("its metadata has the invalid requirement `{line}` ({error})")
            })?;
            requires.push(Dependency::new(requirement, vocabulary));
        }
        Ok(Self {
            requires,
            requires_python: metadata.requires_python.clone(),
            extras: metadata.provides_extra.clone(),
        })
    }
}

impl Dependency {
    /// Makes `requirement` ready.
    pub(crate) fn new(requirement: Requirement, vocabulary: &mut Vocabulary) -> Self {
        Self {
            name: vocabulary.name_id(&requirement.name),
            extras: requirement
                .extras
                .iter()
                .map(|extra| vocabulary.extra_id(extra))
                .collect(),
            versions: Rc::new(requirement.versions()),
            requirement,
        }
    }
}

/// Whether a requirement holds.
pub(crate) enum Held {
    Yes,
    No,
    /// Its marker has no outcome, for this reason; what it is part of cannot be used.
    Undefined(String),
}

/// Whether the marker of `requirement` is true in an environment, with these extras asked for.
///
/// # Errors
///
/// The environment has to be split, or leaves open what decides the marker.
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

/// A distribution may require a direct reference only where the user names the same.
fn allowed(requirement: &Requirement, id: EnvironmentId, owner: &Owner<'_>) -> Held {
    if let Source::Url(url) = &requirement.source
        && let Owner::Distribution { rules, .. } = owner
        && !rules.sanctions(&requirement.name, url, id)
    {
        return Held::Undefined(format!(
            "it requires a direct reference (`{}`), which is followed only where a line \
             of yours names the same URL for {}",
            requirement.shown(),
            requirement.name
        ));
    }
    Held::Yes
}
