//! Strict files: a resolution written with its hashes, read back and verified.
//!
//! [`StrictFile::from_resolution`] turns a [`harden_packaging::Resolution`] into the model of a
//! strict file, its `Display` writes the file, and [`StrictFile::parse`] reads it back, byte for
//! byte, as well as the hashed requirements that pip-compile and uv write. Nothing here does IO;
//! digests that an index does not list are asked of [`harden_packaging::Index`].

mod built_from;
mod check;
mod comment_text;
mod error;
mod file;
mod from_resolution;
mod header_digests;
mod header_line;
mod installer_option;
mod lines;
mod metadata_digest;
mod parse;
mod pin;
mod project_record;
mod recorded;
mod replace_sdists;
mod verify;
mod write;

pub use built_from::{BuildOrigin, BuildRequirement, BuiltFrom};
pub use check::{
    Advice, Expectations, Finding, Judged, Level, Read, Remedy, Rule, command_of, read,
    with_options,
};
pub use comment_text::{quoted_command, shown_command};
pub use error::{Problem, ProblemKind, Remark, StrictError};
pub use file::{Header, StrictFile, StrictPin};
pub use from_resolution::{HashChoice, Provenance};
pub use header_digests::inputs_digest;
pub use installer_option::InstallerOption;
pub use metadata_digest::metadata_digest;
pub use project_record::ProjectRecord;
pub use recorded::{
    Owners, Publisher, PublisherName, Recorded, RecordedLicence, RecordedOwners, UploadDay,
};
pub use replace_sdists::Built;
