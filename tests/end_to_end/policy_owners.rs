//! Policies: the rule `owners`, and their record.

use harden_testindex::{Fault, Server, Universe};
use insta::assert_snapshot;
use serde_json::json;

use crate::policy::CONFIGURATION;
use crate::sandbox::Sandbox;

const POLICY: &str = "[policy]\nrecord = 'owners'\n";

fn locked(world: &str, policy: &str) -> Sandbox {
    let sandbox = Sandbox::new(world);
    sandbox.write("loose.txt", "lib");
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{policy}"));
    sandbox.harden("").good();
    sandbox
}

/// Locks a newer release from an index on which the project has these owners; the finding.
fn moved(before: &str, after: &str, policy: &str) -> String {
    let sandbox = locked(&format!("lib 1.0 owners={before}"), policy);
    let later = Server::start(Universe::new(&format!("lib 2.0 owners={after}")));
    let outcome = sandbox.harden(&format!("-U -i {}", later.index_url()));
    let lines = outcome.stderr.lines();
    let found: Vec<&str> = lines.filter(|line| line.contains("[owners]")).collect();
    format!("exit {}\n{}", outcome.code.unwrap_or(9), found.join("\n"))
}

#[test]
fn a_pin_says_who_owns_its_project() {
    let recorded = |world: &str| {
        let sandbox = locked(world, POLICY);
        assert_eq!(sandbox.server().count("/json"), 1);
        sandbox.harden("-U").good();
        sandbox.harden("check").good();
        assert_eq!(sandbox.server().count("/json"), 1);
        let strict = sandbox.read("strict.txt");
        let line = strict.lines().find(|line| line.contains("owned by"));
        line.unwrap_or_default().to_owned()
    };
    assert_snapshot!(recorded("lib 1.0 owners=bob,alice,@team"), @"    # owned by alice, bob, organisation team");
    assert_snapshot!(recorded("lib 1.0 owners=@team"), @"    # owned by organisation team");
}

#[test]
fn an_index_without_owners_is_recorded_as_such() {
    let sandbox = locked("lib 1.0", POLICY);
    assert!(
        sandbox
            .read("strict.txt")
            .contains("# owned by unknown owners\n")
    );
    sandbox.harden("verify").good();
    // Once it says, the file does not say enough, and the next lock asks again.
    let page = json!({ "ownership": { "organization": null, "roles": [{ "role": "Owner", "user": "a" }] } });
    sandbox
        .server()
        .fault("/json", Fault::Body(page.to_string().into()));
    let outcome = sandbox.harden("verify");
    let unsaid = "the file does not record who owns lib: a, according to the index [owners]";
    assert!(outcome.stdout.contains(unsaid), "{outcome}");
    sandbox.harden("-U").good();
    assert!(sandbox.read("strict.txt").contains("# owned by a\n"));
    let sandbox = locked("lib 1.0 owners=a", "[policy]");
    assert_eq!(sandbox.server().count("/json"), 0);
}

#[test]
fn owners_of_whom_none_is_left_and_another_organisation_are_findings() {
    assert_snapshot!(moved("a,b", "b,c", POLICY), @"exit 0");
    assert_snapshot!(moved("a,b", "c", POLICY), @r"
    exit 0
    warning: strict.txt: the owners of lib have changed: none of its former owners is left: it was owned by a, b, and is by c [owners]
    ");
    assert_snapshot!(moved("a,@team", "a,@other", POLICY), @r"
    exit 0
    warning: strict.txt: the owners of lib have changed: it belongs to the organisation other, and belonged to the organisation team [owners]
    ");
    assert_snapshot!(moved("@team", "x,@team", POLICY), @"exit 0");
    assert_snapshot!(moved("a", "c", &format!("{POLICY}rules = {{ owners = 'deny' }}")), @r"
    exit 1
    the owners of lib have changed: none of its former owners is left: it was owned by a, and is by c [owners]
    ");
    assert_snapshot!(moved("a", "c", &format!("{POLICY}rules = {{ owners = 'off' }}")), @"exit 0");
}

#[test]
fn verify_compares_the_recorded_owners_with_the_index() {
    let sandbox = locked("lib 1.0 owners=a", POLICY);
    assert_eq!(sandbox.harden("verify").good(), "");
    let page = json!({ "ownership": { "organization": null, "roles": [{ "role": "Owner", "user": "c" }] } });
    let verified = |fault: Fault| {
        sandbox.server().fault("/json", fault);
        let outcome = sandbox.harden("verify");
        sandbox.server().heal();
        outcome
    };
    let outcome = verified(Fault::Body(page.to_string().into()));
    assert_eq!(outcome.code, Some(0));
    assert_snapshot!(outcome.stdout.lines().next().unwrap_or_default(), @"strict.txt:5: warning: the owners of lib have changed: none of its former owners is left: it was owned by a, and is by c [owners]");
    let outcome = verified(Fault::Body(b"{\"ownership\": 1}".to_vec()));
    assert!(
        outcome.stderr.contains("the owners of lib cannot be read"),
        "{outcome}"
    );
    assert!(
        outcome
            .stdout
            .contains("the index does not say by whom now [owners]"),
        "{outcome}"
    );
    assert_eq!(verified(Fault::Status(500)).code, Some(3));
}
