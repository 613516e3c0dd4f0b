//! Policies: the rule `namesake`, while locking and in `verify`.

use harden_testindex::{Fault, Server, Universe};
use insta::assert_snapshot;

use crate::policy::CONFIGURATION;
use crate::sandbox::Sandbox;

/// A public index, and a private one with a package of the same name and one of its own.
fn two() -> (Sandbox, Server) {
    let sandbox = Sandbox::new("ours 99.0\nlib 1.0");
    let private = Server::start(Universe::new("ours 1.0\nhidden 1.0"));
    sandbox.write("loose.txt", "ours\nhidden\nlib");
    (sandbox, private)
}

fn configure(sandbox: &Sandbox, private: &Server, policy: &str) {
    let bound = format!(
        "indexes = {{ own = '{}' }}\nindex-packages = {{ ours = 'own', hidden = 'own' }}\n",
        private.index_url()
    );
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{bound}{policy}"));
}

fn shown(text: &str, private: &Server) -> String {
    text.replace(&private.url(""), "[own]")
}

#[test]
fn a_public_project_with_the_name_of_an_internal_one_is_a_warning() {
    let (sandbox, private) = two();
    configure(&sandbox, &private, "[policy]");
    assert_snapshot!(shown(&sandbox.harden("").to_string(), &private), @r"
    exit 0
    --- stderr
    warning: strict.txt: ours is bound to [own]/simple/, and [index]/simple/ has a project of that name, which a tool without this binding may install [namesake]
    strict.txt: resolved 3 packages for 1 target in [time]
    ");
    assert!(sandbox.read("strict.txt").contains("\nours==1.0 "));
    assert_eq!(sandbox.server().count("/simple/ours/"), 1);
    assert_eq!(sandbox.server().count("/simple/hidden/"), 1);
    let outcome = sandbox.harden("verify");
    assert_eq!(outcome.stdout.matches("[namesake]").count(), 1, "{outcome}");
    configure(&sandbox, &private, "[policy.rules]\nnamesake = 'deny'");
    assert_eq!(sandbox.harden("").code, Some(1));
    assert_eq!(sandbox.harden("verify").code, Some(1));
}

#[test]
fn the_public_index_does_not_learn_internal_names_if_the_rule_is_off() {
    let (sandbox, private) = two();
    for policy in ["", "[policy.rules]\nnamesake = 'off'"] {
        configure(&sandbox, &private, policy);
        sandbox.harden("").good();
        assert_eq!(sandbox.server().count("/simple/ours/"), 0);
    }
}

#[test]
fn a_public_index_that_does_not_answer_is_a_finding() {
    let (sandbox, private) = two();
    configure(&sandbox, &private, "[policy]");
    sandbox.server().fault("/simple/ours/", Fault::Status(403));
    let outcome = sandbox.harden("");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert_eq!(outcome.stderr.matches("[namesake]").count(), 0, "{outcome}");
    sandbox.forget_cache();
    sandbox.server().heal();
    sandbox.server().fault("/simple/ours/", Fault::Status(500));
    let outcome = sandbox.harden("");
    let finding = "cannot be told: ";
    assert!(outcome.stderr.contains(finding), "{outcome}");
}
