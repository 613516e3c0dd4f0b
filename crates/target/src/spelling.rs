//! skeleton
/// Why a text is no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no target")]
pub struct ParseTargetError {}
