//! Policies: the rules that a strict file answers by itself, exemptions, and levels.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

pub const WORLD: &str = "
    app 1.0 requires=lib
    lib 1.0
    lib 1.1
    lib 2.0rc1
    pinned 1.0+local
    onlysdist 1.0 wheels=none sdist
    native 1.0 wheels=cp311-cp311-manylinux2014_aarch64 sdist
    both 1.0 wheels=py3-none-any,cp311-cp311-win_amd64
";

/// The configuration that each test begins with.
pub const CONFIGURATION: &str = "
    loose = 'loose.txt'
    platforms = 'manylinux2014_aarch64-cp311'
";

/// A sandbox with these requirements, locked, and then with this policy.
fn locked(loose: &str, options: &str, policy: &str) -> Sandbox {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", loose);
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt {options}");
    sandbox.harden(&command).good();
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{policy}"));
    sandbox
}

/// What `check` of the strict file that is named prints, and its exit code.
pub fn checked(loose: &str, options: &str, policy: &str) -> String {
    let sandbox = locked(loose, options, policy);
    let outcome = sandbox.harden("check strict.txt");
    let findings = outcome.stdout.lines();
    let findings: Vec<&str> = findings
        .filter(|line| !line.starts_with("  fix: "))
        .collect();
    let code = outcome.code.expect("it ends by itself");
    format!("exit {code}\n{}", findings.join("\n"))
}

#[test]
fn a_lock_that_complies_with_the_policy_passes() {
    assert_snapshot!(checked("app", "", "[policy]"), @"exit 0");
    assert_snapshot!(checked("native", "", "[policy]"), @"exit 0");
}

