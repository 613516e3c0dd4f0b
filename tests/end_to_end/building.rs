//! `fetch --build`: wheels from sdists, for installers without a network.
//!
//! Unlike all other tests, these need Python 3 with pip.

use std::process::Command;

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};

const SDIST: &str = "lib-1.0.tar.gz";
const WHEEL: &str = "lib-1.0-py3-none-any.whl";

/// A sandbox with a strict file for [`FOREIGN`] that pins an sdist.
fn hardened(universe: &str) -> Sandbox {
    let sandbox = Sandbox::new(universe);
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -p {FOREIGN} --allow-sdist lib -o strict.txt");
    sandbox.harden(&command).good();
    sandbox
}

/// A universe with a release of `lib` that has an sdist with these settings, and an application that requires it.
fn universe(settings: &str) -> String {
    format!(
        "app 1.0 requires=lib\nlib 1.0 wheels=none sdist {settings}\nneeded 1.0\nneeded 2.0 sdist wheels=none"
    )
}

/// The interpreter that `python3` starts; `python3` itself may be a script.
pub fn python() -> String {
    let mut command = Command::new("python3");
    command.args(["-c", "import pip, sys; print(sys.executable)"]);
    let output = command.output().expect("these tests need python3 on PATH");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "these tests need a python3 with pip: {said}"
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A strict file without the version of this machine's Python.
pub fn without_python(strict: &str) -> String {
    let lines = strict
        .lines()
        .map(|line| match line.split_once(" python ") {
            Some((before, _)) if before.trim() == "#" => format!("{before} python [version]"),
            _ => line.to_owned(),
        });
    lines.map(|line| line + "\n").collect()
}

pub fn build(sandbox: &Sandbox, arguments: &str) -> Outcome {
    sandbox.fetch(&format!("--build --python {} {arguments}", python()))
}

/// The environment of a build, as the backend wrote it into its wheel.
fn seen(sandbox: &Sandbox, wheelhouse: &str) -> String {
    let wheel = std::fs::read(sandbox.path(wheelhouse).join(WHEEL)).unwrap();
    let text = String::from_utf8_lossy(&wheel).into_owned();
    let begin = text.find("{\"installed\"").expect("it is stored as it is");
    let length = text[begin..].find('}').unwrap();
    text[begin..=begin + length].to_owned()
}

/// Whether pip installs all that the strict file of a wheelhouse lists, on this machine, from there
/// alone, and then has this file.
pub fn pip_takes(sandbox: &Sandbox, wheelhouse: &str, installed: &str) {
    pip_installs(
        sandbox,
        wheelhouse,
        &format!("{wheelhouse}/requirements.txt"),
    );
    assert!(sandbox.path("installed").join(installed).exists());
}

/// Installs a strict file with pip on this machine, from a wheelhouse alone.
pub fn pip_installs(sandbox: &Sandbox, wheelhouse: &str, strict: &str) {
    let folder = sandbox.path(wheelhouse);
    let mut pip = Command::new(python());
    pip.args([
        "-I",
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--no-index",
        "-q",
        "--target",
    ])
    .arg(sandbox.path("installed"))
    .arg("--find-links")
    .arg(&folder)
    .arg("-r")
    .arg(sandbox.path(strict));
    let output = pip.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_requirements_file_that_fetch_did_not_write_is_kept() {
    let sandbox = hardened(&universe("builds=py3-none-any build-requires=needed"));
    std::fs::create_dir(sandbox.path("wheelhouse")).unwrap();
    sandbox.write("wheelhouse/requirements.txt", "mine==1\n");
    assert_snapshot!(build(&sandbox, ""), @"
    exit 2
    --- stderr
    error: wheelhouse/requirements.txt was not written by `fetch --build` and is not replaced
    hint: move it elsewhere, or use another folder with -d
    ");
    assert_eq!(sandbox.shown("wheelhouse/requirements.txt"), "mine==1\n");
}

#[test]
fn a_built_wheel_replaces_its_sdist() {
    let sandbox = hardened(&universe("builds=py3-none-any build-requires=needed"));
    assert_snapshot!(build(&sandbox, ""), @"
    exit 0
    --- stderr
    built lib-1.0-py3-none-any.whl from lib-1.0.tar.gz in [time]
    fetched 1 file, [size]; 1 already there in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r wheelhouse/requirements.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_eq!(
        sandbox.list("wheelhouse"),
        ["app-1.0-py3-none-any.whl", WHEEL, "requirements.txt"]
    );
    assert_snapshot!(without_python(&sandbox.shown("wheelhouse/requirements.txt")), @r"
    # Hardened by harden; change strict.txt and run this again, rather than edit:
    #     fetch strict.txt --build
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:[digest]
        # via app
        # lib-1.0-py3-none-any.whl
        # built lib-1.0-py3-none-any.whl sha256:[digest]
        #   from lib-1.0.tar.gz sha256:<lib-1.0.tar.gz>
        #   python [version]
        #   with needed-1.0-py3-none-any.whl sha256:<needed-1.0-py3-none-any.whl>
    ");
    pip_takes(&sandbox, "wheelhouse", "lib/seen.json");

    // It is there: nothing is built again and no request is made.
    sandbox.server().forget_requests();
    assert_snapshot!(sandbox.fetch("--build --python no/such/python"), @"
    exit 0
    --- stderr
    fetched 0 files; 2 already there in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r wheelhouse/requirements.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_eq!(sandbox.server().requests(), []);

    // With --build, --check accepts the built wheel.
    assert_snapshot!(sandbox.fetch("--build --check"), @"
    exit 0
    --- stderr
    2 files match: wheelhouse
    ");
    assert_snapshot!(sandbox.fetch("--check"), @"
    exit 1
    --- stdout
    missing: lib-1.0.tar.gz
    extra: lib-1.0-py3-none-any.whl
    --- stderr
    1 file matches: wheelhouse
    error: wheelhouse does not match strict.txt
    hint: the folder holds wheels built from sdists; add --build to compare it with its requirements.txt
    ");
    sandbox.fetch("wheelhouse/requirements.txt --check").good();
    assert_snapshot!(sandbox.fetch("--build --dry-run"), @"
    exit 0
    --- stderr
    would fetch 0 files: [size] to download and [size] from the cache, into wheelhouse
    ");

    // In another folder it comes from the cache.
    assert_snapshot!(build(&sandbox, "-d second"), @"
    exit 0
    --- stderr
    fetched 0 files; 1 from the cache; 1 already there in [time]: second
    pex --no-index --find-links second -r second/requirements.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    let list = |folder: &str| sandbox.read(&format!("{folder}/requirements.txt"));
    assert_eq!(list("second"), list("wheelhouse"));
}

#[test]
fn a_build_sees_its_requirements_and_not_the_machine() {
    let sandbox = hardened(&universe(
        "builds=py3-none-any build-requires=needed>=1 backend-needs=needed<2",
    ));
    let arguments = format!("--no-cache --python {}", python());
    let variables = [("HARDEN_FETCH_BUILD", "1"), ("SOME_SECRET", "x")];
    let outcome = sandbox.fetch_with(&variables, &arguments);
    let is_cut = !outcome.stderr.contains("builds are not isolated");
    outcome.good();
    let seen_first = seen(&sandbox, "wheelhouse");
    let (before, network) = seen_first.split_once(", \"network\"").unwrap();
    assert_snapshot!(before, @r#"{"installed": ["needed==1.0"], "epoch": "315532800", "secrets": []"#);
    if is_cut {
        assert_eq!(network, r#": ["lo"]}"#);
    }
}

#[test]
fn a_built_wheel_for_another_platform_is_rejected() {
    let sandbox = hardened(&universe("builds=cp311-cp311-win_amd64"));
    assert_snapshot!(build(&sandbox, ""), @r#"
    exit 1
    --- stderr
    built lib-1.0-cp311-cp311-win_amd64.whl from lib-1.0.tar.gz in [time]
    error: lib-1.0.tar.gz was built into lib-1.0-cp311-cp311-win_amd64.whl, whose tags manylinux2014_aarch64-cp-311-cp311 does not accept
    hint: build it in a container of that platform, where FETCH is the path of a `fetch` executable for it:
        docker run --rm --platform linux/arm64 -v "$PWD:/work" -w /work -v FETCH:/usr/local/bin/fetch:ro quay.io/pypa/manylinux2014_aarch64 fetch strict.txt --platform manylinux2014_aarch64-cp-311-cp311 --build --python /opt/python/cp311-cp311/bin/python
    "#);
    assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
}

#[test]
fn a_build_that_fails_shows_its_last_lines() {
    let sandbox = hardened(&universe("builds=nothing"));
    let outcome = build(&sandbox, "");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    let said = &outcome.stderr;
    assert!(
        said.starts_with(
            "error: building lib-1.0.tar.gz failed with exit status: 1; its last lines:"
        ),
        "{said}"
    );
    assert!(
        said.contains("RuntimeError: this backend builds nothing"),
        "{said}"
    );
    assert!(
        said.contains("hint: the build may need another interpreter"),
        "{said}"
    );
    assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
}

#[test]
fn a_built_wheel_of_another_project_is_rejected() {
    let sandbox = hardened(&universe("builds=py3-none-any builds-as=other"));
    assert_snapshot!(build(&sandbox, ""), @"
    exit 1
    --- stderr
    error: lib-1.0.tar.gz was built into other-1.0-py3-none-any.whl, not into a wheel of lib 1.0
    ");
}

#[test]
fn unavailable_build_requirements_are_explained() {
    let sandbox = hardened(&universe("builds=py3-none-any build-requires=needed>=2"));
    let outcome = build(&sandbox, "");
    let (before, after) = outcome.stderr.split_once(" for ").unwrap();
    let (_this_machine, after) = after.split_once('\n').unwrap();
    assert_snapshot!(before, @"error: cannot resolve the build requirements of lib-1.0.tar.gz: no resolution");
    assert_snapshot!(after, @"
      1. lib-1.0.tar.gz requires needed>=2
      2. needed 2.0 has only an sdist, no wheel
    hint: build requirements must be wheels for the interpreter of --python, on the index or in a folder given with --find-links; `harden --build NAME` builds those that have only an sdist
    ");
}

#[test]
fn an_sdist_without_a_build_system_is_reported() {
    let sandbox = hardened(&universe(""));
    assert_snapshot!(build(&sandbox, ""), @"
    exit 1
    --- stderr
    error: lib-1.0.tar.gz does not say how it is built: it has neither pyproject.toml nor setup.py
    ");
}

#[test]
fn building_needs_an_interpreter() {
    let sandbox = hardened(&universe("builds=py3-none-any"));
    assert_snapshot!(sandbox.fetch("--build --python no/such/python"), @"
    exit 2
    --- stderr
    error: cannot run no/such/python: no such file or directory
    hint: name an interpreter with --python, or a target to lock for with --platform; `harden targets` lists platforms
    ");
}

#[test]
fn an_sdist_is_only_built_with_build() {
    let sandbox = hardened(&universe("builds=py3-none-any"));
    sandbox.fetch("").good();
    assert_eq!(
        sandbox.list("wheelhouse"),
        ["app-1.0-py3-none-any.whl", SDIST]
    );
    // When it is built later, its wheel replaces it.
    build(&sandbox, "").good();
    assert_eq!(
        sandbox.list("wheelhouse"),
        ["app-1.0-py3-none-any.whl", WHEEL, "requirements.txt"]
    );
}
