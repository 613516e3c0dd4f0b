//! The JSON form of an audit: the findings in the form of `check`, and the advisories with all their facts.

use harden_hasher::{Finding, Level};
use serde_json::{Value, json};

use super::Audited;
use super::fixes::Outcome;
use super::vulnerable_pin::VulnerablePin;
use crate::locking::strict_source::StrictSource;
use crate::report::findings::{as_json, is_good};

/// The document.
pub fn json(files: &[Audited<'_>], findings: &[Finding]) -> String {
    let vulnerabilities = files
        .iter()
        .flat_map(|file| file.found.iter().map(|found| value(file.source, found)));
    let document = json!({
        "ok": is_good(findings),
        "findings": as_json(findings)["findings"],
        "vulnerabilities": vulnerabilities.collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn value(source: &StrictSource, found: &VulnerablePin) -> Value {
    let advisory = &found.advisory;
    let severity = advisory.severity.as_ref().map(|severity| {
        json!({ "level": severity.level, "score": severity.score, "vector": severity.vector })
    });
    let exemption = found.exemption.as_ref().map(
        |exemption| json!({ "reason": exemption.reason(), "until": exemption.until().to_string() }),
    );
    let fixed: Vec<String> = advisory.fixed.iter().map(ToString::to_string).collect();
    let fits = match &found.fix.outcome {
        Outcome::Fits(version) => Some(version.to_string()),
        _ => None,
    };
    json!({
        "file": source.name(),
        "line": found.line,
        "package": found.name.as_str(),
        "version": found.version.to_string(),
        "id": advisory.id,
        "aliases": advisory.aliases,
        "summary": advisory.summary,
        "severity": severity,
        "rule": advisory.rule().name(),
        "level": found.level.map(|level| match level {
            Level::Error => "error",
            Level::Warning => "warning",
        }),
        "exemption": exemption,
        "fixed": fixed,
        "newest_fixed": found.fix.newest.as_ref().map(ToString::to_string),
        "fits": fits,
        "fix": found.fix.command(&found.name, source),
    })
}
