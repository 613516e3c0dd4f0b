//! The results of an audit, for `harden report --audit FILE`: the JSON of pip-audit or of osv-scanner, or
//! advisories in OSV's own form.
//!
//! <https://ossf.github.io/osv-schema/>. The file is the only source.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use harden_packaging::PackageName;
use harden_report::Text;
use harden_report::model::{Advisory, Report};
use pep440_rs::Version;
use serde_json::Value;

use super::error::ReportError;
use crate::report::Error;

/// An audit.
#[derive(Debug)]
pub(super) struct Audit {
    /// The advisories of each release in the audit.
    found: BTreeMap<(PackageName, Version), Vec<Advisory>>,
    /// Advisories that say themselves which releases they are about.
    records: Vec<Value>,
    /// Whether it lists every package that was audited, also those without advisories.
    is_complete: bool,
}

impl Audit {
    /// Reads an audit.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::read(path, source))?;
        let audit = serde_json::from_str(&text)
            .ok()
            .and_then(|json| Self::of(&json));
        Ok(audit.ok_or_else(|| ReportError::NotAnAudit(path.to_owned()))?)
    }

    fn of(json: &Value) -> Option<Self> {
        if let Some(dependencies) = json.get("dependencies") {
            return Self::of_pip_audit(dependencies.as_array()?);
        }
        if let Some(results) = json.get("results") {
            return Self::of_osv_scanner(results.as_array()?);
        }
        let records = match json {
            Value::Array(records) => records.clone(),
            record => vec![record.clone()],
        };
        let is_record =
            |record: &Value| record.get("id").is_some() && record.get("affected").is_some();
        records.iter().all(is_record).then(|| Self {
            found: BTreeMap::new(),
            records,
            is_complete: false,
        })
    }

    fn of_pip_audit(dependencies: &[Value]) -> Option<Self> {
        let mut found = BTreeMap::new();
        for dependency in dependencies {
            // Without a version, it was ignored.
            let Some(release) = release(dependency) else {
                continue;
            };
            let vulnerabilities = dependency.get("vulns")?.as_array()?.iter();
            let advisories = vulnerabilities.map(|vulnerability| {
                let fixed = vulnerability.get("fix_versions").and_then(Value::as_array);
                let fixed = fixed.into_iter().flatten().filter_map(version);
                Some(Advisory {
                    id: Text::new(vulnerability.get("id")?.as_str()?),
                    summary: first_line(vulnerability.get("description")),
                    fixed: above(fixed, &release.1),
                })
            });
            let advisories: Vec<Advisory> = advisories.collect::<Option<_>>()?;
            found.insert(release, advisories);
        }
        Some(Self {
            found,
            records: Vec::new(),
            is_complete: true,
        })
    }

    fn of_osv_scanner(results: &[Value]) -> Option<Self> {
        let mut found: BTreeMap<_, Vec<Advisory>> = BTreeMap::new();
        for result in results {
            let packages = result.get("packages").and_then(Value::as_array);
            for package in packages.into_iter().flatten() {
                let about = package.get("package")?;
                if about.get("ecosystem").and_then(Value::as_str) != Some("PyPI") {
                    continue;
                }
                let Some(release) = release(about) else {
                    continue;
                };
                let records = package.get("vulnerabilities").and_then(Value::as_array);
                let advisories = records.into_iter().flatten();
                let advisories = advisories.filter_map(|record| advisory(record, &release));
                found.entry(release.clone()).or_default().extend(advisories);
            }
        }
        Some(Self {
            found,
            records: Vec::new(),
            is_complete: false,
        })
    }

    /// Adds the advisories to the pins of a report.
    pub(super) fn add_to(&self, report: &mut Report) {
        for pin in &mut report.pins {
            let name: Option<PackageName> = pin.name.as_str().parse().ok();
            let version: Option<Version> = pin.version.as_str().parse().ok();
            let (Some(name), Some(version)) = (name, version) else {
                continue;
            };
            let release = (name, version);
            let mut advisories = match self.found.get(&release) {
                Some(found) => found.clone(),
                None if self.is_complete => continue,
                None => Vec::new(),
            };
            let records = self.records.iter();
            let affecting = records.filter(|record| affects(record, &release));
            advisories.extend(affecting.filter_map(|record| advisory(record, &release)));
            pin.advisories = Some(advisories);
        }
    }
}

