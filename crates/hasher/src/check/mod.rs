//! The offline check: is a strict file sound, as it was written, and still the answer to the loose
//! requirements it was made from?
//!
//! [`read`] looks at the bytes of the file alone, [`Read::check`] at what it says beside what is
//! required. Both give [`Finding`]s and never fail. Nothing is asked of an index: that each edge of
//! the dependency graph is what the distributions say of themselves is vouched for by the digest
//! in the header.

mod advice;
mod environments;
mod expectations;
mod finding;
mod installed;
mod loose_requirements;
mod run;
mod structure;
mod text;
mod via_edges;
mod violations;

pub use advice::{Advice, Remedy, with_options};
pub use expectations::Expectations;
pub use finding::{Finding, Judged, Level, Rule};
pub use text::{Read, command_of, read};

pub(crate) use environments::InstallEnvironment;
pub(crate) use finding::Report;
pub(crate) use installed::Installed;
pub(crate) use violations::Violations;
