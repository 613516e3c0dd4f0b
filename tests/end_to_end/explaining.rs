//! `harden explain`: why a package is there, and what keeps newer releases out.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const WEB: &str = "
    shop 1.0 requires=flask
    flask 2.0 requires=werkzeug<3
    werkzeug 2.3
    werkzeug 3.0
    numpy 2.2 wheels=cp310-cp310-win_amd64,cp312-cp312-win_amd64
    numpy 2.3 wheels=cp312-cp312-win_amd64
";

#[test]
fn a_pin_is_explained_from_the_strict_file_alone() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "shop");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    let strict = sandbox.read("strict.txt");
    assert_snapshot!(sandbox.harden("explain werkzeug"), @r"
    exit 0
    --- stdout
    werkzeug 2.3 in strict.txt
      for manylinux2014_aarch64-cp-311-cp311
      through loose.txt → shop → flask → werkzeug
      required by
        flask 2.0 requires werkzeug<3
      newer releases
        werkzeug 3.0 is excluded: flask 2.0 requires werkzeug<3
    ");
    assert_snapshot!(sandbox.harden("explain shop --json"), @r#"
    exit 0
    --- stdout
    {
      "pins": [
        {
          "file": "strict.txt",
          "held_back": null,
          "name": "shop",
          "newer": [],
          "repository": null,
          "required_by": [
            "loose.txt:1 requires shop"
          ],
          "targets": [
            "manylinux2014_aarch64-cp-311-cp311"
          ],
          "version": "1.0",
          "way": [
            "loose.txt",
            "shop"
          ]
        }
      ]
    }
    "#);
    assert_snapshot!(sandbox.harden("explain werkzeuk"), @"
    exit 1
    --- stderr
    error: werkzeuk is not in strict.txt
    hint: did you mean `werkzeug`?
    ");
    assert_eq!(sandbox.read("strict.txt"), strict);
    // It is also found from within its folder.
    std::fs::create_dir(sandbox.path("elsewhere")).unwrap();
    let from_afar = sandbox.harden_in("elsewhere", "explain shop -o ../strict.txt");
    assert!(from_afar.good().starts_with("shop 1.0 in ../strict.txt\n"));
}

#[test]
fn explain_names_the_target_that_holds_a_package_back() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "numpy");
    let targets = "-p win_amd64-cp310 -p win_amd64-cp312";
    assert_snapshot!(sandbox.harden(&format!("explain numpy loose.txt {targets}")), @"
    exit 0
    --- stdout
    numpy 2.2 in loose.txt
      for win_amd64-cp-310-cp310 and win_amd64-cp-312-cp312
      required by
        loose.txt:1 requires numpy
      newer releases
        numpy 2.3 has no wheel for win_amd64-cp-310-cp310: there are wheels for cp312 on win_amd64
      held back: 2.3 is available for win_amd64-cp-312-cp312, but not for win_amd64-cp-310-cp310
    ");
    let verbose = sandbox.harden(&format!("loose.txt -v {targets} -o strict.txt"));
    let held = verbose
        .stderr
        .lines()
        .find(|line| line.contains("held back"));
    assert_snapshot!(held.unwrap_or_default(), @"numpy 2.2 is held back: 2.3 is available for win_amd64-cp-312-cp312, but not for win_amd64-cp-310-cp310");
}

#[test]
fn a_kept_pin_is_explained_as_such() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "werkzeug<3");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    sandbox.write("loose.txt", "werkzeug");
    assert_snapshot!(sandbox.harden("explain werkzeug"), @"
    exit 0
    --- stdout
    werkzeug 2.3 in strict.txt
      for manylinux2014_aarch64-cp-311-cp311
      required by
        loose.txt:1 requires werkzeug
      newer releases
        werkzeug 3.0 is not chosen, since the pin of the strict file is kept: --upgrade ignores it
    ");
}
