//! How deeply `fetch` inspects wheels.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const WHEEL: &str = "app-1.0-py3-none-any.whl";

/// A lock of a wheel whose `RECORD` has a wrong digest for its module.
fn locked() -> Sandbox {
    let sandbox = Sandbox::new("app 1.0 wrong-record");
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    sandbox
}

#[test]
fn members_are_compared_with_record_if_that_is_asked_for() {
    let sandbox = locked();
    assert_snapshot!(sandbox.fetch("--deep"), @"
    exit 1
    --- stderr
    error: app-1.0-py3-none-any.whl is refused, although its hash is right: its member `app/__init__.py` does not match RECORD
    ");
    assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
    assert_eq!(
        sandbox.fetch_with(&[("HARDEN_FETCH_DEEP", "1")], "").code,
        Some(1)
    );
    sandbox.fetch("").good();
    assert_eq!(sandbox.list("wheelhouse"), [WHEEL]);
}

/// What came before need not have been inspected as deeply.
#[test]
fn a_deep_look_is_taken_at_what_is_there_already() {
    let sandbox = locked();
    sandbox.fetch("").good();
    let there = sandbox.fetch("--deep");
    assert_snapshot!(there, @"
    exit 1
    --- stderr
    error: app-1.0-py3-none-any.whl is refused, although its hash is right: its member `app/__init__.py` does not match RECORD
    ");
    let cached = sandbox.fetch("--deep -d other");
    assert_eq!(cached.code, Some(1), "{cached}");
    assert_eq!(sandbox.list("other"), [""; 0]);
}

#[test]
fn a_check_is_as_deep_as_it_is_asked_to_be() {
    let sandbox = locked();
    sandbox.fetch("").good();
    sandbox.fetch("--check").good();
    assert_snapshot!(sandbox.fetch("--check --deep"), @"
    exit 1
    --- stdout
    wrong: app-1.0-py3-none-any.whl is refused, although its hash is right: its member `app/__init__.py` does not match RECORD
    --- stderr
    0 files match: wheelhouse
    error: wheelhouse does not match strict.txt
    hint: `fetch` downloads what is missing and replaces what is wrong; `fetch --prune` removes what is extra
    ");
}
