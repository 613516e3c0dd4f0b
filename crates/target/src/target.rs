//! skeleton
use crate::{Environment, Tags};
/// A target.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {}
/// Why a text is no target.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no target")]
pub struct ParseTargetError {}
impl std::str::FromStr for Target {
    type Err = ParseTargetError;
    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        todo!()
    }
}
impl std::fmt::Display for Target {
    fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl Target {
    /// The ordered wheel tags.
    pub fn tags(&self) -> &Tags {
        todo!()
    }
    /// The marker environment, with what the target cannot know left open.
    pub fn environment(&self) -> Environment {
        todo!()
    }
}
