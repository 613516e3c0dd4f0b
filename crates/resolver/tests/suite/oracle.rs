//! The resolver against brute force, over random small universes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use harden_resolver::ResolveError;
use proptest::prelude::*;

use crate::support::ask;

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
