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

/// As `pip download -r strict.txt -d wheels`.
#[test]
fn fetch_takes_the_strict_file_by_r_too() {
    let sandbox = sandbox();
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o pins.txt -q"))
        .good();
    sandbox.fetch("-q -r pins.txt -d wheels").good();
    sandbox
        .harden("fetch -q --requirement pins.txt -d wheels")
        .good();
    assert_eq!(sandbox.list("wheels"), ["lib-1.0-py3-none-any.whl"]);
    let by_variable = [("HARDEN_STRICT", "pins.txt")];
    sandbox
        .fetch_with(&by_variable, "-q -d wheels --check")
        .good();
    let nowhere = [("HARDEN_STRICT", "none.txt")];
    sandbox
        .fetch_with(&nowhere, "-q -r pins.txt -d wheels")
        .good();
    assert_eq!(sandbox.fetch("pins.txt -r pins.txt").code, Some(2));
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
    assert_snapshot!(sandbox.fetch("poetry.lock"), @r"
    exit 2
    --- stderr
    error: no such file: `poetry.lock`
    hint: it is the lock of another tool, which writes it; or name another file
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
        ("-e .", "`harden FOLDER/pyproject.toml`"),
        ("--editable .", "`fetch --project FOLDER`"),
    ] {
        let outcome = sandbox.harden(&format!("loose.txt {option}"));
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(outcome.stderr.contains(part), "{outcome}");
    }
    for (option, part) in [
        ("--no-deps", "nothing else"),
        ("--only-binary :all:", "--allow-sdist"),
        ("--wheel-dir w", "`fetch -d FOLDER`"),
        ("--group dev", "where the lock is made"),
    ] {
        let outcome = sandbox.fetch(&format!("strict.txt {option}"));
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(outcome.stderr.contains(part), "{outcome}");
    }
}

/// What is named as loose requirements and is a file of another tool is told by what it is.
#[test]
fn files_of_other_tools_are_not_read_as_loose_requirements() {
    let sandbox = sandbox();
    for (file, text) in [
        ("uv.lock", "version = 1"),
        (
            "Pipfile.lock",
            r#"{"_meta": {}, "default": {}, "develop": {}}"#,
        ),
        ("lock.json", r#"{"locked_resolves": []}"#),
        ("pylock.toml", "lock-version = '1.0'\npackages = []"),
        ("Pipfile", "[packages]\nlib = '*'"),
        ("environment.yml", "name: a"),
    ] {
        sandbox.write(file, text);
    }
    let told = |file: &str| sandbox.harden(file).to_string();
    assert_snapshot!(told("uv.lock"), @r"
    exit 2
    --- stderr
    error: uv.lock does not hold loose requirements: it is the lock of another tool
    hint: `harden import uv.lock -o strict.txt` makes a strict file of it; `harden LOOSE --prefer uv.lock` keeps its versions
    ");
    assert_snapshot!(told("Pipfile.lock"), @r"
    exit 2
    --- stderr
    error: Pipfile.lock does not hold loose requirements: it is the lock of another tool
    hint: `harden import Pipfile.lock -o strict.txt` makes a strict file of it; `harden LOOSE --prefer Pipfile.lock` keeps its versions
    ");
    assert_snapshot!(told("lock.json"), @r"
    exit 2
    --- stderr
    error: lock.json does not hold loose requirements: it is the lock of another tool
    hint: `harden import lock.json -o strict.txt` makes a strict file of it; `harden LOOSE --prefer lock.json` keeps its versions
    ");
    assert_snapshot!(told("pylock.toml"), @r"
    exit 2
    --- stderr
    error: pylock.toml does not hold loose requirements: it is the lock of another tool
    hint: `harden import pylock.toml -o strict.txt` makes a strict file of it; `harden LOOSE --prefer pylock.toml` keeps its versions
    ");
    assert_snapshot!(told("Pipfile"), @r"
    exit 2
    --- stderr
    error: Pipfile does not hold loose requirements: Pipenv reads it
    hint: list its packages in a requirements file; `--prefer Pipfile.lock` keeps their versions
    ");
    assert_snapshot!(told("environment.yml"), @r"
    exit 2
    --- stderr
    error: environment.yml does not hold loose requirements: conda reads it
    hint: list the packages below its `pip:` in a requirements file; `--prefer conda-lock.yml` keeps their versions
    ");
}
