//! The work behind the client.
pub(crate) struct Core {}
