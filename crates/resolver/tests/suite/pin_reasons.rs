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
fn the_reasons_of_a_pin_name_what_requires_it_and_what_excludes_newer_releases() {
    assert_snapshot!(ask(UNIVERSE, "app\nlib>=1\nother<2").on(&[LINUX, WINDOWS]).reasons("lib"), @r"
    lib 2.0
      app 1.0 requires lib<4
      loose.txt:2 requires lib>=1
      lib 5.0rc1 is a pre-release, and a stable release meets the requirements
      lib 4.0 is excluded: app 1.0 requires lib<4
      lib 3.1 does not fit: what it would require conflicts with the rest
      lib 3.0 has no wheel for win_amd64-cp-3.12.4-cp312: there are wheels for cp312 on manylinux2014_x86_64
      3.0 is available for 1 of 2 targets
    ");
    assert_snapshot!(ask(UNIVERSE, "app\nother<2").on(&[LINUX, MAC]).reasons("lib"), @r"
    lib 1.0
      app 1.0 requires lib<4
      lib 5.0rc1 is a pre-release, and a stable release meets the requirements
      lib 4.0 is excluded: app 1.0 requires lib<4
      lib 3.1 does not fit: what it would require conflicts with the rest
      lib 2.0 to 3.0 have no wheel for macosx_14_0_arm64-cp-3.12.4-cp312: those of 3.0 are for cp312 on manylinux2014_x86_64
      3.0 is available for 1 of 2 targets
    ");
    assert_snapshot!(ask(UNIVERSE, "app").reasons("app"), @r"
    app 1.0
      loose.txt:1 requires app
    ");
}

/// What excludes a newer pre-release depends on the mode.
#[test]
fn a_newer_pre_release_is_excluded_for_the_reason_of_its_mode() {
    use harden_resolver::PrereleaseMode::{self, Allow, Disallow, Explicit, IfNecessary};

    let universe = "
        a 1.0
        a 2.0rc1 requires=other>=2
        other 1.0
        other 2.0
    ";
    let reasons = |loose: &str, mode: PrereleaseMode| {
        let question = ask(universe, loose).with(|options| options.prerelease = mode);
        let reasons = question.reasons("a");
        reasons.lines().last().unwrap().trim().to_owned()
    };
    assert_snapshot!(reasons("a", IfNecessary), @"a 2.0rc1 is a pre-release, and a stable release meets the requirements");
    assert_snapshot!(reasons("a", Explicit), @"a 2.0rc1 is a pre-release, and no requirement names one");
    assert_snapshot!(reasons("a>=1.0a1", Explicit), @"a 2.0rc1 is a pre-release, and a stable release meets the requirements");
    assert_snapshot!(reasons("a", Disallow), @"a 2.0rc1 is a pre-release, which --prerelease disallow excludes");
    assert_snapshot!(reasons("a\nother<2", Allow), @"a 2.0rc1 does not fit: what it would require conflicts with the rest");
}

#[test]
fn a_kept_pin_says_so() {
    let question = ask("a 1.0\na 2.0", "a").with(|options| {
        options
            .preferences
            .insert("a".parse().unwrap(), ["1.0".parse().unwrap()].into());
    });
    assert_snapshot!(question.reasons("a"), @r"
    a 1.0
      loose.txt:1 requires a
      a 2.0 is not chosen, since the pin of the strict file is kept: --upgrade ignores it
    ");
}
