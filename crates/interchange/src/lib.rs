//! Lock files of other tools: read into one model, and written from strict files.
//!
//! [`Lock::read`] reads the lock of any tool that [`Format`] names. [`Lock::select`] says what it
//! installs in one environment, [`Plan::new`] what it installs on several targets, which is what a
//! strict file or a wheelhouse is made of. Nothing here does IO, and nothing is guessed: a lock of a
//! newer format, or a damaged one, is refused with the place and the field.

mod error;
mod findings;
mod format;
mod lock;
mod plan;
mod read;
mod select;
mod write;

pub use error::{ReadLockError, SelectError};
pub use findings::{Finding, FindingKind, Sdists, additions, examine};
pub use format::Format;
pub use lock::{Edge, Lock, LockedFile, LockedPackage, Presence, Range, Roots, Source, When};
pub use plan::{Plan, PlanError, Planned, Wish};
pub use select::{Selected, Selection};
pub use write::{
    About, Export, ExportError, Known, KnownFile, Lines, StrictOfPylockError, Written, constraints,
    cyclonedx, cyclonedx_component, cyclonedx_document, nix, pex_lock, purl, pylock, requirements,
    spdx, strict_of_pylock,
};
