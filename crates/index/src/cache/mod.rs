//! The cache on disk.
//!
//! One folder, safe to share between processes, to kill in mid-write and to delete: a file appears
//! under its name only when whole, and one that is not what it should be is as good as absent. A lock may find
//! that out when it uses a part of a large page ([`Verify`]), and then begins again.
//!
//! - `v9/pages/HOST/PROJECT-….bin`: pages, in the compact form that [`page`] says, as old as the
//!   file's modification time, which is when the index last confirmed it;
//! - `v9/metadata/…`: core metadata read from bytes whose SHA-256 was verified, by that: always true;
//! - `v9/index-metadata/…/PROJECT.bin`: core metadata as one index gave it, by file name and SHA-256: a
//!   [`pack`] for each index and project;
//! - `v9/direct/…`: the digests of files that direct references lead to, until their servers say
//!   that they have changed;
//! - `v9/documents/…`: JSON of services beside the simple API, such as advisories;
//! - `v9/indexes/…`: what was found out about an index or a file server;
//! - `v9/answers/…`: what a request was answered with, and what that answer was [`found`] in;
//! - `v9/files/…`: distribution files by their SHA-256, for `fetch`.
//!
//! A change of form changes `v9`; `prune` deletes the folders of other forms.

mod found;
mod maintenance;
mod metadata;
mod pack;
mod page;
mod payload;
mod store;

pub(crate) use found::Entry;
pub use maintenance::{
    CacheSize, clean_cache, files_folder, kept_files_folder, prune_cache, size_cache,
};
pub(crate) use metadata::{decode as decode_metadata, encode as encode_metadata};
pub(crate) use page::{
    PageHead, decode as decode_page, encode as encode_page, split as split_page,
};
pub(crate) use payload::Payload;
pub use payload::Verify;
pub(crate) use store::{Kept, Key, Store, pack_at};
