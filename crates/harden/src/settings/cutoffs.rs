//! The cutoffs of a lock by upload time, and the versions exempt from them.
//!
//! A span counts back from now. If the strict file was made from the same inputs with the same span, its
//! moment is kept, so that a run changes nothing unless the user asks for it. It is not kept if an
//! exemption was removed: by now the cutoff may admit that version.

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::PackageName;
use jiff::Timestamp;
use pep440_rs::Version;

use crate::settings::args::{Cutoff, LockArgs};

/// This moment, to the second: cutoffs that are spans are seen from it.
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

/// The cutoffs of a lock.
#[derive(Debug, Default)]
pub struct Cutoffs {
    /// The moment for all packages.
    pub all: Option<Timestamp>,
    /// What holds for these in its place; `None`: nothing is left out.
    pub packages: BTreeMap<PackageName, Option<Timestamp>>,
    /// The versions that are never left out.
    pub exempt: BTreeMap<PackageName, BTreeSet<Version>>,
}

/// The cutoffs that a strict file records, each as given and with the moment it stood for.
pub trait RecordedCutoffs {
    /// The cutoff for all packages.
    fn all(&self) -> Option<(Cutoff, Timestamp)>;
    /// The own cutoff of a package.
    fn package(&self, name: &PackageName) -> Option<(Cutoff, Timestamp)>;
}

impl Cutoffs {
    /// The moments that the arguments mean; a span keeps the moment that it had in `before`.
    pub fn settle(args: &LockArgs, before: Option<&impl RecordedCutoffs>, now: Timestamp) -> Self {
        let own = args.exclude_newer_package.iter().map(|own| {
            let kept = before.and_then(|before| before.package(&own.name));
            let moment = own.cutoff.map(|cutoff| settled(cutoff, kept, now));
            (own.name.clone(), moment)
        });
        let kept = before.and_then(RecordedCutoffs::all);
        let mut exempt: BTreeMap<PackageName, BTreeSet<Version>> = BTreeMap::new();
        for exemption in &args.exempt {
            let versions = exempt.entry(exemption.name().clone()).or_default();
            versions.insert(exemption.version().clone());
        }
        Self {
            all: args.exclude_newer.map(|cutoff| settled(cutoff, kept, now)),
            packages: own.collect(),
            exempt,
        }
    }

    /// The moment that holds for a package, its exemptions aside.
    pub fn of(&self, name: &PackageName) -> Option<Timestamp> {
        self.packages.get(name).copied().unwrap_or(self.all)
    }
}

/// The moment of a cutoff: that which it had before, if it was the same.
fn settled(cutoff: Cutoff, before: Option<(Cutoff, Timestamp)>, now: Timestamp) -> Timestamp {
    let moment = cutoff.moment(now);
    let kept = before.filter(|(same, kept)| *same == cutoff && *kept <= moment);
    match kept {
        Some((_, kept)) if cutoff.is_relative() => kept,
        _ => moment,
    }
}
