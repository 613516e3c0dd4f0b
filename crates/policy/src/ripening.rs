//! When the next file becomes old enough for the cooldown.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// The earliest moment at which a file that was too young to be used is old enough: until then a policy
/// denies the same files.
#[derive(Debug, Default)]
pub struct Ripening(Mutex<Option<Timestamp>>);

impl Ripening {
    /// That moment; `None` if no file was too young.
    pub fn earliest(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a file is too young until `moment`.
    pub(crate) fn note(&self, moment: Timestamp) {
        let mut earliest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *earliest = Some(earliest.map_or(moment, |known| known.min(moment)));
    }
}
