//! End-to-end tests: both executables, run in a new folder against an index on loopback.
//!
//! Each test states a claim and shows what the user sees: exit code, standard output and standard
//! error. Ports, folders and times are filtered, and a digest is replaced by the name of its file.

mod adopting;
mod attesting;
mod auditing;
mod bad_input;
mod build_locks;
mod building;
mod checking;
mod commands;
mod configuration;
mod consistency;
mod differences;
mod documentation;
mod editing;
mod exemptions;
mod explaining;
mod exporting;
mod fetching;
mod habits;
mod importing;
mod index_protocols;
mod indexes;
mod inputs;
mod integrity;
mod isolation;
mod launching;
mod layering;
mod lock_changes;
mod lockfiles;
mod locking;
#[cfg(unix)]
mod logins;
mod merging;
mod messages;
mod mirrors;
mod network;
mod options;
mod oracle;
mod osv;
mod other_folders;
mod own_wheels;
mod pipes;
mod policy;
mod precedence;
mod projects;
mod reading_back;
mod references;
mod repairing;
mod reporting;
mod repositories;
mod reusing;
mod sandbox;
mod secrets;
mod targets;
mod trees;
mod untrusted;
mod verifying;
mod versions;
mod vetting;
mod wheelhouses;
