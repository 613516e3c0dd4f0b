//! The requirements of a distribution, read once and made ready for the solver.

use harden_packaging::{CoreMetadata, EnvironmentId, ExtraName, PackageName, ResolvedFor};
use harden_requirements::{Open, Requirement, Source, Specifiers, Truth, VersionSet};
use pep440_rs::Version;

use crate::ResolveError;
use crate::node::{ExtraId, NameId, Vocabulary};
use crate::stop::Stop;

/// The metadata of a distribution, as the solver uses it.
#[derive(Debug)]
pub(crate) struct Dependencies {
    /// Each Requires-Dist.
    pub(crate) requires: Vec<Dependency>,
    /// Requires-Python, where it can be read.
    pub(crate) requires_python: Option<Specifiers>,
    /// Provides-Extra.
    pub(crate) extras: Vec<ExtraName>,
}

/// A requirement with what the solver needs of it.
#[derive(Debug)]
pub(crate) struct Dependency {
    pub(crate) name: NameId,
    pub(crate) extras: Vec<ExtraId>,
    /// The versions it admits.
    pub(crate) versions: VersionSet,
    /// Whether its specifiers name a pre-release.
    pub(crate) names_prerelease: bool,
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
            requires.push(Dependency::new(requirement, vocabulary)?);
        }
        Ok(Self {
            requires,
            // As pip has it: a Requires-Python that cannot be read admits every Python.
            requires_python: metadata
                .requires_python
                .as_ref()
                .and_then(|text| text.parse().ok()),
            extras: metadata.provides_extra.clone(),
        })
    }
}

impl Dependency {
    /// Makes `requirement` ready; the error says in one line why it cannot be used.
    pub(crate) fn new(
        requirement: Requirement,
        vocabulary: &mut Vocabulary,
    ) -> Result<Self, String> {
        let Source::Specifiers(specifiers) = &requirement.source else {
            return Err(format!("it requires a direct reference (`{requirement}`)"));
        };
        Ok(Self {
            name: vocabulary.name_id(&requirement.name),
            extras: requirement
                .extras
                .iter()
                .map(|extra| vocabulary.extra_id(extra))
                .collect(),
            versions: specifiers.to_set(),
            names_prerelease: specifiers.names_prerelease(),
            requirement,
        })
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
) -> Result<Held, Stop> {
    let Some(marker) = &requirement.marker else {
        return Ok(Held::Yes);
    };
    match marker.evaluate(&environment.environment, extras) {
        Truth::True => Ok(Held::Yes),
        Truth::False => Ok(Held::No),
        Truth::Undefined(reason) => Ok(Held::Undefined(format!(
            "the marker of `{requirement}` has no outcome: {reason}"
        ))),
        Truth::Unknown(Open::PatchLevel { split_at }) => Err(Stop::Split {
            environment: id,
            patch: split_at,
        }),
        Truth::Unknown(Open::Variable(variable)) => {
            let whose = match owner {
                Owner::User { place } => format!("{place}: `{requirement}`"),
                Owner::Distribution { name, version } => {
                    format!("{name} {version} requires `{requirement}`, which")
                }
            };
            Err(Stop::Error(ResolveError::Input(format!(
                "{whose} turns on {variable}, which {target} leaves open: say it with --marker {variable}=VALUE",
                target = environment.target,
            ))))
        }
    }
}
