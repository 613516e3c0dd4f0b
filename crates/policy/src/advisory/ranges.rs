//! The ranges of OSV records, as sets of versions.
//!
//! <https://ossf.github.io/osv-schema/#affectedrangesevents-fields>, evaluated as PEP 440 orders
//! versions.

use std::ops::Bound;

use harden_requirements::VersionSet;
use pep440_rs::Version;

/// One event of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The version that introduced the vulnerability; `None`: it was always there.
    Introduced(Option<Version>),
    /// The first version without it.
    Fixed(Version),
    /// The last version with it.
    LastAffected(Version),
}

/// The versions that events make affected. Their order does not matter.
pub fn affected(mut events: Vec<Event>) -> VersionSet {
    events.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut set = VersionSet::empty();
    let mut open: Option<Bound<Version>> = None;
    for event in events {
        match event {
            Event::Introduced(version) => {
                open.get_or_insert(version.map_or(Bound::Unbounded, Bound::Included));
            }
            Event::Fixed(version) => {
                if let Some(start) = open.take() {
                    set = set.union(&between(start, Bound::Excluded(version)));
                }
            }
            Event::LastAffected(version) => {
                if let Some(start) = open.take() {
                    set = set.union(&between(start, Bound::Included(version)));
                }
            }
        }
    }
    match open {
        Some(start) => set.union(&between(start, Bound::Unbounded)),
        None => set,
    }
}

fn between(start: Bound<Version>, end: Bound<Version>) -> VersionSet {
    VersionSet::from_range_bounds((start, end))
}

/// By version; at one version a fix comes before an introduction, and an introduction before the
/// last.
fn key(event: &Event) -> (Option<&Version>, u8) {
    match event {
        Event::Introduced(version) => (version.as_ref(), 1),
        Event::Fixed(version) => (Some(version), 0),
        Event::LastAffected(version) => (Some(version), 2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(text: &str) -> Event {
        let (kind, version) = text.split_once(' ').unwrap();
        let version: Version = version.parse().unwrap();
        match kind {
            "introduced" if version == Version::new([0]) => Event::Introduced(None),
            "introduced" => Event::Introduced(Some(version)),
            "fixed" => Event::Fixed(version),
            _ => Event::LastAffected(version),
        }
    }

    fn affected_of(events: &[&str], versions: &[&str]) -> String {
        let set = affected(events.iter().map(|text| event(text)).collect());
        let hit = versions
            .iter()
            .filter(|version| set.contains(&version.parse().unwrap()));
        hit.copied().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn events_make_intervals_in_the_order_of_pep_440() {
        let versions = [
            "0.dev0", "1.0", "1.9rc1", "1.10", "2.0rc1", "2.0", "2.1", "3.0",
        ];
        for (events, hit) in [
            (
                &["introduced 0"][..],
                "0.dev0 1.0 1.9rc1 1.10 2.0rc1 2.0 2.1 3.0",
            ),
            (
                &["introduced 0", "fixed 2.0"],
                "0.dev0 1.0 1.9rc1 1.10 2.0rc1",
            ),
            (&["introduced 1.9", "fixed 2.0"], "1.10 2.0rc1"),
            (&["introduced 1.10", "last_affected 2.0"], "1.10 2.0rc1 2.0"),
            (
                &["fixed 1.9rc1", "introduced 2.1", "introduced 1.0"],
                "1.0 2.1 3.0",
            ),
            (&["introduced 2.0", "last_affected 2.0"], "2.0"),
            (&["introduced 2.0", "fixed 2.0"], "2.0 2.1 3.0"),
            (&["fixed 2.0"], ""),
        ] {
            assert_eq!(affected_of(events, &versions), hit, "{events:?}");
        }
    }
}
