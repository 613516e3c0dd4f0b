//! Looking at a lock: its tree, and what is outdated.

use insta::assert_snapshot;
use regex::Regex;

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
    assert_snapshot!(sandbox.harden("tree").good(), @"
    app 1.0
    ├── lib 1.0
    │   └── base 1.0
    └── tool 1.0
        └── base 1.0
    other 1.0 ; sys_platform == 'win32'
    ");
    assert_snapshot!(sandbox.harden(&format!("tree -p {FOREIGN} lib")).good(), @"
    lib 1.0
    └── base 1.0
    ");
    assert_snapshot!(sandbox.harden("tree base --invert").good(), @"
    base 1.0
    ├── lib 1.0
    │   └── app 1.0
    └── tool 1.0
        └── app 1.0
    ");
    assert_snapshot!(sandbox.harden("tree bse"), @"
    exit 1
    --- stderr
    error: bse is not in strict.txt
    hint: did you mean `base`?
    ");
}

#[test]
fn a_tree_takes_a_package_and_a_strict_file_in_any_order() {
    let sandbox = sandbox();
    let whole = sandbox.harden("tree").good();
    assert_eq!(sandbox.harden("tree strict.txt").good(), whole);
    let part = sandbox.harden("tree lib").good();
    assert_eq!(sandbox.harden("tree lib strict.txt").good(), part);
    assert_eq!(sandbox.harden("tree strict.txt lib").good(), part);
    assert_snapshot!(sandbox.harden("tree strcit.txt"), @r"
    exit 2
    --- stderr
    error: `strcit.txt` is neither the name of a package nor a file
    ");
    assert_snapshot!(sandbox.harden("tree lib base"), @r"
    exit 2
    --- stderr
    error: lib and base are too many: name one package and one strict file
    ");
    assert_snapshot!(sandbox.harden("tree strict.txt --invert"), @r"
    exit 2
    --- stderr
    error: --invert needs the name of a package
    ");
}

/// The table, with ages filtered.
fn outdated(sandbox: &Sandbox) -> String {
    let text = sandbox.harden("outdated").to_string();
    let ages = Regex::new(r"\d+ days").unwrap();
    ages.replace_all(&text, "[age]").into_owned()
}

#[test]
fn outdated_pins_are_listed_with_what_holds_them_back() {
    let sandbox = sandbox();
    assert_snapshot!(outdated(&sandbox), @r"
    exit 0
    --- stdout
    package  locked  fits  newest  age        held back by
    app      1.0     2.0   2.0     [age]
    lib      1.0     1.1   1.1     [age]
    tool     1.0     1.0   2.0     [age]  tool 2.0 is excluded: app 2.0 requires tool<2
    ");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt -U"))
        .good();
    assert_snapshot!(outdated(&sandbox), @r"
    exit 0
    --- stdout
    package  locked  fits  newest  age        held back by
    tool     1.0     1.0   2.0     [age]  tool 2.0 is excluded: app 2.0 requires tool<2
    ");
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
    assert_snapshot!(expected, @r"
    tool 1.0 in strict.txt
      for manylinux2014_aarch64-cp-311-cp311 and win_amd64-cp-312-cp312
      through loose.txt → app → tool
      required by
        app 1.0 requires tool
      newer releases
        tool 2.0 is not chosen, since the pin of the strict file is kept: --upgrade ignores it
    ");
}
