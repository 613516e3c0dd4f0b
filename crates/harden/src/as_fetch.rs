//! How the executable `fetch` tells the executable `harden` to act as `fetch`.

/// The first argument of `harden` that makes it act as `fetch` with the arguments that follow.
pub const AS_FETCH: &str = "--as-fetch";
