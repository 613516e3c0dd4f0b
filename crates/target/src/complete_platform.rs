//! skeleton
/// Why a text is no complete platform.
#[derive(Debug, Clone, thiserror::Error)]
#[error("no complete platform")]
pub struct CompletePlatformError {}
