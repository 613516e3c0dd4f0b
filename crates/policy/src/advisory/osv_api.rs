//! Requests and responses of OSV's API: which advisories affect packages, and their content.
//!
//! <https://google.github.io/osv.dev/api/>

use std::collections::BTreeSet;

use harden_packaging::PackageName;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Advisory;
use super::osv::{ReadAdvisoryError, Record, advisories, stamp};

/// A page of an answer about one package.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page<T> {
    /// Its content.
    pub items: T,
    /// The token of the next page, if there is one.
    pub next: Option<String>,
}

fn query(name: &PackageName, page: Option<&str>) -> Value {
    let mut query = json!({ "package": { "ecosystem": "PyPI", "name": name.as_str() } });
    if let Some(page) = page {
        query["page_token"] = page.into();
    }
    query
}

/// The body for `/v1/querybatch`, which asks for the advisories of packages, each from a page on.
pub fn batch_query<'q>(
    packages: impl IntoIterator<Item = (&'q PackageName, Option<&'q str>)>,
) -> String {
    let queries = packages.into_iter().map(|(name, page)| query(name, page));
    json!({ "queries": queries.collect::<Vec<_>>() }).to_string()
}

/// The body for `/v1/query`, which asks for the content of all advisories of a package.
pub fn package_query(name: &PackageName, page: Option<&str>) -> String {
    query(name, page).to_string()
}

/// Ids of advisories, each with the date of its last change.
pub type Changes = BTreeSet<(String, String)>;

/// The ids and dates of change of the advisories of each package, in the order of the query.
///
/// # Errors
///
/// When it is not such an answer, or is not about `packages` packages.
pub fn read_batch(body: &str, packages: usize) -> Result<Vec<Page<Changes>>, String> {
    #[derive(Deserialize)]
    struct Answer {
        results: Vec<Option<Found>>,
    }
    #[derive(Deserialize, Default)]
    struct Found {
        vulns: Option<Vec<Named>>,
        next_page_token: Option<String>,
    }
    #[derive(Deserialize)]
    struct Named {
        id: String,
        #[serde(default)]
        modified: String,
    }
    let answer: Answer = serde_json::from_str(body).map_err(|error| error.to_string())?;
    if answer.results.len() != packages {
        return Err(format!(
            "it answers {} questions, and {packages} were asked",
            answer.results.len()
        ));
    }
    let results = answer.results.into_iter().map(Option::unwrap_or_default);
    let pages = results.map(|found| Page {
        items: found
            .vulns
            .unwrap_or_default()
            .into_iter()
            .map(|named| (named.id, named.modified))
            .collect(),
        next: found.next_page_token.filter(|token| !token.is_empty()),
    });
    Ok(pages.collect())
}

/// The content of the advisories of a package, with their ids and dates of change.
///
/// # Errors
///
/// When it is not such an answer.
#[expect(clippy::type_complexity, reason = "it is a page of pairs")]
pub fn read_package(
    body: &str,
) -> Result<Page<Vec<((String, String), Vec<Advisory>)>>, ReadAdvisoryError> {
    #[derive(Deserialize)]
    struct Answer {
        vulns: Option<Vec<Record>>,
        next_page_token: Option<String>,
    }
    let answer: Answer = serde_json::from_str(body)?;
    let records = answer.vulns.unwrap_or_default().into_iter();
    Ok(Page {
        items: records
            .map(|record| (stamp(&record), advisories(record)))
            .collect(),
        next: answer.next_page_token.filter(|token| !token.is_empty()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_name_package_and_page() {
        let (a, b) = ("a".parse().unwrap(), "b".parse().unwrap());
        assert_eq!(
            batch_query([(&a, None), (&b, Some("x"))]),
            r#"{"queries":[{"package":{"ecosystem":"PyPI","name":"a"}},{"package":{"ecosystem":"PyPI","name":"b"},"page_token":"x"}]}"#
        );
    }

    #[test]
    fn a_response_has_a_page_for_each_query() {
        let body = r#"{"results": [{"vulns": [{"id": "A", "modified": "1"}], "next_page_token": "x"}, {}, null]}"#;
        let pages = read_batch(body, 3).unwrap();
        assert_eq!(pages[0].items.len(), 1);
        assert_eq!(pages[0].next.as_deref(), Some("x"));
        assert_eq!(pages[1], Page::default());
        for (body, packages) in [
            (body, 2),
            ("{}", 0),
            ("", 0),
            ("<html>", 1),
            (r#"{"results": [1]}"#, 1),
        ] {
            assert!(read_batch(body, packages).is_err(), "{body}");
        }
        assert!(read_package("{}").unwrap().items.is_empty());
        assert!(read_package("<html>").is_err());
    }
}
