//! Ranking of wheels by their tags, as for every release that is looked at; and a target from its
//! spelling.

use divan::{Bencher, black_box};
use harden_target::{Target, WheelFilename};

fn main() {
    divan::main();
}

/// The wheels of a release of numpy's kind: for each Python and platform one.
fn wheels() -> Vec<WheelFilename> {
    let pythons = ["cp310", "cp311", "cp312", "cp313", "cp313t"];
    let platforms = [
        "macosx_10_9_x86_64",
        "macosx_11_0_arm64",
        "manylinux_2_17_aarch64.manylinux2014_aarch64",
        "manylinux_2_17_x86_64.manylinux2014_x86_64",
        "musllinux_1_2_x86_64",
        "win32",
        "win_amd64",
    ];
    let names = pythons.iter().flat_map(|python| {
        let abi = python;
        let python = python.trim_end_matches('t');
        platforms.map(|platform| format!("numpy-2.3.1-{python}-{abi}-{platform}.whl"))
    });
    names
        .map(|name| name.parse().expect("the name is a wheel's"))
        .collect()
}

fn target() -> Target {
    let target = "manylinux_2_28_aarch64-cp-312-cp312".parse();
    target.expect("the target is spelled right")
}

/// All 35 wheels of a release.
#[divan::bench]
fn ranking_a_release(bencher: Bencher) {
    let (target, wheels) = (target(), wheels());
    bencher.bench_local(|| {
        let ranks = wheels.iter().map(|wheel| target.tags().rank(&wheel.tags));
        ranks.flatten().max()
    });
}

#[divan::bench]
fn reading_a_file_name() -> WheelFilename {
    let name = "numpy-2.3.1-cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64.whl";
    black_box(name).parse().expect("the name is a wheel's")
}

/// The target with its list of tags.
#[divan::bench]
fn reading_a_target() -> usize {
    target().tags().iter().count()
}
