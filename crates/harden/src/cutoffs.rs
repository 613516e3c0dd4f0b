//! The moments from which on uploads are ignored for a lock, and the versions exempt from that.
//!
//! A span is seen from now, unless the strict file was made from the same inputs with the same span:
//! then its moment is kept, so that nothing changes where nobody asked for a change. Where an
//! exemption was taken out it is not, lest the version be lost that has come of age meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use harden_hasher::StrictFile;
use harden_packaging::{PackageName, Sha256};
use jiff::Timestamp;
use pep440_rs::Version;

use crate::args::{Cutoff, Exemption, LockArgs};
use crate::recorded;

/// What a lock leaves out by its time of upload.
#[derive(Debug, Default)]
pub struct Cutoffs {
    /// The moment for all packages.
    pub all: Option<Timestamp>,
    /// What holds for these in its place; `None`: nothing is left out.
    pub packages: BTreeMap<PackageName, Option<Timestamp>>,
    /// The versions that are never left out.
    pub exempt: BTreeMap<PackageName, BTreeSet<Version>>,
}

impl Cutoffs {
    /// The moments that the arguments mean, for a lock whose inputs have this digest.
    pub fn settle(args: &LockArgs, inputs: Sha256, now: Timestamp) -> Self {
        let before = Before::of(args, inputs);
        let own = args.exclude_newer_package.iter().map(|own| {
            let kept = before.as_ref().and_then(|before| before.package(&own.name));
            let moment = own.cutoff.map(|cutoff| settled(cutoff, kept, now));
            (own.name.clone(), moment)
        });
        let kept = before.as_ref().and_then(Before::all);
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

/// Whether all versions that were exempt are.
fn is_exempt(before: &[Exemption], now: &[Exemption]) -> bool {
    let is_same = |one: &Exemption, other: &Exemption| {
        one.name() == other.name() && one.version() == other.version()
    };
    let mut before = before.iter();
    before.all(|one| now.iter().any(|other| is_same(one, other)))
}

/// How the strict file was made that is about to be replaced.
struct Before {
    strict: StrictFile,
    args: LockArgs,
}

impl Before {
    /// `None` where its moments are not to be kept.
    fn of(args: &LockArgs, inputs: Sha256) -> Option<Self> {
        if args.upgrade || !args.upgrade_package.is_empty() {
            return None;
        }
        let path = args.output.as_ref()?;
        let text = fs::read_to_string(path).ok()?;
        let strict = StrictFile::parse(&text, &path.to_string_lossy()).ok()?;
        let header = strict.header()?;
        let before = recorded::arguments(header)?;
        let is_same = header.inputs() == inputs && is_exempt(&before.exempt, &args.exempt);
        is_same.then_some(Self {
            args: before,
            strict,
        })
    }

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
