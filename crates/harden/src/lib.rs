//! The command lines of `harden` and `fetch`: arguments, progress, reports and exit codes.
//!
//! Everything else is in the crates below this one; only here is anything printed.

mod args;
mod build;
mod cache;
mod check;
mod config;
mod cutoffs;
mod diff;
mod effort;
mod error;
mod exemptions;
mod exit;
mod explain;
mod fetching;
mod findings;
mod init;
mod inputs;
mod interpreter;
mod lock;
mod made;
mod mirror;
mod output;
mod pex;
mod phases;
mod pip_config;
mod platforms;
mod progress;
mod recipe;
mod recorded;
mod run;
mod sources;
mod targets;
mod task;
mod terminal;
mod verify;
mod wheelhouse;
mod words;

use error::Error;
use exit::Exit;
use terminal::Terminal;

pub use run::{fetch, harden};
