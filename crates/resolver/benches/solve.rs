//! Solving from memory, with no time spent on an index.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use divan::Bencher;
use harden_resolver::{Answer, Asked, Options, Request, resolve};
use harden_testindex::Universe;

fn main() {
    divan::main();
}

/// Packages that each require three of those after them, in a few versions each.
fn layered(packages: usize) -> Universe {
    let mut text = String::new();
    for package in 0..packages {
        let required = [1, 7, 31].map(|step| package + step);
        let required: Vec<String> = required
            .iter()
            .filter(|required| **required < packages)
            .map(|required| format!("p{required}>=1,<3"))
            .collect();
        for version in ["1.0", "1.5", "2.0", "3.0"] {
            let _ = writeln!(text, "p{package} {version} requires={}", required.join(","));
        }
    }
    Universe::new(&text)
}

/// A front and a core of the same many versions, of which only the oldest admit an old library.
fn front_and_core(versions: usize) -> Universe {
    let mut text = "old 1.0\nold 2.0\n".to_owned();
    for version in 1..=versions {
        let old = if version <= versions / 5 {
            "old<2"
        } else {
            "old>=2"
        };
        let _ = writeln!(text, "front 1.{version} requires=core==1.{version}");
        let _ = writeln!(text, "core 1.{version} requires={old}");
    }
    Universe::new(&text)
}

const TARGETS: [&str; 6] = [
    "manylinux_2_28_aarch64-cp-312-cp312",
    "manylinux_2_28_x86_64-cp-312-cp312",
    "musllinux_1_2_x86_64-cp-312-cp312",
    "macosx_14_0_arm64-cp-312-cp312",
    "win_amd64-cp-312-cp312",
    "manylinux_2_28_x86_64-cp-313-cp313",
];

fn solve(universe: &Universe, loose: &[&str], targets: usize) -> Answer {
    let asked = loose.iter().map(|line| Asked {
        requirement: line.parse().expect("it is a requirement"),
        file: "loose.txt".into(),
        place: "loose.txt:1".into(),
        hashes: BTreeSet::new(),
    });
    let targets = TARGETS[..targets].iter();
    let request = Request {
        requirements: asked.collect(),
        constraints: Vec::new(),
        overrides: Vec::new(),
        excluded: BTreeSet::new(),
        targets: targets
            .map(|target| target.parse().expect("the target is spelled right"))
            .collect(),
        markers: Vec::new(),
        options: Options::default(),
    };
    resolve(&request, universe).expect("there is a resolution")
}

#[divan::bench(args = [30, 100, 300])]
fn packages(bencher: Bencher, packages: usize) {
    let universe = layered(packages);
    bencher.bench_local(|| solve(&universe, &["p0"], 1));
}

/// The last of which cannot be, one after the other.
#[divan::bench(args = [50, 200, 600])]
fn versions_that_cannot_be(bencher: Bencher, versions: usize) {
    let universe = front_and_core(versions);
    bencher.bench_local(|| solve(&universe, &["front", "old<2"], 1));
}

#[divan::bench(args = [1, 2, 6])]
fn targets(bencher: Bencher, targets: usize) {
    let universe = layered(100);
    bencher.bench_local(|| solve(&universe, &["p0"], targets));
}
