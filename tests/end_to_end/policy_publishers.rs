//! Policies: the rule `publisher`, while locking and in `verify`.

use harden_testindex::{Fault, Server, Universe};
use insta::assert_snapshot;

use crate::policy::CONFIGURATION;
use crate::policy_records::published_by;
use crate::sandbox::Sandbox;

/// Releases of `lib`: one of the team, another of it, one of a stranger, one of nobody.
fn sandbox(policy: &str) -> Sandbox {
    let team = published_by("team/lib", "publish.yaml");
    let stranger = published_by("team/lib", "other.yaml");
    let universe = Universe::new("lib 1.0\nlib 2.0\nlib 3.0\nlib 4.0\nlib 0.1")
        .with_provenance("lib-1.0-py3-none-any.whl", &team)
        .with_provenance("lib-2.0-py3-none-any.whl", &team)
        .with_provenance("lib-3.0-py3-none-any.whl", &stranger);
    let sandbox = Sandbox::of(universe);
    policy_in(&sandbox, policy);
    sandbox
}

fn policy_in(sandbox: &Sandbox, policy: &str) {
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{policy}"));
}

/// Locks `lib` at a version, and then at another.
fn moved(sandbox: &Sandbox, before: &str, after: &str) -> String {
    sandbox.write("loose.txt", &format!("lib=={before}"));
    let _ = std::fs::remove_file(sandbox.path("strict.txt"));
    sandbox.harden("").good();
    sandbox.write("loose.txt", &format!("lib=={after}"));
    sandbox.harden("").to_string()
}

