//! Why a pin is there, and what keeps newer releases out.

use insta::assert_snapshot;

use crate::support::{LINUX, MAC, WINDOWS, ask};

const UNIVERSE: &str = "
    app 1.0 requires=lib<4
    lib 1.0
    lib 2.0 wheels=cp312-cp312-manylinux2014_x86_64,cp312-cp312-win_amd64
    lib 3.0 wheels=cp312-cp312-manylinux2014_x86_64
    lib 3.1 requires=other>=2
    lib 4.0
    lib 5.0rc1
    other 1.0
    other 2.0
";

#[test]
fn an_account_names_who_requires_a_pin_and_what_keeps_newer_releases_out() {
    assert_snapshot!(ask(UNIVERSE, "app\nlib>=1\nother<2").on(&[LINUX, WINDOWS]).account("lib"), @r"
    lib 2.0
      app 1.0 requires lib<4
      loose.txt:2 requires lib>=1
      lib 5.0rc1 is a pre-release, and no requirement names one
      lib 4.0 is excluded: app 1.0 requires lib<4
      lib 3.1 does not fit: what it would require conflicts with the rest
      lib 3.0 has no wheel for win_amd64-cp-3.12.4-cp312: there are wheels for cp312 on manylinux2014_x86_64
      3.0 could be had by 1 of 2 targets
    ");
    assert_snapshot!(ask(UNIVERSE, "app\nother<2").on(&[LINUX, MAC]).account("lib"), @r"
    lib 1.0
      app 1.0 requires lib<4
      lib 5.0rc1 is a pre-release, and no requirement names one
      lib 4.0 is excluded: app 1.0 requires lib<4
      lib 3.1 does not fit: what it would require conflicts with the rest
      lib 2.0 to 3.0 have no wheel for macosx_14_0_arm64-cp-3.12.4-cp312: those of 3.0 are for cp312 on manylinux2014_x86_64
      3.0 could be had by 1 of 2 targets
    ");
    assert_snapshot!(ask(UNIVERSE, "app").account("app"), @r"
    app 1.0
      loose.txt:1 requires app
    ");
}

#[test]
fn a_kept_pin_says_so() {
    let question = ask("a 1.0\na 2.0", "a").with(|options| {
        options
            .preferences
            .insert("a".parse().unwrap(), ["1.0".parse().unwrap()].into());
    });
    assert_snapshot!(question.account("a"), @r"
    a 1.0
      loose.txt:1 requires a
      a 2.0 is not taken, for the strict file's own pin is kept: --upgrade ignores it
    ");
}
