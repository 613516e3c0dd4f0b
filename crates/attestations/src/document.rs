//! The provenance document of a file, as an index serves it (PEP 740): read, not yet verified.
//!
//! <https://packaging.python.org/en/latest/specifications/index-hosted-attestations/#provenance-objects>

use serde::Deserialize;
use serde_json::{Value, json};
use sigstore_verify::types::Bundle;

use crate::error::short;
use crate::{Publisher, ReadProvenanceError};

/// The largest document that is read, in bytes. Real ones have 10 to 50 kB.
pub const LARGEST_PROVENANCE: usize = 4 << 20;

/// How many attestations a document may have. PyPI accepts two for a file.
pub(crate) const MOST_ATTESTATIONS: usize = 64;

/// How many entries of transparency logs an attestation may have. Real ones have one.
const MOST_LOG_ENTRIES: usize = 8;

/// The media type of the bundles that attestations are turned into.
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// The type of payload that attestations sign.
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// The attestations of one file. At least one; none is verified yet.
#[derive(Debug, Clone)]
pub struct Provenance {
    bundles: Vec<AttestationBundle>,
}

/// The attestations of one publisher.
#[derive(Debug, Clone)]
pub struct AttestationBundle {
    /// The publisher, as the index names it.
    pub publisher: Publisher,
    /// What it attests.
    pub attestations: Vec<Attestation>,
}

/// An attestation, whose signature is not verified yet.
#[derive(Debug, Clone)]
pub struct Attestation {
    bundle: Bundle,
}

#[derive(Deserialize)]
struct Document {
    attestation_bundles: Vec<BundleJson>,
}

#[derive(Deserialize)]
struct BundleJson {
    publisher: Value,
    attestations: Vec<AttestationJson>,
}

#[derive(Deserialize)]
struct AttestationJson {
    version: Value,
    verification_material: Material,
    envelope: Envelope,
}

#[derive(Deserialize)]
struct Material {
    certificate: String,
    transparency_entries: Vec<Value>,
}

#[derive(Deserialize)]
struct Envelope {
    statement: String,
    signature: String,
}

impl Provenance {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// If it is too large, not whole, of an unknown version, malformed, or has no attestation.
    pub fn read(document: &[u8]) -> Result<Self, ReadProvenanceError> {
        if document.len() > LARGEST_PROVENANCE {
            return Err(ReadProvenanceError::TooLarge(document.len()));
        }
        let value: Value = serde_json::from_slice(document)
            .map_err(|error| ReadProvenanceError::NotJson(short(&error)))?;
        // A later version may have another form, so its number comes first.
        known_version(value.get("version").unwrap_or(&Value::Null))?;
        let document: Document = serde_json::from_value(value).map_err(malformed)?;
        let bundles = document.attestation_bundles;
        let number = bundles.iter().map(|bundle| bundle.attestations.len()).sum();
        if number > MOST_ATTESTATIONS {
            return Err(ReadProvenanceError::TooMany(number));
        }
        if bundles.iter().any(|bundle| bundle.attestations.is_empty()) || number == 0 {
            return Err(ReadProvenanceError::Empty);
        }
        let bundles = bundles.into_iter().map(AttestationBundle::read);
        Ok(Self {
            bundles: bundles.collect::<Result<_, _>>()?,
        })
    }

    /// The attestations, by publisher.
    pub fn bundles(&self) -> &[AttestationBundle] {
        &self.bundles
    }
}

impl AttestationBundle {
    fn read(json: BundleJson) -> Result<Self, ReadProvenanceError> {
        let attestations = json.attestations.into_iter().map(Attestation::read);
        Ok(Self {
            publisher: Publisher::read(json.publisher).map_err(malformed)?,
            attestations: attestations.collect::<Result<_, _>>()?,
        })
    }
}

