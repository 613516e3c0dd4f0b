//! How the executable `fetch` asks the executable `harden` to act as it.

/// The first argument of `harden` that makes it act as `fetch` with the arguments that follow.
pub const AS_FETCH: &str = "--as-fetch";
