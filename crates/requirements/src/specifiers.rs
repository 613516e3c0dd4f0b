//! skeleton
use harden_target::Environment;
use pep440_rs::Version;
/// A set of versions.
pub type VersionSet = version_ranges::Ranges<Version>;
/// A specifier set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specifiers {}
/// Why a text is no specifier set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no specifier")]
pub struct ParseSpecifiersError {}
/// How many of the interpreters of an environment a Requires-Python admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// All.
    All,
    /// Some patch levels.
    Some {
        /// The first patch level with another outcome than the one before.
        split_at: u64,
    },
    /// None.
    None,
}
impl std::str::FromStr for Specifiers {
    type Err = ParseSpecifiersError;
    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        todo!()
    }
}
impl std::fmt::Display for Specifiers {
    fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl Specifiers {
    /// Whether `version` is in the set; pre-releases are let in.
    pub fn contains(&self, _version: &Version) -> bool {
        todo!()
    }
    /// The versions in the set, pre-releases let in.
    pub fn to_set(&self) -> VersionSet {
        todo!()
    }
    /// Whether a specifier of the set names a pre-release, and so asks for pre-releases.
    pub fn names_prerelease(&self) -> bool {
        todo!()
    }
    /// The version that the set pins exactly (`==V` or `===V`, no wildcard).
    pub fn exact(&self) -> Option<&Version> {
        todo!()
    }
    /// Reads the set as a Requires-Python.
    pub fn admits(&self, _environment: &Environment) -> Admission {
        todo!()
    }
}
