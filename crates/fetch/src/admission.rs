//! Whether files may be placed in a wheelhouse, by what they say and hold: the caller's rules.

use std::fmt;

use harden_hasher::StrictPin;

use crate::choose::Wanted;
use crate::wheel::Inspected;
use crate::{Failure, Warning};

/// Rules for the files of a wheelhouse. They are asked about each file before it gets its name.
pub trait Admission: fmt::Debug + Sync {
    /// Judges a file of `pin` by the text of its core metadata, which is `None` for an sdist. Returns a
    /// warning, if there is one.
    ///
    /// # Errors
    ///
    /// Says why the file is refused, as the end of a sentence.
    fn judge(&self, _pin: &StrictPin, _metadata: Option<&[u8]>) -> Result<Option<String>, String> {
        Ok(None)
    }

    /// What to do with a wheel of `pin` that runs code when Python starts, or replaces an interpreter or
    /// an installer.
    fn startup_code(&self, _pin: &StrictPin) -> StartupCode {
        StartupCode::Warn
    }
}

/// Admits everything, with warnings.
impl Admission for () {}

/// What to do with a wheel that has startup code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartupCode {
    /// Take it.
    Allow,
    /// Take it with a warning.
    Warn,
    /// Refuse it.
    Refuse,
}

/// Asks whether a file may be placed, by what its inspection found, which is `None` for an sdist. Returns the
/// warnings about it.
pub(crate) fn admit(
    admission: &dyn Admission,
    wanted: &Wanted<'_>,
    inspected: Option<Inspected>,
) -> Result<Vec<Warning>, Failure> {
    let (pin, file) = (wanted.pin, wanted.file.name.clone());
    let metadata = inspected.as_ref().map(|inspected| &*inspected.metadata);
    let mut warnings = Vec::new();
    match admission.judge(pin, metadata) {
        Ok(None) => {}
        Ok(Some(reason)) => warnings.push(Warning::Judged {
            file: file.clone(),
            reason,
        }),
        Err(reason) => return Err(Failure::Denied { file, reason }),
    }
    let takeovers = inspected.map_or_else(Vec::new, |inspected| inspected.takeovers);
    if takeovers.is_empty() {
        return Ok(warnings);
    }
    let takeover = Warning::Takeover { file, takeovers };
    match admission.startup_code(pin) {
        StartupCode::Allow => {}
        StartupCode::Warn => warnings.push(takeover),
        StartupCode::Refuse => return Err(Failure::StartupCode(takeover.to_string())),
    }
    Ok(warnings)
}
