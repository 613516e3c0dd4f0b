//! Wheels built from source, for `harden --build` and `fetch --build`.
//!
//! [`Builder`] turns a source into metadata or a wheel: it resolves and pins the build requirements
//! for the interpreter that builds, and runs the backend in an isolated environment. [`index::BuildingIndex`]
//! is an index whose sdists have the metadata that a build gives, as the resolver sees it.

mod advice;
mod builder;
mod error;
mod index;
mod missing;
mod requirements;
mod unbuilt;
mod wheels;

pub use builder::{BuildRules, Builder, Built, sdist_of};
pub use error::built_version;
pub use missing::missing;
pub use wheels::answer;
