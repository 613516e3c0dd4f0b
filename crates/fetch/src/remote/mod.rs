//! Mirrors: wheelhouses on object storage, which files go to (`--to`) and come from (`--from`).
//!
//! A mirror is flat, as a wheelhouse is, so that what stands before it over HTTP can serve
//! `--find-links` and, with the pages of `simple`, `--index-url`. What an object holds is written
//! beside it as `sha256` in its metadata: that saves sending it again, and is never believed when it
//! is read, for then its bytes are hashed as those of an index are.
//!
//! The protocols are those of the `object_store` crate and not of `opendal`: it takes our own
//! HTTP client, with its authorities and with ring for TLS and signatures, where opendal would add
//! RSA, a second SHA-2 and an INI parser, and it is half as many crates. Of the credentials' places
//! it knows the environment and the machine's role; profiles in `~/.aws` it does not read.

mod address;
mod connect;
mod download_file;
mod error;
mod mirror;
mod mirror_miss;
mod send_file;
mod shared_files;
mod shared_objects;
mod upload_wheelhouse;

pub use address::{MirrorAddress, ParseMirrorError};
pub use error::{MirrorError, MirrorErrorKind};
pub use mirror::Mirror;
pub use mirror_miss::MirrorMiss;
pub use shared_objects::shared_cache;
pub use upload_wheelhouse::{MirrorLayout, Stored, Upload, upload};
