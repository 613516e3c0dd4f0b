//! A database of advisories, and the search for those that affect a release.

use std::collections::BTreeMap;

use harden_packaging::PackageName;
use pep440_rs::Version;

use super::Advisory;
use super::merge::merged;

/// Advisories by package.
#[derive(Debug, Clone, Default)]
pub struct Database {
    packages: BTreeMap<PackageName, Vec<Advisory>>,
}

impl Database {
    /// Adds advisories; those about one vulnerability become one.
    pub fn add(&mut self, advisories: impl IntoIterator<Item = Advisory>) {
        let mut added: BTreeMap<PackageName, Vec<Advisory>> = BTreeMap::new();
        for advisory in advisories {
            let package = added.entry(advisory.package.clone()).or_default();
            package.push(advisory);
        }
        for (name, advisories) in added {
            let known = self.packages.entry(name).or_default();
            known.extend(advisories);
            *known = merged(std::mem::take(known));
        }
    }

    /// The advisories that affect a release, by name.
    pub fn of(&self, package: &PackageName, version: &Version) -> Vec<&Advisory> {
        let known = self.packages.get(package).into_iter().flatten();
        known.filter(|advisory| advisory.affects(version)).collect()
    }

    /// Whether an advisory names this release as its fix, and affects the version that was there
    /// `before`, where there was one; no advisory may affect the release itself.
    pub fn fixes(
        &self,
        package: &PackageName,
        version: &Version,
        before: Option<&Version>,
    ) -> bool {
        let mut known = self.packages.get(package).into_iter().flatten();
        let is_fix = known.any(|advisory| {
            advisory.fixed.contains(version) && before.is_none_or(|before| advisory.affects(before))
        });
        is_fix && self.of(package, version).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_osv;
    use super::*;

    fn record(id: &str, aliases: &str, fixed: &str) -> String {
        format!(
            r#"{{"id": "{id}", "aliases": [{aliases}], "affected": [{{"package": {{"ecosystem": "PyPI", "name": "a"}},
            "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
        )
    }

    #[test]
    fn advisories_with_a_name_in_common_are_one() {
        let mut database = Database::default();
        database.add(read_osv(&record("PYSEC-1", "\"CVE-1\"", "1.1")).unwrap());
        database.add(read_osv(&record("GHSA-1", "\"CVE-2\"", "1.2")).unwrap());
        let of = |database: &Database, version: &str| -> Vec<String> {
            let hits = database.of(&"a".parse().unwrap(), &version.parse().unwrap());
            hits.iter()
                .map(|advisory| advisory.names().join("="))
                .collect()
        };
        assert_eq!(of(&database, "1.0"), ["GHSA-1=CVE-2", "PYSEC-1=CVE-1"]);
        database.add(read_osv(&record("OTHER-1", "\"CVE-1\", \"CVE-2\"", "1.0")).unwrap());
        assert_eq!(of(&database, "1.0"), ["GHSA-1=CVE-1=CVE-2=OTHER-1=PYSEC-1"]);
        assert_eq!(of(&database, "1.1").len(), 1);
        assert_eq!(of(&database, "1.2"), [""; 0]);
    }
}
