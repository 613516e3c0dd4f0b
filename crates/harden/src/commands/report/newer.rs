//! The newest release in the cache, and why the lock does not use it.
//!
//! `harden explain` asks the solver; this uses only the strict file and the cache.

use harden_hasher::{Header, StrictPin};
use harden_packaging::{DistFile, Project, Release, Via, Yanked};
use harden_report::Text;
use harden_report::model::Newer;
use harden_target::Target;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::requirement_text::Required;
use crate::locking::recorded_command;
use crate::settings::cutoffs::Cutoffs;

/// The cutoffs that a strict file was made with. Its header has the moments; its command says which
/// packages have no cutoff, and which versions are exempt.
pub(super) fn cutoffs(header: &Header) -> Cutoffs {
    let args = recorded_command::arguments(header).unwrap_or_default();
    let lifted = args.exclude_newer_package.iter();
    let lifted = lifted.filter(|own| own.cutoff.is_none());
    let moments = header.exclude_newer_packages().iter();
    let moments = moments.map(|(name, moment)| (name.clone(), Some(*moment)));
    let mut cutoffs = Cutoffs {
        all: header.exclude_newer(),
        packages: moments
            .chain(lifted.map(|own| (own.name.clone(), None)))
            .collect(),
        ..Cutoffs::default()
    };
    for exemption in &args.exempt {
        let versions = cutoffs.exempt.entry(exemption.name().clone()).or_default();
        versions.insert(exemption.version().clone());
    }
    cutoffs
}

/// The newest release of a pinned package; `None` where no page of it is kept.
pub(super) fn newer(
    pin: &StrictPin,
    pages: &[Project],
    required: &Required,
    cutoffs: &Cutoffs,
    targets: &[Target],
) -> Option<Newer> {
    if pages.is_empty() || pin.reference().is_some() || pin.repository().is_some() {
        return None;
    }
    let newest = newest(pin, pages);
    let reasons = newest.map_or_else(Vec::new, |release| {
        let mut reasons = late(pin, release, cutoffs);
        reasons.extend(forbidden(pin, release, required));
        reasons.extend(unfit(release, targets));
        reasons
    });
    Some(Newer {
        version: newest.map(|release| Text::new(&release.version)),
        reasons: reasons.into_iter().map(Text::new).collect(),
    })
}

/// The newest release that is not yanked, and no pre-release unless the pin is one.
fn newest<'p>(pin: &StrictPin, pages: &'p [Project]) -> Option<&'p Release> {
    let is_usable = |release: &&Release| {
        (pin.version().any_prerelease() || !release.version.any_prerelease())
            && release.files().iter().any(|file| file.yanked == Yanked::No)
    };
    let releases = pages.iter().flat_map(|page| &page.releases);
    let newest = releases
        .filter(is_usable)
        .max_by(|one, other| one.version.cmp(&other.version))?;
    (newest.version > *pin.version()).then_some(newest)
}

/// Whether it was uploaded after the cutoff.
fn late(pin: &StrictPin, release: &Release, cutoffs: &Cutoffs) -> Vec<String> {
    let exempt = cutoffs.exempt.get(pin.name());
    if exempt.is_some_and(|versions| versions.contains(&release.version)) {
        return Vec::new();
    }
    let cutoff = cutoffs.of(pin.name());
    let uploads = release.files().iter().filter_map(|file| file.upload_time);
    match (cutoff, uploads.min()) {
        (Some(cutoff), Some(first)) if first >= cutoff => {
            vec![format!("uploaded {}, after the cutoff", day(first))]
        }
        _ => Vec::new(),
    }
}

/// Requirements that exclude it.
fn forbidden(pin: &StrictPin, release: &Release, required: &Required) -> Vec<String> {
    let mut reasons = Vec::new();
    for via in pin.via() {
        let Via::Package(by) = via else {
            continue;
        };
        let forbids = required.of(by, pin.name()).into_iter().find(|requirement| {
            requirement
                .specifiers()
                .is_some_and(|specifiers| !specifiers.contains(&release.version))
        });
        reasons.extend(forbids.map(|requirement| format!("{by} requires {}", requirement.shown())));
    }
    reasons
}

/// The targets without a wheel.
fn unfit<'r>(release: &'r Release, targets: &'r [Target]) -> impl Iterator<Item = String> + 'r {
    let fits = |file: &DistFile, target: &Target| {
        file.wheel_tags()
            .is_some_and(|tags| target.tags().rank(tags).is_some())
    };
    let unfit = targets
        .iter()
        .filter(move |target| !release.files().iter().any(|file| fits(file, target)));
    unfit.map(|target| format!("no wheel of it fits {target}"))
}

fn day(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).date().to_string()
}
