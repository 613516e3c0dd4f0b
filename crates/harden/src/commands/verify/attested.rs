//! What `harden verify --attestations` prints: who attests which pins.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::locking::attestations::{FileAttestations, PinAttestations};
use crate::report::format::count;

/// A line for each attested pin, and one with those that nothing attests.
pub fn text(pins: &[PinAttestations<'_>]) -> String {
    let mut lines = String::new();
    for one in pins {
        let publishers = one.publishers();
        let all = one.files.len();
        let publishers = publishers.iter().map(|(publisher, files)| {
            if *files == all {
                publisher.to_string()
            } else {
                format!("{publisher}, {files} of {}", count(all, "file"))
            }
        });
        let publishers: Vec<String> = publishers.collect();
        if !publishers.is_empty() {
            let (name, version) = (one.pin.name(), one.pin.version());
            let publishers = publishers.join("; ");
            let _ = writeln!(lines, "{name} {version}: {publishers}");
        }
    }
    let silent = pins.iter().filter(|one| one.has_none());
    let silent: Vec<&str> = silent.map(|one| one.pin.name().as_str()).collect();
    if !silent.is_empty() {
        let _ = writeln!(
            lines,
            "no attestations: {} of {}: {}",
            silent.len(),
            count(pins.len(), "pin"),
            silent.join(", ")
        );
    }
    lines
}

/// How many pins are attested.
pub fn summary(pins: &[PinAttestations<'_>]) -> String {
    let attested = pins.iter().filter(|one| one.is_attested()).count();
    let files = || pins.iter().flat_map(|one| &one.files);
    let has_some =
        |file: &&FileAttestations| file.attested.as_ref().is_ok_and(|list| !list.is_empty());
    format!(
        "{attested} of {} attested, {} of {}",
        count(pins.len(), "pin"),
        files().filter(has_some).count(),
        count(files().count(), "file")
    )
}

/// A value for each file of the strict file of this name.
pub fn json(strict: &str, pins: &[PinAttestations<'_>]) -> Vec<Value> {
    let files = pins.iter().flat_map(|one| {
        let files = one.files.iter();
        files.map(|file| value(strict, one, file))
    });
    files.collect()
}

fn value(strict: &str, one: &PinAttestations<'_>, file: &FileAttestations) -> Value {
    let attested = file.attested.as_deref().unwrap_or_default();
    let attested = attested.iter().map(|attested| {
        json!({
            "publisher": attested.publisher.to_string(),
            "predicate": attested.predicate.uri(),
            "signed": attested.signed.to_string(),
            "ref": attested.reference,
            "commit": attested.commit,
        })
    });
    json!({
        "file": strict,
        "line": one.pin.line(),
        "package": one.pin.name().as_str(),
        "version": one.pin.version().to_string(),
        "filename": file.filename,
        "sha256": file.sha256.to_string(),
        "attested": attested.collect::<Vec<_>>(),
        "invalid": file.attested.as_ref().err(),
    })
}
