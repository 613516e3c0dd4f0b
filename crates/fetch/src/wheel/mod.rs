//! A wheel looked into before it is accepted: one that installers could read in two ways, that says
//! it is something else than its name does, or whose parts are not those it lists.
//!
//! Its SHA-256 is right by then. This finds what was wrong when the wheel was made: the hash of a
//! crafted file proves that it is that crafted file.
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>

mod archive;
mod defect;
mod directory;
mod facts;
mod inspect;
mod record;
mod short_seek;
mod takeover;
#[cfg(test)]
mod tests;
mod wheel_file;

pub use defect::WheelDefect;
pub use facts::{WheelFacts, wheel_facts};
pub use inspect::required_by;
pub(crate) use inspect::{Expected, inspect, inspect_again, metadata, requirements};
