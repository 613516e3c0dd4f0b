//! Why releases are not available for a target, in words.

use std::collections::BTreeSet;

use harden_packaging::PackageName;
use harden_requirements::VersionSet;
use harden_target::{Target, WheelTags};
use pep440_rs::Version;

use crate::catalog::availability::UnavailableReason;
use crate::catalog::listing::Listing;
use crate::report::version_text::{VersionRuns, runs};

/// How many tags of a kind are shown.
const TAG_LIMIT: usize = 4;

/// Why releases are not chosen for a target, whatever else is chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LossReason {
    /// They are not available.
    Unavailable(UnavailableReason),
    /// They are pre-releases.
    Prerelease(PrereleaseReason),
}

/// Why a pre-release is not chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrereleaseReason {
    /// The mode `disallow`.
    Disallowed,
    /// No requirement names one, which would opt in.
    NotNamed,
    /// A stable release meets the requirements.
    StableFits,
}

/// Releases that are not available for a target, for one reason.
#[derive(Debug)]
pub(crate) struct UnavailableReleases {
    pub(crate) name: PackageName,
    pub(crate) reason: LossReason,
    /// The newest of them.
    pub(crate) newest: Version,
    /// Their wheels.
    pub(crate) wheels: Vec<WheelTags>,
}

impl UnavailableReleases {
    /// Whether one of them has a wheel for another target.
    pub(crate) fn has_wheel_for(&self, target: &Target) -> bool {
        self.wheels
            .iter()
            .any(|tags| target.tags().rank(tags).is_some())
    }
}

impl LossReason {
    /// The sentence for the releases in `versions`.
    pub(crate) fn sentence(
        &self,
        listing: &Listing,
        versions: &VersionSet,
        target: &Target,
    ) -> String {
        let name = &listing.name;
        let runs = runs(listing, versions);
        let one = runs.is_one();
        let (is, has, needs) = if one {
            ("is", "has", "needs")
        } else {
            ("are", "have", "need")
        };
        match self {
            Self::Prerelease(reason) => {
                let what = if one {
                    "is a pre-release"
                } else {
                    "are pre-releases"
                };
                let why = match reason {
                    PrereleaseReason::Disallowed => "which --prerelease disallow excludes",
                    PrereleaseReason::NotNamed => "and no requirement names one",
                    PrereleaseReason::StableFits => "and a stable release meets the requirements",
                };
                format!("{name} {runs} {what}, {why}")
            }
            Self::Unavailable(UnavailableReason::Constraint { place, specifiers }) => {
                format!("{place} excludes {name} {runs} ({name}{specifiers})")
            }
            Self::Unavailable(UnavailableReason::NotNamed { place }) => {
                format!("{name} {runs} {is} not the version of the file that {place} names")
            }
            Self::Unavailable(UnavailableReason::NamedElsewhere { place }) => {
                format!(
                    "{name} {runs} {is} only available from {place}, which does not apply to {target}"
                )
            }
            Self::Unavailable(UnavailableReason::Newer) => {
                format!(
                    "{name} {runs} {is} hidden by --exclude-newer: all files were uploaded later"
                )
            }
            Self::Unavailable(UnavailableReason::Denied(reason)) => {
                format!("{name} {runs} {is} denied {reason}")
            }
            Self::Unavailable(UnavailableReason::Hashes { place }) => {
                format!(
                    "{name} {runs} {has} no file for {target} that the --hash of {place} admits"
                )
            }
            Self::Unavailable(UnavailableReason::Malformed(reason)) => {
                format!("{name} {runs} cannot be used: {reason}")
            }
            Self::Unavailable(UnavailableReason::Yanked(reason)) if reason.is_empty() => {
                format!("{name} {runs} {is} yanked")
            }
            Self::Unavailable(UnavailableReason::Yanked(reason)) if one => {
                format!("{name} {runs} is yanked: {reason}")
            }
            Self::Unavailable(UnavailableReason::Yanked(reason)) => {
                format!("{name} {runs} are yanked, the newest of them: {reason}")
            }
            Self::Unavailable(UnavailableReason::RequiresPython(python)) => {
                format!("{name} {runs} {needs} Python {python}, which {target} is not")
            }
            Self::Unavailable(UnavailableReason::RequiresPatch { python, .. }) => {
                format!(
                    "{name} {runs} {needs} Python {python}, which not every patch release of {target} is"
                )
            }
            Self::Unavailable(UnavailableReason::NoWheel { sdist }) => {
                no_wheel(listing, versions, &runs, target, *sdist)
            }
            Self::Unavailable(UnavailableReason::Unusable { reason }) => {
                format!("{name} {runs} {reason}")
            }
            Self::Unavailable(UnavailableReason::OnlySdist) => {
                format!("{name} {runs} {has} only an sdist, no wheel")
            }
        }
    }
}

/// The sentence for releases whose wheels do not fit, with what the newest of them has instead.
fn no_wheel(
    listing: &Listing,
    versions: &VersionSet,
    runs: &VersionRuns,
    target: &Target,
    sdist: bool,
) -> String {
    let has = if runs.is_one() { "has" } else { "have" };
    let newest = listing
        .releases()
        .iter()
        .find(|release| versions.contains(&release.version));
    let mut pythons = BTreeSet::new();
    let mut platforms = BTreeSet::new();
    for tags in newest
        .iter()
        .flat_map(|release| release.files())
        .filter_map(|file| file.wheel_tags())
    {
        pythons.extend(tags.pythons());
        platforms.extend(tags.platforms());
    }
    let also = if sdist { ", besides an sdist" } else { "" };
    format!(
        "{} {runs} {has} no wheel for {target}: {} for {} on {}{also}",
        listing.name,
        match newest {
            Some(release) if !runs.is_one() => format!("those of {} are", release.version),
            _ => "there are wheels".to_owned(),
        },
        some(&pythons),
        some(&platforms),
    )
}

/// The last of the tags, which are the newest, and how many more there are.
fn some(tags: &BTreeSet<&str>) -> String {
    let shown: Vec<&str> = tags.iter().rev().take(TAG_LIMIT).rev().copied().collect();
    match tags.len().saturating_sub(TAG_LIMIT) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
