//! Markers, decided for the target.

use insta::assert_snapshot;

use crate::support::{LINUX, WINDOWS, ask};

#[test]
fn markers_are_decided_for_the_target_and_not_for_this_machine() {
    let universe = "
        app 1.0 requires='colorama; sys_platform == \"win32\"' requires='uvloop; sys_platform != \"win32\"'
        colorama 1.0
        uvloop 1.0
    ";
    assert_snapshot!(ask(universe, "app").on(&[LINUX]).answer(), @r"
    app==1.0
    uvloop==1.0
    ");
    assert_snapshot!(ask(universe, "app").on(&[WINDOWS]).answer(), @r"
    app==1.0
    colorama==1.0
    ");
}

/// redis needs async-timeout below Python 3.11.3: both sides are resolved, the line keeps its marker.
#[test]
fn a_marker_on_the_patch_level_splits_a_target_without_one() {
    let universe = "
        redis 5.0 requires='async-timeout; python_full_version < \"3.11.3\"'
        async-timeout 4.0
    ";
    let target = "manylinux2014_aarch64-cp-311-cp311";
    assert_snapshot!(ask(universe, "redis").on(&[target]).answer(), @r"
    async-timeout==4.0 ; python_full_version < '3.11.3'
    redis==5.0
    ");
    assert_snapshot!(ask(universe, "redis").on(&["manylinux2014_aarch64-cp-3.11.2-cp311"]).answer(), @r"
    async-timeout==4.0
    redis==5.0
    ");
    assert_snapshot!(ask(universe, "redis").on(&["manylinux2014_aarch64-cp-3.11.9-cp311"]).answer(), @"redis==5.0");
}

#[test]
fn versions_may_differ_between_the_sides_of_a_split_target() {
    let universe = "
        app 1.0 requires='lib<2; python_full_version < \"3.11.4\"' requires='lib>=2; python_full_version >= \"3.11.4\"'
        lib 1.0
        lib 2.0
    ";
    assert_snapshot!(ask(universe, "app").on(&["manylinux2014_aarch64-cp-311-cp311"]).answer(), @r"
    app==1.0
    lib==1.0 ; python_full_version < '3.11.4'
    lib==2.0 ; python_full_version >= '3.11.4'
    ");
}

/// A split that makes no difference in the end leaves no marker.
#[test]
fn a_split_that_changes_nothing_is_not_seen() {
    let universe = "
        app 1.0 requires='lib; python_full_version < \"3.11.4\"' requires=lib
        lib 1.0
    ";
    assert_snapshot!(ask(universe, "app").on(&["manylinux2014_aarch64-cp-311-cp311"]).answer(), @r"
    app==1.0
    lib==1.0
    ");
}

#[test]
fn a_marker_on_what_the_target_leaves_open_is_reported() {
    let universe = "
        app 1.0 requires='lib; platform_release >= \"20\"'
        lib 1.0
    ";
    assert_snapshot!(ask(universe, "app").answer(), @r#"error: app 1.0 requires `lib; platform_release >= "20"`, which depends on platform_release, which manylinux2014_x86_64-cp-3.12.4-cp312 does not determine: set it with --marker platform_release=VALUE"#);
    let said = ask(universe, "app").change(|request| {
        request
            .markers
            .push(("platform_release".parse().unwrap(), "21.0".to_owned()));
    });
    assert_snapshot!(said.answer(), @r"
    app==1.0
    lib==1.0
    ");
}

#[test]
fn an_open_value_that_decides_nothing_does_not_matter() {
    let universe = "
        app 1.0 requires='lib; sys_platform == \"darwin\" and platform_release >= \"20\"'
    ";
    assert_snapshot!(ask(universe, "app").answer(), @"app==1.0");
}
