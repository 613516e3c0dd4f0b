//! Policies: what is said where a rule keeps something out, and where a name in a policy has no effect.

use insta::assert_snapshot;

use crate::policy::{CONFIGURATION, WORLD, checked};
use crate::sandbox::Sandbox;

/// A misspelled name requires nothing, and must not pass unnoticed.
#[test]
fn a_name_that_must_be_attested_and_that_nothing_pins_is_a_finding() {
    let policy = "[policy]\nrequire-attestations = ['lib', 'lbi']";
    assert_snapshot!(checked("app", "", policy), @r"
    exit 0
    harden.toml:4: warning: `require-attestations` names lbi, which is not pinned; correct the name, or remove it [unused-exemption]
    ");
    let deny = format!("{policy}\nrules = {{ unused-exemption = 'deny' }}");
    assert_snapshot!(checked("app", "", &deny), @r"
    exit 1
    harden.toml:4: `require-attestations` names lbi, which is not pinned; correct the name, or remove it [unused-exemption]
    ");
    assert_eq!(
        checked("app", "", "[policy]\nrequire-attestations = ':all:'"),
        "exit 0\n"
    );
}

#[test]
fn an_sdist_that_only_all_allows_is_denied_with_what_allows_it() {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", "onlysdist");
    let lock = |policy: &str| {
        let text = format!("{CONFIGURATION}allow-sdist = ':all:'\n[policy]\n{policy}");
        sandbox.write("harden.toml", &text);
        sandbox.harden("")
    };
    assert_snapshot!(lock(""), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires onlysdist
      2. onlysdist 1.0 is denied by the policy: `:all:` does not count, and no `allow-sdist` names onlysdist [sdist]
    ");
    lock("allow-sdist = 'onlysdist'").good();
}

/// Of a release that is left because others are banned, it is not enough to say that it has no wheel.
#[test]
fn a_ban_is_named_where_what_it_leaves_has_no_wheel() {
    let sandbox = Sandbox::new("lib 1.0 wheels=none sdist\nlib 2.0 sdist");
    sandbox.write("loose.txt", "lib");
    let ban = "[policy]\nban = [{ package = 'lib>=2', reason = 'it deletes files' }]";
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{ban}"));
    assert_snapshot!(sandbox.harden(""), @r"
    exit 1
    --- stderr
    error: 1 package has no wheel for manylinux2014_aarch64-cp-311-cp311
      lib 1.0: no wheel; 2.0 is denied by the policy: it deletes files [banned] (required by loose.txt)
    hint: `--build lib` builds wheels of their sdists here, in isolation; `--dry-run` lists what runs
    hint: `--allow-sdist NAME` pins the sdist, to be built where it is installed; `[[metadata]]` states what it requires
    ");
}
