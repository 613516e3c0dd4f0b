//! skeleton
use harden_packaging::ExtraName;
use harden_target::{Environment, MarkerVariable};
/// A marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {}
/// The outcome of a marker in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// The environment leaves open what decides it.
    Unknown(Open),
    /// The marker compares what cannot be compared, and packaging refuses to answer; says what. The
    /// release whose metadata holds it cannot be used.
    Undefined(String),
}
/// What an environment leaves open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// The patch level of the Python: the outcome changes at `split_at` (see `Environment::split_at_patch`).
    PatchLevel {
        /// The first patch level with another outcome than the one before.
        split_at: u64,
    },
    /// The value of a variable.
    Variable(MarkerVariable),
}
/// Why a text is no marker.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no marker")]
pub struct ParseMarkerError {}
impl std::str::FromStr for Marker {
    type Err = ParseMarkerError;
    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        todo!()
    }
}
impl std::fmt::Display for Marker {
    fn fmt(&self, _f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}
impl Marker {
    /// Whether the marker names `variable`.
    pub fn mentions(&self, _variable: MarkerVariable) -> bool {
        todo!()
    }

    /// Decides the marker; `extras` are the extras that were asked for of the package whose metadata holds it.
    pub fn evaluate(&self, _environment: &Environment, _extras: &[ExtraName]) -> Truth {
        todo!()
    }
}
