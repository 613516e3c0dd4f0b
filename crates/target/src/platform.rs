//! skeleton
/// A platform.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Platform {}
