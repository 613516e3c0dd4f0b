//! Both executables, run for real in a fresh folder against an index on loopback.
//!
//! Each test states a claim of the product and shows what its user sees: exit code, standard
//! output and standard error, with ports, folders and times filtered and each digest written as
//! the name of the file whose digest it is.

mod bad_input;
mod commands;
mod consistency;
mod fetching;
mod flavours;
mod hardening;
mod lockfiles;
mod options;
mod oracle;
mod sandbox;
