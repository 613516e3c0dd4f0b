//! `harden check`: offline, in any folder, by the header or by the configuration.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const WORLD: &str = "
    app 1.0 requires=base>=1 extra:cli=shell
    app 2.0 requires=base>=1 extra:cli=shell
    base 1.0
    shell 3.0
";

/// A sandbox with a lock in it.
fn locked() -> Sandbox {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", "app[cli]<2  # the tool");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    sandbox
}

#[test]
fn a_fresh_lock_passes_silently_and_offline() {
    let sandbox = locked();
    let asked = sandbox.server().requests().len();
    assert_snapshot!(sandbox.harden("check strict.txt"), @r"
    exit 0
    --- stderr
    strict.txt: 3 pins, 1 target, up to date
    ");
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 0
    --- stderr
    strict.txt: 3 pins, 1 target, up to date
    ");
    assert_snapshot!(sandbox.harden("check loose.txt strict.txt --json"), @r#"
    exit 0
    --- stdout
    {
      "findings": [],
      "ok": true
    }
    --- stderr
    strict.txt: 3 pins, 1 target, up to date
    "#);
    assert_eq!(sandbox.server().requests().len(), asked);
}

#[test]
fn comments_and_order_do_not_make_a_lock_stale_and_requirements_do() {
    let sandbox = locked();
    sandbox.write("loose.txt", "\n# sorted\nApp[CLI] < 2");
    assert_eq!(sandbox.harden("check").code, Some(0));
    sandbox.write("loose.txt", "app[cli]>=2\nnewcomer");
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:3: loose.txt, or a file read with it, has changed since the file was written [stale]
    loose.txt:1: `app[cli]>=2` is not met by the pin app==1.0 [unmet]
    loose.txt:2: `newcomer` is not pinned [missing-pin]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    --- stderr
    error: strict.txt does not pass: 3 findings
    ");
}

#[test]
fn findings_have_formats_for_machines() {
    let sandbox = locked();
    sandbox.write("loose.txt", "app[cli]>=2");
    assert_snapshot!(sandbox.harden("check --json"), @r#"
    exit 1
    --- stdout
    {
      "findings": [
        {
          "file": "strict.txt",
          "fix": "harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url",
          "hint": null,
          "level": "error",
          "line": 3,
          "message": "loose.txt, or a file read with it, has changed since the file was written",
          "rule": "stale"
        },
        {
          "file": "loose.txt",
          "fix": "harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url",
          "hint": null,
          "level": "error",
          "line": 1,
          "message": "`app[cli]>=2` is not met by the pin app==1.0",
          "rule": "unmet"
        }
      ],
      "ok": false
    }
    --- stderr
    error: strict.txt does not pass: 2 findings
    "#);
    assert_snapshot!(sandbox.harden("check --format github"), @r"
    exit 1
    --- stdout
    ::error file=strict.txt,line=3,title=harden stale::loose.txt, or a file read with it, has changed since the file was written; fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    ::error file=loose.txt,line=1,title=harden unmet::`app[cli]>=2` is not met by the pin app==1.0; fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
    let sarif = sandbox.harden("check --format sarif");
    assert_eq!(sarif.code, Some(1));
    assert!(sarif.stdout.contains("\"ruleId\": \"stale\""), "{sarif}");
}

#[test]
fn the_suggested_command_fixes_the_findings() {
    let sandbox = locked();
    sandbox.write("loose.txt", "app[cli]>=2");
    let outcome = sandbox.harden("check");
    let fix = outcome
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("  fix: harden "));
    let fix = fix.expect("the fix is shown");
    // The index is the user's own to add, here by a variable.
    let (command, options) = fix.split_once(" # ").unwrap();
    assert_eq!(options, "add your own --index-url");
    assert_eq!(sandbox.harden(command).code, Some(0));
    assert_eq!(sandbox.harden("check").code, Some(0));
}

#[test]
fn a_lock_can_be_checked_from_another_folder() {
    let sandbox = locked();
    for name in ["loose.txt", "strict.txt"] {
        sandbox.write(&format!("sub/{name}"), "");
        std::fs::copy(sandbox.path(name), sandbox.path(&format!("sub/{name}"))).unwrap();
        std::fs::remove_file(sandbox.path(name)).unwrap();
    }
    assert_eq!(sandbox.harden("check sub/strict.txt").code, Some(0));
    sandbox.write("sub/loose.txt", "app[cli]>=2");
    assert_snapshot!(sandbox.harden("check sub/strict.txt"), @r"
    exit 1
    --- stdout
    sub/strict.txt:3: loose.txt, or a file read with it, has changed since the file was written [stale]
    sub/loose.txt:1: `app[cli]>=2` is not met by the pin app==1.0 [unmet]
      fix: cd sub && harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    --- stderr
    error: sub/strict.txt does not pass: 2 findings
    ");
}

#[test]
fn every_lock_of_the_configuration_is_checked_against_it() {
    let sandbox = locked();
    let configuration = |platforms: &str| {
        sandbox.write(
            "harden.toml",
            &format!("[[lock]]\nloose = \"loose.txt\"\nstrict = \"strict.txt\"\nplatforms = [{platforms}]"),
        );
    };
    configuration(&format!("\"{FOREIGN}\""));
    assert_snapshot!(sandbox.harden("check -v"), @r"
    exit 0
    --- stderr
    strict.txt: 3 pins, 1 target, up to date
    ");
    configuration("\"manylinux2014_aarch64-cp311\"");
    assert_eq!(sandbox.harden("check").code, Some(0));
    configuration(&format!("\"{FOREIGN}\", \"win_amd64-cp311\""));
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:3: harden.toml now says `--platform win_amd64-cp311`, but the file was made without [stale]
      fix: harden --output strict.txt
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
}

#[test]
fn overrides_and_constraints_are_checked() {
    let sandbox = Sandbox::new(WORLD);
    sandbox
        .write("loose.txt", "app[cli]<2")
        .write("over.txt", "app==2.0")
        .write("limits.txt", "base<2");
    sandbox
        .harden(&format!(
            "loose.txt -p {FOREIGN} --override over.txt -c limits.txt -o strict.txt"
        ))
        .good();
    assert_eq!(sandbox.harden("check").code, Some(0));
    sandbox.write("over.txt", "app==1.0");
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:3: loose.txt, or a file read with it, has changed since the file was written [stale]
    over.txt:1: `app==1.0` is not met by the pin app==2.0 [unmet]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --constraint, --override, --index-url
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
    sandbox
        .write("over.txt", "app==2.0")
        .write("limits.txt", "base<1");
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:3: loose.txt, or a file read with it, has changed since the file was written [stale]
    limits.txt:1: `base<1` is not met by the pin base==1.0 [unmet]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --constraint, --override, --index-url
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
}

#[test]
fn files_that_cannot_be_checked_are_reported() {
    let sandbox = locked();
    assert_snapshot!(sandbox.harden("check no-such.txt"), @"
    exit 2
    --- stderr
    error: no such file: `no-such.txt`
    hint: create it with `harden loose.txt -o strict.txt`, or name another file
    ");
    std::fs::remove_file(sandbox.path("loose.txt")).unwrap();
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 2
    --- stderr
    error: loose.txt: there is no such file
    ");
    let piped = sandbox.harden_reading("app", &format!("- -p {FOREIGN} -o piped.txt"));
    assert_eq!(piped.code, Some(0), "{piped}");
    assert_snapshot!(sandbox.harden("check piped.txt"), @"
    exit 2
    --- stderr
    error: piped.txt was locked from standard input, which cannot be read again to compare
    hint: name the loose requirements, as in `harden check loose.txt strict.txt`
    ");
    assert_eq!(
        sandbox.harden_reading("app", "check - piped.txt").code,
        Some(0)
    );
}

/// Each lock of `lockfiles/` passes as people would check it.
#[test]
fn the_locks_of_the_repository_pass_from_its_root() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in std::fs::read_dir(root.join("lockfiles")).unwrap() {
        let strict = folder.unwrap().path().join("strict.txt");
        if strict.exists() {
            let name = strict.strip_prefix(root).unwrap();
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_harden"));
            let output = command.arg("check").arg(name).current_dir(root).output();
            let output = output.unwrap();
            let outcome = String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success(), "{outcome}");
        }
    }
}

#[test]
fn a_check_says_what_it_did_and_names_only_the_files_that_fail() {
    let sandbox = locked();
    assert_snapshot!(sandbox.harden("check"), @"
    exit 0
    --- stderr
    strict.txt: 3 pins, 1 target, up to date
    ");
    assert_snapshot!(sandbox.harden("check -q"), @"exit 0");
    sandbox.write(
        "harden.toml",
        "platforms = ['manylinux2014_aarch64-cp311']\n[[lock]]\nloose = 'loose.txt'\n[[lock]]\nloose = 'other.txt'\nstrict = 'other.strict.txt'",
    );
    let text = sandbox.read("strict.txt");
    sandbox.write("other.strict.txt", &text.replace("==1.0", "==9.0"));
    sandbox.write("other.txt", "app");
    let outcome = sandbox.harden("check");
    assert_eq!(outcome.code, Some(1));
    assert_snapshot!(outcome.stderr, @"
    strict.txt: 3 pins, 1 target, up to date
    error: other.strict.txt does not pass: 4 findings
    ");
}

#[test]
fn a_lock_of_a_monorepo_is_checked_by_any_spelling_of_its_path() {
    let sandbox = Sandbox::new("lib 1.0");
    sandbox.write("svc/a/loose.txt", "lib");
    sandbox
        .harden(&format!("svc/a/loose.txt -p {FOREIGN} -o svc/a/strict.txt"))
        .good();
    let absolute = sandbox.path("svc/a/strict.txt");
    let absolute = absolute.to_string_lossy();
    for (folder, path) in [
        ("", "svc/a/strict.txt"),
        ("svc/a", "strict.txt"),
        ("svc/a", "./strict.txt"),
        ("svc/a", &*absolute),
        ("svc", "a/strict.txt"),
        ("svc/a", "../a/strict.txt"),
    ] {
        let outcome = sandbox.harden_in(folder, &format!("check {path}"));
        assert_eq!(outcome.code, Some(0), "{folder} {path}: {outcome}");
    }
}

#[test]
fn other_line_ends_are_reported_and_are_not_an_edit() {
    let sandbox = locked();
    for name in ["loose.txt", "strict.txt"] {
        let text = sandbox.read(name).replace('\n', "\r\n");
        std::fs::write(sandbox.path(name), text).unwrap();
    }
    assert_snapshot!(sandbox.harden("check"), @r"
        exit 1
        --- stdout
        strict.txt:1: the line ends in CR LF; a strict file has LF: `text eol=lf` in .gitattributes keeps it in git [line-ends]
          fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
        --- stderr
        error: strict.txt does not pass: 1 finding
        ");
}

#[test]
fn a_pin_that_a_bot_moved_is_reported_and_accepted() {
    let sandbox = Sandbox::new("lib 1.0\nlib 1.1\nlib 1.2");
    sandbox.write("loose.txt", "lib<1.2");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    let other = sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -P lib==1.0"))
        .good();
    let hash = |text: &str| {
        text.lines()
            .find(|line| line.contains("--hash"))
            .unwrap()
            .to_owned()
    };
    let text = sandbox.read("strict.txt");
    let moved = text
        .replace("lib==1.1", "lib==1.0")
        .replace(&hash(&text), &hash(&other));
    std::fs::write(sandbox.path("strict.txt"), moved).unwrap();
    assert_snapshot!(sandbox.harden("check"), @r"
        exit 1
        --- stdout
        strict.txt:3: the pin of lib was changed by hand or by a bot; run `harden` to accept it [edited]
          fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
        --- stderr
        error: strict.txt does not pass: 1 finding
        ");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    assert!(sandbox.read("strict.txt").contains("lib==1.0 "));
    assert_eq!(sandbox.harden("check").code, Some(0));
}
