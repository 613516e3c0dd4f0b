//! What an index says of a project, read from every form that it may come in.
//!
//! All of it is pure: bytes and the address they came from go in, a list of [`ListedFile`] files comes
//! out, from which a [`ProjectBuilder`] makes the project.

mod bounds;
mod entry_search;
mod filename;
mod html;
mod json;
mod json_api;
mod listed_digests;
mod listed_file;
mod page_error;
mod page_format;
mod project_builder;
mod simple_json;

pub(crate) use entry_search::EntrySearch;
pub(crate) use filename::FilenameReader;
pub(crate) use html::read as read_links;
pub(crate) use json_api::read_release;
pub(crate) use listed_file::ListedFile;
pub(crate) use page_format::{ACCEPT_HTML, ACCEPT_JSON, ACCEPT_SIMPLE, Form};
pub(crate) use project_builder::ProjectBuilder;
