//! Versions in words: those of a set that exist, runs of them as `1.2 to 1.9`.

use std::fmt;
use std::ops::Bound;

use harden_requirements::VersionSet;
use pep440_rs::Version;

use crate::catalog::listing::Listing;

/// How many runs are written out.
const LIMIT: usize = 4;

/// The releases of a project that a set holds, as runs without a gap, oldest first.
#[derive(Debug)]
pub(crate) struct VersionRuns {
    runs: Vec<(Version, Version)>,
    newest: Option<Version>,
}

/// The set of these versions.
pub(crate) fn set_of(versions: &[&Version]) -> VersionSet {
    let only = |version: &&Version| {
        let version = || Bound::Included((*version).clone());
        (version(), version())
    };
    versions.iter().map(only).collect()
}

/// The releases of `listing` that `set` holds.
pub(crate) fn runs(listing: &Listing, set: &VersionSet) -> VersionRuns {
    let mut runs: Vec<(Version, Version)> = Vec::new();
    let mut open = false;
    for release in listing.releases().iter().rev() {
        let version = &release.version;
        let held = set.contains(version);
        match runs.last_mut() {
            Some(run) if held && open => run.1 = version.clone(),
            _ if held => runs.push((version.clone(), version.clone())),
            _ => {}
        }
        open = held;
    }
    VersionRuns { runs, newest: None }
}

impl VersionRuns {
    /// Whether it is exactly one version.
    pub(crate) fn is_one(&self) -> bool {
        matches!(self.runs.as_slice(), [(first, last)] if first == last)
    }

    /// Names the newest version too, where it does not end the last run.
    pub(crate) fn with_newest(mut self, newest: &Version) -> Self {
        self.newest = Some(newest.clone())
            .filter(|newest| self.runs.last().is_some_and(|(_, last)| last != newest));
        self
    }
}

impl fmt::Display for VersionRuns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let skipped = self.runs.len().saturating_sub(LIMIT);
        if skipped > 0 {
            f.write_str("…, ")?;
        }
        for (place, (first, last)) in self.runs.iter().skip(skipped).enumerate() {
            let separator = if place > 0 { ", " } else { "" };
            if first == last {
                write!(f, "{separator}{first}")?;
            } else {
                write!(f, "{separator}{first} to {last}")?;
            }
        }
        match &self.newest {
            Some(newest) => write!(f, "; the newest is {newest}"),
            None => Ok(()),
        }
    }
}
