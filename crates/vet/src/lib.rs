//! Which files somebody has vetted, and what to look at before vetting a new one.
//!
//! [`Audits`] is the content of one `audits.toml`; [`Vetted`] adds what it imports from other teams.
//! [`WheelDiff`] says what changed between two wheels. Files other than wheels are read through
//! [`ReadAudits`]; nothing here knows a network.

mod audits;
mod error;
mod imports;
mod place;
mod record;
mod wheel;

pub use audits::{Audit, Audits, DEFAULT_CRITERION, Import, LARGEST_AUDITS};
pub use error::{AuditsError, AuditsErrorKind};
pub use imports::{FromAudits, ReadAudits, Vetted};
pub use place::AuditsPlace;
pub use record::{NewAudit, RecordError, recorded};
pub use wheel::{Call, CallKind, Changed, WheelContents, WheelDiff, WheelReadError};
