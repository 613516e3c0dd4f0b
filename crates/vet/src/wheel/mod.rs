//! What changed between two wheels.

mod calls;
mod contents;
mod diff;

pub use calls::{Call, CallKind};
pub use contents::{WheelContents, WheelReadError};
pub use diff::{Changed, WheelDiff};
