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
    assert_snapshot!(sandbox.harden("fetch -d wheels"), @"");
    assert_eq!(sandbox.list("wheels"), ["lib-1.0-py3-none-any.whl"]);
    assert_eq!(sandbox.harden("fetch --check -d wheels -q").code, Some(0));
}

#[test]
fn words_of_other_tools_are_answered() {
    let sandbox = sandbox();
    assert_snapshot!(sandbox.harden("lock"), @"");
    assert_snapshot!(sandbox.harden("install"), @"");
    assert_snapshot!(sandbox.harden("chekc"), @"");
    assert_snapshot!(sandbox.harden("win_amd64-cp312"), @"");
    assert_snapshot!(sandbox.harden("requests"), @"");
    assert_snapshot!(sandbox.harden("loose.txt -p win_amd64-cp312,win_amd64-cp311"), @"");
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
    assert_snapshot!(sandbox.harden("loose.txt --universal"), @"");
    assert_snapshot!(sandbox.harden("loose.txt --python-version 3.12"), @"");
    assert_snapshot!(sandbox.harden("loose.txt --no-header"), @"");
    assert_snapshot!(sandbox.harden("loose.txt --locked"), @"");
}
