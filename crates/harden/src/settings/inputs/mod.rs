//! The loose requirements: read from files and standard input, and turned into a request for the
//! resolver.

mod error;
mod own_project;
mod read;
mod requested;

pub use own_project::excluded;
pub use read::{Loose, read, read_all, read_overrides};
pub use requested::{prerelease_mode, prerelease_packages, requested};
