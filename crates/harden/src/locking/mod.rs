//! Making a lock: the request, the client that answers it, and the existing strict file with the command
//! it records.

pub mod advisories;
pub mod attestations;
pub mod build;
pub mod changed_pins;
pub mod client;
mod conflict_markers;
pub mod existing_output;
pub mod header_command;
mod likely;
pub mod missing_projects;
pub mod not_locked;
pub mod policy;
pub mod preferred_locks;
pub mod pylock;
pub mod recorded_command;
pub mod relative_path;
pub mod repositories;
pub mod request;
pub mod reuse;
pub mod strict_source;
pub mod vetting;
