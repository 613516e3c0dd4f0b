//! CycloneDX 1.6 with vulnerabilities: the pins as components, each advisory with what was decided on it.
//!
//! <https://cyclonedx.org/docs/1.6/json/#vulnerabilities>. Reproducible: no timestamp, no serial number.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Audited;
use super::found::Found;

/// The document.
pub fn vex(files: &[Audited<'_>]) -> String {
    let pins = files.iter().flat_map(|file| file.strict.pins());
    let components: BTreeMap<String, Value> = pins
        .map(|pin| {
            let purl = purl(pin.name().as_str(), &pin.version().to_string());
            let component = json!({
                "type": "library",
                "bom-ref": purl,
                "name": pin.name().as_str(),
                "version": pin.version().to_string(),
                "purl": purl,
            });
            (purl, component)
        })
        .collect();
    let mut vulnerabilities: BTreeMap<(String, String), Value> = BTreeMap::new();
    for found in files.iter().flat_map(|file| &file.found) {
        let purl = purl(found.name.as_str(), &found.version.to_string());
        vulnerabilities
            .entry((found.advisory.id.clone(), purl))
            .or_insert_with(|| vulnerability(found));
    }
    let document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": { "components": [
                { "type": "application", "name": "harden", "version": env!("CARGO_PKG_VERSION") },
            ] },
        },
        "components": components.into_values().collect::<Vec<_>>(),
        "vulnerabilities": vulnerabilities.into_values().collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn vulnerability(found: &Found) -> Value {
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
            "ref": purl(found.name.as_str(), &version),
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
        // No way out was looked for.
        if let Some(value) = value.as_object_mut() {
            value.remove("recommendation");
        }
    }
    value
}

/// What was decided: an exemption is a decision for a time, with its reason.
fn analysis(found: &Found) -> Value {
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

/// <https://github.com/package-url/purl-spec>
fn purl(name: &str, version: &str) -> String {
    let version = version.replace('+', "%2B").replace('!', "%21");
    format!("pkg:pypi/{name}@{version}")
}
