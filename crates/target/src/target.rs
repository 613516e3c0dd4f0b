//! skeleton
use crate::{
    Abi, CompletePlatformError, Environment, Implementation, ParseTargetError, Platform,
    ProbeError, PythonVersion, Tags, WheelTags,
};
/// A target.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {}
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
    /// The target that an interpreter said it is, when it ran `INTERPRETER_PROBE`.
    pub fn from_probe(_json: &str) -> Result<Self, ProbeError> {
        todo!()
    }
    /// The target of a complete-platform file.
    pub fn from_complete_platform(_json: &str) -> Result<Self, CompletePlatformError> {
        todo!()
    }
    /// The complete-platform JSON.
    pub fn complete_platform(&self) -> serde_json::Value {
        todo!()
    }
    /// The ordered wheel tags.
    pub fn tags(&self) -> &Tags {
        todo!()
    }
    /// The marker environment, with what the target cannot know left open.
    pub fn environment(&self) -> Environment {
        todo!()
    }
    /// The platform.
    pub fn platform(&self) -> &Platform {
        todo!()
    }
    /// The implementation of Python.
    pub fn implementation(&self) -> Implementation {
        todo!()
    }
    /// The version of Python.
    pub fn python(&self) -> PythonVersion {
        todo!()
    }
    /// The ABI.
    pub fn abi(&self) -> &Abi {
        todo!()
    }
    /// Whether its Python is free-threaded.
    pub fn is_free_threaded(&self) -> bool {
        todo!()
    }
    /// The same target with its Python at this patch level.
    pub fn with_patch(&self, _patch: u8) -> Self {
        todo!()
    }
    /// A warning about the spelling.
    pub fn note(&self) -> Option<String> {
        todo!()
    }
    /// What `pex --platform` calls it; `None` where only `--complete-platform` can say it.
    pub fn pex_platform(&self) -> Option<String> {
        todo!()
    }
    /// Whether `pex --platform` would take the wheel.
    pub fn pex_accepts(&self, _wheel: &WheelTags) -> bool {
        todo!()
    }
}
