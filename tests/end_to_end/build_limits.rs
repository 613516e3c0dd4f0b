//! `harden --build`: how many releases of a package are built before the others are passed over, and what
//! is said of it.
//!
//! These run a Python 3 with pip.

use std::fmt::Write as _;

use insta::assert_snapshot;

use crate::building::python;
use crate::sandbox::{FOREIGN, Outcome, Sandbox};

fn harden(sandbox: &Sandbox, arguments: &str) -> Outcome {
    sandbox.harden(&format!(
        "loose.txt -p {FOREIGN} -o strict.txt --python {} --build :all: {arguments}",
        python()
    ))
}

/// How many builds of a package were started.
fn builds(outcome: &Outcome, name: &str) -> usize {
    let begin = format!("building {name}-");
    let lines = outcome.stderr.lines();
    lines
        .filter(|line| line.starts_with(&begin) && !line[begin.len()..].contains(": "))
        .count()
}

/// 18 releases of `lib` that require a newer `other` each, and one that does not, as sdists whose metadata
/// takes a build.
fn conflicting() -> Sandbox {
    let mut universe =
        "app 2.0 requires=lib\napp 1.0\nother 1.0\nother 2.0\nneeded 1.0\n".to_owned();
    let sdist = "wheels=none sdist dynamic=requires-dist builds=py3-none-any";
    for release in 1..=18 {
        let _ = writeln!(universe, "lib 1.{release} {sdist} built-requires=other>=2");
    }
    let _ = writeln!(universe, "lib 1.0 {sdist}");
    Sandbox::new(&universe)
}

