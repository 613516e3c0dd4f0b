//! Findings in their output formats: plain text, JSON, GitHub annotations, SARIF.

use std::collections::BTreeMap;

use clap::ValueEnum;
use harden_hasher::{Finding, Level, Rule};
use serde_json::{Value, json};

use crate::report::terminal::{inert, shown};

/// The output format of findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FindingsFormat {
    /// Plain text, with the commands that fix the findings
    Text,
    /// JSON
    Json,
    /// Annotations for GitHub Actions
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// The text of the findings in a format.
pub fn render(findings: &[Finding], format: FindingsFormat) -> String {
    match format {
        FindingsFormat::Text => text(findings),
        FindingsFormat::Json => format!("{:#}\n", as_json(findings)),
        FindingsFormat::Github => findings.iter().map(annotation).collect(),
        FindingsFormat::Sarif => format!("{:#}\n", sarif(findings)),
    }
}

/// How many findings of one rule are written out as text; the other formats have all.
const SHOWN: usize = 10;

/// A line each, up to [`SHOWN`] of a rule; below those that one command fixes, the command, and below those for which
/// there is the same to be done, that.
fn text(findings: &[Finding]) -> String {
    let mut lines = Vec::new();
    for group in findings.chunk_by(|one, other| (&one.fix, &one.hint) == (&other.fix, &other.hint))
    {
        let mut seen: BTreeMap<Rule, usize> = BTreeMap::new();
        for finding in group {
            let seen = seen.entry(finding.rule).or_default();
            *seen += 1;
            let shown = shown(&finding.to_string());
            lines.extend((*seen <= SHOWN).then(|| format!("{}\n", inert(&shown))));
        }
        for (rule, seen) in seen.into_iter().filter(|(_, seen)| *seen > SHOWN) {
            let more = seen - SHOWN;
            lines.push(format!(
                "  and {more} more [{rule}]; --format json lists all\n"
            ));
        }
        let first = group.first();
        let fixed = first.filter(|finding| !finding.fix.is_empty());
        lines.extend(fixed.map(|finding| format!("  fix: {}\n", finding.fix)));
        let hinted = first.filter(|finding| !finding.hint.is_empty());
        lines.extend(hinted.map(|finding| format!("  hint: {}\n", inert(&finding.hint))));
    }
    lines.concat()
}

/// The findings, and whether none is a reason to fail.
pub fn as_json(findings: &[Finding]) -> Value {
    let is_good = is_good(findings);
    let findings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "file": finding.file,
                "line": finding.line,
                "rule": finding.rule.name(),
                "level": level(finding),
                "message": finding.message,
                "fix": Some(&finding.fix).filter(|fix| !fix.is_empty()),
                "hint": Some(&finding.hint).filter(|hint| !hint.is_empty()),
            })
        })
        .collect();
    json!({ "ok": is_good, "findings": findings })
}

/// Whether none of the findings is a reason to fail.
pub fn is_good(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.level < Level::Error)
}

/// The level as GitHub and SARIF call it.
fn level(finding: &Finding) -> &'static str {
    match finding.level {
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

/// What is wrong, what fixes it, and what else to do.
fn with_fix(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    for (what, advice) in [("fix", &finding.fix), ("hint", &finding.hint)] {
        if !advice.is_empty() {
            text = format!("{text}; {what}: {advice}");
        }
    }
    text
}

/// A workflow command
/// (<https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>).
fn annotation(finding: &Finding) -> String {
    let escaped = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| escaped(text).replace(':', "%3A").replace(',', "%2C");
    format!(
        "::{} file={},line={},title=harden {}::{}\n",
        level(finding),
        property(&finding.file),
        finding.line,
        finding.rule,
        escaped(&with_fix(finding)),
    )
}

/// <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>
fn sarif(findings: &[Finding]) -> Value {
    let rules: Vec<Value> = Rule::ALL
        .iter()
        .map(|rule| json!({ "id": rule.name(), "shortDescription": { "text": rule.summary() } }))
        .collect();
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "ruleId": finding.rule.name(),
                "level": level(finding),
                "message": { "text": with_fix(finding) },
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": { "uri": uri(&finding.file) },
                        "region": { "startLine": finding.line },
                    },
                }],
            })
        })
        .collect();
    json!({
        "version": "2.1.0",
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "harden",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                },
            },
            "results": results,
        }],
    })
}

/// A path as a relative reference (RFC 3986).
fn uri(path: &str) -> String {
    let encoded = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    path.replace('\\', "/").bytes().map(encoded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        let finding = |file: &str, line, rule, message: &str| Finding {
            file: file.to_owned(),
            line,
            rule,
            message: message.to_owned(),
            fix: "harden loose.txt --output strict.txt".to_owned(),
            hint: String::new(),
            level: Level::Error,
        };
        vec![
            finding("strict.txt", 3, Rule::Edited, "it was edited"),
            finding(
                "my web/loose, 1.txt",
                1,
                Rule::Unmet,
                "100% wrong: see\nbelow",
            ),
        ]
    }

    #[test]
    fn people_read_a_line_each_and_the_fix() {
        insta::assert_snapshot!(render(&findings(), FindingsFormat::Text), @r"
        strict.txt:3: it was edited [edited]
        my web/loose, 1.txt:1: 100% wrong: see\u{a}below [unmet]
          fix: harden loose.txt --output strict.txt
        ");
        assert_eq!(render(&[], FindingsFormat::Text), "");
    }

    #[test]
    fn machines_read_json() {
        insta::assert_snapshot!(render(&findings()[..1], FindingsFormat::Json), @r#"
        {
          "findings": [
            {
              "file": "strict.txt",
              "fix": "harden loose.txt --output strict.txt",
              "hint": null,
              "level": "error",
              "line": 3,
              "message": "it was edited",
              "rule": "edited"
            }
          ],
          "ok": false
        }
        "#);
        insta::assert_snapshot!(render(&[], FindingsFormat::Json), @r#"
        {
          "findings": [],
          "ok": true
        }
        "#);
    }

    #[test]
    fn annotations_are_one_line_each_whatever_they_hold() {
        insta::assert_snapshot!(render(&findings(), FindingsFormat::Github), @r"
        ::error file=strict.txt,line=3,title=harden edited::it was edited; fix: harden loose.txt --output strict.txt
        ::error file=my web/loose%2C 1.txt,line=1,title=harden unmet::100%25 wrong: see%0Abelow; fix: harden loose.txt --output strict.txt
        ");
    }

    #[test]
    fn sarif_has_all_rules_and_a_place_for_each_result() {
        let sarif = sarif(&findings());
        let run = &sarif["runs"][0];
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), Rule::ALL.len());
        insta::assert_snapshot!(format!("{:#}", run["results"][1]), @r#"
        {
          "level": "error",
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "my%20web/loose%2C%201.txt"
                },
                "region": {
                  "startLine": 1
                }
              }
            }
          ],
          "message": {
            "text": "100% wrong: see\nbelow; fix: harden loose.txt --output strict.txt"
          },
          "ruleId": "unmet"
        }
        "#);
    }
}
