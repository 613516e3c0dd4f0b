//! A strict file turned into a verified wheelhouse.
//!
//! [`fetch`] chooses for each pin the file that each target installs, downloads what the folder
//! lacks, and keeps nothing whose SHA-256 is not the pin's. A file that is there already is hashed
//! too; where all are right the index is not asked at all.

mod choose;
mod download;
mod error;
mod fetch;
mod folder;
mod locate;
mod name;
mod progress;

pub use error::{Failure, FetchError, FetchErrorKind};
pub use fetch::{Request, Summary, fetch};
pub use progress::{Outcome, Progress};
