//! Strict files in git: conflict markers are read, and the merge driver leaves none. With real git.

use std::process::Command;

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};

const UNIVERSE: &str = "
    a 1.0
    a 1.1
    b 1.0
    b 1.1
    b 2.0
";

/// A repository whose branch `other` upgraded b, while `main` upgraded a.
fn repository() -> Sandbox {
    let sandbox = Sandbox::new(UNIVERSE);
    let lock = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.write("loose.txt", "a\nb");
    git(&sandbox, "init -q -b main");
    assert_eq!(
        sandbox.harden(&format!("{lock} -P a==1.0 -P b==1.0")).code,
        Some(0)
    );
    commit(&sandbox);
    git(&sandbox, "switch -q -c other");
    assert_eq!(sandbox.harden(&format!("{lock} -P b==1.1")).code, Some(0));
    commit(&sandbox);
    git(&sandbox, "switch -q main");
    assert_eq!(sandbox.harden(&format!("{lock} -P a==1.1")).code, Some(0));
    commit(&sandbox);
    sandbox
}

fn commit(sandbox: &Sandbox) {
    git(sandbox, "add -A");
    git(sandbox, "commit -q -m lock");
}

/// Runs git; whether it succeeded.
fn git(sandbox: &Sandbox, arguments: &str) -> bool {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=a", "-c", "user.email=a@example.invalid"]);
    git.args(arguments.split_whitespace());
    git.env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    git.current_dir(sandbox.path(""))
        .output()
        .unwrap()
        .status
        .success()
}

fn pins(sandbox: &Sandbox) -> Vec<String> {
    let text = sandbox.read("strict.txt");
    let pins = text
        .lines()
        .filter(|line| line.contains("==") && !line.starts_with('#'));
    pins.map(|line| line.trim_end_matches(" \\").to_owned())
        .collect()
}

/// Merges `other` without a driver, and locks again over git's conflict markers.
fn lock_over_conflict(style: &str) -> Outcome {
    let sandbox = repository();
    git(&sandbox, &format!("config merge.conflictStyle {style}"));
    assert!(!git(&sandbox, "merge -q other"), "git leaves a conflict");
    assert!(sandbox.read("strict.txt").contains("<<<<<<< "));
    let outcome = sandbox.harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"));
    assert_eq!(pins(&sandbox), ["a==1.1", "b==1.1"]);
    assert_eq!(sandbox.harden("check").code, Some(0));
    outcome
}

#[test]
fn a_file_with_conflict_markers_gives_the_pins_of_both_sides() {
    assert_snapshot!(lock_over_conflict("merge"), @r"
    exit 0
    --- stderr
    resolved 2 packages for 1 target in [time]
    strict.txt had conflict markers; both sides have the same versions
    ");
    assert_snapshot!(lock_over_conflict("diff3"), @r"
    exit 0
    --- stderr
    resolved 2 packages for 1 target in [time]
    strict.txt had conflict markers; both sides have the same versions
    ");
}

#[test]
fn the_merge_driver_leaves_no_conflict_and_check_asks_for_a_new_lock() {
    let sandbox = repository();
    let driver = format!("{} merge-driver %O %A %B %P", env!("CARGO_BIN_EXE_harden"));
    let mut config = Command::new("git");
    config.args(["config", "merge.harden.driver", &driver]);
    assert!(
        config
            .current_dir(sandbox.path(""))
            .status()
            .unwrap()
            .success()
    );
    sandbox.write(".git/info/attributes", "strict.txt merge=harden");
    assert!(git(&sandbox, "merge -q --no-edit other"), "git merges");
    assert_eq!(pins(&sandbox), ["a==1.1", "b==1.1"]);
    assert_eq!(sandbox.harden("check").code, Some(1));
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    assert_eq!(pins(&sandbox), ["a==1.1", "b==1.1"]);
    assert_eq!(sandbox.harden("check").code, Some(0));
}

#[test]
fn a_command_that_both_sides_changed_is_left_to_the_user() {
    let sandbox = repository();
    sandbox.write("base.txt", &sandbox.read("strict.txt"));
    sandbox.write(
        "ours.txt",
        &sandbox
            .read("strict.txt")
            .replace("#     harden loose.txt", "#     harden loose.txt --pre"),
    );
    sandbox.write(
        "theirs.txt",
        &sandbox
            .read("strict.txt")
            .replace("#     harden loose.txt", "#     harden loose.txt --no-deps"),
    );
    let outcome = sandbox.harden_with_path("merge-driver base.txt ours.txt theirs.txt strict.txt");
    assert_snapshot!(outcome, @"
    exit 1
    --- stderr
    error: strict.txt has conflicts: both sides changed its command or its options
    hint: run `harden`: it reads the conflict markers and writes one clean file
    ");
    assert!(sandbox.read("ours.txt").contains("<<<<<<< ours"));
}

/// Two-way markers do not show the base, but git has it: a side that moved back is not overruled.
#[test]
fn the_side_that_changed_a_pin_decides_whichever_way_it_moved() {
    let sandbox = Sandbox::new(UNIVERSE);
    let lock = format!("loose.txt -p {FOREIGN} -o strict.txt -q");
    sandbox.write("loose.txt", "a\nb");
    git(&sandbox, "init -q -b main");
    sandbox.harden(&lock).good();
    commit(&sandbox);
    git(&sandbox, "switch -q -c other");
    sandbox.harden(&format!("{lock} -P b==1.0")).good();
    commit(&sandbox);
    git(&sandbox, "switch -q main");
    sandbox.harden(&format!("{lock} -P a==1.0")).good();
    commit(&sandbox);
    assert!(!git(&sandbox, "merge -q other"), "git leaves a conflict");
    sandbox.harden_with_path(&lock).good();
    assert_eq!(pins(&sandbox), ["a==1.0", "b==1.0"]);
}