#[test]
fn an_sdist_is_denied_unless_it_is_named() {
    let lock = "--allow-sdist :all:";
    assert_snapshot!(checked("onlysdist", lock, "[policy]"), @r#"
    exit 1
    strict.txt:5: onlysdist 1.0 has no wheel, only an sdist [sdist]
      hint: if its sdist may be used, say so in the policy: `allow-sdist = ["onlysdist"]`
    "#);
    assert_snapshot!(checked("onlysdist", lock, "[policy]\nallow-sdist = 'onlysdist'"), @"exit 0");
    assert_snapshot!(checked("onlysdist", "--allow-sdist onlysdist", "[policy]"), @"exit 0");
    assert_snapshot!(checked("onlysdist", lock, "[policy]\nrules = { sdist = 'warn' }"), @r#"
    exit 0
    strict.txt:5: warning: onlysdist 1.0 has no wheel, only an sdist [sdist]
      hint: if its sdist may be used, say so in the policy: `allow-sdist = ["onlysdist"]`
    "#);
    assert_snapshot!(checked("onlysdist", lock, "[policy]\nrules = { sdist = 'off' }"), @"exit 0");
}

#[test]
fn a_file_that_fits_no_target_is_denied_unless_all_are_asked_for() {
    let sandbox = locked("both", "--hashes all", "[policy]");
    assert_eq!(sandbox.harden("check strict.txt").code, Some(0));
    // As somebody would add it by hand.
    let strict = sandbox.read("strict.txt").replace(" --hashes all", "");
    std::fs::write(sandbox.path("strict.txt"), strict).unwrap();
    let outcome = sandbox.harden("check strict.txt");
    let finding = "both-1.0-cp311-cp311-win_amd64.whl fits none of the targets [unneeded-file]";
    assert!(outcome.stdout.contains(finding), "{outcome}");
}

#[test]
fn a_pre_release_is_a_finding_unless_it_is_asked_for() {
    let upgraded = checked("app\nlib", "--pre", "[policy]");
    assert_snapshot!(upgraded, @"exit 0");
    assert_snapshot!(checked("app\nlib>=2.0rc1", "", "[policy]"), @"exit 0");
    assert_snapshot!(checked("app\nlib==2.0rc1", "", "[policy]"), @"exit 0");
    // The loose file asks for it only while locking.
    let sandbox = locked("app\nlib>=2.0rc1", "", "[policy]");
    sandbox.write("loose.txt", "app\nlib");
    let outcome = sandbox.harden("check strict.txt");
    let finding = "warning: lib 2.0rc1 is a pre-release, and nothing asks for one [pre-release]";
    assert!(outcome.stdout.contains(finding), "{outcome}");
}

#[test]
fn a_local_version_is_a_finding_unless_a_requirement_asks_for_it() {
    assert_snapshot!(checked("pinned", "", "[policy]"), @r"
    exit 0
    strict.txt:5: warning: pinned 1.0+local is a local version, and no requirement asks for it [local-version]
      hint: to keep it, require it: `pinned==1.0+local`
    ");
    assert_snapshot!(checked("pinned", "", "[policy]\nrules = { local-version = 'deny' }"), @r"
    exit 1
    strict.txt:5: pinned 1.0+local is a local version, and no requirement asks for it [local-version]
      hint: to keep it, require it: `pinned==1.0+local`
    ");
    assert_snapshot!(checked("pinned==1.0+local", "", "[policy]"), @"exit 0");
}

#[test]
fn a_pin_from_a_url_is_denied_unless_it_is_exempt() {
    let sandbox = Sandbox::new(WORLD);
    let url = sandbox.server().url("/files/lib-1.0-py3-none-any.whl");
    let lock = |policy: &str| {
        sandbox.write("loose.txt", &format!("lib @ {url}"));
        sandbox.write("harden.toml", &format!("{CONFIGURATION}{policy}"));
        sandbox.harden("")
    };
    assert_snapshot!(lock("[policy]"), @r#"
    exit 1
    --- stderr
    error: the policy denies what strict.txt pins: 1 finding
    lib comes from [index]/files/lib-1.0-py3-none-any.whl, not from an index [direct-reference]
      hint: require a release of lib from an index instead
    hint: change what is required, or accept it for a time in the configuration (docs/policy.md):
        [[policy.exempt]]
        package = "lib"
        rule = "direct-reference"
        reason = "WHY"
        until = YYYY-MM-DD
    "#);
    assert!(!sandbox.path("strict.txt").exists());
    assert_snapshot!(lock("[[policy.exempt]]\npackage = 'lib'\nrule = 'direct-reference'\nreason = 'patched'\nuntil = 2099-12-31"), @r"
    exit 0
    --- stderr
    strict.txt: resolved 1 package for 1 target in [time]
    ");
    assert_eq!(sandbox.harden("check").code, Some(0));
}

const BAN: &str = "
    [policy]
    ban = [{ package = 'lib>=1.1', reason = 'it deletes files', instead = 'lib 1.0' }]
";

#[test]
fn a_banned_release_is_unavailable_while_locking() {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", "app");
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{BAN}"));
    assert_eq!(sandbox.harden("").code, Some(0));
    let strict = sandbox.read("strict.txt");
    assert!(strict.contains("\nlib==1.0 "), "{strict}");
    sandbox.write("loose.txt", "app\nlib>1.0");
    assert_snapshot!(sandbox.harden(""), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:2 requires lib>1.0
      2. lib 1.1 to 2.0rc1 are denied by the policy: it deletes files; use lib 1.0 instead [banned]
    hint: lib 1.0 would work: change `lib>1.0` in loose.txt:2
    ");
    // A loose file that no lock of the configuration reads is held to its policy as well.
    sandbox.write("other.txt", "lib==1.1");
    let outcome = sandbox.harden(&format!("other.txt -p {FOREIGN}"));
    assert_eq!(outcome.code, Some(1), "{outcome}");
}

#[test]
fn a_banned_pin_fails_check_fetch_and_verify_and_says_what_to_use() {
    let sandbox = locked("app", "", BAN);
    assert_snapshot!(sandbox.harden("check strict.txt"), @r"
    exit 1
    --- stdout
    strict.txt:10: lib 1.1 is banned: it deletes files; use lib 1.0 instead [banned]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    assert_eq!(sandbox.harden("verify strict.txt").code, Some(1));
    sandbox.server().forget_requests();
    assert_snapshot!(sandbox.fetch("strict.txt"), @r#"
    exit 1
    --- stderr
    error: the policy denies what strict.txt pins: 1 finding
    lib 1.1 is banned: it deletes files; use lib 1.0 instead [banned]
    hint: change what is required, or accept it for a time in the configuration (docs/policy.md):
        [[policy.exempt]]
        package = "lib"
        rule = "banned"
        reason = "WHY"
        until = YYYY-MM-DD
    "#);
    assert_snapshot!(sandbox.fetch(""), @r#"
    exit 1
    --- stderr
    error: the policy denies what strict.txt pins: 1 finding
    lib 1.1 is banned: it deletes files; use lib 1.0 instead [banned]
    hint: change what is required, or accept it for a time in the configuration (docs/policy.md):
        [[policy.exempt]]
        package = "lib"
        rule = "banned"
        reason = "WHY"
        until = YYYY-MM-DD
    "#);
    assert_eq!(sandbox.server().requests().len(), 0);
    assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
}

#[test]
fn a_package_allowed_below_another_is_denied_elsewhere() {
    let policy = "
        [policy]
        only-below = [{ package = 'lib', below = ['app'], reason = 'it is internal to app' }]
    ";
    assert_snapshot!(checked("app", "", policy), @"exit 0");
    assert_snapshot!(checked("app\nlib", "", policy), @r"
    exit 1
    strict.txt:10: lib is allowed only below app: it is internal to app; it is required by loose.txt [only-below]
      hint: `harden remove lib` takes it out of the loose file
    ");
}

#[test]
fn an_exemption_that_is_over_or_without_effect_is_a_finding() {
    let exempt = |package: &str, until: &str| {
        format!(
            "{BAN}[[policy.exempt]]\npackage = '{package}'\nrule = 'banned'\nreason = 'soon'\nuntil = {until}"
        )
    };
    assert_snapshot!(checked("app", "", &exempt("lib", "2099-12-31")), @"exit 0");
    assert_snapshot!(checked("app", "", &exempt("lib", "2024-12-31")), @r"
    exit 1
    strict.txt:10: lib 1.1 is banned: it deletes files; use lib 1.0 instead [banned]
    harden.toml:6: the exemption of lib from banned ended with 2024-12-31: soon; remove it, or extend its date [expired-exemption]
    ");
    assert_snapshot!(checked("app", "", &exempt("other", "2099-12-31")), @r"
    exit 1
    strict.txt:10: lib 1.1 is banned: it deletes files; use lib 1.0 instead [banned]
    harden.toml:6: warning: the exemption of other from banned has no effect: other is not pinned; remove it [unused-exemption]
    ");
    assert_snapshot!(checked("app\nlib<1.1", "", &exempt("lib", "2099-12-31")), @r"
    exit 0
    harden.toml:6: warning: the exemption of lib from banned has no effect: the rule finds nothing that it would exempt; remove it [unused-exemption]
    ");
}

#[test]
fn an_exemption_for_all_locks_has_an_effect_if_one_of_them_needs_it() {
    let sandbox = locked("app", "", "");
    let policy = "
        platforms = 'manylinux2014_aarch64-cp311'
        [policy]
        ban = [{ package = 'lib>=1.1', reason = 'it deletes files' }]
        exempt = [{ package = 'lib', rule = 'banned', reason = 'soon', until = 2099-12-31 }]
        [[lock]]
        loose = 'loose.txt'
        [[lock]]
        loose = 'other.txt'
        strict = 'other.strict.txt'
    ";
    sandbox.write("other.txt", "both");
    sandbox.write("harden.toml", policy);
    assert_eq!(sandbox.harden("").code, Some(0));
    assert_eq!(sandbox.harden("check").good(), "");
    assert_eq!(sandbox.harden("check other.strict.txt").good(), "");
}

#[test]
fn warnings_have_their_level_in_all_formats_and_do_not_fail() {
    let sandbox = locked("pinned", "", "[policy]");
    assert_snapshot!(sandbox.harden("check strict.txt --json"), @r#"
    exit 0
    --- stdout
    {
      "findings": [
        {
          "file": "strict.txt",
          "fix": null,
          "hint": "to keep it, require it: `pinned==1.0+local`",
          "level": "warning",
          "line": 5,
          "message": "pinned 1.0+local is a local version, and no requirement asks for it",
          "rule": "local-version"
        }
      ],
      "ok": true
    }
    --- stderr
    strict.txt: 1 pin, 1 target, up to date
    "#);
    assert_snapshot!(sandbox.harden("check strict.txt --format github"), @r"
    exit 0
    --- stdout
    ::warning file=strict.txt,line=5,title=harden local-version::pinned 1.0+local is a local version, and no requirement asks for it; hint: to keep it, require it: `pinned==1.0+local`
    --- stderr
    strict.txt: 1 pin, 1 target, up to date
    ");
    let sarif = sandbox.harden("check strict.txt --format sarif").good();
    assert!(sarif.contains("\"level\": \"warning\""), "{sarif}");
}

/// A policy never passes because it cannot be read.
#[test]
fn a_policy_that_cannot_be_read_ends_every_command() {
    let sandbox = locked("app", "", "[policy]\nrules = { baned = 'deny' }");
    assert_snapshot!(sandbox.harden("check strict.txt"), @r"
    exit 2
    --- stderr
    error: harden.toml:4: a policy has no rule `baned`; `banned` was probably meant
    ");
    for outcome in [
        sandbox.harden("loose.txt -o strict.txt"),
        sandbox.harden("verify strict.txt"),
        sandbox.fetch("strict.txt"),
    ] {
        assert_eq!(outcome.code, Some(2), "{outcome}");
    }
}

#[test]
fn the_policy_beside_a_strict_file_holds_from_elsewhere() {
    let sandbox = locked("app", "", BAN);
    std::fs::create_dir(sandbox.path("elsewhere")).unwrap();
    assert_snapshot!(sandbox.harden_in("elsewhere", "check ../strict.txt"), @r"
    exit 1
    --- stdout
    ../strict.txt:10: lib 1.1 is banned: it deletes files; use lib 1.0 instead [banned]
      fix: cd .. && harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    --- stderr
    error: ../strict.txt does not pass: 1 finding
    ");
}
