//! Who published a file, as its provenance says (PEP 740). Nothing is verified here: it is what the index
//! says.
//!
//! <https://peps.python.org/pep-0740/#provenance-objects>

use harden_hasher::PublisherName;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The version of provenance documents that is known.
const VERSION: u64 = 1;

/// Why a provenance document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadProvenanceError {
    /// It is not JSON, or not such a document.
    #[error("it is not a provenance document")]
    Malformed(#[from] serde_json::Error),
    /// It is of another version.
    #[error("it is of version {0}; only version {VERSION} is supported")]
    Version(u64),
    /// It attests nothing.
    #[error("it has no attestation")]
    Nothing,
    /// A publisher has no kind.
    #[error("a publisher in it has no `kind`")]
    NoKind,
}

#[derive(Deserialize)]
struct Document<'d> {
    version: u64,
    #[serde(borrow)]
    attestation_bundles: Vec<Bundle<'d>>,
}

#[derive(Deserialize)]
struct Bundle<'d> {
    publisher: Map<String, Value>,
    #[serde(borrow)]
    attestations: Vec<&'d RawValue>,
}

/// The publisher in a provenance document: `github.com/pallets/flask (publish.yaml)`.
///
/// # Errors
///
/// When the document is malformed, of an unknown version, or attests nothing.
pub fn read_provenance(text: &str) -> Result<PublisherName, ReadProvenanceError> {
    let document: Document<'_> = serde_json::from_str(text)?;
    if document.version != VERSION {
        return Err(ReadProvenanceError::Version(document.version));
    }
    let bundles = &document.attestation_bundles;
    if bundles.is_empty() || bundles.iter().any(|bundle| bundle.attestations.is_empty()) {
        return Err(ReadProvenanceError::Nothing);
    }
    let names = bundles.iter().map(|bundle| name_of(&bundle.publisher));
    let mut names: Vec<String> = names
        .collect::<Option<_>>()
        .ok_or(ReadProvenanceError::NoKind)?;
    names.sort_unstable();
    names.dedup();
    Ok(PublisherName::new(&names.join(" and ")))
}

/// The name of a publisher; `None` if it does not say what kind it is.
fn name_of(publisher: &Map<String, Value>) -> Option<String> {
    let text = |key: &str| publisher.get(key).and_then(Value::as_str);
    let kind = text("kind")?;
    let known = match kind {
        "GitHub" => Some(("github.com", text("repository"), text("workflow"))),
        "GitLab" => Some(("gitlab.com", text("repository"), text("workflow_filepath"))),
        _ => None,
    };
    if let Some((host, Some(repository), Some(workflow))) = known {
        return Some(format!("{host}/{repository} ({workflow})"));
    }
    if let ("Google", Some(email)) = (kind, text("email")) {
        return Some(format!("{email} (Google)"));
    }
    // What identifies other publishers is not known, so all that is said of them counts.
    let mut facts: Vec<String> = publisher
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "kind" | "claims"))
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    facts.sort_unstable();
    Some(if facts.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind} ({})", facts.join(" "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(publisher: &str) -> String {
        format!(
            r#"{{"version": 1, "attestation_bundles": [{{"publisher": {publisher}, "attestations": [{{"version": 1}}]}}]}}"#
        )
    }

    #[test]
    fn a_publisher_is_named_by_its_repository_and_workflow() {
        for (publisher, name) in [
            (
                r#"{"kind": "GitHub", "repository": "pallets/flask", "workflow": "publish.yaml", "environment": "x"}"#,
                "github.com/pallets/flask (publish.yaml)",
            ),
            (
                r#"{"kind": "GitLab", "repository": "group/a", "workflow_filepath": ".gitlab-ci.yml", "claims": {"a": 1}}"#,
                "gitlab.com/group/a (.gitlab-ci.yml)",
            ),
            (
                r#"{"kind": "Google", "email": "a@b.test"}"#,
                "a@b.test (Google)",
            ),
            (
                r#"{"kind": "CircleCI", "project_id": "p", "environment": null}"#,
                "CircleCI (project_id=p)",
            ),
            (r#"{"kind": "New"}"#, "New"),
            (
                r#"{"kind": "GitHub", "repository": "a/b; MIT", "workflow": "c,d"}"#,
                "github.com/a/b%3B MIT (c%2Cd)",
            ),
        ] {
            let read = read_provenance(&document(publisher)).unwrap();
            assert_eq!(read.to_string(), name);
        }
    }

    #[test]
    fn a_document_that_attests_nothing_or_is_damaged_is_refused() {
        let good = document(r#"{"kind": "New"}"#);
        for cut in 0..good.len() {
            assert!(read_provenance(&good[..cut]).is_err(), "{cut}");
        }
        for (from, to, why) in [
            (
                "\"version\": 1, \"a",
                "\"version\": 2, \"a",
                "it is of version 2; only version 1 is supported",
            ),
            ("[{\"version\": 1}]", "[]", "it has no attestation"),
            ("\"kind\"", "\"sort\"", "a publisher in it has no `kind`"),
        ] {
            let bad = good.replace(from, to);
            assert_ne!(bad, good);
            assert_eq!(read_provenance(&bad).unwrap_err().to_string(), why);
        }
        assert!(read_provenance(r#"{"version": 1, "attestation_bundles": []}"#).is_err());
    }

    #[test]
    fn the_order_of_bundles_does_not_count() {
        let bundle = |kind: &str| {
            format!(r#"{{"publisher": {{"kind": "{kind}"}}, "attestations": [{{}}]}}"#)
        };
        let read = |one: &str, other: &str| {
            let text = format!(
                r#"{{"version": 1, "attestation_bundles": [{}, {}]}}"#,
                bundle(one),
                bundle(other)
            );
            read_provenance(&text).unwrap().to_string()
        };
        assert_eq!(read("A", "B"), "A and B");
        assert_eq!(read("B", "A"), "A and B");
        assert_eq!(read("A", "A"), "A");
    }
}
