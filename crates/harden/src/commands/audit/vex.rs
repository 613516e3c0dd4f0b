//! CycloneDX 1.6 with vulnerabilities: the pins as components, and each advisory with the decision on it.
//!
//! <https://cyclonedx.org/docs/1.6/json/#vulnerabilities>. Reproducible: no timestamp, no serial number.

use std::collections::BTreeMap;

use harden_interchange::{cyclonedx_component, cyclonedx_document, purl};
use serde_json::{Value, json};

use super::Audited;
use super::vulnerable_pin::VulnerablePin;

/// The document.
pub fn vex(files: &[Audited<'_>]) -> String {
    let pins = files.iter().flat_map(|file| file.strict.pins());
    let components: BTreeMap<String, Value> = pins
        .map(|pin| (purl(pin), cyclonedx_component(pin)))
        .collect();
    let mut vulnerabilities: BTreeMap<(&str, &str), Value> = BTreeMap::new();
    for found in files.iter().flat_map(|file| &file.found) {
        vulnerabilities
            .entry((&found.advisory.id, &found.purl))
            .or_insert_with(|| vulnerability(found));
    }
    let components: Vec<_> = components.into_values().collect();
    let mut document = cyclonedx_document(env!("CARGO_PKG_VERSION"), &components);
    document["vulnerabilities"] = vulnerabilities.into_values().collect();
    format!("{document:#}\n")
}

fn vulnerability(found: &VulnerablePin) -> Value {
    let advisory = &found.advisory;
    let version = found.version.to_string();
    let references: Vec<Value> = advisory
        .aliases
        .iter()
        .map(|alias| json!({ "id": alias, "source": source() }))
        .collect();
    let mut value = json!({
        "bom-ref": format!("{}/{}@{version}", advisory.id, found.name),
        "id": advisory.id,
        "source": source(),
        "references": references,
        "description": advisory.summary,
        "recommendation": found.fix.to_string(),
        "analysis": analysis(found),
        "affects": [{
            "ref": found.purl,
            "versions": [{ "version": version, "status": "affected" }],
        }],
    });
    if let Some(severity) = &advisory.severity {
        let mut rating = json!({ "severity": severity.level, "method": severity.method() });
        if let (Some(score), Some(vector)) = (severity.score, &severity.vector) {
            rating["score"] = score.into();
            rating["vector"] = vector.as_str().into();
        }
        value["ratings"] = json!([rating]);
    }
    if found.exemption.is_some() {
        // Exempt findings have no fix.
        if let Some(value) = value.as_object_mut() {
            value.remove("recommendation");
        }
    }
    value
}

/// The decision: an exemption is a decision for a time, with its reason.
fn analysis(found: &VulnerablePin) -> Value {
    match &found.exemption {
        Some(exemption) => json!({
            "state": "in_triage",
            "response": ["will_not_fix"],
            "detail": format!("exempt until {}: {}", exemption.until(), exemption.reason()),
        }),
        None => json!({ "state": "in_triage" }),
    }
}

fn source() -> Value {
    json!({ "name": "OSV" })
}
