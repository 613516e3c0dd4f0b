//! A cache that a fleet of machines shares: a level below the cache on disk.
//!
//! Objects by name, in a bucket or a folder, behind one narrow trait, [`SharedStore`]. It holds
//!
//! - `v1/pages/…`: pages as an index sent them, with their validators, by the digest of their address;
//! - `v1/metadata/…`: `.metadata` files by their SHA-256;
//! - `v1/files/…`: wheels and sdists by their SHA-256 and name.
//!
//! It decides nothing. A file by digest is hashed when it is used. A page is used only once the index has
//! confirmed its validators in this run, for as long as that answer says, and what is not the page that it
//! should be is thrown away. What was got with a login, or what its server calls private, is neither read
//! there nor written there. A store that fails, or does not answer soon, is not asked again in this run.

mod files;
mod level;
mod page_object;
mod store;

pub use files::{LentFile, NotLent};
pub(crate) use level::Shared;
pub(crate) use page_object::{LentPage, SentPage, is_plain, may_be_shared};
pub use store::{
    FilePlace, Reply as SharedReply, SharedCache, SharedFile, SharedObject, SharedPieces,
    SharedStore, SharedStream,
};
