//! Agreement with packaging, pip and pex, for every case of the golden data in `tests/data`.

use std::fmt::Write as _;

use harden_target::{MarkerVariable, Tags, Target, WheelFilename, WheelTags};
use serde_json::Value;
use sha2::{Digest, Sha256};

fn data(name: &str) -> Value {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap()
}

/// The golden data's digest of a tag list: one tag a line.
fn digest(tags: impl Iterator<Item = String>) -> String {
    let lines: String = tags.map(|tag| tag + "\n").collect();
    Sha256::digest(lines)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
}

/// Unpacks a tag list of the golden data.
fn unpack(packed: &Value) -> Vec<String> {
    let mut tags = Vec::new();
    for entry in list(packed, "order") {
        let entry = entry.as_str().unwrap();
        match entry.strip_suffix('*') {
            Some(prefix) => tags.extend(
                list(packed, "platforms")
                    .iter()
                    .map(|p| format!("{prefix}{}", p.as_str().unwrap())),
            ),
            None => tags.push(entry.into()),
        }
    }
    tags
}

/// A wheel with only this tag.
fn wheel(tag: &str) -> WheelTags {
    format!("x-1-{tag}.whl")
        .parse::<WheelFilename>()
        .unwrap()
        .tags
}

/// Every target that pex accepts is displayed as in pex, and read back as the same target.
#[test]
fn spellings_are_canonical_as_in_pex() {
    for case in list(&data("targets.json"), "targets") {
        let target: Target = text(case, "target").parse().unwrap();
        assert_eq!(target.to_string(), text(case, "canonical"));
        assert_eq!(target.to_string().parse::<Target>().unwrap(), target);
        assert_eq!(
            target.pex_platform().as_deref(),
            Some(text(case, "canonical"))
        );
    }
}

/// All tags that packaging lists for such a machine, in the same order.
#[test]
fn tags_are_those_of_packaging() {
    for case in list(&data("targets.json"), "targets") {
        let target: Target = text(case, "target").parse().unwrap();
        let tags: Vec<String> = target.tags().iter().collect();
        assert_eq!(tags, unpack(&case["tags"]), "{target}");
        assert_eq!(
            digest(target.tags().iter()),
            text(&case["tags"], "sha256"),
            "{target}"
        );
    }
}

/// The eleven variables as an interpreter there reports them, including the open ones.
#[test]
fn markers_are_those_of_an_interpreter_on_the_target() {
    for case in list(&data("targets.json"), "targets") {
        let target: Target = text(case, "target").parse().unwrap();
        for (name, value) in case["markers"].as_object().unwrap() {
            let variable: MarkerVariable = name.parse().unwrap();
            assert_eq!(
                target.environment().get(variable),
                value.as_str(),
                "{target} {name}"
            );
        }
    }
}

/// `pex --platform` accepts exactly the wheels that we say it accepts, among those that fit any target.
#[test]
fn pex_accepts_is_what_pex_accepts() {
    let data = data("targets.json");
    let every: Vec<(String, WheelTags)> = list(&data, "targets")
        .iter()
        .step_by(5)
        .flat_map(|case| [unpack(&case["tags"]), unpack(&case["pex_tags"])])
        .flatten()
        .map(|tag| (tag.clone(), wheel(&tag)))
        .collect();
    for case in list(&data, "targets") {
        let target: Target = text(case, "target").parse().unwrap();
        let accepted = unpack(&case["pex_tags"]);
        for tag in &accepted {
            assert!(target.pex_accepts(&wheel(tag)), "{target} {tag}");
        }
        let accepted: std::collections::HashSet<_> = accepted.into_iter().collect();
        for (tag, wheel) in &every {
            assert_eq!(
                target.pex_accepts(wheel),
                accepted.contains(tag),
                "{target} {tag}"
            );
        }
    }
}

/// A shorthand stands for the target that the golden data gives, whatever pex makes of it.
#[test]
fn shorthands_are_spelled_out() {
    for case in list(&data("targets.json"), "aliases") {
        let target: Target = text(case, "alias").parse().unwrap();
        assert_eq!(target, text(case, "proposed").parse().unwrap());
    }
}

/// What pex rejects is rejected, except for the shorthands, which pex does not know.
#[test]
fn invalid_targets_are_rejected() {
    let data = data("targets.json");
    let shorthands: Vec<&str> = list(&data, "aliases")
        .iter()
        .map(|a| text(a, "alias"))
        .collect();
    for case in list(&data, "not_pex") {
        let spelling = text(case, "target");
        // The same shorthand as `manylinux2014_aarch64-cp-311`, with pex's other separator.
        let accepted = shorthands.contains(&spelling) || spelling == "linux-x86_64-cp-311";
        assert_eq!(spelling.parse::<Target>().is_ok(), accepted, "{spelling}");
    }
}

