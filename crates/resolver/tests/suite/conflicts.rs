//! What a failure says.

use std::fmt::Write as _;

use harden_resolver::PrereleaseMode;
use harden_testindex::Universe;
use insta::assert_snapshot;

use crate::support::{ARM, LINUX, MUSL, WINDOWS, ask, ask_universe};

#[test]
fn two_of_the_users_lines_that_exclude_each_other() {
    assert_snapshot!(ask("a 1.0\na 2.0", "a<2\na>=2").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a<2
      2. loose.txt:2 requires a>=2
    hint: a 2.0 would work: change `a<2` in loose.txt:1
    hint: a 1.0 would work: change `a>=2` in loose.txt:2
    ");
}

#[test]
fn a_requirement_of_a_requirement_against_the_users_line() {
    let universe = "
        boto 1.0 requires=urllib3>=1.25
        boto 1.1 requires=urllib3>=1.25
        boto 1.2 requires=urllib3>=1.25
        urllib3 1.24
        urllib3 1.26
    ";
    assert_snapshot!(ask(universe, "boto\nurllib3<1.25").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires boto
      2. loose.txt:2 requires urllib3<1.25
      3. boto 1.0 to 1.2 require urllib3>=1.25
    hint: urllib3 1.26 would work: change `urllib3<1.25` in loose.txt:2
    ");
}

#[test]
fn a_project_that_does_not_exist() {
    assert_snapshot!(ask("a 1.0 requires=nope", "a").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 requires nope
      3. there is no project nope on the index
    ");
    assert_snapshot!(ask("a 1.0", "nope>=1").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires nope>=1
      2. there is no project nope on the index
    ");
}

#[test]
fn a_version_that_does_not_exist() {
    assert_snapshot!(ask("a 1.0\na 1.1\na 2.0", "a>=3").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a>=3
      2. a has no such release: there are 1.0 to 2.0
    hint: a 2.0 would work: change `a>=3` in loose.txt:1
    ");
}

#[test]
fn no_wheel_for_the_target() {
    let universe = "
        a 1.0 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64
        a 1.1 wheels=cp312-cp312-manylinux2014_x86_64,cp312-cp312-win_amd64 sdist
        a 1.2 wheels=cp312-cp312-manylinux2014_x86_64,cp312-cp312-win_amd64 sdist
    ";
    assert_snapshot!(ask(universe, "a").on(&[ARM]).answer(), @r"
    error: no resolution for manylinux2014_aarch64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 has no wheel for manylinux2014_aarch64-cp-3.12.4-cp312: there are wheels for cp311 on manylinux2014_aarch64, win_amd64
      3. a 1.1 to 1.2 have no wheel for manylinux2014_aarch64-cp-3.12.4-cp312: those of 1.2 are for cp312 on manylinux2014_x86_64, win_amd64, besides an sdist
    hint: a 1.0 would work for --platform manylinux2014_aarch64-cp-311-cp311
    hint: a 1.2 would work with --allow-sdist a: it is built where it is installed
    ");
}

#[test]
fn a_constraint_that_leaves_nothing() {
    assert_snapshot!(ask("a 1.0\na 2.0", "a>=2").constrained_by("a<2").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a>=2
      2. constraints.txt:1 excludes a 2.0 (a<2)
    hint: a 1.0 would work: change `a>=2` in loose.txt:1
    hint: a 2.0 would work: change `a<2` in constraints.txt:1
    ");
}

#[test]
fn a_chain_of_requirements() {
    let universe = "
        app 1.0 requires=mid
        mid 1.0 requires=deep
        deep 1.0 requires=leaf>=2
        leaf 1.0
        leaf 2.0
    ";
    assert_snapshot!(ask(universe, "app\nleaf<2").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires app
      2. app 1.0 requires mid
      3. mid 1.0 requires deep
      4. loose.txt:2 requires leaf<2
      5. deep 1.0 requires leaf>=2
    hint: leaf 2.0 would work: change `leaf<2` in loose.txt:2
    ");
}

#[test]
fn two_packages_that_want_different_versions_of_a_third() {
    let universe = "
        left 1.0 requires=shared<2
        right 1.0 requires=shared>=2
        shared 1.0
        shared 2.0
    ";
    assert_snapshot!(ask(universe, "left\nright").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires left
      2. loose.txt:2 requires right
      3. left 1.0 requires shared<2
      4. right 1.0 requires shared>=2
    ");
}

#[test]
fn every_release_of_a_long_run_wants_the_same() {
    let universe = "
        front 1.0 requires=lib>=2
        front 1.1 requires=lib>=2
        front 1.2 requires=lib>=2
        front 1.3 requires=lib>=3
        lib 1.0
        lib 2.0
        lib 3.0
    ";
    assert_snapshot!(ask(universe, "front\nlib<2").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires front
      2. loose.txt:2 requires lib<2
      3. front 1.0 to 1.2 require lib>=2
      4. front 1.3 requires lib>=3
    hint: lib 3.0 would work: change `lib<2` in loose.txt:2
    ");
}

#[test]
fn a_constraint_on_what_a_requirement_brings_in() {
    let universe = "
        app 1.0 requires=lib>=2
        lib 1.0
        lib 2.0
    ";
    assert_snapshot!(ask(universe, "app").constrained_by("lib<2").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires app
      2. app 1.0 requires lib>=2
      3. constraints.txt:1 excludes lib 2.0 (lib<2)
    hint: lib 2.0 would work: change `lib<2` in constraints.txt:1
    ");
}

#[test]
fn a_python_that_is_too_old() {
    let universe = "
        a 1.0 python=>=3.13
        a 1.1 python=>=3.13
    ";
    assert_snapshot!(ask(universe, "a").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 to 1.1 need Python >=3.13, which manylinux2014_x86_64-cp-3.12.4-cp312 is not
    hint: a 1.1 would work for --platform manylinux2014_x86_64-cp-313-cp313
    hint: a 1.1 would work for --platform manylinux2014_x86_64-cp-314-cp314
    ");
}

#[test]
fn a_python_that_is_too_new() {
    let universe = "
        a 1.0 python=<3.12
    ";
    assert_snapshot!(ask(universe, "a").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 needs Python <3.12, which manylinux2014_x86_64-cp-3.12.4-cp312 is not
    hint: a 1.0 would work for --platform manylinux2014_x86_64-cp-311-cp311
    hint: a 1.0 would work for --platform manylinux2014_x86_64-cp-310-cp310
    ");
}

#[test]
fn a_python_without_a_patch_level() {
    let universe = "
        a 1.0 python=>=3.12.4
    ";
    assert_snapshot!(ask(universe, "a").on(&["manylinux2014_x86_64-cp-312-cp312"]).answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-312-cp312
      1. loose.txt:1 requires a
      2. a 1.0 needs Python >=3.12.4, which not every patch release of manylinux2014_x86_64-cp-312-cp312 is
    hint: a 1.0 would work: name the patch level you deploy on: manylinux2014_x86_64-cp-3.12.4-cp312
    ");
}

#[test]
fn a_newer_floor_would_do() {
    let universe = "
        a 1.0 wheels=cp312-cp312-manylinux_2_28_x86_64
    ";
    assert_snapshot!(ask(universe, "a").on(&[LINUX]).answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 has no wheel for manylinux2014_x86_64-cp-3.12.4-cp312: there are wheels for cp312 on manylinux_2_28_x86_64
    hint: a 1.0 would work for --platform manylinux_2_28_x86_64-cp-3.12.4-cp312
    ");
}

#[test]
fn wheels_for_glibc_only() {
    let universe = "
        a 1.0 wheels=cp312-cp312-manylinux2014_x86_64
    ";
    assert_snapshot!(ask(universe, "a").on(&[MUSL]).answer(), @r"
    error: no resolution for musllinux_1_2_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 has no wheel for musllinux_1_2_x86_64-cp-3.12.4-cp312: there are wheels for cp312 on manylinux2014_x86_64
    ");
}

#[test]
fn wheels_for_another_system_only() {
    let universe = "
        a 1.0 wheels=cp312-cp312-win_amd64
    ";
    assert_snapshot!(ask(universe, "a").on(&[LINUX]).answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 has no wheel for manylinux2014_x86_64-cp-3.12.4-cp312: there are wheels for cp312 on win_amd64
    ");
}

#[test]
fn wheels_for_another_python_only() {
    let universe = "
        a 1.0 wheels=cp313-cp313-manylinux2014_x86_64,cp314-cp314-manylinux2014_x86_64
    ";
    assert_snapshot!(ask(universe, "a").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 has no wheel for manylinux2014_x86_64-cp-3.12.4-cp312: there are wheels for cp313, cp314 on manylinux2014_x86_64
    hint: a 1.0 would work for --platform manylinux2014_x86_64-cp-313-cp313
    hint: a 1.0 would work for --platform manylinux2014_x86_64-cp-314-cp314
    ");
}

#[test]
fn a_project_without_files() {
    let universe = "
        a
    ";
    assert_snapshot!(ask(universe, "a").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a has no release with a wheel or an sdist
    ");
}

#[test]
fn a_pin_of_a_version_that_is_not_there() {
    let universe = "
        a 1.0
        a 1.2
    ";
    assert_snapshot!(ask(universe, "a==1.1").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a==1.1
      2. a has no such release: there are 1.0 to 1.2
    hint: a 1.2 would work: change `a==1.1` in loose.txt:1
    ");
}

#[test]
fn specifiers_that_exclude_each_other() {
    let universe = "
        a 1.0
        a 2.0
    ";
    assert_snapshot!(ask(universe, "a>2,<1").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a>2,<1, which no version satisfies
    hint: a 2.0 would work: change `a>2,<1` in loose.txt:1
    ");
}

#[test]
fn only_yanked_releases() {
    let universe = "
        a 1.0 yanked='wrong license'
        a 1.1 yanked='wrong license'
    ";
    assert_snapshot!(ask(universe, "a").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 to 1.1 are yanked, the newest of them: wrong license
    hint: pin `a==1.1` yourself to take the yanked release
    ");
}

#[test]
fn only_prereleases_in_range() {
    let universe = "
        a 1.0
        a 2.0b1
        a 2.0rc1
    ";
    let question =
        ask(universe, "a>1").with(|options| options.prerelease = PrereleaseMode::Explicit);
    assert_snapshot!(question.answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a>1
      2. a 2.0b1 to 2.0rc1 are pre-releases, and no requirement names one
    hint: a 2.0rc1 would work with --prerelease allow
    hint: a 1.0 would work: change `a>1` in loose.txt:1
    ");
}

#[test]
fn a_cutoff_that_hides_everything() {
    let universe = "
        a 1.0 uploaded=2025-05-01
        a 1.1 uploaded=2025-06-01
    ";
    assert_snapshot!(ask(universe, "a").with(|options| options.exclude_newer = Some("2024-01-01T00:00:00Z".parse().unwrap())).answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 to 1.1 are hidden by --exclude-newer: all files were uploaded later
    hint: a 1.1 would work with a later --exclude-newer, or with --exclude-newer-package a=false
    ");
}

#[test]
fn a_release_that_requires_itself_otherwise() {
    let universe = "
        a 1.0 requires=a>=2
    ";
    assert_snapshot!(ask(universe, "a").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 cannot be used: it requires itself as `a>=2`
    ");
}

/// An override takes the place of a requirement only where it holds.
#[test]
fn an_override_elsewhere_does_not_excuse_a_release_that_requires_itself_otherwise() {
    let question = ask("a 1.0 requires=a>=2", "a")
        .overridden_by("a==1.0 ; sys_platform == 'win32'")
        .on(&[LINUX, WINDOWS]);
    assert_snapshot!(question.answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 cannot be used: it requires itself as `a>=2`
    ");
}

/// What is tried after a failure starts with what the failed search has read and learnt.
#[test]
fn suggestions_read_little_more_than_the_search() {
    let mut universe = "old 1.0\nold 2.0\n".to_owned();
    for release in 1..=100 {
        let _ = writeln!(universe, "front 1.{release} requires=core==1.{release}");
        let _ = writeln!(universe, "core 1.{release} requires=old>=2");
    }
    let universe = Universe::new(&universe);
    let error = ask_universe(&universe, "front\nold<2").unwrap_err();
    assert!(
        error.to_string().contains("hint: old 2.0 would work"),
        "{error}"
    );
    let questions = universe.questions();
    let read = questions
        .iter()
        .filter(|question| question.starts_with("metadata "));
    // Each release once.
    assert_eq!(read.count(), 202);
}

/// Sdists without usable metadata are not read one after the other only to be refused.
#[test]
fn a_suggestion_gives_up_on_sdists_without_usable_metadata() {
    let mut universe = String::new();
    for release in 1..=50 {
        let _ = writeln!(universe, "front 1.{release} requires=core==1.{release}");
        let _ = writeln!(
            universe,
            "core 1.{release} wheels=none sdist metadata=broken"
        );
    }
    let universe = Universe::new(&universe);
    let error = ask_universe(&universe, "front").unwrap_err();
    assert!(!error.to_string().contains("hint"), "{error}");
    let questions = universe.questions();
    let sdists = questions
        .iter()
        .filter(|question| question.contains(".tar.gz"));
    assert!(sdists.count() < 10, "{questions:?}");
}

#[test]
fn a_requirement_on_one_target_only() {
    let universe = r#"
        app 1.0 requires='lib>=2; sys_platform == "win32"'
        lib 1.0
        lib 2.0
    "#;
    assert_snapshot!(ask(universe, "app\nlib<2").on(&[LINUX, WINDOWS]).answer(), @r#"
    error: no resolution for win_amd64-cp-3.12.4-cp312
      1. loose.txt:1 requires app
      2. loose.txt:2 requires lib<2
      3. app 1.0 requires lib>=2; sys_platform == "win32"
    hint: lib 2.0 would work: change `lib<2` in loose.txt:2
    "#);
}

#[test]
fn a_cycle_that_cannot_close() {
    let universe = "
        a 1.0 requires=b==1.0
        b 1.0 requires=a==2.0
    ";
    assert_snapshot!(ask(universe, "a").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 requires b==1.0
      3. b 1.0 requires a==2.0
    ");
}
