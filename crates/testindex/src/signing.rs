//! What a [`crate::Sigstore`] signs, and the provenance documents that hold it.

use serde_json::{Value, json};

use crate::File;

/// What is signed, and by whom.
#[derive(Debug, Clone)]
pub struct Signing {
    /// The statement, JSON.
    pub statement: String,
    /// The identity provider.
    pub issuer: String,
    /// The identity: an address, or the URI of a workflow.
    pub identity: String,
    /// Claims of the certificate, by the last number of their OIDs.
    pub claims: Vec<(u64, String)>,
    /// When it is signed, in seconds after the certificate begins to be valid.
    pub after: u64,
    /// Whether the log of certificates knows the certificate.
    pub is_logged: bool,
}

impl Signing {
    /// The publication of `file` by the workflow `release.yml` of a repository `OWNER/NAME` on GitHub.
    pub fn by_github(file: &File, repository: &str) -> Self {
        let source = format!("https://github.com/{repository}");
        let reference = "refs/tags/v1";
        let workflow = format!("{source}/.github/workflows/release.yml@{reference}");
        Self {
            statement: statement(file.filename(), &file.sha256().to_string()),
            issuer: "https://token.actions.githubusercontent.com".to_owned(),
            identity: workflow.clone(),
            claims: vec![
                (12, source),
                (13, "1234567890abcdef1234567890abcdef12345678".to_owned()),
                (14, reference.to_owned()),
                (18, workflow),
            ],
            after: 60,
            is_logged: true,
        }
    }
}

/// The statement that a file is published.
pub fn statement(filename: &str, sha256: &str) -> String {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": filename, "digest": {"sha256": sha256}}],
        "predicateType": "https://docs.pypi.org/attestations/publish/v1",
        "predicate": null,
    })
    .to_string()
}

/// The workflow `release.yml` of a repository on GitHub, as an index names it.
pub fn github_publisher(repository: &str) -> Value {
    json!({
        "kind": "GitHub",
        "repository": repository,
        "workflow": "release.yml",
        "environment": null,
    })
}

/// A provenance document with these attestations of one publisher.
pub fn provenance(publisher: &Value, attestations: &[Value]) -> String {
    let bundle = json!({"publisher": publisher, "attestations": attestations});
    json!({"version": 1, "attestation_bundles": [bundle]}).to_string()
}
