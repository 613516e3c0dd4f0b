//! An independent judge of strict files that shares no code with the resolver.
//!
//! Other libraries evaluate markers and specifiers, the marker values and suitable wheels of each target
//! are written here by hand, and the walk over requirements is as simple as possible.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use harden_testindex::{File, Universe};
use pep508_rs::{
    ExtraName, MarkerEnvironment, MarkerEnvironmentBuilder, Requirement, VerbatimUrl, VersionOrUrl,
};

type Loose = Requirement<VerbatimUrl>;

/// The meaning of a target, written by hand.
pub struct Meaning {
    /// As `-p` takes it.
    pub spelling: &'static str,
    /// Those wheel tags of the test universes that fit it.
    pub fitting: &'static [&'static str],
    markers: MarkerEnvironmentBuilder<'static>,
}

/// Linux on 64-bit Arm with `CPython` 3.11.9, Linux on x86-64 with 3.12.1, Windows with 3.10.11.
pub fn meanings() -> [Meaning; 3] {
    let linux = |machine, python, full| MarkerEnvironmentBuilder {
        implementation_name: "cpython",
        implementation_version: full,
        os_name: "posix",
        platform_machine: machine,
        platform_python_implementation: "CPython",
        platform_release: "",
        platform_system: "Linux",
        platform_version: "",
        python_full_version: full,
        python_version: python,
        sys_platform: "linux",
    };
    [
        Meaning {
            spelling: "manylinux2014_aarch64-cp-3.11.9-cp311",
            fitting: &[
                "py3-none-any",
                "cp311-cp311-manylinux2014_aarch64",
                "cp38-abi3-manylinux2014_aarch64",
            ],
            markers: linux("aarch64", "3.11", "3.11.9"),
        },
        Meaning {
            spelling: "manylinux_2_28_x86_64-cp-3.12.1-cp312",
            fitting: &[
                "py3-none-any",
                "cp312-cp312-manylinux2014_x86_64",
                "cp38-abi3-manylinux2014_x86_64",
            ],
            markers: linux("x86_64", "3.12", "3.12.1"),
        },
        Meaning {
            spelling: "win_amd64-cp-3.10.11-cp310",
            fitting: &[
                "py3-none-any",
                "cp310-cp310-win_amd64",
                "cp38-abi3-win_amd64",
            ],
            markers: MarkerEnvironmentBuilder {
                os_name: "nt",
                platform_system: "Windows",
                sys_platform: "win32",
                ..linux("AMD64", "3.10", "3.10.11")
            },
        },
    ]
}

/// A line of a strict file: a pin, its marker, and the names of the files that it hashes.
struct Line {
    requirement: Loose,
    files: Vec<String>,
}

/// Asserts that `strict` installs exactly what `loose` needs on the target, with fitting wheels.
pub fn judge(universe: &Universe, loose: &[&str], strict: &str, target: &Meaning) {
    let environment = MarkerEnvironment::try_from(target.markers.clone()).expect("it is valid");
    let pins: BTreeMap<String, (pep440_rs::Version, &File)> = lines(universe, strict)
        .into_iter()
        .filter(|line| line.requirement.evaluate_markers(&environment, &[]))
        .map(|line| pin(universe, target, &line))
        .collect();

    let mut needed: BTreeSet<(String, String)> = BTreeSet::new();
    let mut open: Vec<(Loose, Vec<ExtraName>)> =
        loose.iter().map(|l| (parsed(l), Vec::new())).collect();
    while let Some((requirement, extras)) = open.pop() {
        if !requirement.evaluate_markers(&environment, &extras) {
            continue;
        }
        let name = requirement.name.to_string();
        let Some((version, file)) = pins.get(&name) else {
            panic!("{}: {requirement} has no pin in\n{strict}", target.spelling);
        };
        if let Some(VersionOrUrl::VersionSpecifier(specifiers)) = &requirement.version_or_url {
            assert!(
                specifiers.contains(version),
                "{requirement} is not met by {version}"
            );
        }
        let asked = requirement.extras.iter().map(ToString::to_string);
        for extra in asked.chain([String::new()]) {
            if needed.insert((name.clone(), extra.clone())) {
                let extras: Vec<ExtraName> = ExtraName::from_str(&extra).into_iter().collect();
                open.extend(requires(file).map(|line| (parsed(&line), extras.clone())));
            }
        }
    }
    for (name, (_, file)) in &pins {
        assert!(
            admits(file, &environment),
            "{name} does not admit {}",
            target.spelling
        );
        assert!(
            needed.iter().any(|(needed, _)| needed == name),
            "nothing needs {name} in\n{strict}"
        );
    }
}

fn pin<'a>(
    universe: &'a Universe,
    target: &Meaning,
    line: &Line,
) -> (String, (pep440_rs::Version, &'a File)) {
    let name = line.requirement.name.to_string();
    let Some(VersionOrUrl::VersionSpecifier(specifiers)) = &line.requirement.version_or_url else {
        panic!("{name} is not pinned");
    };
    let [specifier] = &specifiers[..] else {
        panic!("{name} is pinned by {specifiers}");
    };
    assert_eq!(*specifier.operator(), pep440_rs::Operator::Equal, "{name}");
    let fitting: Vec<&String> = line
        .files
        .iter()
        .filter(|file| {
            target
                .fitting
                .iter()
                .any(|tags| file.ends_with(&format!("-{tags}.whl")))
        })
        .collect();
    let [file] = fitting[..] else {
        panic!(
            "{}: not one fitting file of {name}: {:?}",
            target.spelling, line.files
        );
    };
    let file = universe.file(file).expect("the universe has it");
    (name, (specifier.version().clone(), file))
}

fn lines(universe: &Universe, strict: &str) -> Vec<Line> {
    let joined = strict.replace("\\\n", " ");
    let content = joined
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with(['#', '-']));
    content
        .map(|line| {
            let (requirement, hashes) = line.split_once("--hash=").expect("every line has a hash");
            let hashes = hashes.split("--hash=").map(|hash| {
                let digest = hash.trim().strip_prefix("sha256:").expect("SHA-256 alone");
                let file = universe
                    .files()
                    .find(|file| file.sha256().to_string() == digest);
                file.expect("a hash of a file of the index")
                    .filename()
                    .to_owned()
            });
            Line {
                requirement: parsed(requirement),
                files: hashes.collect(),
            }
        })
        .collect()
}

/// Whether a file's Requires-Python holds.
fn admits(file: &File, environment: &MarkerEnvironment) -> bool {
    let metadata = file.metadata();
    let python = metadata
        .lines()
        .find_map(|line| line.strip_prefix("Requires-Python: "));
    let specifiers = python.map(pep440_rs::VersionSpecifiers::from_str);
    let specifiers = specifiers
        .transpose()
        .expect("the test's specifiers are valid");
    specifiers.is_none_or(|python| python.contains(&environment.python_full_version().version))
}

fn requires(file: &File) -> impl Iterator<Item = String> {
    let metadata = file.metadata();
    let lines = metadata
        .lines()
        .filter_map(|line| line.strip_prefix("Requires-Dist: "));
    lines.map(str::to_owned).collect::<Vec<_>>().into_iter()
}

fn parsed(text: &str) -> Loose {
    Loose::from_str(text.trim()).expect("the test's requirements are valid")
}
