//! Package indexes over the network: protocols, metadata, byte ranges, retries and the cache on disk.
//!
//! [`IndexClient`] is the way in: made from [`Settings`], it answers as
//! [`harden_packaging::Index`] does, and downloads files. It owns the runtime, so nothing outside
//! is async unless it wants to be. What lives where:
//!
//! - `settings`, `address`: what the user says; `client`: the way in;
//! - `source`: the indexes and link lists that answer for a project, in order;
//! - `answers`: answers of earlier runs, and what they rest on;
//! - `direct`: files that are named by where they are;
//! - `document`: JSON of services beside the simple API;
//! - `protocol`: pure readers of every form that a page comes in;
//! - `pinned_file`: a file whose digest is known, found without the page of its project;
//! - `metadata`: the core metadata of a file, from the cheapest place that has it;
//! - `http`: one request with its credentials, retries and errors;
//! - `cache`: what is kept on disk, and how it is written and read;
//! - `shared`: a level below that, which machines share.

mod address;
mod answers;
mod cache;
mod client;
mod completions;
mod context;
mod digests;
mod direct;
mod document;
mod download;
mod engine;
mod error;
#[doc(hidden)]
pub mod fuzz;
mod http;
mod last_modified;
mod learned;
mod metadata;
mod namesakes;
mod pinned_file;
mod protocol;
mod settings;
mod shared;
mod single_flight;
mod source;
mod statistics;

pub use address::{FindLinks, IndexUrl, ParseAddressError};
pub use answers::{Recalled, recall};
pub use cache::{
    CacheSize, Verify, clean_cache, files_folder, kept_files_folder, prune_cache, size_cache,
};
pub use client::IndexClient;
pub use direct::file_at;
pub use download::Download;
pub use http::http_client;
pub use metadata::{TarHeaders, TarMember, read_metadata, read_sdist};
pub use pinned_file::PinnedFile;
pub use settings::{DEFAULT_INDEX_URL, Freshness, IndexStrategy, Settings};
pub use shared::{
    FilePlace, LentFile, NotLent, SharedCache, SharedFile, SharedObject, SharedPieces, SharedReply,
    SharedStore, SharedStream,
};
pub use statistics::{Progress, Statistics};