/// The release that an entry with `name` and `version` is about.
fn release(entry: &Value) -> Option<(PackageName, Version)> {
    let name = entry.get("name")?.as_str()?.parse().ok()?;
    Some((name, version(entry.get("version")?)?))
}

fn version(value: &Value) -> Option<Version> {
    value.as_str()?.parse().ok()
}

/// The lowest of some versions that is above one.
fn above(versions: impl Iterator<Item = Version>, pinned: &Version) -> Option<Text> {
    versions
        .filter(|version| version > pinned)
        .min()
        .map(Text::new)
}

/// An advisory of OSV about a release.
fn advisory(record: &Value, release: &(PackageName, Version)) -> Option<Advisory> {
    let summary = record.get("summary").or_else(|| record.get("details"));
    let events = ranges(record, &release.0).flatten();
    let fixed = events.filter_map(|event| version(event.get("fixed")?));
    Some(Advisory {
        id: Text::new(record.get("id")?.as_str()?),
        summary: first_line(summary),
        fixed: above(fixed, &release.1),
    })
}

/// The entries of an advisory for a package.
fn of_package<'r>(record: &'r Value, name: &'r PackageName) -> impl Iterator<Item = &'r Value> {
    let affected = record.get("affected").and_then(Value::as_array);
    affected.into_iter().flatten().filter(move |affected| {
        let package = affected.get("package");
        let text = |key| package.and_then(|package| package.get(key)?.as_str());
        let is_same = |other: &str| other.parse().is_ok_and(|other: PackageName| other == *name);
        text("ecosystem") == Some("PyPI") && text("name").is_some_and(is_same)
    })
}

/// The events of each range of versions that an advisory gives for a package.
fn ranges<'r>(record: &'r Value, name: &'r PackageName) -> impl Iterator<Item = &'r Vec<Value>> {
    let ranges = of_package(record, name)
        .filter_map(|affected| affected.get("ranges")?.as_array())
        .flatten();
    ranges
        .filter(|range| range.get("type").and_then(Value::as_str) == Some("ECOSYSTEM"))
        .filter_map(|range| range.get("events")?.as_array())
}

/// Whether an advisory is about a release: it lists its version, or one of its ranges holds it.
fn affects(record: &Value, release: &(PackageName, Version)) -> bool {
    let (name, pinned) = release;
    let listed = of_package(record, name)
        .filter_map(|affected| affected.get("versions")?.as_array())
        .flatten();
    listed.filter_map(version).any(|listed| listed == *pinned)
        || ranges(record, name).any(|events| is_within(events, pinned))
}

/// Whether a version is in the range of some events, of which the last one up to it counts.
fn is_within(events: &[Value], pinned: &Version) -> bool {
    let introduced = events.iter().filter_map(|event| {
        let text = event.get("introduced")?.as_str()?;
        if text == "0" {
            return Some(None);
        }
        text.parse::<Version>().ok().map(Some)
    });
    let begun = introduced
        .filter(|begin| begin.as_ref().is_none_or(|begin| begin <= pinned))
        .max();
    let Some(begun) = begun else {
        return false;
    };
    let ends = |event: &Value| {
        let fixed = event.get("fixed").and_then(version);
        let last = event.get("last_affected").and_then(version);
        let is_after = |end: &Version| begun.as_ref().is_none_or(|begun| end > begun);
        fixed.is_some_and(|fixed| fixed <= *pinned && is_after(&fixed))
            || last.is_some_and(|last| last < *pinned && is_after(&last))
    };
    !events.iter().any(ends)
}

fn first_line(text: Option<&Value>) -> Text {
    let text = text.and_then(Value::as_str).unwrap_or_default();
    Text::new(text.lines().next().unwrap_or_default())
}
