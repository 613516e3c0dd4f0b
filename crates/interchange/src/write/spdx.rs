//! SPDX 2.3, JSON: packages, the files they come in, and the dependency graph.
//!
//! <https://spdx.github.io/spdx-spec/v2.3/>. Reproducible: the time of creation, which the format
//! demands, is that of the newest upload, or the cutoff.

use std::collections::BTreeMap;
use std::fmt::Write;

use harden_hasher::StrictPin;
use harden_packaging::Via;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::identity::{purl, uuid_of};
use super::{About, Export, Known};

const UNKNOWN: &str = "NOASSERTION";
const DOCUMENT: &str = "SPDXRef-DOCUMENT";
const ROOT: &str = "SPDXRef-Project";

/// Writes a strict file as an SPDX document.
pub fn spdx(export: &Export<'_>) -> String {
    let mut packages = vec![json!({
        "SPDXID": ROOT,
        "name": export.name,
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": false,
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": UNKNOWN,
        "copyrightText": UNKNOWN,
    })];
    let mut relations = vec![relation(DOCUMENT, "DESCRIBES", ROOT)];
    let mut licenses: BTreeMap<String, Value> = BTreeMap::new();
    for (pin, known) in export.pins() {
        let id = id(pin);
        packages.push(package(export, pin, known, &id));
        if pin.via().is_empty() || pin.via().iter().any(|via| matches!(via, Via::File(_))) {
            relations.push(relation(ROOT, "DEPENDS_ON", &id));
        }
        for required in export.required_by(pin) {
            relations.push(relation(&id, "DEPENDS_ON", &self::id(required)));
        }
        for file in &known.files {
            let file_id = format!("SPDXRef-File-{}", plain(&file.name));
            packages.push(json!({
                "SPDXID": file_id,
                "name": file.name,
                "downloadLocation": file.url.as_deref().unwrap_or(UNKNOWN),
                "filesAnalyzed": false,
                "checksums": [checksum(&file.sha256.to_string())],
                "licenseConcluded": UNKNOWN,
                "licenseDeclared": UNKNOWN,
                "copyrightText": UNKNOWN,
            }));
            relations.push(relation(&id, "DISTRIBUTION_ARTIFACT", &file_id));
        }
        for name in own_licenses(known.about.as_ref()) {
            let entry = json!({ "licenseId": name, "extractedText": UNKNOWN });
            licenses.insert(name, entry);
        }
    }
    let mut document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": DOCUMENT,
        "name": export.name,
        "creationInfo": {
            "created": created(export).to_string(),
            "creators": [format!("Tool: harden-{}", export.harden)],
        },
        "packages": packages,
        "relationships": relations,
    });
    if !licenses.is_empty() {
        document["hasExtractedLicensingInfos"] = licenses.into_values().collect::<Vec<_>>().into();
    }
    let number = uuid_of(&document.to_string());
    document["documentNamespace"] = format!("https://spdx.invalid/harden/{number}").into();
    format!("{document:#}\n")
}

fn package(export: &Export<'_>, pin: &StrictPin, known: &Known, id: &str) -> Value {
    let targets: Vec<String> = export
        .targets_of(pin)
        .iter()
        .map(ToString::to_string)
        .collect();
    let about = known.about.as_ref();
    let expression = about.and_then(About::license_expression);
    let mut package = json!({
        "SPDXID": id,
        "name": pin.name().as_str(),
        "versionInfo": pin.version().to_string(),
        "downloadLocation": UNKNOWN,
        "filesAnalyzed": false,
        "licenseConcluded": UNKNOWN,
        "licenseDeclared": expression.as_deref().unwrap_or(UNKNOWN),
        "copyrightText": UNKNOWN,
        "primaryPackagePurpose": "LIBRARY",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl(pin),
        }],
    });
    // The one file of a package is the package; of several, each has its own entry.
    if let ([only], 1) = (known.files.as_slice(), pin.hashes().len()) {
        package["downloadLocation"] = only.url.as_deref().unwrap_or(UNKNOWN).into();
    }
    if let Some(digest) = pin.hashes().first().filter(|_| pin.hashes().len() == 1) {
        package["checksums"] = json!([checksum(&digest.to_string())]);
    }
    let mut comment = Vec::new();
    if !targets.is_empty() {
        comment.push(format!("harden:target {}", targets.join(", ")));
    }
    comment.extend(
        pin.marker_text()
            .map(|marker| format!("harden:marker {marker}")),
    );
    if !comment.is_empty() {
        package["comment"] = comment.join("; ").into();
    }
    if let Some(about) = about {
        let names = about.licence.names();
        if expression.is_none() && !names.is_empty() {
            package["licenseComments"] = format!("declared in words: {}", names.join("; ")).into();
        }
        if let Some(publisher) = &about.publisher {
            // Whether it is a person or an organization, metadata does not say.
            package["attributionTexts"] = json!([format!("published by {publisher}")]);
        }
        if let Some(summary) = &about.summary {
            package["summary"] = summary.as_str().into();
        }
    }
    package
}

fn relation(from: &str, kind: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to })
}

fn checksum(digest: &str) -> Value {
    json!({ "algorithm": "SHA256", "checksumValue": digest })
}

fn id(pin: &StrictPin) -> String {
    let version = plain(&pin.version().to_string());
    match pin.reference() {
        None => format!("SPDXRef-Package-{}-{version}", plain(pin.name().as_str())),
        Some(reference) => {
            let place = uuid_of(&reference.to_string());
            format!(
                "SPDXRef-Package-{}-{version}-{place}",
                plain(pin.name().as_str())
            )
        }
    }
}

/// A text as part of an identifier, which takes few characters; others are escaped by their code.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || "-.".contains(character) {
            plain.push(character);
        } else {
            let _ = write!(plain, "-x{:x}-", u32::from(character));
        }
    }
    plain
}

/// The licences of an expression that are not on the list of SPDX.
fn own_licenses(about: Option<&About>) -> Vec<String> {
    let expression = about.and_then(About::license_expression);
    let expression = expression.unwrap_or_default();
    let words = expression.split([' ', '(', ')']);
    let own = words.filter(|word| word.starts_with("LicenseRef-"));
    own.map(str::to_owned).collect()
}

/// The newest upload among the files; where none is known the cutoff, and else the epoch.
fn created(export: &Export<'_>) -> Timestamp {
    let files = export.known.iter().flat_map(|known| &known.files);
    let newest = files.filter_map(|file| file.upload_time).max();
    let cutoff = export
        .strict
        .header()
        .and_then(harden_hasher::Header::exclude_newer);
    let moment = newest.or(cutoff).unwrap_or(Timestamp::UNIX_EPOCH);
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}
