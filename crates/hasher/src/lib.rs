//! Strict files: a resolution written with its hashes, read back and verified.
//!
//! [`StrictFile::from_resolution`] turns a [`harden_packaging::Resolution`] into the model of a
//! strict file, its `Display` writes the file, and [`StrictFile::parse`] reads it back, byte for
//! byte, as well as the hashed requirements that pip-compile and uv write. Nothing here does IO;
//! digests that an index does not list are asked of [`harden_packaging::Index`].

mod built_from;
mod built_wheel;
mod check;
mod digest;
mod error;
mod file;
mod from_resolution;
mod header_line;
mod lines;
mod metadata_digest;
mod option;
mod parse;
mod pin;
mod print;
mod verify;
mod write;

pub use built_from::{BuildOrigin, BuildRequirement, BuiltFrom};
pub use built_wheel::Built;
pub use check::{Expectations, Finding, Judged, Level, Read, Rule, command_of, read};
pub use digest::inputs_digest;
pub use error::{Problem, ProblemKind, Remark, StrictError};
pub use file::{Header, StrictFile, StrictPin};
pub use from_resolution::{HashChoice, Provenance};
pub use metadata_digest::metadata_digest;
pub use option::InstallerOption;
pub use print::{quoted_command, shown_command};
