//! Both executables, run for real in a fresh folder against an index on loopback.
//!
//! Each test states a claim of the product and shows what its user sees: exit code, standard
//! output and standard error, with ports, folders and times filtered and each digest written as
//! the name of the file whose digest it is.

mod adopting;
mod bad_input;
mod build_locks;
mod building;
mod changing;
mod checking;
mod choosing;
mod commands;
mod configuration;
mod consistency;
mod differences;
mod editing;
mod exemptions;
mod explaining;
mod fetching;
mod flavours;
mod habits;
mod hardening;
mod indexes;
mod inputs;
mod isolation;
mod layering;
mod lockfiles;
mod looking;
mod merging;
mod mirrors;
mod options;
mod oracle;
mod own_wheels;
mod pipes;
mod projects;
mod references;
mod repositories;
mod sandbox;
mod verifying;
mod wheelhouses;
