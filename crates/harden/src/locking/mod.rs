//! Making a lock: the request, the client that answers it, and the existing strict file with the command
//! it records.

pub mod advisories;
pub mod attestations;
pub mod build;
pub mod changed_pins;
pub mod client;
mod conflict_markers;
pub mod existing_output;
pub mod file_log;
pub mod header_command;
pub mod licences;
mod likely;
pub mod missing_projects;
pub mod namesakes;
pub mod not_locked;
pub mod owners;
pub mod pin_findings;
pub mod policy;
pub mod preferred_locks;
pub mod projects;
pub mod publishers;
pub mod pylock;
pub mod record;
pub mod recorded_command;
pub mod relative_path;
pub mod repositories;
pub mod request;
pub mod reuse;
pub mod strict_source;
pub mod vetting;
