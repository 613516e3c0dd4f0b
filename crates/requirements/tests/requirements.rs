//! Requirements, compared with PyPA's packaging (`data/requirements.json`, `data/real.json`).

use harden_requirements::{Requirement, Source, Truth};
use harden_target::Environment;
use proptest::prelude::*;
use serde_json::Value;

fn made_up() -> Value {
    serde_json::from_str(include_str!("data/requirements.json")).unwrap()
}

fn real() -> Value {
    serde_json::from_str(include_str!("data/real.json")).unwrap()
}

fn environments(kind: &str) -> Vec<Environment> {
    let data: Value = serde_json::from_str(include_str!("data/markers.json")).unwrap();
    let records = data[kind].as_array().unwrap().iter();
    records
        .map(|record| {
            let values = record[1].as_object().unwrap().iter();
            let known =
                values.filter_map(|(name, value)| Some((name.parse().unwrap(), value.as_str()?)));
            Environment::from_values(known).unwrap()
        })
        .collect()
}

fn digits(requirement: &Requirement, environments: &[Environment], extras: &[&str]) -> String {
    let extras: Vec<_> = extras.iter().map(|extra| extra.parse().unwrap()).collect();
    let marker = requirement.marker.as_ref().unwrap();
    environments
        .iter()
        .map(|environment| match marker.evaluate(environment, &extras) {
            Truth::True => '1',
            Truth::False => '0',
            Truth::Unknown(_) => '?',
            Truth::Undefined(_) => 'E',
        })
        .collect()
}

/// The specifiers in the order that packaging prints.
fn sorted(specifiers: &str) -> Vec<String> {
    let parts = specifiers
        .split(',')
        .map(|part| part.split_whitespace().collect::<String>());
    let mut parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.sort();
    parts.dedup();
    parts
}

fn check(record: &Value, known: &[Environment], partial: &[Environment]) {
    let text = record["in"].as_str().unwrap();
    let requirement: Requirement = text.parse().unwrap();
    assert_eq!(requirement.name.as_str(), record["name"], "{text}");
    let extras: Vec<_> = requirement
        .extras
        .iter()
        .map(|extra| Value::from(extra.as_str()))
        .collect();
    assert_eq!(Value::from(extras), record["extras"], "{text}");
    match &requirement.source {
        Source::Url(url) => assert_eq!(**url, record["url"], "{text}"),
        Source::Specifiers(specifiers) => {
            assert!(record["url"].is_null(), "{text}");
            let expected = record["specifier"].as_str().unwrap();
            assert_eq!(sorted(&specifiers.to_string()), sorted(expected), "{text}");
        }
    }
    let marker = &record["marker"];
    assert_eq!(requirement.marker.is_none(), marker.is_null(), "{text}");
    if !marker.is_null() {
        assert_eq!(digits(&requirement, known, &[]), marker["eval"], "{text}");
        if let Some(expected) = marker["partial"].as_str() {
            assert_eq!(digits(&requirement, partial, &[]), expected, "{text}");
        }
        for (extra, expected) in marker["extras"].as_object().into_iter().flatten() {
            assert_eq!(
                digits(&requirement, known, &[extra.as_str()]),
                *expected,
                "{text} with {extra}"
            );
        }
    }
    assert_eq!(requirement.to_string().parse(), Ok(requirement), "{text}");
}

#[test]
fn every_requirement_is_read_as_in_packaging() {
    let (known, partial) = (
        environments("environments"),
        environments("partial_environments"),
    );
    for data in [&made_up()["valid"], &real()["requires_dist"]] {
        for record in data.as_array().unwrap() {
            // packaging accepts names that end in `_`, which PyPA's specification does not allow.
            if record["in"] == "requests_" {
                continue;
            }
            check(record, &known, &partial);
        }
    }
}

#[test]
fn what_packaging_rejects_is_rejected() {
    for data in [&made_up()["invalid"], &real()["invalid_requires_dist"]] {
        for record in data.as_array().unwrap() {
            let text = record[0].as_str().unwrap();
            assert!(text.parse::<Requirement>().is_err(), "{text}");
        }
    }
}

#[test]
fn an_error_has_a_column_and_what_was_expected() {
    let error = |text: &str| text.parse::<Requirement>().unwrap_err().to_string();
    insta::assert_snapshot!(error(""), @"`` is not a valid requirement: expected the name of a package: ASCII letters, digits, `-`, `_`, `.`, with a letter or digit at both ends (column 1)");
    insta::assert_snapshot!(error("requests 2.0"), @"`requests 2.0` is not a valid requirement: expected a version specifier (`==`, `>=`, `<`, `~=`, …) before the version (column 10)");
    insta::assert_snapshot!(error("requests=2.0"), @"`requests=2.0` is not a valid requirement: `=` is not an operator; did you mean `==`? (column 9)");
    insta::assert_snapshot!(error("PyYAML (>=5.1.*)"), @"`PyYAML (>=5.1.*)` is not a valid requirement: `.*` can only be used with `==` and `!=` (column 11)");
    insta::assert_snapshot!(error("requests (>=2.0"), @"`requests (>=2.0` is not a valid requirement: the `(` has no closing `)` (column 10)");
    insta::assert_snapshot!(error("requests[socks"), @"`requests[socks` is not a valid requirement: expected `,` or `]` after the name of an extra (column 15)");
    insta::assert_snapshot!(error("requests[socks,]"), @"`requests[socks,]` is not a valid requirement: expected the name of an extra: ASCII letters, digits, `-`, `_`, `.`, with a letter or digit at both ends (column 16)");
    insta::assert_snapshot!(error("requests>=2.0 <3"), @"`requests>=2.0 <3` is not a valid requirement: expected `,`, `;` or the end (column 15)");
    insta::assert_snapshot!(error("requests>=2.0 --hash=sha256:aa"), @"`requests>=2.0 --hash=sha256:aa` is not a valid requirement: expected `,`, `;` or the end (column 15)");
    insta::assert_snapshot!(error("requests @ https://example.invalid/a.whl; os_name == 'nt'"), @"`requests @ https://example.invalid/a.whl; os_name == 'nt'` is not a valid requirement: expected `;`, with a space before it, or the end (column 43)");
    insta::assert_snapshot!(error("réquests"), @"`réquests` is not a valid requirement: expected the name of a package: ASCII letters, digits, `-`, `_`, `.`, with a letter or digit at both ends (column 1)");
    insta::assert_snapshot!(error("requests; python_versoin > '3'"), @"`requests; python_versoin > '3'` is not a valid requirement: `python_versoin` is not a marker variable (column 11)");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_what_is_read_round_trips(
        text in r#"[a-z]{1,3}( |\[[a-z, ]{0,4}\])?([<>=!~]{1,3}|\(|@)?[0-9a-z.+*! é,)]{0,8}(;[ a-z_'"=<(]{0,12})?"#
    ) {
        if let Ok(requirement) = text.parse::<Requirement>() {
            prop_assert_eq!(requirement.to_string().parse(), Ok(requirement));
        }
    }
}
