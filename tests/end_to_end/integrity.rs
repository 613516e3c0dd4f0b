//! Bytes and statements that are not what they are said to be.

use harden_testindex::{Fault, Flavour};
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

fn lock(sandbox: &Sandbox) -> crate::sandbox::Outcome {
    sandbox.harden(&format!("loose.txt --refresh -p {FOREIGN} -o strict.txt"))
}

/// Other bytes than announced are no reason to take an older version.
#[test]
fn a_file_with_another_digest_ends_the_run() {
    let sandbox = Sandbox::new("a 1.0\na 2.0");
    sandbox.write("loose.txt", "a");
    sandbox.server().fault(
        "a-2.0-py3-none-any.whl.metadata",
        Fault::Body(b"Metadata-Version: 2.1\n".to_vec()),
    );
    assert_snapshot!(lock(&sandbox), @r"
    exit 1
    --- stderr
    error: a-2.0-py3-none-any.whl.metadata from [index]/files/a-2.0-py3-none-any.whl is not the file that was announced: it has sha256:[digest], [index]/simple/ lists sha256:[digest]
    hint: --refresh reads the index again; if that does not help, tell the operator of the index, and leave the version out with a constraint such as `NAME!=VERSION`
    ");
}

/// The lock that is there is evidence.
#[test]
fn a_pinned_version_that_vanished_is_not_replaced_without_a_word() {
    let sandbox = Sandbox::with(Flavour::PlainHtml, "a 1.0\na 2.0");
    sandbox.write("loose.txt", "a");
    lock(&sandbox).good();
    let page = "<a href=/files/a-1.0-py3-none-any.whl>a</a>";
    sandbox
        .server()
        .fault("/simple/a/", Fault::Body(page.into()));
    assert_snapshot!(lock(&sandbox), @r"
    exit 1
    --- stderr
    error: a 2.0 is pinned in strict.txt, and the index no longer lists it
    hint: find out why before you accept it; `-P a` pins what the index has now
    ");
    let accepted = sandbox.harden(&format!(
        "loose.txt --refresh -q -P a -p {FOREIGN} -o strict.txt"
    ));
    accepted.good();
    assert!(sandbox.read("strict.txt").contains("a==1.0"));
}

/// What stands on a page is shown without what moves the cursor or begins a line.
#[test]
fn controls_from_an_index_do_not_reach_the_terminal() {
    let sandbox = Sandbox::with(Flavour::PlainHtml, "a 1.0");
    sandbox.write("loose.txt", "a==1.0");
    let page =
        "<a href=/files/a-1.0-py3-none-any.whl data-yanked='bad &#27;[31m&#10;error: forged'>a</a>";
    sandbox
        .server()
        .fault("/simple/a/", Fault::Body(page.into()));
    let shown = lock(&sandbox).to_string();
    assert!(
        shown.contains(r"bad \u{1b}[31m\u{a}error: forged"),
        "{shown}"
    );
}
