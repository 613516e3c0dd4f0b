//! Several targets in one resolution.

use insta::assert_snapshot;

use crate::support::{ARM, LINUX, MAC, MUSL, WINDOWS, ask};

/// One version per package wherever a common resolution exists.
#[test]
fn the_newest_common_version_is_taken() {
    let universe = "
        a 1.0 wheels=cp312-cp312-manylinux2014_x86_64,cp312-cp312-win_amd64,cp312-cp312-manylinux2014_aarch64
        a 2.0 wheels=cp312-cp312-manylinux2014_x86_64,cp312-cp312-win_amd64
        a 3.0 wheels=cp312-cp312-manylinux2014_x86_64
    ";
    assert_snapshot!(ask(universe, "a").on(&[LINUX, WINDOWS]).in_full(), @"");
    assert_snapshot!(ask(universe, "a").on(&[LINUX, WINDOWS, ARM]).in_full(), @"");
}

#[test]
fn a_package_needed_on_some_targets_only_carries_a_marker() {
    let universe = "
        click 8.0 requires='colorama; platform_system == \"Windows\"'
        colorama 0.4
    ";
    assert_snapshot!(ask(universe, "click").on(&[LINUX, MAC, WINDOWS]).answer(), @"");
}

/// What one target needs limits nobody else's choice where the package is not needed there.
#[test]
fn a_package_needed_on_one_target_only_needs_a_wheel_there_only() {
    let universe = "
        app 1.0 requires='pywin32; sys_platform == \"win32\"'
        pywin32 306 wheels=cp312-cp312-win_amd64
    ";
    assert_snapshot!(ask(universe, "app").on(&[LINUX, WINDOWS]).answer(), @"");
}

/// Where no common resolution exists, the fewest packages differ.
#[test]
fn packages_differ_where_they_must() {
    let universe = "
        app 1.0 requires=lib
        lib 3.0 wheels=cp312-cp312-manylinux2014_x86_64 requires=dep==3.0,only-new
        lib 2.0 wheels=cp312-cp312-manylinux2014_x86_64,cp312-cp312-macosx_11_0_arm64 requires=dep==2.0
        lib 1.0 wheels=cp312-cp312-manylinux2014_x86_64,cp312-cp312-win_amd64 requires=dep==1.0,only-old
        dep 1.0
        dep 2.0
        dep 3.0
        only-new 1.0
        only-old 1.0
    ";
    assert_snapshot!(ask(universe, "app").on(&[LINUX, MAC, WINDOWS]).answer(), @"");
    assert_snapshot!(ask(universe, "app").on(&[LINUX, WINDOWS]).answer(), @"");
}

/// Requirements that contradict each other between targets, not on any one of them.
#[test]
fn requirements_may_ask_for_different_versions() {
    let universe = "
        numpy 1.0
        numpy 2.0
        other 1.0 requires=numpy
    ";
    let loose = "numpy<2; sys_platform == 'win32'\nnumpy>=2; sys_platform != 'win32'\nother";
    assert_snapshot!(ask(universe, loose).on(&[LINUX, WINDOWS]).answer(), @"");
}

/// glibc and musl: no marker can tell them apart, so one file cannot hold two versions.
#[test]
fn targets_that_no_marker_tells_apart_cannot_differ() {
    let universe = "
        a 1.0 wheels=cp312-cp312-manylinux2014_x86_64
        a 2.0 wheels=cp312-cp312-musllinux_1_2_x86_64
        b 1.0 wheels=cp312-cp312-musllinux_1_2_x86_64,cp312-cp312-manylinux2014_x86_64
    ";
    assert_snapshot!(ask(universe, "a").on(&[LINUX, MUSL]).answer(), @"");
    assert_snapshot!(ask(universe, "b").on(&[LINUX, MUSL]).in_full(), @"");
}

#[test]
fn a_conflict_on_one_target_is_told_for_it() {
    let universe = "
        a 1.0 wheels=cp312-cp312-manylinux2014_x86_64
    ";
    assert_snapshot!(ask(universe, "a").on(&[LINUX, ARM]).answer(), @"");
}
