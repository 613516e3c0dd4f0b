//! What people type by habit: each gets the sentence that helps.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new("lib 1.0");
    sandbox.write("loose.txt", "lib");
    sandbox
}

#[test]
fn harden_fetch_is_fetch() {
    let sandbox = sandbox();
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    assert_snapshot!(sandbox.harden("fetch -d wheels"), @"
    exit 0
    --- stderr
    fetched 1 file, [size] in [time]: wheels
    pex --no-index --find-links wheels -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_eq!(sandbox.list("wheels"), ["lib-1.0-py3-none-any.whl"]);
    assert_eq!(sandbox.harden("fetch --check -d wheels -q").code, Some(0));
}

#[test]
fn words_of_other_tools_are_answered() {
    let sandbox = sandbox();
    assert_snapshot!(sandbox.harden("lock"), @"
    exit 2
    --- stderr
    error: there is no requirements file `lock`
    hint: `harden LOOSE -o strict.txt` locks; with a harden.toml, `harden` alone does
    ");
    assert_snapshot!(sandbox.harden("install"), @"
    exit 2
    --- stderr
    error: there is no requirements file `install`
    hint: harden does not install: `fetch` fills a wheelhouse, and `pip install --require-hashes --no-index --find-links wheelhouse -r strict.txt` installs it
    ");
    assert_snapshot!(sandbox.harden("chekc"), @"
    exit 2
    --- stderr
    error: there is no requirements file `chekc`
    hint: did you mean `harden check`?
    ");
    assert_snapshot!(sandbox.harden("win_amd64-cp312"), @"
    exit 2
    --- stderr
    error: there is no requirements file `win_amd64-cp312`; it is a target
    hint: write `-p win_amd64-cp312`
    ");
    assert_snapshot!(sandbox.harden("requests"), @"
    exit 2
    --- stderr
    error: there is no requirements file `requests`
    hint: to lock the package requests, `harden add requests`, or write it into a requirements file and name that
    ");
    assert_snapshot!(sandbox.harden("loose.txt -p win_amd64-cp312,win_amd64-cp311"), @"
    exit 2
    --- stderr
    error: `win_amd64-cp312,win_amd64-cp311` is several targets
    hint: give each its own option: -p win_amd64-cp312 -p win_amd64-cp311
    ");
}

#[test]
fn options_of_other_tools_are_accepted_where_they_are_true() {
    let sandbox = sandbox();
    let habits = "--generate-hashes --only-binary :all: --output-file strict.txt -r loose.txt";
    sandbox.harden(&format!("{habits} -p {FOREIGN}")).good();
    assert!(
        sandbox
            .read("strict.txt")
            .contains("#     harden loose.txt --platform")
    );
    assert_eq!(sandbox.harden("check").code, Some(0));
}

#[test]
fn options_of_other_tools_are_answered_where_they_are_not() {
    let sandbox = sandbox();
    assert_snapshot!(sandbox.harden("loose.txt --universal"), @"
    exit 2
    --- stderr
    error: harden has no option `--universal`
    hint: name each target: `-p manylinux2014_x86_64-cp312 -p win_amd64-cp312`; all share one strict file
    ");
    assert_snapshot!(sandbox.harden("loose.txt --python-version 3.12"), @"
    exit 2
    --- stderr
    error: harden has no option `--python-version`
    hint: name the Python with the target, as in `-p manylinux2014_x86_64-cp312`, or with `--python 3.12`
    ");
    assert_snapshot!(sandbox.harden("loose.txt --no-header"), @"
    exit 2
    --- stderr
    error: harden has no option `--no-header`
    hint: the header is what `harden check` and `fetch` work with, and is always written
    ");
    assert_snapshot!(sandbox.harden("loose.txt --locked"), @"
    exit 2
    --- stderr
    error: harden has no option `--locked`
    hint: `harden check` says whether the lock is up to date
    ");
}

/// Platforms as Docker, uv, Rust and images name them.
#[test]
fn platforms_of_other_tools_are_understood_or_answered() {
    let sandbox = sandbox();
    for platform in [
        "linux/arm64",
        "aarch64-unknown-linux-gnu",
        "aarch64-manylinux2014",
    ] {
        let outcome = sandbox.harden(&format!("loose.txt -p {platform} --python 3.11"));
        assert!(
            outcome.good().contains(&format!("platforms={FOREIGN}")),
            "{platform}"
        );
    }
    assert_snapshot!(sandbox.harden("loose.txt -p linux/arm64"), @"
    exit 2
    --- stderr
    error: `linux/arm64` is not a target
    hint: write `-p manylinux2014_aarch64-cp312`, with the Python you deploy on
    ");
    assert_snapshot!(sandbox.harden("loose.txt -p python:3.12-slim"), @"
    exit 2
    --- stderr
    error: `python:3.12-slim` is not a target
    hint: write `-p manylinux_2_28_x86_64-cp312`, with the Python you deploy on
    ");
    assert_snapshot!(sandbox.harden("loose.txt -p debian-12"), @"
    exit 2
    --- stderr
    error: `debian-12` is not a target
    hint: write `-p debian-12-amd64` or `-p debian-12-arm64`, with the Python you deploy on
    ");
}

#[test]
fn a_preset_keeps_its_name_in_the_command() {
    let sandbox = sandbox();
    let text = sandbox.harden("loose.txt -p debian-12-arm64").good();
    assert!(
        text.contains("#     harden loose.txt --platform debian-12-arm64 "),
        "{text}"
    );
    assert!(
        text.contains("platforms=manylinux_2_36_aarch64-cp-311-cp311"),
        "{text}"
    );
}

#[test]
fn a_glibc_of_two_names_is_one_target() {
    let sandbox = sandbox();
    let both = "-p manylinux2014_aarch64-cp311 -p manylinux_2_17_aarch64-cp311";
    sandbox
        .harden(&format!("loose.txt {both} -o strict.txt"))
        .good();
    assert!(
        sandbox
            .read("strict.txt")
            .contains(&format!("platforms={FOREIGN}\n"))
    );
    assert_eq!(
        sandbox.fetch("-p manylinux_2_17_aarch64-cp311").code,
        Some(0)
    );
}

#[test]
fn lock_files_of_other_tools_are_recognised() {
    let sandbox = sandbox();
    sandbox.write("uv.lock", "version = 1");
    assert_snapshot!(sandbox.fetch("uv.lock"), @r"
    exit 2
    --- stderr
    error: uv.lock does not say which targets it is for
    hint: name one with --platform, as in `--platform manylinux2014_aarch64-cp311`
    ");
}

#[test]
fn python_is_not_a_package() {
    let sandbox = sandbox();
    sandbox.write("loose.txt", "python>=3.11\nlib");
    assert_snapshot!(sandbox.harden(&format!("loose.txt -p {FOREIGN}")), @"
    exit 2
    --- stderr
    error: loose.txt:1: `python` is the interpreter, not a package; it is part of the target, as in `-p manylinux2014_x86_64-cp312`
    ");
}

/// clap would suggest an option of a similar name, which does something else.
#[test]
fn options_whose_nearest_name_misleads_are_answered() {
    let sandbox = sandbox();
    for (option, part) in [
        ("--no-binary :all:", "`--build NAME` builds a wheel"),
        ("--trusted-host h", "SSL_CERT_FILE"),
        ("--no-emit-package a", "`--exclude NAME`"),
        ("--dest w", "`fetch -d FOLDER`"),
        ("--rebuild", "`--refresh`"),
    ] {
        let outcome = sandbox.harden(&format!("loose.txt {option}"));
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(outcome.stderr.contains(part), "{outcome}");
    }
}
