//! A real lock of Airflow, of more than a hundred pins: read, checked and written.

use std::io;
use std::path::Path;

use divan::Bencher;
use harden_hasher::{Expectations, StrictFile, read};
use harden_requirements::{Inputs, ReadText};
use harden_target::Target;

fn main() {
    divan::main();
}

const STRICT: &str = include_str!("../../../lockfiles/airflow/strict.txt");

/// The loose file beside it.
struct Beside;

impl ReadText for Beside {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lockfiles/airflow");
        std::fs::read(folder.join(path))
    }
}

fn strict() -> StrictFile {
    StrictFile::parse(STRICT, "strict.txt").expect("it is a strict file")
}

#[divan::bench]
fn reading() -> StrictFile {
    strict()
}

#[divan::bench]
fn writing(bencher: Bencher) {
    let strict = strict();
    bencher.bench_local(|| strict.to_string());
}

/// All that `harden check` does but reading files.
#[divan::bench]
fn checking(bencher: Bencher) {
    let inputs = harden_requirements::read(&["loose.txt"], &Beside).expect("it can be read");
    let header = strict().header().cloned().expect("it has one");
    let targets: Vec<Target> = header
        .platforms()
        .iter()
        .map(|name| name.parse().expect("it is a target"))
        .collect();
    let (overrides, lines) = (Inputs::default(), inputs.canonical_lines());
    let wishes = Expectations {
        inputs: &inputs,
        overrides: &overrides,
        excluded: &[],
        markers: &[],
        follows_dependencies: true,
        input_lines: &lines,
        targets: &targets,
        folder: "",
    };
    bencher.bench_local(|| {
        let findings = read(STRICT.as_bytes(), "strict.txt", "harden").check(&wishes);
        assert_eq!(findings, [], "the lock passes");
    });
}
