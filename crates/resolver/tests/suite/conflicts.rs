//! What a failure says.

use insta::assert_snapshot;

use crate::support::{ARM, ask};

#[test]
fn two_of_the_users_lines_that_exclude_each_other() {
    assert_snapshot!(ask("a 1.0\na 2.0", "a<2\na>=2").answer(), @"");
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
    assert_snapshot!(ask(universe, "boto\nurllib3<1.25").answer(), @"");
}

#[test]
fn a_project_that_does_not_exist() {
    assert_snapshot!(ask("a 1.0 requires=nope", "a").answer(), @"");
    assert_snapshot!(ask("a 1.0", "nope>=1").answer(), @"");
}

#[test]
fn a_version_that_does_not_exist() {
    assert_snapshot!(ask("a 1.0\na 1.1\na 2.0", "a>=3").answer(), @"");
}

#[test]
fn no_wheel_for_the_target() {
    let universe = "
        a 1.0 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64
        a 1.1 wheels=cp312-cp312-manylinux2014_x86_64,cp312-cp312-win_amd64 sdist
        a 1.2 wheels=cp312-cp312-manylinux2014_x86_64,cp312-cp312-win_amd64 sdist
    ";
    assert_snapshot!(ask(universe, "a").on(&[ARM]).answer(), @"");
}

#[test]
fn a_constraint_that_leaves_nothing() {
    assert_snapshot!(ask("a 1.0\na 2.0", "a>=2").constrained_by("a<2").answer(), @"");
}
