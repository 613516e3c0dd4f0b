//! Policies: the log of the files once seen (`record-files`), and the rule `known-digest`.

use harden_testindex::{Server, Universe};
use insta::assert_snapshot;

use crate::policy::CONFIGURATION;
use crate::sandbox::Sandbox;

const WORLD: &str = "
    lib 1.0
    lib 2.0
    both 1.0 wheels=py3-none-any,cp311-cp311-manylinux2014_aarch64 sdist
    unhashed 1.0 hash=none
";

const POLICY: &str = "[policy]\nrecord-files = true\n";

fn locked(loose: &str) -> Sandbox {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", loose);
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{POLICY}"));
    sandbox.harden("").good();
    sandbox
}

/// The lock is the same again, but the log has to be made again.
#[test]
fn a_log_that_was_removed_is_made_again() {
    let sandbox = locked("lib<2");
    let log = sandbox.read("harden.sum");
    for name in ["harden.sum", "strict.txt"] {
        std::fs::remove_file(sandbox.path(name)).unwrap();
    }
    sandbox.harden("").good();
    assert_eq!(sandbox.read("harden.sum"), log);
}

#[test]
fn the_log_has_a_sorted_line_for_each_pinned_file_and_only_grows() {
    let sandbox = locked("lib<2\nboth\nunhashed");
    assert_snapshot!(sandbox.shown("harden.sum"), @r"
    # Files that harden has pinned, a line each. Lines are only added.
    both 1.0 both-1.0-cp311-cp311-manylinux2014_aarch64.whl sha256:<both-1.0-cp311-cp311-manylinux2014_aarch64.whl>
    lib 1.0 lib-1.0-py3-none-any.whl sha256:<lib-1.0-py3-none-any.whl>
    unhashed 1.0 unhashed-1.0-py3-none-any.whl sha256:<unhashed-1.0-py3-none-any.whl>
    ");
    for command in ["check", "verify"] {
        sandbox.harden(command).good();
    }
    sandbox.fetch("").good();
    let first = sandbox.read("harden.sum");
    sandbox.harden("").good();
    assert_eq!(sandbox.read("harden.sum"), first);
    sandbox.write("loose.txt", "lib");
    sandbox.harden("-U").good();
    sandbox.harden("--hashes all --dry-run").good();
    let later = sandbox.read("harden.sum");
    assert!(first.lines().all(|line| later.contains(line)), "{later}");
    assert_eq!(later.lines().count(), first.lines().count() + 1);
    let mut sorted: Vec<&str> = later.lines().collect();
    sorted.sort_unstable();
    assert_eq!(sorted, later.lines().collect::<Vec<_>>());
}

#[test]
fn without_record_files_there_is_no_log() {
    let sandbox = locked("lib");
    std::fs::remove_file(sandbox.path("harden.sum")).unwrap();
    sandbox.write("harden.toml", &format!("{CONFIGURATION}[policy]"));
    sandbox.harden("-U").good();
    assert_eq!(sandbox.list(""), ["harden.toml", "loose.txt", "strict.txt"]);
    sandbox.harden("check").good();
}

/// Wherever it comes from: an index that serves other bytes, even if the user lets go of the pins.
#[test]
fn another_digest_of_a_known_file_is_an_error_while_locking() {
    let sandbox = locked("lib");
    let log = sandbox.read("harden.sum");
    let other = Server::start(Universe::new("lib 2.0 pad=100"));
    std::fs::remove_file(sandbox.path("strict.txt")).unwrap();
    let outcome = sandbox.harden(&format!("-i {}", other.index_url()));
    assert_snapshot!(outcome.to_string().replace(&other.url(""), "[other]"), @r"
    exit 1
    --- stderr
    error: the policy denies what strict.txt pins: 1 finding
    lib-2.0-py3-none-any.whl was seen with sha256:<lib-2.0-py3-none-any.whl>, and is pinned with another digest [known-digest]
      hint: do not install it before you know why; if this file is the right one, take the line of the other out of harden.sum
    ");
    assert!(!sandbox.path("strict.txt").exists());
    assert_eq!(sandbox.read("harden.sum"), log);
}

#[test]
fn another_digest_in_a_strict_file_is_an_error_in_check_fetch_and_verify() {
    let sandbox = locked("lib");
    let log = sandbox.read("harden.sum");
    let edited = log.replace(&sandbox.sha256("lib-2.0-py3-none-any.whl"), &"0".repeat(64));
    std::fs::write(sandbox.path("harden.sum"), &edited).unwrap();
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:5: lib-2.0-py3-none-any.whl was seen with sha256:[digest], and is pinned with another digest [known-digest]
      hint: do not install it before you know why; if this file is the right one, take the line of the other out of harden.sum
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    let outcome = sandbox.harden("verify");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert_eq!(outcome.stdout.matches("[known-digest]").count(), 1);
    assert_snapshot!(sandbox.fetch(""), @r"
    exit 1
    --- stderr
    error: the policy denies what strict.txt pins: 1 finding
    lib-2.0-py3-none-any.whl was seen with sha256:[digest], and is pinned with another digest [known-digest]
      hint: do not install it before you know why; if this file is the right one, take the line of the other out of harden.sum
    ");
    assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
    // What a hardener wrote stays, and what it would write is not written.
    assert_eq!(sandbox.harden("").code, Some(1));
    assert_eq!(sandbox.read("harden.sum"), edited);
}

#[test]
fn a_log_that_is_missing_or_lacks_a_file_does_not_pass() {
    let sandbox = locked("lib");
    std::fs::write(sandbox.path("harden.sum"), "").unwrap();
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:5: the log does not have lib-2.0-py3-none-any.whl; lock again to add it [known-digest]
      fix: harden --output strict.txt
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    std::fs::remove_file(sandbox.path("harden.sum")).unwrap();
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:5: there is no harden.sum beside it, so nothing tells which files are known; lock again to make it [known-digest]
      fix: harden --output strict.txt
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    assert_eq!(sandbox.fetch("").code, Some(1));
    assert_eq!(sandbox.harden("verify").code, Some(1));
    sandbox.harden("").good();
    sandbox.harden("check").good();
}

#[test]
fn a_damaged_log_ends_every_command_with_the_line() {
    let sandbox = locked("lib");
    let log = sandbox.read("harden.sum");
    let cut = log.trim_end();
    let merged = format!("{log}<<<<<<< HEAD\n");
    for damaged in [cut, &merged, "lib 2.0 lib-2.0.zip sha256:0\n"] {
        std::fs::write(sandbox.path("harden.sum"), damaged).unwrap();
        for outcome in [
            sandbox.harden(""),
            sandbox.harden("check"),
            sandbox.harden("verify"),
            sandbox.fetch(""),
        ] {
            assert_eq!(outcome.code, Some(2), "{outcome}");
            assert!(outcome.stderr.contains("harden.sum:"), "{outcome}");
        }
        assert_eq!(sandbox.read("harden.sum"), damaged);
    }
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 2
    --- stderr
    error: [folder]/project/harden.sum:1: expected `NAME VERSION FILE sha256:DIGEST`: the digest is not one of SHA-256
    hint: restore it from version control; each line that was there must stay
    ");
}

#[test]
fn a_log_has_at_most_64_mib() {
    let sandbox = locked("lib");
    let largest = 64 << 20;
    let digest = "0".repeat(64);
    let line = |text: &str| format!("{text} 1.0 {text}-1.0.tar.gz sha256:{digest}\n");
    let own = sandbox.read("harden.sum");
    for (size, is_read) in [(largest, true), (largest + 1, false)] {
        let comment = "#".repeat(size - own.len() - line("x").len() - 1);
        let log = format!("{comment}\n{own}{}", line("x"));
        assert_eq!(log.len(), size);
        std::fs::write(sandbox.path("harden.sum"), log).unwrap();
        let outcome = sandbox.harden("check");
        assert_eq!(outcome.code, Some(if is_read { 0 } else { 2 }), "{outcome}");
        let says = outcome.stderr.contains("harden.sum is larger than 64 MiB");
        assert_eq!(says, !is_read, "{outcome}");
    }
}