#[test]
fn a_release_of_another_publisher_or_of_none_is_a_warning_when_it_enters_the_lock() {
    let sandbox = sandbox("[policy]");
    assert_snapshot!(moved(&sandbox, "1.0", "2.0"), @r"
    exit 0
    --- stderr
    strict.txt: resolved 1 package for 1 target in [time]
      ~ lib 1.0 → 2.0
    ");
    assert_snapshot!(moved(&sandbox, "1.0", "3.0"), @r"
    exit 0
    --- stderr
    warning: strict.txt: lib 3.0 was published by github.com/team/lib (other.yaml), and 1.0 by github.com/team/lib (publish.yaml) [publisher]
    strict.txt: resolved 1 package for 1 target in [time]
      ~ lib 1.0 → 3.0
    ");
    assert_snapshot!(moved(&sandbox, "1.0", "4.0"), @r"
    exit 0
    --- stderr
    warning: strict.txt: lib 4.0 has no attestation, and 1.0 was published by github.com/team/lib (publish.yaml) [publisher]
    strict.txt: resolved 1 package for 1 target in [time]
      ~ lib 1.0 → 4.0
    ");
    // What was never attested need not become so.
    assert_snapshot!(moved(&sandbox, "0.1", "4.0"), @r"
    exit 0
    --- stderr
    strict.txt: resolved 1 package for 1 target in [time]
      ~ lib 0.1 → 4.0
    ");
    assert_snapshot!(moved(&sandbox, "0.1", "1.0"), @r"
    exit 0
    --- stderr
    strict.txt: resolved 1 package for 1 target in [time]
      ~ lib 0.1 → 1.0
    ");
}

#[test]
fn nothing_is_asked_unless_a_pin_changes() {
    let sandbox = sandbox("[policy]");
    sandbox.write("loose.txt", "lib==1.0");
    sandbox.harden("").good();
    sandbox.harden("-U").good();
    assert_eq!(sandbox.server().count("/provenance"), 0);
    policy_in(&sandbox, "[policy.rules]\npublisher = 'off'");
    moved(&sandbox, "1.0", "3.0");
    assert_eq!(sandbox.server().count("/provenance"), 0);
    policy_in(&sandbox, "[policy]\nrecord = 'publisher'");
    moved(&sandbox, "1.0", "2.0");
    assert_eq!(sandbox.server().count("/provenance"), 2);
}

#[test]
fn a_denied_publisher_keeps_the_lock_as_it_was_unless_it_is_exempt() {
    let deny = "[policy]\nrecord = 'publisher'\nrules = { publisher = 'deny' }\n";
    let sandbox = sandbox(deny);
    assert_snapshot!(moved(&sandbox, "1.0", "3.0"), @r#"
    exit 1
    --- stderr
    error: the policy denies what strict.txt pins: 1 finding
    lib 3.0 was published by github.com/team/lib (other.yaml), and 1.0 by github.com/team/lib (publish.yaml) [publisher]
      hint: find out whether the project says so, and look at what changed: `harden vet diff lib --from 1.0`
    hint: change what is required, or accept it for a time in the configuration (docs/policy.md):
        [[policy.exempt]]
        package = "lib"
        rule = "publisher"
        reason = "WHY"
        until = YYYY-MM-DD
    "#);
    assert!(sandbox.read("strict.txt").contains("\nlib==1.0 "));
    let exempt = "[[policy.exempt]]\npackage = 'lib'\nversion = '3.0'\nrule = 'publisher'\nreason = 'they moved'\nuntil = 2099-12-31";
    policy_in(&sandbox, &format!("{deny}{exempt}"));
    sandbox.harden("").good();
    assert!(sandbox.read("strict.txt").contains("\nlib==3.0 "));
}

#[test]
fn verify_compares_the_recorded_publisher_with_the_index() {
    let sandbox = sandbox("[policy]\nrecord = 'publisher'");
    sandbox.write("loose.txt", "lib==1.0");
    sandbox.harden("").good();
    assert_eq!(sandbox.harden("verify").good(), "");
    let verified = |fault: Fault| {
        sandbox.server().fault("/provenance", fault);
        let outcome = sandbox.harden("verify");
        sandbox.server().heal();
        assert_eq!(outcome.code, Some(0), "{outcome}");
        let finding = outcome.stdout.lines().next().map(str::to_owned);
        finding.unwrap_or_default()
    };
    let other = published_by("stranger/lib", "publish.yaml");
    assert_snapshot!(verified(Fault::Body(other.into())), @"strict.txt:5: warning: lib 1.0 was published by github.com/team/lib (publish.yaml) according to the file, and by github.com/stranger/lib (publish.yaml) according to the index [publisher]");
    assert_snapshot!(verified(Fault::Status(404)), @"strict.txt:5: warning: lib 1.0 was published by github.com/team/lib (publish.yaml) according to the file, and its attestation on the index cannot be read [publisher]");
    let edited = sandbox.read("strict.txt");
    let edited = edited.replace("==1.0", "==4.0").replace("-1.0-", "-4.0-");
    let digests = ["1.0", "4.0"].map(|v| sandbox.sha256(&format!("lib-{v}-py3-none-any.whl")));
    std::fs::write(
        sandbox.path("strict.txt"),
        edited.replace(&digests[0], &digests[1]),
    )
    .unwrap();
    let outcome = sandbox.harden("verify");
    let finding = "lib 4.0 was published by github.com/team/lib (publish.yaml) according to the file, and the index has no attestation of it [publisher]";
    assert!(outcome.stdout.contains(finding), "{outcome}");
}

/// A policy never passes because it could not be judged.
#[test]
fn a_publisher_that_cannot_be_compared_is_a_finding() {
    let moved = |policy: &str, before: &str| {
        let sandbox = sandbox(policy);
        sandbox.write("loose.txt", "lib==1.0");
        sandbox.harden("").good();
        let team = published_by("team/lib", "publish.yaml");
        let later = Universe::new(&format!("lib 2.0\n{before}"))
            .with_provenance("lib-2.0-py3-none-any.whl", &team);
        let later = Server::start(later);
        sandbox.write("loose.txt", "lib==2.0");
        let outcome = sandbox.harden(&format!("-P lib -i {}", later.index_url()));
        assert_eq!(outcome.code, Some(0), "{outcome}");
        let lines = outcome
            .stderr
            .lines()
            .filter(|line| line.contains("cannot be told"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(moved("[policy]", ""), @r"
    warning: strict.txt: how lib 2.0 differs from 1.0 cannot be told: the index no longer has 1.0 [drift]
    warning: strict.txt: whether lib 2.0 has the publisher of 1.0 cannot be told: the index no longer has 1.0, and the replaced file does not record who published it [publisher]
    ");
    // What the file records, or what the index still has, is compared.
    assert_eq!(
        moved(
            "[policy]\nrecord = 'publisher'\nrules = { drift = 'off' }",
            ""
        ),
        ""
    );
    assert_eq!(moved("[policy]", "lib 1.0"), "");
    // An attestation that cannot be read tells nothing either.
    let sandbox = sandbox("[policy]");
    sandbox.write("loose.txt", "lib==1.0");
    sandbox.harden("").good();
    sandbox.write("loose.txt", "lib==2.0");
    sandbox
        .server()
        .fault("lib-1.0-py3-none-any.whl/provenance", Fault::Status(404));
    let outcome = sandbox.harden("");
    let unread = "whether lib 2.0 has the publisher of 1.0 cannot be told: the attestation of 1.0 cannot be read [publisher]";
    assert!(outcome.stderr.contains(unread), "{outcome}");
}
