//! skeleton
use pep440_rs::Version;
/// The build tag of a wheel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BuildTag {}
/// What a wheel's file name says, in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelFilename {
    /// The normalised project name.
    pub name: String,
    /// The version.
    pub version: Version,
    /// Build and compatibility tags.
    pub tags: WheelTags,
}
/// The build tag and the (compressed) compatibility tags of a wheel's name: what ranks it on a target.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WheelTags {}
/// Why a file name is no wheel's.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no wheel file name")]
pub struct ParseWheelError {}
impl std::str::FromStr for WheelFilename {
    type Err = ParseWheelError;
    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        todo!()
    }
}