impl Attestation {
    fn read(json: AttestationJson) -> Result<Self, ReadProvenanceError> {
        known_version(&json.version)?;
        let entries = json.verification_material.transparency_entries;
        if entries.is_empty() || entries.len() > MOST_LOG_ENTRIES {
            let why = format!(
                "an attestation has {} transparency entries, of 1 to {MOST_LOG_ENTRIES}",
                entries.len()
            );
            return Err(ReadProvenanceError::Malformed(why));
        }
        let bundle = json!({
            "mediaType": BUNDLE,
            "verificationMaterial": {
                "certificate": {"rawBytes": json.verification_material.certificate},
                "tlogEntries": entries,
            },
            "dsseEnvelope": {
                "payload": json.envelope.statement,
                "payloadType": IN_TOTO,
                "signatures": [{"sig": json.envelope.signature}],
            },
        });
        let bundle: Bundle = serde_json::from_value(bundle).map_err(malformed)?;
        // One entry without a proof beside one with it must not pass unseen.
        let entries = &bundle.verification_material.tlog_entries;
        if entries.iter().any(|entry| entry.inclusion_proof.is_none()) {
            let why = "a transparency entry has no inclusion proof".to_owned();
            return Err(ReadProvenanceError::Malformed(why));
        }
        Ok(Self { bundle })
    }

    /// It in the form of Sigstore.
    pub(crate) fn bundle(&self) -> &Bundle {
        &self.bundle
    }
}

fn known_version(version: &Value) -> Result<(), ReadProvenanceError> {
    match version {
        Value::Null => Err(ReadProvenanceError::Malformed(
            "it has no version".to_owned(),
        )),
        version if version.as_u64() == Some(1) => Ok(()),
        version => Err(ReadProvenanceError::UnknownVersion(short(version))),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it takes errors as `map_err` gives them"
)]
fn malformed(error: impl ToString) -> ReadProvenanceError {
    ReadProvenanceError::Malformed(short(&error))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn refused(document: &str) -> String {
        Provenance::read(document.as_bytes())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn what_is_not_a_document_of_version_1_is_refused_with_the_reason() {
        assert_snapshot!(refused(""), @"it is not JSON, or incomplete: EOF while parsing a value at line 1 column 0");
        assert_snapshot!(refused(r#"{"version": 1, "attest"#), @"it is not JSON, or incomplete: EOF while parsing a string at line 1 column 22");
        assert_snapshot!(refused("[]"), @"it is malformed: it has no version");
        assert_snapshot!(refused(r#"{"version": 2, "bundles": {}}"#), @"its version is 2, and only version 1 is known");
        assert_snapshot!(refused(r#"{"version": "1"}"#), @r#"its version is "1", and only version 1 is known"#);
        assert_snapshot!(refused(r#"{"version": 1}"#), @"it is malformed: missing field `attestation_bundles`");
        assert_snapshot!(refused(r#"{"version": 1, "attestation_bundles": []}"#), @"it has no attestations");
        let empty = r#"{"version": 1, "attestation_bundles": [{"publisher": {"kind": "GitHub"}, "attestations": []}]}"#;
        assert_snapshot!(refused(empty), @"it has no attestations");
        assert_snapshot!(refused(&" ".repeat(LARGEST_PROVENANCE + 1)), @"it has 4194305 bytes, more than the 4194304 that are read");
    }

    #[test]
    fn a_document_of_too_many_attestations_is_refused() {
        let one = r#"{"version": 1, "envelope": {"statement": "", "signature": ""},
            "verification_material": {"certificate": "", "transparency_entries": []}}"#;
        let many = vec![one; MOST_ATTESTATIONS + 1].join(",");
        let document = |attestations: &str| {
            format!(
                r#"{{"version": 1, "attestation_bundles": [{{"publisher": {{}}, "attestations": [{attestations}]}}]}}"#
            )
        };
        assert_snapshot!(refused(&document(&many)), @"it has 65 attestations, more than the 64 that are read");
        assert_snapshot!(refused(&document(one)), @"it is malformed: a publisher has no `kind`");
    }
}
