//! PubGrub for one target platform or several, over an index.
//!
//! In goes a [`Request`]: what the user requires, for which targets, under which rules. Out comes an
//! [`Answer`]: one pin a version of a package, each with the file that every target installs, which
//! together are a valid set on each target by itself. [`resolve`] reads an index through
//! [`harden_packaging::Index`] and nothing else; it depends on its inputs and on what the index
//! holds, never on timing.

mod absence;
mod account;
mod active;
mod ahead;
mod answer;
mod catalog;
mod dependency;
mod error;
mod explain;
mod hints;
mod hitting_set;
mod lessons;
mod named;
mod node;
mod proof;
mod provider;
mod request;
mod rules;
mod runs;
mod scout;
mod solve;
mod stop;
mod together;
mod verdict;

pub use account::{Account, HeldBack};
pub use answer::{Answer, Statistics, Warning};
pub use error::ResolveError;
pub use request::{
    AllowSdist, Asked, DependencyMode, Options, PrereleaseMode, Request, ResolutionMode, Undated,
    Unusable,
};
pub use solve::resolve;
