//! Wheels built from source, for `harden --build` and `fetch --build`.
//!
//! [`Builder`] turns a source into metadata or a wheel: it resolves and pins the build requirements
//! for the interpreter that builds, and runs the backend in an isolated environment. [`building_index::BuildingIndex`]
//! is an index whose sdists have the metadata that a build gives, as the resolver sees it.

mod build_hints;
mod builder;
mod building_index;
mod built;
mod elsewhere;
mod error;
mod failed_builds;
mod missing_wheels;
mod older;
mod repair;
mod requirements;
mod tries;
mod wheels;

pub use builder::{BuildRules, Builder, sdist_of};
pub use error::built_version;
pub use missing_wheels::missing;
pub use wheels::answer;
