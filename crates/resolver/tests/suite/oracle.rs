//! The resolver against brute force, over random small universes.

use std::fmt::Write as _;

use harden_resolver::{Answer, Options, PrereleaseMode, ResolveError};
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

/// Has every shortcut taken as early as can be.
fn hurried(options: &mut Options) {
    options.limits.look_deeper_after = 0;
    options.limits.look_deeper_at = 3;
    options.limits.in_flight = 1;
    options.limits.longest_jump = 0;
}

/// The version of each package, 0 where it is not installed.
fn choice_of(answer: &Answer) -> Vec<u32> {
    let version = |name: &&str| {
        let mut pins = answer.resolution.pins.iter();
        let pin = pins.find(|pin| pin.name.as_str() == *name);
        pin.map_or(0, |pin| u32::try_from(pin.version.release()[0]).unwrap())
    };
    PACKAGES.iter().map(version).collect()
}

/// The first package, in the order of decisions, that could be newer with those before it as they are.
fn could_be_newer(answer: &Answer, choice: &[u32], valid: &[&Vec<u32>]) -> Option<String> {
    let places: Vec<usize> = answer
        .order
        .iter()
        .map(|name| {
            let place = PACKAGES.iter().position(|known| *known == name.as_str());
            place.unwrap()
        })
        .collect();
    let is_newer = |decided: usize| {
        let place = places[decided];
        valid.iter().any(|other| {
            let same = |place: &usize| other[*place] == choice[*place];
            places[..decided].iter().all(same) && other[place] > choice[place]
        })
    };
    let mut decided = 0..places.len();
    let decided = decided.find(|decided| is_newer(*decided))?;
    Some(PACKAGES[places[decided]].to_owned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// There is an answer exactly where brute force finds one. It is valid, holds nothing that nobody
    /// needs, and each package has the newest release that those decided before it leave it.
    #[test]
    fn the_answer_agrees_with_brute_force((packages, roots) in universe(), is_hurried in any::<bool>()) {
        let text = universe_text(&packages);
        let loose: Vec<String> = roots.iter().map(text_of).collect();
        let choices = choices(&packages);
        let valid: Vec<&Vec<u32>> = choices.iter().filter(|choice| is_valid(&packages, &roots, choice)).collect();
        let question = ask(&text, &loose.join("\n"));
        let question = if is_hurried { question.with(hurried) } else { question };
        match question.result() {
            Ok(answer) => {
                let choice = choice_of(&answer);
                prop_assert!(valid.contains(&&choice), "{choice:?}");
                for pin in &answer.resolution.pins {
                    prop_assert!(!pin.via.is_empty());
                }
                let newer = could_be_newer(&answer, &choice, &valid);
                prop_assert!(newer.is_none(), "{newer:?} could be newer than in {choice:?}\n{text}{loose:?}");
            }
            Err(ResolveError::NoSolution(_)) => prop_assert!(valid.is_empty()),
            Err(error) => prop_assert!(false, "{error}\n{text}{loose:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// After a failure, a line is suggested to be changed exactly where its change resolves: what the
    /// failed search has learnt does not outlive the line that it depends on.
    #[test]
    fn suggestions_agree_with_requests_of_their_own((packages, roots) in universe(), is_hurried in any::<bool>()) {
        let text = universe_text(&packages);
        let loose: Vec<String> = roots.iter().map(text_of).collect();
        let asked = |loose: &[String]| {
            let question = ask(&text, &loose.join("\n"));
            if is_hurried { question.with(hurried) } else { question }
        };
        let Err(error) = asked(&loose).result() else { return Ok(()) };
        let error = error.to_string();
        for (number, line) in loose.iter().enumerate() {
            let place = format!("loose.txt:{}", number + 1);
            let is_fact = error.contains(&format!("{place} requires"));
            let is_suggested = error.contains(&format!("change `{line}` in {place}"));
            let mut changed = loose.clone();
            PACKAGES[roots[number].0].clone_into(&mut changed[number]);
            let resolves = asked(&changed).result().is_ok();
            prop_assert!(!is_suggested || resolves, "{error}\n{text}{loose:?}");
            prop_assert!(is_suggested || !resolves || !is_fact, "{error}\n{text}{loose:?}");
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
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each target's set is valid by itself, and as few packages differ between the two as brute force finds.
    #[test]
    fn two_targets_agree_with_brute_force((packages, roots) in placed_universe(), is_hurried in any::<bool>()) {
        let loose: Vec<String> = roots.iter().map(placed_text).collect();
        let valid = [0, 1].map(|target| choices_on(&packages, &roots, target));
        let fewest = valid[0].iter()
            .flat_map(|linux| valid[1].iter().map(move |windows| differing(linux, windows)))
            .min();
        let text = placed_universe_text(&packages);
        let question = ask(&text, &loose.join("\n")).on(&[LINUX, WINDOWS]);
        let question = if is_hurried { question.with(hurried) } else { question };
        match question.result() {
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

/// A package with releases 1.0, 2.0rc1, 2.0 and 3.0, of which some are yanked.
fn ruled_universe() -> impl Strategy<Value = Vec<[bool; 4]>> {
    prop::collection::vec(any::<[bool; 4]>(), 2)
}

const VERSIONS: [&str; 4] = ["1.0", "2.0rc1", "2.0", "3.0"];
const SPECIFIERS: [&str; 7] = ["", ">=2.0rc1", "==2.0rc1", "==2.0", "==3.0", "!=2.0", "<3"];

fn admits(specifier: &str, version: &str) -> bool {
    match specifier {
        ">=2.0rc1" => version != "1.0",
        "!=2.0" => version != "2.0",
        "<3" => version != "3.0",
        "" => true,
        exact => exact == format!("=={version}"),
    }
}

type RuledLine = (usize, usize, Where);

/// The versions of a package that the lines for one target alone allow, with pre-releases only where
/// a line names one, and yanked releases only where a line pins one.
fn allowed(
    yanked: [bool; 4],
    lines: &[RuledLine],
    package: usize,
    target: usize,
) -> Vec<&'static str> {
    let held = lines
        .iter()
        .filter(|(of, _, place)| *of == package && place.is_on(target));
    let held: Vec<&str> = held
        .map(|(_, specifier, _)| SPECIFIERS[*specifier])
        .collect();
    let versions = VERSIONS.iter().zip(yanked);
    versions
        .filter(|(version, yanked)| {
            held.iter().all(|specifier| admits(specifier, version))
                && (**version != "2.0rc1" || held.iter().any(|specifier| specifier.contains("rc")))
                && (!*yanked || held.contains(&&*format!("=={version}")))
        })
        .map(|(version, _)| *version)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The answer for two targets, seen from one, is one that the lines for that target alone allow.
    #[test]
    fn each_target_has_its_own_rules(
        packages in ruled_universe(),
        lines in prop::collection::vec((0..2_usize, 0..SPECIFIERS.len(), place()), 1..5),
    ) {
        let mut text = String::new();
        for (name, yanked) in PACKAGES.iter().zip(&packages) {
            for (version, yanked) in VERSIONS.iter().zip(yanked) {
                let _ = writeln!(text, "{name} {version}{}", if *yanked { " yanked" } else { "" });
            }
        }
        let loose: Vec<String> = lines.iter().map(|(package, specifier, place)| {
            let marker = match place {
                Where::Both => "",
                Where::Linux => "; sys_platform == 'linux'",
                Where::Windows => "; sys_platform == 'win32'",
            };
            format!("{}{}{marker}", PACKAGES[*package], SPECIFIERS[*specifier])
        }).collect();
        let question = ask(&text, &loose.join("\n")).on(&[LINUX, WINDOWS]);
        let question = question.with(|options| options.prerelease = PrereleaseMode::Explicit);
        let needed = |package: usize, target: usize| {
            lines.iter().any(|(of, _, place)| *of == package && place.is_on(target))
        };
        let all = [0, 1].into_iter().flat_map(|package| [0, 1].map(|target| (package, target)));
        let all: Vec<(usize, usize)> = all.filter(|(package, target)| needed(*package, *target)).collect();
        let rules = |(package, target): (usize, usize)| allowed(packages[package], &lines, package, target);
        match question.result() {
            Ok(answer) => for (package, target) in all {
                let pin = answer.resolution.pins.iter().find(|pin| {
                    pin.name.as_str() == PACKAGES[package] && pin.environments.contains(&target)
                });
                let version = pin.unwrap().version.to_string();
                prop_assert!(rules((package, target)).contains(&&*version), "{version} {text}{loose:?}");
            },
            Err(ResolveError::NoSolution(_)) => {
                prop_assert!(all.iter().any(|of| rules(*of).is_empty()), "{text}{loose:?}");
            }
            Err(error) => prop_assert!(false, "{error}\n{text}{loose:?}"),
        }
    }
}
