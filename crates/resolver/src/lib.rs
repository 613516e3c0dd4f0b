//! PubGrub for one target platform or several, over an index.
//!
//! In goes a [`Request`]: what the user requires, for which targets, under which rules. Out comes an
//! [`Answer`]: one pin a version of a package, each with the file that every target installs, which
//! together are a valid set on each target by itself. [`resolve`] reads an index through
//! [`harden_packaging::Index`] and nothing else; it depends on its inputs and on what the index
//! holds, never on timing.

mod answer;
mod error;
mod request;

pub use answer::{Answer, Statistics, Warning};
pub use error::ResolveError;
pub use request::{AllowSdist, Asked, Options, PrereleaseMode, Request};

use harden_packaging::Index;

/// Resolves `request` over `index`.
///
/// # Errors
///
/// [`ResolveError`] says whether there is no resolution, the input cannot be decided for the
/// targets, or the index failed.
pub fn resolve(_request: &Request, _index: &dyn Index) -> Result<Answer, ResolveError> {
    todo!()
}
