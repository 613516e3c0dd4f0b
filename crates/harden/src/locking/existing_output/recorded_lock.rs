//! The cutoffs and repositories that an existing strict file records, which are kept.

use std::collections::BTreeMap;

use harden_hasher::StrictFile;
use harden_packaging::PackageName;
use jiff::Timestamp;

use crate::settings::args::{Cutoff, Exemption, LockArgs};
use crate::settings::cutoffs::RecordedCutoffs;

/// The cutoffs of a strict file, as recorded.
pub struct RecordedLock<'a> {
    pub(super) args: LockArgs,
    pub(super) strict: &'a StrictFile,
}

impl RecordedLock<'_> {
    /// The repository and commit of each package that comes from one.
    pub fn repositories(&self) -> BTreeMap<PackageName, String> {
        let pins = self.strict.pins().iter();
        let pins = pins.filter_map(|pin| Some((pin.name().clone(), pin.repository()?.to_owned())));
        pins.collect()
    }
}

impl RecordedCutoffs for RecordedLock<'_> {
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
pub(super) fn is_exempt(before: &[Exemption], now: &[Exemption]) -> bool {
    let is_same = |one: &Exemption, other: &Exemption| {
        one.name() == other.name() && one.version() == other.version()
    };
    let mut before = before.iter();
    before.all(|one| now.iter().any(|other| is_same(one, other)))
}
