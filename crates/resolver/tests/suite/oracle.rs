//! The resolver against brute force, over random small universes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use harden_resolver::ResolveError;
use proptest::prelude::*;

use crate::support::{LINUX, WINDOWS, ask};

const PACKAGES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A package's versions 1 to n, each with requirements on later packages: (package, at least, below).
type Package = Vec<Vec<(usize, u32, u32)>>;

fn requirement() -> impl Strategy<Value = (usize, u32, u32)> {
    (0..PACKAGES.len(), 1_u32..4, 1_u32..4)
        .prop_map(|(package, a, b)| (package, a.min(b), a.max(b) + 1))
}

fn universe() -> impl Strategy<Value = (Vec<Package>, Vec<(usize, u32, u32)>)> {
    let package = prop::collection::vec(prop::collection::vec(requirement(), 0..3), 1..4);
    (
        prop::collection::vec(package, PACKAGES.len()),
        prop::collection::vec(requirement(), 1..4),
    )
}

fn text_of(requirement: &(usize, u32, u32)) -> String {
    format!(
        "{}>={},<{}",
        PACKAGES[requirement.0], requirement.1, requirement.2
    )
}

fn universe_text(packages: &[Package]) -> String {
    let mut text = String::new();
    for (name, versions) in PACKAGES.iter().zip(packages) {
        for (version, requires) in versions.iter().enumerate() {
            let _ = write!(text, "{name} {}", version + 1);
            for requirement in requires {
                let _ = write!(text, " requires={}", text_of(requirement));
            }
            text.push('\n');
        }
    }
    text
}

/// Whether a choice of versions (0: not installed) meets every requirement of the roots and of what is installed.
fn is_valid(packages: &[Package], roots: &[(usize, u32, u32)], choice: &[u32]) -> bool {
    let met = |(package, low, high): &(usize, u32, u32)| (*low..*high).contains(&choice[*package]);
    roots.iter().all(met)
        && packages.iter().zip(choice).all(|(versions, version)| {
            *version == 0 || versions[*version as usize - 1].iter().all(met)
        })
}

