//! CycloneDX 1.6, JSON: a bill of materials with the dependency graph.
//!
//! <https://cyclonedx.org/docs/1.6/json/>. Reproducible: no timestamp, and a serial number that follows
//! from the content.

use harden_hasher::StrictPin;
use harden_packaging::Via;
use serde_json::{Value, json};

use super::identity::{purl, uuid_of};
use super::{About, Export, Known, KnownFile};

/// Writes a strict file as a bill of materials.
pub fn cyclonedx(export: &Export<'_>) -> String {
    let components: Vec<Value> = export
        .pins()
        .map(|(pin, known)| component(export, pin, known))
        .collect();
    let targets = export
        .targets
        .iter()
        .map(|target| property("harden:target", &target.to_string()));
    let mut document = cyclonedx_document(export.harden, &components);
    let metadata = &mut document["metadata"];
    metadata["component"] = json!({ "type": "application", "bom-ref": ROOT, "name": export.name });
    metadata["properties"] = targets.collect();
    document["dependencies"] = dependencies(export).into();
    let number = uuid_of(&document.to_string());
    document["serialNumber"] = format!("urn:uuid:{number}").into();
    format!("{document:#}\n")
}

/// A document of these components, written by this version of harden, with nothing else in it.
pub fn cyclonedx_document(harden: &str, components: &[Value]) -> Value {
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": { "components": [
                { "type": "application", "name": "harden", "version": harden },
            ] },
        },
        "components": components,
    })
}

/// The component of a pin, which its package URL identifies.
pub fn cyclonedx_component(pin: &StrictPin) -> Value {
    let purl = purl(pin);
    json!({
        "type": "library",
        "bom-ref": purl,
        "name": pin.name().as_str(),
        "version": pin.version().to_string(),
        "purl": purl,
    })
}

/// What the project itself is called in the graph.
const ROOT: &str = "root";

fn component(export: &Export<'_>, pin: &StrictPin, known: &Known) -> Value {
    let mut properties = Vec::new();
    for target in export.targets_of(pin) {
        properties.push(property("harden:target", &target.to_string()));
    }
    if let Some(marker) = pin.marker_text() {
        properties.push(property("harden:marker", marker));
    }
    for extra in pin.extras() {
        properties.push(property("harden:extra", extra.as_ref()));
    }
    let licenses = licenses(known.about.as_ref());
    if licenses.is_empty() {
        properties.push(property("harden:license", "unknown"));
    }
    let mut component = cyclonedx_component(pin);
    if !licenses.is_empty() {
        component["licenses"] = licenses.into();
    }
    if let Some(about) = &known.about {
        if let Some(publisher) = &about.publisher {
            component["publisher"] = publisher.as_str().into();
        }
        if let Some(summary) = &about.summary {
            component["description"] = summary.as_str().into();
        }
    }
    // Those of several files belong to each of them, and stand with its address.
    if let Some(only) = pin.hashes().first().filter(|_| pin.hashes().len() == 1) {
        component["hashes"] = json!([hash(&only.to_string())]);
    }
    let places: Vec<Value> = known.files.iter().filter_map(distribution).collect();
    for digest in pin.hashes() {
        let has_place = known
            .files
            .iter()
            .any(|file| file.sha256 == *digest && file.url.is_some());
        if !has_place && pin.hashes().len() > 1 {
            properties.push(property("harden:sha256", &digest.to_string()));
        }
    }
    if !places.is_empty() {
        component["externalReferences"] = places.into();
    }
    component["properties"] = properties.into();
    component
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

fn hash(digest: &str) -> Value {
    json!({ "alg": "SHA-256", "content": digest })
}

fn distribution(file: &KnownFile) -> Option<Value> {
    Some(json!({
        "type": "distribution",
        "url": file.url.as_ref()?,
        "comment": file.name,
        "hashes": [hash(&file.sha256.to_string())],
    }))
}

/// An expression, or names; both in one list are not allowed.
fn licenses(about: Option<&About>) -> Vec<Value> {
    let Some(about) = about else {
        return Vec::new();
    };
    if let Some(expression) = about.license_expression() {
        return vec![json!({ "expression": expression })];
    }
    let names = about.licence.names();
    names
        .iter()
        .map(|name| json!({ "license": { "name": name } }))
        .collect()
}

/// Who requires what: the project what its files ask for, each package what names it.
fn dependencies(export: &Export<'_>) -> Vec<Value> {
    let pins = || export.strict.pins().iter();
    // Of a file that does not say what asks for a pin, the project is all that can.
    let is_direct = |pin: &&StrictPin| {
        pin.via().is_empty() || pin.via().iter().any(|via| matches!(via, Via::File(_)))
    };
    let direct: Vec<String> = pins().filter(is_direct).map(purl).collect();
    let mut dependencies = vec![json!({ "ref": ROOT, "dependsOn": direct })];
    for pin in pins() {
        let required: Vec<String> = export.required_by(pin).into_iter().map(purl).collect();
        dependencies.push(json!({ "ref": purl(pin), "dependsOn": required }));
    }
    dependencies
}
