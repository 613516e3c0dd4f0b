//! The vulnerabilities that PyPI's JSON API lists of a release.
//!
//! See "Known vulnerabilities" in the documentation of PyPI's JSON API.

use std::collections::BTreeSet;

use harden_packaging::PackageName;
use harden_requirements::VersionSet;
use pep440_rs::Version;
use serde::Deserialize;

use super::{Advisory, one_line};

/// The advisories on the page of a release; withdrawn ones are left out.
///
/// # Errors
///
/// When it is not such a page, or has no field for vulnerabilities.
pub fn read_pypi(
    body: &str,
    (package, version): (&PackageName, &Version),
) -> Result<Vec<Advisory>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Page {
        vulnerabilities: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        id: String,
        aliases: Option<Vec<String>>,
        summary: Option<String>,
        details: Option<String>,
        fixed_in: Option<Vec<String>>,
        withdrawn: Option<String>,
    }
    let page: Page = serde_json::from_str(body)?;
    let entries = page.vulnerabilities.into_iter();
    let current = entries.filter(|entry| entry.withdrawn.is_none());
    let advisories = current.map(|entry| {
        let summary = entry.summary.filter(|summary| !summary.trim().is_empty());
        let fixed = entry.fixed_in.unwrap_or_default();
        Advisory {
            is_malware: entry.id.starts_with("MAL-"),
            id: entry.id,
            aliases: entry.aliases.unwrap_or_default().into_iter().collect(),
            summary: one_line(&summary.or(entry.details).unwrap_or_default()),
            severity: None,
            package: package.clone(),
            affected: VersionSet::empty(),
            listed: BTreeSet::from([version.clone()]),
            fixed: fixed.iter().filter_map(|text| text.parse().ok()).collect(),
        }
    });
    Ok(advisories.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_a_release_lists_its_vulnerabilities() {
        let body = r#"{"info": {}, "vulnerabilities": [
            {"aliases": ["CVE-1"], "details": "It leaks.\nMuch.", "fixed_in": ["1.1", "0.9.9"],
             "id": "PYSEC-1", "link": "https://index.test", "source": "osv", "summary": null, "withdrawn": null},
            {"id": "PYSEC-2", "withdrawn": "2026-05-01T00:00:00Z"}]}"#;
        let (name, version) = ("a".parse().unwrap(), "1.0".parse().unwrap());
        let read = read_pypi(body, (&name, &version)).unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!((&*read[0].id, &*read[0].summary), ("PYSEC-1", "It leaks."));
        assert!(read[0].affects(&version) && !read[0].affects(&"1.1".parse().unwrap()));
        for body in ["{}", "", "<html>", r#"{"vulnerabilities": null}"#] {
            assert!(read_pypi(body, (&name, &version)).is_err(), "{body}");
        }
    }
}
