//! Advisories about vulnerable and malicious releases: read, merged, matched with pins.

mod database;
mod merge;
mod osv;
mod osv_api;
mod pypi;
mod ranges;
mod severity;
mod unaffected;

use std::collections::BTreeSet;

use harden_hasher::Rule;
use harden_packaging::PackageName;
use harden_requirements::VersionSet;
use pep440_rs::Version;

pub use database::Database;
pub use osv::{ReadAdvisoryError, read_osv};
pub use osv_api::{Page, batch_query, package_query, read_batch, read_package};
pub use pypi::read_pypi;
pub use severity::Severity;
pub use unaffected::Unaffected;

/// An advisory about releases of one package.
#[derive(Debug, Clone, PartialEq)]
pub struct Advisory {
    /// Its name: `GHSA-…`, `PYSEC-…`, `MAL-…`.
    pub id: String,
    /// Its other names, `CVE-…` among them.
    pub aliases: BTreeSet<String>,
    /// Its summary, in one line; may be empty.
    pub summary: String,
    /// Its severity, if it is stated.
    pub severity: Option<Severity>,
    /// The package.
    pub package: PackageName,
    /// Whether the release is malicious, not merely vulnerable.
    pub is_malware: bool,
    affected: VersionSet,
    listed: BTreeSet<Version>,
    /// The versions that it is fixed in, oldest first.
    pub fixed: BTreeSet<Version>,
}

impl Advisory {
    /// Whether it affects a version; a local version, also if it affects the public one.
    pub fn affects(&self, version: &Version) -> bool {
        let is_listed =
            |version: &Version| self.affected.contains(version) || self.listed.contains(version);
        is_listed(version) || version.is_local() && is_listed(&version.clone().without_local())
    }

    /// The rule that an affected pin breaks.
    pub fn rule(&self) -> Rule {
        if self.is_malware {
            Rule::Malware
        } else {
            Rule::Vulnerability
        }
    }

    /// All of its names, its own first.
    pub fn names(&self) -> Vec<&str> {
        let aliases = self.aliases.iter().map(String::as_str);
        std::iter::once(&*self.id).chain(aliases).collect()
    }
}

/// A text of an advisory in one line that can be printed.
fn one_line(text: &str) -> String {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    harden_packaging::printable(first.unwrap_or_default()).into_owned()
}