/// Every choice there is.
fn choices(packages: &[Package]) -> Vec<Vec<u32>> {
    packages.iter().fold(vec![Vec::new()], |choices, versions| {
        let all = 0..=u32::try_from(versions.len()).unwrap();
        choices
            .iter()
            .flat_map(|choice| {
                all.clone()
                    .map(|version| [choice.as_slice(), &[version]].concat())
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// There is an answer exactly where brute force finds one, and it is valid and holds nothing that nobody needs.
    #[test]
    fn the_answer_agrees_with_brute_force((packages, roots) in universe()) {
        let text = universe_text(&packages);
        let loose: Vec<String> = roots.iter().map(text_of).collect();
        let satisfiable = choices(&packages).iter().any(|choice| is_valid(&packages, &roots, choice));
        match ask(&text, &loose.join("\n")).result() {
            Ok(answer) => {
                prop_assert!(satisfiable);
                let pins: BTreeMap<&str, u32> = answer.resolution.pins.iter()
                    .map(|pin| (pin.name.as_str(), u32::try_from(pin.version.release()[0]).unwrap()))
                    .collect();
                let choice: Vec<u32> = PACKAGES.iter().map(|name| pins.get(name).copied().unwrap_or(0)).collect();
                prop_assert!(is_valid(&packages, &roots, &choice), "{pins:?}");
                for pin in &answer.resolution.pins {
                    prop_assert!(!pin.via.is_empty());
                }
            }
            Err(ResolveError::NoSolution(_)) => prop_assert!(!satisfiable),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}

/// Where a wheel or a requirement is for: both targets, Linux only, Windows only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    Both,
    Linux,
    Windows,
}

impl Where {
    fn is_on(self, target: usize) -> bool {
        match self {
            Self::Both => true,
            Self::Linux => target == 0,
            Self::Windows => target == 1,
        }
    }
}

fn place() -> impl Strategy<Value = Where> {
    prop_oneof![3 => Just(Where::Both), 1 => Just(Where::Linux), 1 => Just(Where::Windows)]
}

type PlacedRequirement = ((usize, u32, u32), Where);
/// A version's wheels, and its requirements.
type PlacedVersion = (Where, Vec<PlacedRequirement>);

fn placed_universe() -> impl Strategy<Value = (Vec<Vec<PlacedVersion>>, Vec<PlacedRequirement>)> {
    let requirement = || {
        let requirement = (0..4_usize, 1_u32..4, 1_u32..4)
            .prop_map(|(package, a, b)| (package, a.min(b), a.max(b) + 1));
        (requirement, place())
    };
    let version = (place(), prop::collection::vec(requirement(), 0..3));
    let package = prop::collection::vec(version, 1..4);
    (
        prop::collection::vec(package, 4),
        prop::collection::vec(requirement(), 1..4),
    )
}

fn placed_text((requirement, place): &PlacedRequirement) -> String {
    let marker = match place {
        Where::Both => "",
        Where::Linux => "; sys_platform == 'linux'",
        Where::Windows => "; sys_platform == 'win32'",
    };
    format!("{}{marker}", text_of(requirement))
}

fn placed_universe_text(packages: &[Vec<PlacedVersion>]) -> String {
    let mut text = String::new();
    for (name, versions) in PACKAGES.iter().zip(packages) {
        for (version, (place, requires)) in versions.iter().enumerate() {
            let wheels = match place {
                Where::Both => "py3-none-any",
                Where::Linux => "cp312-cp312-manylinux2014_x86_64",
                Where::Windows => "cp312-cp312-win_amd64",
            };
            let _ = write!(text, "{name} {} wheels={wheels}", version + 1);
            for requirement in requires {
                let _ = write!(text, " requires=\"{}\"", placed_text(requirement));
            }
            text.push('\n');
        }
    }
    text
}

/// The valid choices on one target.
fn choices_on(
    packages: &[Vec<PlacedVersion>],
    roots: &[PlacedRequirement],
    target: usize,
) -> Vec<Vec<u32>> {
    let on = |requirements: &[PlacedRequirement]| -> Vec<(usize, u32, u32)> {
        requirements
            .iter()
            .filter(|(_, place)| place.is_on(target))
            .map(|(requirement, _)| *requirement)
            .collect()
    };
    let plain: Vec<Package> = packages
        .iter()
        .map(|versions| versions.iter().map(|(_, requires)| on(requires)).collect())
        .collect();
    let installable = |choice: &Vec<u32>| {
        packages.iter().zip(choice).all(|(versions, version)| {
            *version == 0 || versions[*version as usize - 1].0.is_on(target)
        })
    };
    let roots = on(roots);
    choices(&plain)
        .into_iter()
        .filter(|choice| installable(choice) && is_valid(&plain, &roots, choice))
        .collect()
}

fn differing(linux: &[u32], windows: &[u32]) -> usize {
    linux
        .iter()
        .zip(windows)
        .filter(|(a, b)| **a != 0 && **b != 0 && a != b)
        .count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each target's set is valid by itself, and as few packages differ between the two as brute force finds.
    #[test]
    fn two_targets_agree_with_brute_force((packages, roots) in placed_universe()) {
        let loose: Vec<String> = roots.iter().map(placed_text).collect();
        let valid = [0, 1].map(|target| choices_on(&packages, &roots, target));
        let fewest = valid[0].iter()
            .flat_map(|linux| valid[1].iter().map(move |windows| differing(linux, windows)))
            .min();
        let question = ask(&placed_universe_text(&packages), &loose.join("\n")).on(&[LINUX, WINDOWS]).result();
        match question {
            Ok(answer) => {
                let chosen = [0, 1].map(|target| {
                    PACKAGES[..4].iter().map(|name| {
                        answer.resolution.pins.iter()
                            .find(|pin| pin.name.as_str() == *name && pin.environments.contains(&target))
                            .map_or(0, |pin| u32::try_from(pin.version.release()[0]).unwrap())
                    }).collect::<Vec<u32>>()
                });
                for target in [0, 1] {
                    prop_assert!(valid[target].contains(&chosen[target]), "{chosen:?}");
                }
                prop_assert_eq!(Some(differing(&chosen[0], &chosen[1])), fewest);
            }
            Err(ResolveError::NoSolution(text)) => prop_assert_eq!(fewest, None, "{}\n{}{:?}", text, placed_universe_text(&packages), loose),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}
