//! Hard cases end, with little asked of the index.

use std::fmt::Write as _;

use harden_resolver::{Options, Request, Warning, resolve};
use harden_testindex::Universe;

use crate::support::{LINUX, ask};

/// A front whose releases each require the core release of their own number, as boto3 does of botocore.
fn front_and_core(count: usize, core_requires: impl Fn(usize) -> &'static str) -> String {
    let mut universe = "old 1.0\nold 2.0\n".to_owned();
    for release in 1..=count {
        let _ = writeln!(universe, "front 1.{release} requires=core==1.{release}");
        let _ = writeln!(
            universe,
            "core 1.{release} requires={}",
            core_requires(release)
        );
    }
    universe
}

/// boto3 with an old urllib3: each newer release is read, which proves that it does not fit, and few
/// decisions are made on them.
#[test]
fn a_long_run_of_releases_that_do_not_fit_takes_few_decisions() {
    let universe = front_and_core(
        600,
        |release| if release <= 123 { "old<2" } else { "old>=2" },
    );
    let question = ask(&universe, "front\nold<2");
    let answer = question.result().unwrap();
    let pins: Vec<String> = answer
        .resolution
        .pins
        .iter()
        .map(|pin| format!("{} {}", pin.name, pin.version))
        .collect();
    assert_eq!(pins, ["core 1.123", "front 1.123", "old 1.0"]);
    let statistics = answer.statistics;
    assert!(
        statistics.versions_tried >= 2 * (600 - 123),
        "{statistics:?}"
    );
    assert!(statistics.decisions < 50, "{statistics:?}");
}

/// The same where each front admits all later cores, too, as boto3 does of botocore.
#[test]
fn fronts_that_admit_later_cores_are_passed_over_together() {
    let mut universe = "old 1.0\nold 2.0\n".to_owned();
    for release in 1..=600 {
        let old = if release <= 123 { "old<2" } else { "old>=2" };
        let _ = writeln!(universe, "front 1.{release} requires=core>=1.{release}");
        let _ = writeln!(universe, "core 1.{release} requires={old}");
    }
    let answer = ask(&universe, "front\nold<2").result().unwrap();
    assert_eq!(answer.resolution.pins[1].version.to_string(), "1.123");
    assert!(answer.statistics.decisions < 20, "{:?}", answer.statistics);
}

/// An exact pin of a library whose companion is released in step.
#[test]
fn a_pinned_core_takes_few_decisions() {
    let universe = front_and_core(1_000, |_| "old>=2");
    let answer = ask(&universe, "front\ncore==1.700").result().unwrap();
    assert_eq!(answer.resolution.pins[1].version.to_string(), "1.700");
    assert!(answer.statistics.decisions < 20, "{:?}", answer.statistics);
}

/// With a limit on what is read, releases are skipped, which is said; without one, none is.
#[test]
fn skipped_releases_are_warned_of() {
    let universe = front_and_core(200, |_| "old>=2");
    let limited = |exhaustive| {
        let question = ask(&universe, "front\ncore==1.100").with(|options| {
            options.limits.read = 20;
            options.exhaustive = exhaustive;
        });
        let result = question.result();
        result.map(|answer| {
            let skipped = answer.warnings.iter();
            let skipped = skipped.filter(|warning| matches!(warning, Warning::Skipped { .. }));
            (answer.resolution.pins.len(), skipped.count())
        })
    };
    assert_eq!(limited(true).unwrap(), (3, 0));
    assert!(limited(false).is_ok_and(|(_, skipped)| skipped == 1) || limited(false).is_err());
}

/// Only a choice that is taken back counts as a backtrack.
#[test]
fn choices_that_are_taken_back_are_counted() {
    let universe = front_and_core(20, |release| if release <= 10 { "old<2" } else { "old>=2" });
    let backtracks = |loose| {
        ask(&universe, loose)
            .result()
            .unwrap()
            .statistics
            .backtracks
    };
    assert_eq!(backtracks("front"), 0);
    assert!(backtracks("front\nold<2") > 0);
}

/// What is leapt over is not lost where all else fails.
#[test]
fn a_single_release_among_many_is_found() {
    let universe = front_and_core(
        200,
        |release| if release == 150 { "old<2" } else { "old>=2" },
    );
    let answer = ask(&universe, "front\nold<2").result().unwrap();
    assert_eq!(answer.resolution.pins[1].version.to_string(), "1.150");
}

#[test]
fn a_hopeless_case_ends() {
    let universe = front_and_core(300, |_| "old>=2");
    let question = ask(&universe, "front\nold<2");
    assert!(question.result().is_err());
}

/// A package met early keeps one met late from its newest versions: the late one is decided first then.
#[test]
fn a_shallow_package_gives_way_to_deep_ones() {
    let mut universe =
        "app 1.0 requires=provider,server\nserver 1.0 requires=sockets\nsockets 1.0\nsockets 2.0\n"
            .to_owned();
    for release in 1..=20 {
        let sockets = if release <= 3 { "sockets" } else { "sockets<2" };
        let _ = writeln!(
            universe,
            "provider 1.{release} requires=platform>=1.{release}"
        );
        let _ = writeln!(universe, "platform 1.{release} requires=genai>=1.{release}");
        let _ = writeln!(universe, "genai 1.{release} requires='{sockets}'");
    }
    let answer = ask(&universe, "app").result().unwrap();
    let pin = |name: &str| {
        let mut pins = answer.resolution.pins.iter();
        pins.find(|pin| pin.name.as_str() == name)
            .unwrap()
            .version
            .to_string()
    };
    assert_eq!(pin("provider"), "1.20");
    assert_eq!(pin("sockets"), "1.0");
}

/// The same question has the same answer, whatever was asked of the index before.
#[test]
fn an_index_that_was_asked_before_gives_the_same_answer() {
    let universe = Universe::new(&front_and_core(100, |release| {
        if release <= 40 { "old<2" } else { "old>=2" }
    }));
    let request = |loose: &str| Request {
        requirements: crate::support::lines("loose.txt", loose),
        constraints: Vec::new(),
        overrides: Vec::new(),
        excluded: std::collections::BTreeSet::new(),
        targets: vec![LINUX.parse().unwrap()],
        markers: Vec::new(),
        options: Options::default(),
    };
    let first = resolve(&request("front\nold<2"), &universe).unwrap();
    resolve(&request("front"), &universe).unwrap();
    let second = resolve(&request("front\nold<2"), &universe).unwrap();
    assert_eq!(
        crate::support::pins(&first.resolution),
        crate::support::pins(&second.resolution)
    );
}
