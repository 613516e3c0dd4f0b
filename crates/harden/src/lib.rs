//! The command lines of `harden` and `fetch`: arguments, progress, reports and exit codes.
//!
//! Everything else is in the crates below this one; only here is anything printed. Imports run
//! downwards: `run` calls `commands`, which use `locking`, which uses `settings`; all of them use
//! `report`, which uses none of them.

mod as_fetch;
mod commands;
#[doc(hidden)]
pub mod fuzz;
mod locking;
mod report;
mod run;
mod settings;

pub use run::harden;
