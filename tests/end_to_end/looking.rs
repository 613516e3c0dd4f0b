//! Looking at a lock: its tree, and what is outdated.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const UNIVERSE: &str = "
    app 1.0 requires=lib,tool
    app 2.0 requires=lib,tool<2
    lib 1.0 requires=base
    lib 1.1 requires=base
    tool 1.0 requires=base
    tool 2.0 requires=base
    base 1.0
    other 1.0
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write("loose.txt", "app\nother; sys_platform=='win32'");
    let targets = format!("-p {FOREIGN} -p win_amd64-cp312");
    let old = "-P app==1.0 -P lib==1.0 -P tool==1.0";
    sandbox
        .harden(&format!("loose.txt {targets} -o strict.txt {old}"))
        .good();
    sandbox
}

#[test]
fn a_tree_shows_what_requires_what() {
    let sandbox = sandbox();
    assert_snapshot!(sandbox.harden("tree").good(), @"");
    assert_snapshot!(sandbox.harden(&format!("tree -p {FOREIGN} lib")).good(), @"");
    assert_snapshot!(sandbox.harden("tree base --invert").good(), @"");
    assert_snapshot!(sandbox.harden("tree bse"), @"");
}

#[test]
fn outdated_pins_are_listed_with_what_holds_them_back() {
    let sandbox = sandbox();
    assert_snapshot!(sandbox.harden("outdated"), @"");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt -U"))
        .good();
    assert_snapshot!(sandbox.harden("outdated"), @"");
}

#[test]
fn explain_takes_its_words_in_any_order_and_the_targets_of_the_lock() {
    let sandbox = sandbox();
    let expected = sandbox.harden("explain tool").good();
    for words in [
        "explain tool loose.txt",
        "explain loose.txt tool",
        "explain strict.txt tool",
        "explain tool strict.txt",
    ] {
        assert_eq!(sandbox.harden(words).good(), expected, "{words}");
    }
    assert_snapshot!(expected, @"");
}
