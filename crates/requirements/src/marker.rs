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
impl Marker {
    /// Decides the marker; `extras` are the extras that were asked for of the package whose metadata holds it.
    pub fn evaluate(&self, _environment: &Environment, _extras: &[ExtraName]) -> Truth {
        todo!()
    }
}
