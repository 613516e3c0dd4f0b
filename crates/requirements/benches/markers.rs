//! Requirements as metadata holds them: read, and their markers evaluated.

use divan::{Bencher, black_box};
use harden_requirements::{Marker, Requirement};
use harden_target::Target;

fn main() {
    divan::main();
}

const MARKER: &str =
    "(python_version < '3.11' or platform_machine == 'aarch64') and sys_platform != 'win32'";

#[divan::bench]
fn reading_a_requirement() -> Requirement {
    let text = "urllib3[socks] (<3,>=1.21.1); python_version >= \"3.10\"";
    black_box(text).parse().expect("it is a requirement")
}

#[divan::bench]
fn reading_a_marker() -> Marker {
    black_box(MARKER).parse().expect("it is a marker")
}

#[divan::bench]
fn evaluating_a_marker(bencher: Bencher) {
    let target: Target = "manylinux_2_28_aarch64-cp-312-cp312"
        .parse()
        .expect("the target is spelled right");
    let (marker, environment): (Marker, _) = (
        MARKER.parse().expect("it is a marker"),
        target.environment(),
    );
    bencher.bench_local(|| marker.evaluate(black_box(&environment), &[]));
}
