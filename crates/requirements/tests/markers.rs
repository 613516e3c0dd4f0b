//! Markers, compared with PyPA's packaging (`data/markers.json`).

use harden_packaging::ExtraName;
use harden_requirements::{Marker, Open, Truth};
use harden_target::{Environment, MarkerVariable};
use proptest::prelude::*;
use serde_json::Value;

fn data() -> Value {
    serde_json::from_str(include_str!("data/markers.json")).unwrap()
}

fn environments(records: &Value) -> Vec<Environment> {
    let records = records.as_array().unwrap().iter();
    records.map(|record| environment(&record[1])).collect()
}

fn environment(record: &Value) -> Environment {
    let values = record.as_object().unwrap().iter();
    let known = values.filter_map(|(name, value)| Some((name.parse().unwrap(), value.as_str()?)));
    Environment::from_values(known).unwrap()
}

fn digit(truth: &Truth) -> char {
    match truth {
        Truth::True => '1',
        Truth::False => '0',
        Truth::Unknown(_) => '?',
        Truth::Undefined(_) => 'E',
    }
}

fn digits(marker: &Marker, environments: &[Environment], extras: &[ExtraName]) -> String {
    environments
        .iter()
        .map(|environment| digit(&marker.evaluate(environment, extras)))
        .collect()
}

