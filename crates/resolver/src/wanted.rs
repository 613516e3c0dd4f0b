//! The versions that a requirement admits, with the spelling that `===` asks for.

use std::ops::Deref;

use harden_requirements::{Requirement, Specifiers, VersionSet};
use pep440_rs::Version;

/// The versions that a requirement admits.
///
/// A set of versions has no spellings: 1.0 and 1.0.0 are one version. `===` tells them apart, so its text is
/// kept beside the set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wanted {
    set: VersionSet,
    /// The specifiers, if one of them is `===`.
    spelled: Option<Specifiers>,
}

impl Wanted {
    /// What `requirement` admits.
    pub(crate) fn by(requirement: &Requirement) -> Self {
        let specifiers = requirement.specifiers();
        Self {
            set: requirement.versions(),
            spelled: specifiers.filter(|set| set.has_identical()).cloned(),
        }
    }

    /// Every version.
    pub(crate) fn any() -> Self {
        VersionSet::full().into()
    }

    /// Whether `version` is admitted in its spelling.
    pub(crate) fn contains(&self, version: &Version) -> bool {
        self.set.contains(version)
            && self
                .spelled
                .as_ref()
                .is_none_or(|specifiers| specifiers.contains(version))
    }

    /// Whether versions have to be spelled in one way.
    pub(crate) fn is_spelled(&self) -> bool {
        self.spelled.is_some()
    }
}

impl From<VersionSet> for Wanted {
    fn from(set: VersionSet) -> Self {
        Self { set, spelled: None }
    }
}

/// The set, in which all spellings of a version are one.
impl Deref for Wanted {
    type Target = VersionSet;

    fn deref(&self) -> &VersionSet {
        &self.set
    }
}
