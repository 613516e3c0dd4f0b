//! The core metadata of a file, from the cheapest place that has it.
//!
//! In this order: the cache; the `.metadata` file beside a wheel (PEP 658),
//! where the index says or has shown that it serves them; byte ranges of the wheel; the wheel.
//! Of an sdist, its `PKG-INFO` where that is final (PEP 643), else its `pyproject.toml` where that
//! leaves nothing open (PEP 621).

mod difference;
mod lookup;
mod parse_fields;
mod pyproject;
mod ranges;
mod sdist;
mod sidecar;
mod tar_headers;
mod unusable;
mod wheel_member;
mod whole_file;

pub use parse_fields::read as read_metadata;
pub use sdist::read as read_sdist;
pub use tar_headers::{TarHeaders, TarMember};

pub(crate) use lookup::{compare, of_whole, read, verified};
pub(crate) use pyproject::read as read_pyproject;
pub(crate) use sidecar::Sidecars;
pub(crate) use wheel_member::look;
