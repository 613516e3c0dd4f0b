//! skeleton
use crate::{Marker, Specifiers};
use harden_packaging::{ExtraName, PackageName};
/// A requirement (dependency specifier, PEP 508).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// What is required.
    pub name: PackageName,
    /// With which extras; sorted, each once.
    pub extras: Vec<ExtraName>,
    /// Which versions, or which file.
    pub source: Source,
    /// When.
    pub marker: Option<Marker>,
}
/// Which versions or which file a requirement admits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The versions of a specifier set, from an index.
    Specifiers(Specifiers),
    /// A direct reference (`name @ URL`), the URL as written.
    Url(Box<str>),
}
/// Why a text is no requirement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no requirement")]
pub struct ParseRequirementError {}
impl std::str::FromStr for Requirement {
    type Err = ParseRequirementError;
    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        todo!()
    }
}
impl std::fmt::Display for Requirement {
    fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
