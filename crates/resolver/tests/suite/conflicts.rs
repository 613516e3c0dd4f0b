//! What a failure says.

use insta::assert_snapshot;

use crate::support::{ARM, ask};

#[test]
fn two_of_the_users_lines_that_exclude_each_other() {
    assert_snapshot!(ask("a 1.0\na 2.0", "a<2\na>=2").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a<2
      2. loose.txt:2 requires a>=2
    hint: a 2.0 would do: change `a<2` in loose.txt:1
    hint: a 1.0 would do: change `a>=2` in loose.txt:2
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
    hint: urllib3 1.26 would do: change `urllib3<1.25` in loose.txt:2
    ");
}

#[test]
fn a_project_that_does_not_exist() {
    assert_snapshot!(ask("a 1.0 requires=nope", "a").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 requires nope
      3. there is no project named nope on the index
    ");
    assert_snapshot!(ask("a 1.0", "nope>=1").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires nope>=1
      2. there is no project named nope on the index
    ");
}

#[test]
fn a_version_that_does_not_exist() {
    assert_snapshot!(ask("a 1.0\na 1.1\na 2.0", "a>=3").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a>=3
      2. a has no such release: there are 1.0 to 2.0
    hint: a 2.0 would do: change `a>=3` in loose.txt:1
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
    hint: a 1.0 would do for --platform manylinux2014_aarch64-cp-311-cp311
    hint: a 1.2 would do with --allow-sdist a: it is built where it is installed
    ");
}

#[test]
fn a_constraint_that_leaves_nothing() {
    assert_snapshot!(ask("a 1.0\na 2.0", "a>=2").constrained_by("a<2").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a>=2
      2. constraints.txt:1 keeps a 2.0 out (a<2)
    hint: a 1.0 would do: change `a>=2` in loose.txt:1
    hint: a 2.0 would do: change `a<2` in constraints.txt:1
    ");
}
