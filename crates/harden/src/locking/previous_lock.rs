//! The strict file that a lock is about to replace, as a source of cutoff moments to keep.

use std::fs;

use harden_hasher::StrictFile;
use harden_packaging::{PackageName, Sha256};
use jiff::Timestamp;

use crate::locking::recorded_command;
use crate::settings::args::{Cutoff, Exemption, LockArgs};
use crate::settings::cutoffs::RecordedCutoffs;

/// How the strict file was made that is about to be replaced.
pub struct PreviousLock {
    strict: StrictFile,
    args: LockArgs,
}

impl PreviousLock {
    /// `None` where its moments are not to be kept.
    pub fn of(args: &LockArgs, inputs: Sha256) -> Option<Self> {
        if args.upgrade || !args.upgrade_package.is_empty() {
            return None;
        }
        let path = args.output.as_ref()?;
        let text = fs::read_to_string(path).ok()?;
        let strict = StrictFile::parse(&text, &path.to_string_lossy()).ok()?;
        let header = strict.header()?;
        let before = recorded_command::arguments(header)?;
        let is_same = header.inputs() == inputs && is_exempt(&before.exempt, &args.exempt);
        is_same.then_some(Self {
            args: before,
            strict,
        })
    }
}

impl RecordedCutoffs for PreviousLock {
    fn all(&self) -> Option<(Cutoff, Timestamp)> {
        Some((
            self.args.exclude_newer?,
            self.strict.header()?.exclude_newer()?,
        ))
    }

    fn package(&self, name: &PackageName) -> Option<(Cutoff, Timestamp)> {
        let mut own = self.args.exclude_newer_package.iter();
        let cutoff = own.find(|own| own.name == *name)?.cutoff?;
        let moments = self.strict.header()?.exclude_newer_packages();
        Some((cutoff, *moments.get(name)?))
    }
}

/// Whether all versions that were exempt are.
fn is_exempt(before: &[Exemption], now: &[Exemption]) -> bool {
    let is_same = |one: &Exemption, other: &Exemption| {
        one.name() == other.name() && one.version() == other.version()
    };
    let mut before = before.iter();
    before.all(|one| now.iter().any(|other| is_same(one, other)))
}