/// Wheel file names have the same project, version, build tag and tags as in packaging.
#[test]
fn wheel_names_are_read_as_in_packaging() {
    for case in list(&data("wheel-names.json"), "wheels") {
        let name = text(case, "in");
        let wheel: WheelFilename = name.parse().unwrap();
        assert_eq!(wheel.name, text(case, "name"), "{name}");
        assert_eq!(wheel.version.to_string(), text(case, "version"), "{name}");
        let build: String = list(case, "build")
            .iter()
            .map(|part| match part {
                Value::String(rest) => rest.clone(),
                number => number.to_string(),
            })
            .collect();
        let ours = wheel.tags.build().map(ToString::to_string);
        assert_eq!(ours.unwrap_or_default(), build, "{name}");
        let mut tags = Vec::new();
        for python in wheel.tags.pythons() {
            for abi in wheel.tags.abis() {
                let platforms = wheel.tags.platforms();
                tags.extend(platforms.map(|platform| format!("{python}-{abi}-{platform}")));
            }
        }
        tags.sort();
        let expected: Vec<_> = list(case, "tags")
            .iter()
            .map(|tag| tag.as_str().unwrap())
            .collect();
        assert_eq!(tags, expected, "{name}");
        assert_eq!(wheel.to_string().parse::<WheelFilename>().unwrap(), wheel);
    }
}

/// What packaging 26.3 rejects is rejected.
#[test]
fn malformed_wheel_names_are_rejected() {
    for case in list(&data("wheel-names.json"), "invalid_wheels") {
        let name = case[0].as_str().unwrap();
        assert!(name.parse::<WheelFilename>().is_err(), "{name}");
    }
}

/// For every release and target, the wheel that pip installs has the best rank, and no wheel has a
/// rank if pip finds none. Files for other Pythons (Requires-Python) are left out first.
#[test]
fn the_best_rank_is_the_choice_of_pip() {
    let data = data("wheels.json");
    let mut choices = 0;
    for release in list(&data, "releases") {
        for (target, choice) in release["choice"].as_object().unwrap() {
            let target: Target = target.parse().unwrap();
            let files = list(release, "files");
            let ranked = files.iter().enumerate().filter_map(|(index, file)| {
                let wheel = candidate(file, release, &target)?;
                Some((target.tags().rank(&wheel.tags)?, std::cmp::Reverse(index)))
            });
            let best = ranked.max().map(|(_, index)| index.0 as u64);
            assert_eq!(best, choice.as_u64(), "{} on {target}", release["name"]);
            choices += 1;
        }
    }
    assert!(choices > 1_000);
}

/// If pip finds a file with pex's own tags, pex accepts it; if it finds none, pex accepts no candidate.
#[test]
fn pex_finds_a_wheel_if_we_say_so() {
    for release in list(&data("wheels.json"), "releases") {
        for (target, choice) in release["pex"].as_object().unwrap() {
            let target: Target = target.parse().unwrap();
            let accepted = list(release, "files")
                .iter()
                .enumerate()
                .filter(|(_, file)| {
                    let wheel = candidate(file, release, &target);
                    wheel.is_some_and(|wheel| target.pex_accepts(&wheel.tags))
                });
            let accepted: Vec<u64> = accepted.map(|(index, _)| index as u64).collect();
            match choice.as_u64() {
                Some(choice) => assert!(accepted.contains(&choice), "{target}"),
                None => assert_eq!(accepted, [0u64; 0], "{target}"),
            }
        }
    }
}

/// The wheel, if it belongs to this release and Requires-Python admits the target's Python.
fn candidate(file: &Value, release: &Value, target: &Target) -> Option<WheelFilename> {
    let wheel: WheelFilename = text(file, "filename").parse().ok()?;
    let version: pep440_rs::Version = text(release, "version").parse().unwrap();
    let project = text(release, "name")
        .to_lowercase()
        .replace(['_', '.'], "-");
    let requires = file["requires_python"].as_str().unwrap_or_default();
    let requires: pep440_rs::VersionSpecifiers = requires.parse().unwrap();
    let python: pep440_rs::Version = target.python().to_string().parse().unwrap();
    let fits = wheel.version == version && wheel.name == project && requires.contains(&python);
    fits.then_some(wheel)
}

/// Two spellings of a target have the same tags.
#[test]
fn tags_of_equal_targets_are_equal() {
    let tags = |target: &str| -> Tags { target.parse::<Target>().unwrap().tags().clone() };
    assert_eq!(tags("win_amd64-cp311"), tags("win-amd64-cp-3.11-cp311"));
    assert_ne!(tags("win_amd64-cp311"), tags("win_amd64-cp312"));
}
