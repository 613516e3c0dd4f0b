//! The existing output file of a lock, its pins, and what it records.

mod existing;
mod pin_conflict;
mod pins;
mod recorded_lock;

pub use existing::Existing;
pub use pins::Versions;
pub use recorded_lock::RecordedLock;
