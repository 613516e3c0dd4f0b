//! Finds releases that satisfy all requirements on one target platform or several.
//!
//! [`resolve`] turns a [`Request`] (requirements, targets and options) into an [`Answer`]: a pin for
//! each version of a package, with the file that each target installs. The pins are a valid set on each
//! target by itself. The only input besides the request is an index, read through
//! [`harden_packaging::Index`]; the answer depends on the content of the index, never on timing.

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
mod wanted;

pub use answer::{Answer, Statistics, Warning};
pub use error::ResolveError;
pub use report::pin_reasons::{HeldBack, PinReasons};
pub use request::{
    AllowSdist, Asked, Denials, DependencyMode, Limits, Options, PrereleaseMode, Reasons, Request,
    ResolutionMode, Undated, Unusable, UsualDependencies,
};
pub use solve::{answer_to, resolve};
