//! Strict files with the settings they are made with, from their headers or from the configuration.

mod difference;
mod files;
mod fix;
mod from_header;
mod made_in;
mod source;

pub use files::{
    NoCommand, NoStrict, is_plain, note_target_names, read, strict_files, strict_files_of,
};
pub use from_header::{found_links, targets};
pub use made_in::made_in;
pub use source::StrictSource;
