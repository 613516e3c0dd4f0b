//! Version specifiers, compared with PyPA's packaging (`data/versions.json`, `data/real.json`).

use harden_requirements::{Admission, Specifiers, VersionSet, union_of};
use harden_target::{Environment, MarkerVariable};
use pep440_rs::Version;
use serde_json::Value;

fn data(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn versions() -> Value {
    data(include_str!("data/versions.json"))
}

/// The strings of a JSON array, with their places, that are versions within 64 bits.
fn readable(array: &Value) -> Vec<(usize, &str, Version)> {
    let strings = array.as_array().unwrap().iter().enumerate();
    let strings: Vec<_> = strings
        .map(|(at, text)| (at, text.as_str().unwrap()))
        .collect();
    let total = strings.len();
    let read: Vec<_> = strings
        .into_iter()
        .filter_map(|(at, text)| Some((at, text, text.trim().parse().ok()?)))
        .collect();
    assert!(
        total - read.len() <= 7,
        "only numbers beyond 64 bits may be left out"
    );
    read
}

/// Whether a specifier has a number beyond 64 bits, which the version type does not hold.
fn has_huge_number(text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_digit())
        .any(|digits| !digits.is_empty() && digits.parse::<u64>().is_err())
}

#[test]
fn every_specifier_admits_the_same_versions_as_in_packaging() {
    let data = versions();
    let versions = readable(&data["matrix_versions"]);
    let mut wrong = Vec::new();
    for record in data["specifiers"].as_array().unwrap() {
        let text = record["in"].as_str().unwrap();
        if has_huge_number(text) {
            continue;
        }
        let specifiers: Specifiers = text.parse().unwrap();
        let expected = record["contains"].as_str().unwrap().as_bytes();
        let set = specifiers.to_set();
        for (at, written, version) in &versions {
            if specifiers.contains(version) != (expected[*at] == b'1') {
                wrong.push(format!("{text} contains {written}"));
            }
            if set.contains(version) != specifiers.contains(version) && !text.contains("===") {
                wrong.push(format!("set of {text} contains {written}"));
            }
            if !set.contains(version) && specifiers.contains(version) {
                wrong.push(format!("set of {text} lacks {written}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_set_allows_pre_releases_if_it_does_in_packaging() {
    for record in versions()["specifiers"].as_array().unwrap() {
        let text = record["in"].as_str().unwrap();
        if let Ok(specifiers) = text.parse::<Specifiers>() {
            let expected = record["prereleases"] == Value::Bool(true);
            assert_eq!(specifiers.names_prerelease(), expected, "{text}");
        }
    }
}

/// The rule for pre-releases: unless a specifier names one, only if there is nothing else.
#[test]
fn with_the_pre_release_rule_a_set_filters_as_packaging_does() {
    for record in versions()["filter"].as_array().unwrap() {
        let specifiers: Specifiers = record["spec"].as_str().unwrap().parse().unwrap();
        let readable = |list: &Value| -> Vec<Version> {
            let texts = list.as_array().unwrap().iter();
            texts
                .filter_map(|text| text.as_str().unwrap().parse().ok())
                .collect()
        };
        let mut found = readable(&record["in"]);
        found.retain(|version| specifiers.contains(version));
        let finals = found.iter().any(|version| !version.any_prerelease());
        let wanted = match record["prereleases"].as_bool() {
            Some(wanted) => wanted,
            None => specifiers.names_prerelease() || !finals,
        };
        found.retain(|version| wanted || !version.any_prerelease());
        assert_eq!(found, readable(&record["out"]), "{record}");
    }
}

fn linux(python: &str) -> Environment {
    let variable = if python.matches('.').count() == 2 {
        MarkerVariable::PythonFullVersion
    } else {
        MarkerVariable::PythonVersion
    };
    Environment::from_values([(variable, python)]).unwrap()
}

#[test]
fn a_requires_python_admits_all_some_or_none_of_the_patch_levels() {
    let admits = |text: &str, python| text.parse::<Specifiers>().unwrap().admits(&linux(python));
    assert_eq!(admits(">=3.8", "3.11"), Admission::All);
    assert_eq!(admits("<3.11", "3.11"), Admission::None);
    assert_eq!(admits(">=3.11.1", "3.11"), Admission::Some { split_at: 1 });
    assert_eq!(admits("!=3.11.4", "3.11"), Admission::Some { split_at: 4 });
    assert_eq!(admits("<=3.11", "3.11"), Admission::Some { split_at: 1 });
    assert_eq!(admits(">=3.11.1", "3.11.1"), Admission::All);
    assert_eq!(admits(">=3.11.1", "3.11.0"), Admission::None);
    assert_eq!(admits("", "3.11"), Admission::All);
}

#[test]
fn only_the_release_number_of_a_pre_release_of_python_is_compared() {
    let specifiers: Specifiers = ">=3.14".parse().unwrap();
    assert_eq!(specifiers.admits(&linux("3.14.0rc2")), Admission::All);
}

#[test]
fn both_sides_of_a_split_are_admitted_or_not() {
    let specifiers: Specifiers = ">=3.11.4".parse().unwrap();
    let Admission::Some { split_at } = specifiers.admits(&linux("3.11")) else {
        panic!("no split");
    };
    let (below, above) = linux("3.11").split_at_patch(split_at).unwrap();
    assert_eq!(specifiers.admits(&below), Admission::None);
    assert_eq!(specifiers.admits(&above), Admission::All);
}

#[test]
fn what_packaging_rejects_is_rejected() {
    for record in versions()["invalid_specifiers"].as_array().unwrap() {
        let text = record[0].as_str().unwrap();
        assert!(text.parse::<Specifiers>().is_err(), "{text}");
    }
}

#[test]
fn real_requires_python_values_are_read_as_in_packaging() {
    let data = data(include_str!("data/real.json"));
    let pythons = readable(&data["pythons"]);
    for record in data["requires_python"].as_array().unwrap() {
        let text = record["in"].as_str().unwrap();
        let specifiers: Specifiers = text.parse().unwrap();
        let expected = record["contains"].as_str().unwrap().as_bytes();
        for (at, written, version) in &pythons {
            let found = specifiers.contains(version);
            assert_eq!(found, expected[*at] == b'1', "{text} contains {written}");
        }
    }
    for record in data["invalid_requires_python"].as_array().unwrap() {
        assert!(record[0].as_str().unwrap().parse::<Specifiers>().is_err());
    }
}

#[test]
fn exact_is_the_version_that_a_set_pins() {
    let exact = |text: &str| {
        let specifiers: Specifiers = text.parse().unwrap();
        specifiers.exact().map(Version::to_string)
    };
    assert_eq!(exact("==1.0").as_deref(), Some("1.0"));
    assert_eq!(exact(">=0.5,===1.0+cpu").as_deref(), Some("1.0+cpu"));
    assert_eq!(exact("==1.0.*"), None);
    assert_eq!(exact("===wat"), None);
    assert_eq!(exact(">=1.0,<=1.0"), None);
}

#[test]
fn a_union_has_the_versions_of_each_set() {
    let set = |text: &str| text.parse::<Specifiers>().unwrap().to_set();
    assert_eq!(union_of([]), VersionSet::empty());
    let all = union_of([set("<1"), set(">=2,<3"), set("==5.*")]);
    for (version, is_in) in [
        ("0.9", true),
        ("1", false),
        ("2.1", true),
        ("5.0", true),
        ("6", false),
    ] {
        assert_eq!(
            all.contains(&version.parse::<Version>().unwrap()),
            is_in,
            "{version}"
        );
    }
}

#[test]
fn a_set_is_displayed_as_written() {
    for text in [">=1.0, <2", ">=1.0,", "==1.0-1", ""] {
        assert_eq!(text.parse::<Specifiers>().unwrap().to_string(), text);
    }
}

#[test]
fn an_error_has_a_column_and_what_was_expected() {
    let error = |text: &str| text.parse::<Specifiers>().unwrap_err().to_string();
    insta::assert_snapshot!(error(">=3.6.*"), @"`>=3.6.*` is not a valid version specifier set: `.*` can only be used with `==` and `!=` (column 3)");
    insta::assert_snapshot!(error(">=1.0, =<2"), @"`>=1.0, =<2` is not a valid version specifier set: `=<` is not an operator; did you mean `<=`? (column 8)");
    insta::assert_snapshot!(error(">='1.0'"), @"`>='1.0'` is not a valid version specifier set: a version is written without quotes (`'`) (column 3)");
    insta::assert_snapshot!(error("2.0"), @"`2.0` is not a valid version specifier set: expected a version specifier (`==`, `>=`, `<`, `~=`, …) before the version (column 1)");
    insta::assert_snapshot!(error("~=1"), @"`~=1` is not a valid version specifier set: `~=` needs a version of two numbers or more, such as `1.0` (column 3)");
    insta::assert_snapshot!(error(">=1.0+cpu"), @"`>=1.0+cpu` is not a valid version specifier set: a local version (`+…`) can only be compared with `==` and `!=`, not with `>=` (column 3)");
    insta::assert_snapshot!(error(">=1.0 <2"), @"`>=1.0 <2` is not a valid version specifier set: expected `,` or the end after a version (column 6)");
    insta::assert_snapshot!(error(">dev"), @"`>dev` is not a valid version specifier set: `dev` is not a version (PEP 440) (column 2)");
    insta::assert_snapshot!(error("=="), @"`==` is not a valid version specifier set: expected a version after `==` (column 3)");
    insta::assert_snapshot!(error("==1.0a1.*"), @"`==1.0a1.*` is not a valid version specifier set: `.*` cannot follow a pre-release, post-release, development or local segment (column 3)");
}
