//! A strict file turned into a verified wheelhouse.
//!
//! [`fetch`] chooses for each pin the file that each target installs, downloads what the folder and
//! the cache lack, and keeps nothing whose SHA-256 is not the pin's, and no wheel that does not
//! stand a look into it. A file that is there already is hashed too; where all are right the index
//! is not asked at all.

mod admission;
mod atomic_write;
pub mod build;
mod check;
mod choose;
mod download;
mod dry_run;
mod error;
mod fetch;
mod file_name;
mod fill_file;
mod folder;
#[doc(hidden)]
pub mod fuzz;
mod hash;
mod inspect_file;
mod lent_file;
mod locate;
mod partial;
mod pex_platform;
mod place_file;
mod progress;
mod pylock;
mod regular_file;
mod remote;
mod request;
mod sdist_contents;
mod simple_index;
mod store;
mod streams;
mod wheel;
mod wheelhouse_archive;
mod wheelhouse_files;
mod workers;

pub use admission::{Admission, StartupCode};
pub use check::{Finding, Report, check, prune};
pub use dry_run::{Origin, PlannedFile, dry_run};
pub use error::{Failure, FetchError, FetchErrorKind, Place};
pub use fetch::fetch;
pub use pex_platform::{PexPlatform, complete_target, pex_platforms};
pub use progress::{Outcome, Progress, Warning};
pub use pylock::write_pylock;
pub use remote::{
    Mirror, MirrorAddress, MirrorError, MirrorErrorKind, MirrorLayout, MirrorMiss,
    ParseMirrorError, Stored, Upload, shared_cache, upload,
};
pub use request::{Lock, Request, Summary};
pub use simple_index::write_simple;
pub use store::kept_file;
pub use wheel::{Depth, WheelDefect, WheelFacts, required_by, wheel_facts};
pub use wheelhouse_archive::write_archive;