#[test]
fn every_marker_is_evaluated_as_in_packaging() {
    let data = data();
    let known = environments(&data["environments"]);
    let partial = environments(&data["partial_environments"]);
    let mut wrong = Vec::new();
    let mut check = |text: &str, what: &str, found: String, expected: &Value| {
        if found != expected.as_str().unwrap() {
            wrong.push(format!("{text} {what}: {found}, not {expected}"));
        }
    };
    for record in data["valid"].as_array().unwrap() {
        let text = record["in"].as_str().unwrap();
        let marker: Marker = text.parse().unwrap();
        check(text, "eval", digits(&marker, &known, &[]), &record["eval"]);
        check(
            text,
            "partial",
            digits(&marker, &partial, &[]),
            &record["partial"],
        );
        if let Some(extras) = record["extras"].as_object() {
            for (extra, expected) in extras {
                if let Ok(name) = extra.parse() {
                    check(text, extra, digits(&marker, &known, &[name]), expected);
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_marker_is_displayed_as_in_packaging_and_read_back() {
    for record in data()["valid"].as_array().unwrap() {
        let text = record["in"].as_str().unwrap();
        let marker: Marker = text.parse().unwrap();
        assert_eq!(marker.to_string(), record["str"].as_str().unwrap());
        assert_eq!(marker.to_string().parse(), Ok(marker));
    }
}

#[test]
fn what_packaging_rejects_is_rejected() {
    for record in data()["invalid"].as_array().unwrap() {
        let text = record[0].as_str().unwrap();
        assert!(text.parse::<Marker>().is_err(), "{text}");
    }
}

fn linux() -> Environment {
    let data = data();
    let record = &data["partial_environments"][0];
    assert_eq!(record[0], "manylinux2014_aarch64-cp-311-cp311");
    environment(&record[1])
}

fn evaluate(marker: &str, extras: &[&str]) -> Truth {
    let extras: Vec<_> = extras.iter().map(|extra| extra.parse().unwrap()).collect();
    marker
        .parse::<Marker>()
        .unwrap()
        .evaluate(&linux(), &extras)
}

#[test]
fn an_open_patch_level_says_where_the_outcome_changes() {
    let split = |marker| match evaluate(marker, &[]) {
        Truth::Unknown(Open::PatchLevel { split_at }) => split_at,
        other => panic!("{marker}: {other:?}"),
    };
    assert_eq!(split("python_full_version < '3.11.3'"), 3);
    assert_eq!(split("'3.11.4' < python_full_version"), 5);
    assert_eq!(split("implementation_version >= '3.11.2'"), 2);
    assert_eq!(split("python_full_version == '3.11.0'"), 1);
    assert_eq!(evaluate("python_full_version < '3.12'", &[]), Truth::True);
}

#[test]
fn each_side_of_a_split_has_an_outcome() {
    let marker: Marker = "python_full_version < '3.11.3'".parse().unwrap();
    let (below, above) = linux().split_at_patch(3).unwrap();
    assert_eq!(marker.evaluate(&below, &[]), Truth::True);
    assert_eq!(marker.evaluate(&above, &[]), Truth::False);
}

#[test]
fn an_open_variable_matters_only_if_the_outcome_depends_on_it() {
    let release = Truth::Unknown(Open::Variable(MarkerVariable::PlatformRelease));
    assert_eq!(evaluate("platform_release >= '17'", &[]), release);
    assert_eq!(
        evaluate("sys_platform == 'darwin' and platform_release >= '17'", &[]),
        Truth::False
    );
    assert_eq!(
        evaluate("sys_platform == 'linux' or platform_release >= '17'", &[]),
        Truth::True
    );
}

#[test]
fn any_one_of_the_extras_is_enough() {
    assert_eq!(evaluate("extra == 'a'", &["b", "a"]), Truth::True);
    assert_eq!(evaluate("extra == 'A_b'", &["a.b"]), Truth::True);
    assert_eq!(
        evaluate("extra == 'a' and extra == 'b'", &["b", "a"]),
        Truth::False
    );
    assert_eq!(evaluate("extra == 'a'", &[]), Truth::False);
}

#[test]
fn mentions_searches_groups_and_both_sides() {
    let marker: Marker = "os_name == 'nt' and ('3' < python_version or extra == 'x')"
        .parse()
        .unwrap();
    assert!(marker.mentions(MarkerVariable::OsName));
    assert!(marker.mentions(MarkerVariable::PythonVersion));
    assert!(!marker.mentions(MarkerVariable::SysPlatform));
    assert!(marker.mentions_extra());
}

#[test]
fn deep_nesting_is_an_error() {
    let nested =
        |depth: usize| format!("{}os_name == 'nt'{}", "(".repeat(depth), ")".repeat(depth));
    assert!(nested(60).parse::<Marker>().is_ok());
    assert!(nested(100_000).parse::<Marker>().is_err());
}

#[test]
fn a_long_chain_is_not_deep_nesting() {
    let chain = vec!["os_name == 'posix'"; 20_000].join(" and ");
    assert_eq!(evaluate(&chain, &[]), Truth::True);
}

#[test]
fn a_comparison_without_a_meaning_has_a_reason() {
    let Truth::Undefined(reason) = evaluate("os_name ~= 'posix'", &[]) else {
        panic!("decided");
    };
    insta::assert_snapshot!(reason, @r#"`os_name ~= "posix"` cannot be evaluated: both sides must be versions"#);
}

#[test]
fn an_error_has_a_column_and_what_was_expected() {
    let error = |text: &str| text.parse::<Marker>().unwrap_err().to_string();
    insta::assert_snapshot!(error("python_version >= 3.8"), @"`python_version >= 3.8` is not a valid marker: expected a marker variable or a quoted string (column 19)");
    insta::assert_snapshot!(error("python_versoin >= '3.8'"), @"`python_versoin >= '3.8'` is not a valid marker: `python_versoin` is not a marker variable (column 1)");
    insta::assert_snapshot!(error("python_version => '3.8'"), @"`python_version => '3.8'` is not a valid marker: expected an operator: `==`, `!=`, `<=`, `>=`, `<`, `>`, `~=`, `===`, `in` or `not in` (column 16)");
    insta::assert_snapshot!(error("python_version >= '3.8' os_name == 'nt'"), @"`python_version >= '3.8' os_name == 'nt'` is not a valid marker: expected `and`, `or` or the end of the marker (column 25)");
    insta::assert_snapshot!(error("(python_version >= '3.8'"), @"`(python_version >= '3.8'` is not a valid marker: expected `and`, `or` or the `)` that closes a group (column 25)");
    insta::assert_snapshot!(error("python_version >= '3.8"), @"`python_version >= '3.8` is not a valid marker: the string has no closing `'` (column 19)");
    insta::assert_snapshot!(error("python_version >= '3.8' and"), @"`python_version >= '3.8' and` is not a valid marker: expected a marker variable or a quoted string (column 28)");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_what_is_read_round_trips(
        text in r#"(extra|python_full_version|os\.name|'[^']{0,4}'|"[^"]{0,4}"|[<>=~!]{1,3}|and|or|not in|\(|\)|\\| ){0,12}"#
    ) {
        if let Ok(marker) = text.parse::<Marker>() {
            marker.evaluate(&linux(), &[]);
            prop_assert_eq!(marker.to_string().parse(), Ok(marker));
        }
    }
}
