//! Policies: the rules that need what an index lists, while locking and in `verify`.

use harden_testindex::{Server, Universe};
use insta::assert_snapshot;

use crate::osv::record;
use crate::policy::CONFIGURATION;
use crate::sandbox::Sandbox;

const AGES: &str = "
    lib 1.0 uploaded=2024-01-01
    lib 2.0 uploaded=2099-01-01
    reqeusts 1.0 uploaded=2024-01-01
    late 1.0 wheels=py3-none-any,cp311-cp311-manylinux2014_aarch64 uploaded=2024-01-01 uploaded@cp311-cp311-manylinux2014_aarch64=2024-03-01
    grown 1.0 uploaded=2024-01-01
    grown 2.0 uploaded=2024-01-01 pad=900000 wheels=cp311-cp311-manylinux2014_aarch64
";

/// A sandbox with these requirements and this policy.
fn with_ages(loose: &str, policy: &str) -> Sandbox {
    let sandbox = Sandbox::new(AGES);
    sandbox.write("loose.txt", loose);
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{policy}"));
    sandbox
}

#[test]
fn a_file_within_the_cooldown_is_a_warning_or_unavailable() {
    let sandbox = with_ages("lib", "[policy]");
    assert_snapshot!(sandbox.harden(""), @r"
    exit 0
    --- stderr
    warning: strict.txt: lib-2.0-py3-none-any.whl is too new: it was uploaded in the future, and the cooldown is 3 days [cooldown]
    strict.txt: resolved 1 package for 1 target in [time]
    ");
    assert_snapshot!(sandbox.harden("verify strict.txt"), @r#"
    exit 0
    --- stdout
    strict.txt:5: warning: lib-2.0-py3-none-any.whl is too new: it was uploaded in the future, and the cooldown is 3 days [cooldown]
      hint: wait until it is old enough, or set `cooldown = "deny"` in `[policy.rules]` and lock again
    --- stderr
    strict.txt: 1 pin, 1 target, as the index has them
    "#);
    let sandbox = with_ages("lib", "[policy.rules]\ncooldown = 'deny'");
    assert_eq!(sandbox.harden("").code, Some(0));
    assert!(sandbox.read("strict.txt").contains("\nlib==1.0 "));
    assert_eq!(sandbox.harden("verify strict.txt").code, Some(0));
    sandbox.write("loose.txt", "lib==2.0");
    assert_snapshot!(sandbox.harden(""), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires lib==2.0
      2. lib 2.0 is denied by the policy: it was uploaded in the future, and the cooldown is 3 days [cooldown]
    hint: lib 1.0 would work: change `lib==2.0` in loose.txt:1
    ");
    let sandbox = with_ages(
        "lib",
        "[policy]\ncooldown = 2023-01-01\nrules = { cooldown = 'deny' }",
    );
    assert_eq!(sandbox.harden("").code, Some(1));
}

/// A release that an advisory names as the fix does not wait.
#[test]
fn the_fix_of_an_advisory_passes_the_cooldown_at_once() {
    let sandbox = with_ages(
        "lib",
        "[policy]\nosv = 'osv'\nrules = { cooldown = 'deny', vulnerability = 'deny' }",
    );
    sandbox.write("osv/GHSA-1.json", &record("GHSA-1", "lib", "2.0"));
    assert_eq!(sandbox.harden("").code, Some(0));
    assert!(sandbox.read("strict.txt").contains("\nlib==2.0 "));
    assert_eq!(sandbox.harden("verify strict.txt").code, Some(0));
    sandbox.write("loose.txt", "lib<2");
    assert_snapshot!(sandbox.harden(""), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires lib<2
      2. lib 1.0 is denied by the policy: GHSA-1 affects it [vulnerability]
    ");
    let warned = with_ages("lib<2", "[policy]\nosv = 'osv'");
    warned.write("osv/GHSA-1.json", &record("GHSA-1", "lib", "2.0"));
    assert_snapshot!(warned.harden(""), @r"
    exit 0
    --- stderr
    warning: strict.txt: lib 1.0 has GHSA-1, CVE-GHSA-1: It reads all files [vulnerability]
    strict.txt: resolved 1 package for 1 target in [time]
    ");
}

#[test]
fn what_verify_finds_has_the_level_that_the_policy_sets() {
    let verified = |policy: &str| {
        let sandbox = with_ages("late", policy);
        assert_eq!(sandbox.harden("").code, Some(0));
        let outcome = sandbox.harden("verify strict.txt");
        (outcome.code, outcome.stdout.contains("[late-upload]"))
    };
    assert_eq!(verified(""), (Some(1), true));
    // Wheels for a new Python are often added to an older release.
    assert_eq!(verified("[policy]"), (Some(0), true));
    assert_eq!(
        verified("[policy.rules]\nlate-upload = 'deny'"),
        (Some(1), true)
    );
    assert_eq!(
        verified("[policy.rules]\nlate-upload = 'off'"),
        (Some(0), false)
    );
    let exempt = "[[policy.exempt]]\npackage = 'late'\nrule = 'late-upload'\nreason = 'a port'\nuntil = 2099-12-31";
    assert_eq!(verified(exempt), (Some(0), false));
}

#[test]
fn files_come_from_the_hosts_and_the_index_that_the_policy_names() {
    let sandbox = with_ages("lib<2", "[policy]\nhosts = ['127.0.0.1']");
    assert_eq!(sandbox.harden("").code, Some(0));
    assert_eq!(sandbox.harden("verify strict.txt").code, Some(0));
    sandbox.write(
        "harden.toml",
        &format!("{CONFIGURATION}[policy]\nhosts = ['files.example.invalid']"),
    );
    assert_snapshot!(sandbox.harden("verify strict.txt"), @r"
    exit 1
    --- stdout
    strict.txt:5: lib-1.0-py3-none-any.whl comes from 127.0.0.1, which is not allowed [foreign-host]
      hint: if files may come from there, add the host to `hosts` in the policy
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    assert_snapshot!(sandbox.harden(""), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires lib<2
      2. lib 1.0 is denied by the policy: 127.0.0.1 is not allowed [foreign-host]
    ");
    let bound = "indexes = { own = 'http://127.0.0.1:9/simple/' }\nindex-packages = { lib = 'own' }\n[policy]";
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{bound}"));
    let outcome = sandbox.harden("verify");
    assert!(outcome.stdout.contains("[index-binding]"), "{outcome}");
}

#[test]
fn a_new_name_is_judged_when_it_enters_the_lock() {
    assert_snapshot!(with_ages("reqeusts", "[policy]").harden(""), @r"
    exit 0
    --- stderr
    warning: strict.txt: reqeusts enters the lock, required by loose.txt: its name resembles requests, with 1 release [new-name]
    strict.txt: resolved 1 package for 1 target in [time]
    ");
    let sandbox = with_ages("lib<2", "[policy]");
    assert_eq!(sandbox.harden("").code, Some(0));
    sandbox.write("loose.txt", "lib<2\nreqeusts");
    sandbox.write(
        "harden.toml",
        &format!("{CONFIGURATION}[policy.rules]\nnew-name = 'deny'"),
    );
    assert_eq!(sandbox.harden("").code, Some(1));
    sandbox.write("harden.toml", CONFIGURATION);
    assert_eq!(sandbox.harden("").code, Some(0));
    // Once it is in, it is known.
    sandbox.write(
        "harden.toml",
        &format!("{CONFIGURATION}[policy.rules]\nnew-name = 'deny'"),
    );
    assert_eq!(sandbox.harden("").code, Some(0));
}

#[test]
fn a_release_that_differs_much_from_its_predecessor_is_a_finding() {
    let sandbox = with_ages("grown<2", "[policy]");
    assert_eq!(sandbox.harden("").stderr.matches("warning").count(), 0);
    sandbox.write("loose.txt", "grown");
    assert_snapshot!(sandbox.harden("-U"), @r"
    exit 0
    --- stderr
    warning: strict.txt: grown 2.0 differs from 1.0: its largest file has [size], where it had [size] [drift]
    warning: strict.txt: grown 2.0 differs from 1.0: it has native code, where it had none [drift]
    strict.txt: resolved 1 package for 1 target in [time]
      ~ grown 1.0 → 2.0
    ");
}

/// The wheels of a system that are gone; and of a yanked file, the level that the policy sets.
#[test]
fn wheels_that_are_gone_and_yanked_files_are_findings() {
    let wheels = "cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64";
    let world = format!(
        "lib 1.0 wheels={wheels} uploaded=2024-01-01\nlib 2.0 wheels=cp311-cp311-manylinux2014_aarch64 uploaded=2024-01-01"
    );
    let sandbox = Sandbox::new(&world);
    sandbox.write("loose.txt", "lib<2");
    sandbox.write("harden.toml", &format!("{CONFIGURATION}[policy]"));
    sandbox.harden("").good();
    sandbox.write("loose.txt", "lib");
    let outcome = sandbox.harden("-U");
    let gone = "lib 2.0 differs from 1.0: it no longer has wheels for Windows [drift]";
    assert!(outcome.stderr.contains(gone), "{outcome}");
    sandbox.write("loose.txt", "lib");
    let yanked = Server::start(Universe::new(
        "lib 2.0 wheels=cp311-cp311-manylinux2014_aarch64 uploaded=2024-01-01 yanked='broken'\nlib 1.0",
    ));
    let verified = |policy: &str| {
        sandbox.write("harden.toml", &format!("{CONFIGURATION}{policy}"));
        let outcome = sandbox.harden(&format!("verify -i {}", yanked.index_url()));
        (outcome.code, outcome.stdout.contains("[yanked]"))
    };
    assert_eq!(verified("[policy]"), (Some(1), true));
    assert_eq!(verified("[policy.rules]\nyanked = 'warn'"), (Some(0), true));
    assert_eq!(verified("[policy.rules]\nyanked = 'off'"), (Some(0), false));
}

/// PEP 792.
#[test]
fn the_status_of_a_project_counts_while_locking_and_in_verify() {
    let results = |status: &str, policy: &str| {
        let sandbox = Sandbox::new(&format!("lib 1.0 status={status} uploaded=2024-01-01"));
        sandbox.write("loose.txt", "lib");
        sandbox.write("harden.toml", CONFIGURATION);
        assert_eq!(sandbox.harden("").code, Some(0));
        sandbox.write("harden.toml", &format!("{CONFIGURATION}{policy}"));
        let outcome = sandbox.harden("verify");
        // The second answer comes from the cache.
        assert_eq!(sandbox.harden("verify --offline").stdout, outcome.stdout);
        let is_told = outcome.stdout.contains(&format!(" [{status}]\n"));
        (sandbox.harden("").code, outcome.code, is_told)
    };
    let (good, bad) = (Some(0), Some(1));
    assert_eq!(results("active", "[policy]"), (good, good, false));
    assert_eq!(results("quarantined", "[policy]"), (bad, bad, true));
    assert_eq!(results("archived", "[policy]"), (good, good, true));
    assert_eq!(
        results("archived", "[policy.rules]\narchived = 'deny'"),
        (bad, bad, true)
    );
    assert_eq!(results("deprecated", "[policy]"), (good, good, true));
    assert_eq!(
        results("archived", "[policy.rules]\narchived = 'off'"),
        (good, good, false)
    );
    assert_eq!(results("archived", ""), (good, good, false));
}
