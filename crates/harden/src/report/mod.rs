//! Output for the user: results, messages, progress, errors and exit codes.

pub mod capture;
pub mod each;
pub mod error;
pub mod exit;
pub mod findings;
pub mod format;
mod library_errors;
pub mod os_error;
pub mod output;
pub mod phases;
pub mod progress;
pub mod redact;
pub mod statistics;
pub mod target_names;
pub mod terminal;
pub mod transcript;

pub use error::{Error, Report};
pub use exit::Exit;
pub use terminal::Terminal;