/// A search must not build release after release without end, and what it did not look at may be what the
/// user wants.
#[test]
fn a_search_through_releases_that_are_built_ends_and_says_so() {
    let sandbox = conflicting();
    sandbox.write("loose.txt", "lib\nother<2");
    let refused = harden(&sandbox, "-v");
    assert_eq!(builds(&refused, "lib"), 16, "{refused}");
    assert_snapshot!(harden(&sandbox, ""), @"
    exit 1
    --- stderr
    what a release of lib requires takes a build: still looking for one that fits
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires lib
      2. lib 1.0 to 1.2 cannot be used: not tried, since 16 others were built to learn what they require; --exhaustive tries all releases
      3. loose.txt:2 requires other<2
      4. lib 1.3 to 1.18 require other>=2
    hint: other 2.0 would work: change `other<2` in loose.txt:2
    ");

    // An older release of what requires it is an answer, with a warning.
    sandbox.write("loose.txt", "app\nother<2");
    assert_snapshot!(harden(&sandbox, ""), @"
    exit 0
    --- stderr
    what a release of lib requires takes a build: still looking for one that fits
    warning: lib, or what requires it, may be older than need be: lib 1.2 was not tried, since 16 others were built to learn what they require; --exhaustive tries all releases
    resolved 2 packages for 1 target in [time]
    ");
    assert!(sandbox.read("strict.txt").contains("app==1.0 "));

    assert_snapshot!(harden(&sandbox, "--exhaustive -U"), @"
    exit 0
    --- stderr
    what a release of lib requires takes a build: still looking for one that fits
    built lib-1.2-py3-none-any.whl from lib-1.2.tar.gz in [time]
    built lib-1.1-py3-none-any.whl from lib-1.1.tar.gz in [time]
    built lib-1.0-py3-none-any.whl from lib-1.0.tar.gz in [time]
    resolved 3 packages for 1 target in [time]
      ~ app 1.0 → 2.0
      + lib 1.0
    ");
    assert!(sandbox.read("strict.txt").contains("lib==1.0 "));
}

/// What would have to change is tried, without a build of each release that a change admits.
#[test]
fn suggestions_take_few_builds() {
    let sandbox = conflicting();
    sandbox.write("loose.txt", "lib==1.18\nother<2");
    let refused = harden(&sandbox, "-v");
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(builds(&refused, "lib") <= 1 + 4, "{refused}");
    assert_snapshot!(harden(&sandbox, ""), @"
    exit 1
    --- stderr
    what a release of lib requires takes a build: still looking for one that fits
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires lib==1.18
      2. loose.txt:2 requires other<2
      3. lib 1.18 requires other>=2
    hint: other 2.0 would work: change `other<2` in loose.txt:2
    ");
}

const PASSED_OVER: &str = "warning: lib, or what requires it, may be older than need be: lib 1.4 was not \
                           tried, since 2 others fail (building lib-1.6.tar.gz failed with exit status: \
                           1); --exhaustive tries all releases";

/// Where two builds of a package fail, the others are not made, whether the metadata took a build or not.
#[test]
fn after_two_failed_builds_the_other_releases_are_passed_over() {
    for dynamic in ["", "dynamic=requires-dist"] {
        let mut universe = "app 2.0 requires=lib\napp 1.0\nneeded 1.0\n".to_owned();
        for release in 2..=6 {
            let _ = writeln!(
                universe,
                "lib 1.{release} wheels=none sdist builds=nothing {dynamic}"
            );
        }
        let _ = writeln!(
            universe,
            "lib 1.1 wheels=none sdist builds=py3-none-any {dynamic}"
        );
        let sandbox = Sandbox::new(&universe);
        sandbox.write("loose.txt", "lib");
        let refused = harden(&sandbox, "-v");
        assert_eq!(refused.code, Some(1), "{refused}");
        let headlines = refused
            .stderr
            .matches("error: 1 package has no wheel")
            .count();
        assert_eq!(headlines, 1, "{refused}");

        sandbox.write("loose.txt", "app");
        let outcome = harden(&sandbox, "");
        assert_eq!(outcome.code, Some(0), "{outcome}");
        let warning = outcome.stderr.lines().next().unwrap_or_default();
        assert_eq!(warning, PASSED_OVER);
        harden(&sandbox, "--exhaustive -U").good();
        assert!(sandbox.read("strict.txt").contains("lib==1.1 "));
    }
}

/// After native code for another platform, the other sdists are not built, and what is locked instead may
/// be older than need be.
#[test]
fn after_native_code_the_other_sdists_are_passed_over() {
    let sandbox = Sandbox::new(
        "lib 1.3 wheels=none sdist builds=cp311-cp311-win_amd64\n\
         lib 1.2 wheels=none sdist builds=py3-none-any\nlib 1.1\nneeded 1.0",
    );
    sandbox.write("loose.txt", "lib");
    assert_snapshot!(harden(&sandbox, ""), @"
    exit 0
    --- stderr
    built lib-1.3-cp311-cp311-win_amd64.whl from lib-1.3.tar.gz in [time]
    warning: lib, or what requires it, may be older than need be: lib 1.2 was not tried, since another gives native code here, lib-1.3-cp311-cp311-win_amd64.whl, which manylinux2014_aarch64-cp-311-cp311 does not accept; --exhaustive tries all releases
    resolved 1 package for 1 target in [time]
    ");
    assert!(sandbox.read("strict.txt").contains("lib==1.1 "));
    harden(&sandbox, "--exhaustive -U").good();
    assert!(sandbox.read("strict.txt").contains("lib==1.2 "));

    // What is older than the locked release does not matter.
    let sandbox = Sandbox::new(
        "lib 1.3 wheels=none sdist builds=cp311-cp311-win_amd64\nlib 1.2\n\
         lib 1.1 wheels=none sdist builds=py3-none-any\nneeded 1.0",
    );
    sandbox.write("loose.txt", "lib");
    assert_snapshot!(harden(&sandbox, ""), @"
    exit 0
    --- stderr
    built lib-1.3-cp311-cp311-win_amd64.whl from lib-1.3.tar.gz in [time]
    warning: lib 1.3 has only an sdist with native code: built here it gives lib-1.3-cp311-cp311-win_amd64.whl, which manylinux2014_aarch64-cp-311-cp311 does not accept; 1.2 is locked instead
    resolved 1 package for 1 target in [time]
    ");
}

/// A lock does not get older in silence because a library is missing here.
#[test]
fn an_older_release_that_is_locked_because_a_build_fails_is_said() {
    for dynamic in ["", "dynamic=requires-dist"] {
        let sandbox = Sandbox::new(&format!(
            "lib 1.1 wheels=none sdist builds=nothing {dynamic}\nlib 1.0\nneeded 1.0"
        ));
        sandbox.write("loose.txt", "lib");
        let outcome = harden(&sandbox, "");
        assert_eq!(outcome.code, Some(0), "{outcome}");
        let warning = "warning: lib 1.1 cannot be built: building lib-1.1.tar.gz failed with exit \
                       status: 1; 1.0 is locked instead\n";
        assert!(outcome.stderr.contains(warning), "{outcome}");
    }
}

/// A wheel for one platform and any interpreter may be without native code, as those of watchdog.
#[test]
fn wheels_for_any_interpreter_do_not_prove_native_code() {
    let sandbox =
        Sandbox::new("lib 1.0 wheels=py3-none-win_amd64 sdist builds=py3-none-any\nneeded 1.0");
    sandbox.write("loose.txt", "lib");
    harden(&sandbox, "").good();
    assert!(
        sandbox
            .read("strict.txt")
            .contains("# built lib-1.0-py3-none-any.whl ")
    );
}

/// Releases whose wheels have native code are rejected without asking their sdists for anything.
#[test]
fn native_releases_are_not_even_asked_for_their_metadata() {
    let mut universe = "needed 1.0\nother 1.0\nother 2.0\n".to_owned();
    for release in 1..=5 {
        let _ = writeln!(
            universe,
            "lib 1.{release} wheels=cp311-cp311-win_amd64 sdist dynamic=requires-dist \
             builds=cp311-cp311-linux_x86_64 built-requires=other>=2"
        );
    }
    let _ = writeln!(universe, "lib 1.0 requires=other<2");
    let sandbox = Sandbox::new(&universe);
    sandbox.write("loose.txt", "lib\nother<2");
    let outcome = sandbox.harden(&format!(
        "loose.txt -p macosx_12_0_arm64-cp311 -o strict.txt --python {} --build :all: -v",
        python()
    ));
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert_eq!(builds(&outcome, "lib"), 0, "{outcome}");
    assert!(sandbox.read("strict.txt").contains("lib==1.0 "));
}

/// Old setup code takes an older Python than the one that is locked for, as the hints say.
#[test]
fn the_python_that_builds_may_be_of_another_version_than_the_target() {
    let sandbox = Sandbox::new("lib 1.0 wheels=none sdist builds=py3-none-any\nneeded 1.0");
    sandbox.write("loose.txt", "lib");
    let mut command = std::process::Command::new(python());
    command.args(["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
    let version = String::from_utf8(command.output().unwrap().stdout).unwrap();
    let command = format!(
        "loose.txt -p manylinux2014_aarch64-cp310 -o strict.txt --python {}",
        version.trim()
    );
    let refused = sandbox.harden_with_path(&command);
    assert!(
        refused.stderr.contains("contradicts the target"),
        "{refused}"
    );
    sandbox
        .harden_with_path(&format!("{command} --build lib"))
        .good();
    let built = format!("#   python {}\n", version.trim());
    assert!(sandbox.read("strict.txt").contains(&built));
    sandbox.fetch("").good();
}
