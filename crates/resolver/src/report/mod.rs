//! Texts about a resolution: why there is none, what to try, why a pin has its version.

pub(crate) mod demands;
pub(crate) mod explain;
pub(crate) mod other_indexes;
pub(crate) mod pin_reasons;
pub(crate) mod suggestions;
pub(crate) mod trials;
pub(crate) mod unavailable;
pub(crate) mod version_text;
