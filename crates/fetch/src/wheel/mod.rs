//! Inspects a wheel before it is accepted. Refused are wheels that installers could read in two ways, that
//! contradict their name, or whose members are not those that their `RECORD` lists.
//!
//! Its SHA-256 is right by then. This finds what was wrong when the wheel was made: the hash of a
//! crafted file proves that it is that crafted file. What the contents of members are is looked at only if
//! [`Depth`] says so.
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>

mod central_directory;
mod defect;
mod facts;
mod inspect;
mod listing;
mod record;
mod short_seek;
#[cfg(test)]
mod tests;
mod wheel_file;
mod zip_layout;

pub use defect::WheelDefect;
pub use facts::{WheelFacts, wheel_facts};
pub use inspect::{Depth, required_by};
pub(crate) use inspect::{Expected, Inspected, inspect, inspect_again, metadata, requirements};
pub(crate) use record::look as read_record;
