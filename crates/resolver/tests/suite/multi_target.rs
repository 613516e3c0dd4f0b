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
    assert_snapshot!(ask(universe, "a").on(&[LINUX, WINDOWS]).in_full(), @r#"
    a==2.0
        via File("loose.txt")
        a-2.0-cp312-cp312-manylinux2014_x86_64.whl [0]
        a-2.0-cp312-cp312-win_amd64.whl [1]
    "#);
    assert_snapshot!(ask(universe, "a").on(&[LINUX, WINDOWS, ARM]).in_full(), @r#"
    a==1.0
        via File("loose.txt")
        a-1.0-cp312-cp312-manylinux2014_aarch64.whl [2]
        a-1.0-cp312-cp312-manylinux2014_x86_64.whl [0]
        a-1.0-cp312-cp312-win_amd64.whl [1]
    "#);
}

#[test]
fn a_package_needed_on_some_targets_only_carries_a_marker() {
    let universe = "
        click 8.0 requires='colorama; platform_system == \"Windows\"'
        colorama 0.4
    ";
    assert_snapshot!(ask(universe, "click").on(&[LINUX, MAC, WINDOWS]).answer(), @r"
    click==8.0
    colorama==0.4 ; sys_platform == 'win32'
    ");
}

/// What one target needs limits nobody else's choice where the package is not needed there.
#[test]
fn a_package_needed_on_one_target_only_needs_a_wheel_there_only() {
    let universe = "
        app 1.0 requires='pywin32; sys_platform == \"win32\"'
        pywin32 306 wheels=cp312-cp312-win_amd64
    ";
    assert_snapshot!(ask(universe, "app").on(&[LINUX, WINDOWS]).answer(), @r"
    app==1.0
    pywin32==306 ; sys_platform == 'win32'
    ");
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
    assert_snapshot!(ask(universe, "app").on(&[LINUX, MAC, WINDOWS]).answer(), @r"
    app==1.0
    dep==1.0 ; sys_platform == 'win32'
    dep==2.0 ; sys_platform == 'darwin'
    dep==3.0 ; sys_platform == 'linux'
    lib==1.0 ; sys_platform == 'win32'
    lib==2.0 ; sys_platform == 'darwin'
    lib==3.0 ; sys_platform == 'linux'
    only-new==1.0 ; sys_platform == 'linux'
    only-old==1.0 ; sys_platform == 'win32'
    ");
    assert_snapshot!(ask(universe, "app").on(&[LINUX, WINDOWS]).answer(), @r"
    app==1.0
    dep==1.0
    lib==1.0
    only-old==1.0
    ");
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
    assert_snapshot!(ask(universe, loose).on(&[LINUX, WINDOWS]).answer(), @r"
    numpy==1.0 ; sys_platform == 'win32'
    numpy==2.0 ; sys_platform == 'linux'
    other==1.0
    ");
}

/// glibc and musl: no marker can tell them apart, so one file cannot hold two versions.
#[test]
fn targets_that_no_marker_tells_apart_cannot_differ() {
    let universe = "
        a 1.0 wheels=cp312-cp312-manylinux2014_x86_64
        a 2.0 wheels=cp312-cp312-musllinux_1_2_x86_64
        b 1.0 wheels=cp312-cp312-musllinux_1_2_x86_64,cp312-cp312-manylinux2014_x86_64
    ";
    assert_snapshot!(ask(universe, "a").on(&[LINUX, MUSL]).answer(), @r"
    error: no single file can serve manylinux2014_x86_64-cp-3.12.4-cp312 and musllinux_1_2_x86_64-cp-3.12.4-cp312
      1. a 1.0 is needed on manylinux2014_x86_64-cp-3.12.4-cp312 and cannot be on musllinux_1_2_x86_64-cp-3.12.4-cp312
      2. no marker tells these two targets apart
    hint: make two files, one with --platform manylinux2014_x86_64-cp-3.12.4-cp312, one with --platform musllinux_1_2_x86_64-cp-3.12.4-cp312
    ");
    assert_snapshot!(ask(universe, "b").on(&[LINUX, MUSL]).in_full(), @r#"
    b==1.0
        via File("loose.txt")
        b-1.0-cp312-cp312-manylinux2014_x86_64.whl [0]
        b-1.0-cp312-cp312-musllinux_1_2_x86_64.whl [1]
    "#);
}

#[test]
fn a_conflict_on_one_target_names_the_target() {
    let universe = "
        a 1.0 wheels=cp312-cp312-manylinux2014_x86_64
    ";
    assert_snapshot!(ask(universe, "a").on(&[LINUX, ARM]).answer(), @r"
    error: no resolution for manylinux2014_aarch64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 has no wheel for manylinux2014_aarch64-cp-3.12.4-cp312: there are wheels for cp312 on manylinux2014_x86_64
    ");
}
