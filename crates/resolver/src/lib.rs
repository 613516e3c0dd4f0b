//! Finds releases that satisfy all requirements on one target platform or several.
//!
//! In goes a [`Request`]: what the user requires, for which targets, under which rules. Out comes an
//! [`Answer`]: one pin a version of a package, each with the file that every target installs, which
//! together are a valid set on each target by itself. [`resolve`] reads an index through
//! [`harden_packaging::Index`] and nothing else; it depends on its inputs and on what the index
//! holds, never on timing.

mod answer;
mod carry_over;
mod catalog;
mod dependency;
mod error;
mod hitting_set;
mod interrupt;
mod multi_target;
mod node;
mod prefetch;
mod proof;
mod report;
mod request;
mod rules;
mod solve;
mod solver;

pub use answer::{Answer, Statistics, Warning};
pub use error::ResolveError;
pub use report::pin_reasons::{HeldBack, PinReasons};
pub use request::{
    AllowSdist, Asked, DependencyMode, Limits, Options, PrereleaseMode, Request, ResolutionMode,
    Undated, Unusable,
};
pub use solve::resolve;
