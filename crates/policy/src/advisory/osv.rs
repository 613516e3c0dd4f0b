//! Records of the Open Source Vulnerability format.
//!
//! <https://ossf.github.io/osv-schema/>

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::PackageName;
use harden_requirements::VersionSet;
use serde::Deserialize;

use super::ranges::{Event, affected};
use super::{Advisory, Severity, one_line};

/// The error for a text that is not an OSV record.
#[derive(Debug, thiserror::Error)]
#[error("it is not an OSV record")]
pub struct ReadAdvisoryError(#[from] serde_json::Error);

#[derive(Deserialize)]
pub(super) struct Record {
    id: String,
    pub(super) modified: Option<String>,
    withdrawn: Option<String>,
    aliases: Option<Vec<String>>,
    summary: Option<String>,
    details: Option<String>,
    severity: Option<Vec<Score>>,
    affected: Option<Vec<Affected>>,
    database_specific: Option<Specific>,
}

#[derive(Deserialize)]
struct Score {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    score: String,
}

#[derive(Deserialize)]
struct Affected {
    package: Option<Package>,
    severity: Option<Vec<Score>>,
    ranges: Option<Vec<Range>>,
    versions: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
}

#[derive(Deserialize)]
struct Range {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    events: Vec<RawEvent>,
}

#[derive(Deserialize)]
struct RawEvent {
    introduced: Option<String>,
    fixed: Option<String>,
    last_affected: Option<String>,
}

#[derive(Deserialize)]
struct Specific {
    severity: Option<serde_json::Value>,
}

/// What a database calls Python's packages; a suffix names another index than PyPI.
const ECOSYSTEM: &str = "PyPI";

/// The advisories of a text that holds one record, a list of them, or an object with a list `vulns`:
/// one for each package of PyPI that a record is about. Withdrawn records are left out.
///
/// # Errors
///
/// When a record is malformed: none may be ignored.
pub fn read_osv(text: &str) -> Result<Vec<Advisory>, ReadAdvisoryError> {
    #[derive(Deserialize)]
    struct Several {
        vulns: Vec<Record>,
    }
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let records: Vec<Record> = if text.starts_with('[') {
        serde_json::from_str(text)?
    } else {
        match serde_json::from_str::<Several>(text) {
            Ok(several) => several.vulns,
            Err(_) => vec![serde_json::from_str(text)?],
        }
    };
    Ok(records.into_iter().flat_map(advisories).collect())
}

/// The advisories of a record, one a package.
pub(super) fn advisories(record: Record) -> Vec<Advisory> {
    if record.withdrawn.is_some() {
        return Vec::new();
    }
    let summary = record.summary.filter(|summary| !summary.trim().is_empty());
    let summary = one_line(&summary.or(record.details).unwrap_or_default());
    let word = record.database_specific.and_then(|own| own.severity);
    let word = word.and_then(|word| Severity::of_word(word.as_str()?));
    let severity = severity(record.severity.as_deref());
    let aliases: BTreeSet<String> = record.aliases.unwrap_or_default().into_iter().collect();
    let mut packages: BTreeMap<PackageName, Advisory> = BTreeMap::new();
    for affected in record.affected.unwrap_or_default() {
        let package = affected.package.as_ref();
        let package = package.filter(|package| package.ecosystem == ECOSYSTEM);
        let Some(name) = package.and_then(|package| package.name.parse::<PackageName>().ok())
        else {
            continue;
        };
        let own = self::severity(affected.severity.as_deref());
        let advisory = packages.entry(name.clone()).or_insert_with(|| Advisory {
            id: record.id.clone(),
            aliases: aliases.clone(),
            summary: summary.clone(),
            severity: severity.clone().or(own).or_else(|| word.clone()),
            package: name,
            is_malware: record.id.starts_with("MAL-")
                || aliases.iter().any(|alias| alias.starts_with("MAL-")),
            affected: VersionSet::empty(),
            listed: BTreeSet::new(),
            fixed: BTreeSet::new(),
        });
        add(advisory, affected);
    }
    packages.into_values().collect()
}

fn add(advisory: &mut Advisory, entry: Affected) {
    let versions = entry.versions.unwrap_or_default();
    let has_versions = !versions.is_empty();
    let versions = versions.iter().filter_map(|text| text.parse().ok());
    advisory.listed.extend(versions);
    let mut has_ranges = false;
    for range in entry.ranges.unwrap_or_default() {
        // Commits say nothing of versions.
        if range.kind == "GIT" {
            continue;
        }
        has_ranges = true;
        let events: Vec<Event> = range.events.into_iter().flat_map(events).collect();
        advisory
            .fixed
            .extend(events.iter().filter_map(|event| match event {
                Event::Fixed(version) => Some(version.clone()),
                _ => None,
            }));
        advisory.affected = advisory.affected.union(&affected(events));
    }
    if !has_ranges && !has_versions {
        // The record names no versions, so no version is known to be safe.
        advisory.affected = VersionSet::full();
    }
}

/// The events of an entry. Of a bound that PEP 440 cannot read, the side that finds more counts: a fault
/// introduced there was always there, and one fixed there still is.
fn events(raw: RawEvent) -> Vec<Event> {
    let introduced = raw.introduced.map(|text| match &*text {
        "0" => Event::Introduced(None),
        text => Event::Introduced(text.parse().ok()),
    });
    let fixed = raw
        .fixed
        .and_then(|text| Some(Event::Fixed(text.parse().ok()?)));
    let last = raw.last_affected;
    let last = last.and_then(|text| Some(Event::LastAffected(text.parse().ok()?)));
    introduced.into_iter().chain(fixed).chain(last).collect()
}

/// Of several scores, that of the newest version of CVSS.
fn severity(scores: Option<&[Score]>) -> Option<Severity> {
    let mut scores: Vec<&Score> = scores.unwrap_or_default().iter().collect();
    scores.sort_by(|a, b| b.kind.cmp(&a.kind));
    scores
        .iter()
        .find_map(|score| Severity::of_vector(&score.score))
}

/// The id and the date of change of a record.
pub(super) fn stamp(record: &Record) -> (String, String) {
    (
        record.id.clone(),
        record.modified.clone().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(advisory: &Advisory, version: &str) -> bool {
        advisory.affects(&version.parse().unwrap())
    }

    const RECORD: &str = r#"{
        "schema_version": "1.7.0", "id": "GHSA-xxxx-yyyy-zzzz", "modified": "2026-05-01T00:00:00Z",
        "published": "2026-04-01T00:00:00Z", "aliases": ["CVE-2026-1234", "PYSEC-2026-7"],
        "summary": "", "details": "\nLib reads\tall\nfiles.",
        "severity": [
            {"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"},
            {"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}
        ],
        "affected": [
            {"package": {"ecosystem": "PyPI", "name": "Lib", "purl": "pkg:pypi/lib"},
             "ranges": [
                {"type": "GIT", "repo": "https://index.test/lib", "events": [{"introduced": "0"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.4.2"}]},
                {"type": "ECOSYSTEM", "events": [{"introduced": "2.0"}, {"last_affected": "2.3"}]}],
             "versions": ["0.9", "3.0.post1", "not a version"]},
            {"package": {"ecosystem": "npm", "name": "lib"}},
            {"package": {"ecosystem": "PyPI", "name": "lib-async"}, "versions": ["1.0"]}
        ]}"#;

    #[test]
    fn a_record_has_an_advisory_for_each_package_of_pypi() {
        let read = read_osv(RECORD).unwrap();
        let [lib, other] = &*read else {
            panic!("there are two")
        };
        assert_eq!(
            (lib.package.as_str(), other.package.as_str()),
            ("lib", "lib-async")
        );
        assert!(lib.summary.starts_with("Lib reads"), "{}", lib.summary);
        assert!(!lib.summary.contains(char::is_control));
        assert_eq!(lib.severity.as_ref().unwrap().to_string(), "critical 9.3");
        for (version, is_hit) in [
            ("1.4.1", true),
            ("1.4.2rc1", true),
            ("1.4.2", false),
            ("2.3", true),
            ("2.3.1", false),
            ("3.0.post1", true),
            ("1.4.1+cpu", true),
            ("1.4.2+cpu", false),
            ("2.3+cpu", true),
        ] {
            assert_eq!(hits(lib, version), is_hit, "{version}");
        }
        assert_eq!(
            lib.fixed
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            ["1.4.2"]
        );
        assert!(hits(other, "1.0") && !hits(other, "1.1"));
    }

    #[test]
    fn a_withdrawn_record_has_no_advisory() {
        let text = RECORD.replace(
            "\"published\"",
            "\"withdrawn\": \"2026-06-01T00:00:00Z\", \"published\"",
        );
        assert_eq!(read_osv(&text).unwrap(), []);
    }

    #[test]
    fn a_list_of_records_is_read_in_either_form() {
        assert_eq!(read_osv(&format!("[{RECORD}]")).unwrap().len(), 2);
        assert_eq!(
            read_osv(&format!("{{\"vulns\": [{RECORD}, {RECORD}]}}"))
                .unwrap()
                .len(),
            4
        );
        assert_eq!(read_osv("[]").unwrap(), []);
    }

    #[test]
    fn a_malformed_record_is_an_error() {
        for text in [
            "",
            "{",
            "{}",
            "[{}]",
            "7",
            r#"{"id": "X", "affected": 1}"#,
            r#"{"vulns": [{}]}"#,
        ] {
            assert!(read_osv(text).is_err(), "{text}");
        }
    }

    /// What cannot be evaluated counts as affected.
    #[test]
    fn a_bound_that_is_not_a_version_widens_the_affected_range() {
        let read = |events: &str| {
            let text = format!(
                r#"{{"id": "X", "affected": [{{"package": {{"ecosystem": "PyPI", "name": "a"}},
                "ranges": [{{"type": "ECOSYSTEM", "events": [{events}]}}]}}]}}"#
            );
            read_osv(&text).unwrap().remove(0)
        };
        let odd = read(r#"{"introduced": "one"}, {"fixed": "2.0"}"#);
        assert!(hits(&odd, "0.1") && !hits(&odd, "2.0"));
        let odd = read(r#"{"introduced": "1.0"}, {"fixed": "two"}"#);
        assert!(hits(&odd, "9.0") && !hits(&odd, "0.9"));
        let bare =
            r#"{"id": "MAL-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}}]}"#;
        let bare = read_osv(bare).unwrap().remove(0);
        assert!(hits(&bare, "1.0") && bare.is_malware);
    }
}
