//! Targets: markers, wheels and versions are those of each target, not of this machine.

use insta::assert_snapshot;

use crate::locking::WEB;
use crate::sandbox::{FOREIGN, Sandbox};

#[test]
fn markers_are_evaluated_for_the_target_and_not_for_this_machine() {
    let sandbox = Sandbox::new(
        r#"
        app 1 requires='win-only; sys_platform == "win32"' requires='arm-only; platform_machine == "aarch64"'
        app 1 requires='old; python_version < "3.11"' requires='new; python_version >= "3.11"'
        win-only 1
        arm-only 1
        old 1
        new 1
        "#,
    );
    sandbox.write("loose.txt", "app\nwin-only; os_name == 'nt'");
    let foreign = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}"));
    assert_snapshot!(foreign.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1 \
        --hash=sha256:<app-1-py3-none-any.whl>
        # via -r loose.txt
        # app-1-py3-none-any.whl
        # metadata sha256:[digest]
    arm-only==1 \
        --hash=sha256:<arm_only-1-py3-none-any.whl>
        # via app
        # arm_only-1-py3-none-any.whl
        # metadata sha256:[digest]
    ");
    let windows = sandbox.harden("loose.txt -q -p win_amd64-cp310");
    assert_snapshot!(windows.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform win_amd64-cp-310-cp310 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=win_amd64-cp-310-cp310
    --index-url [index]/simple/
    app==1 \
        --hash=sha256:<app-1-py3-none-any.whl>
        # via -r loose.txt
        # app-1-py3-none-any.whl
        # metadata sha256:[digest]
    win-only==1 \
        --hash=sha256:<win_only-1-py3-none-any.whl>
        # via
        #   -r loose.txt
        #   app
        # win_only-1-py3-none-any.whl
        # metadata sha256:[digest]
    ");
}

#[test]
fn several_targets_share_a_version_if_one_fits_all() {
    let sandbox = Sandbox::new(
        r#"
        app 1.0 requires='winreg; sys_platform == "win32"' requires=native
        winreg 1
        native 1.0 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64
        native 1.1 wheels=cp311-cp311-win_amd64
        "#,
    );
    sandbox.write("loose.txt", "app");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN} -p win_amd64-cp311"));
    assert_snapshot!(strict.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --platform win_amd64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311,win_amd64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    native==1.0 \
        --hash=sha256:<native-1.0-cp311-cp311-manylinux2014_aarch64.whl> \
        --hash=sha256:<native-1.0-cp311-cp311-win_amd64.whl>
        # via app
        # native-1.0-cp311-cp311-manylinux2014_aarch64.whl
        # native-1.0-cp311-cp311-win_amd64.whl
        # metadata sha256:[digest]
    winreg==1 ; sys_platform == 'win32' \
        --hash=sha256:<winreg-1-py3-none-any.whl>
        # via app
        # winreg-1-py3-none-any.whl
        # metadata sha256:[digest]
    ");
}

#[test]
fn targets_without_a_common_version_get_one_line_each() {
    let sandbox = Sandbox::new(
        "
        native 1.0 wheels=cp311-cp311-manylinux2014_aarch64
        native 1.1 wheels=cp311-cp311-win_amd64
        ",
    );
    sandbox.write("loose.txt", "native");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN} -p win_amd64-cp311"));
    assert_snapshot!(strict.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --platform win_amd64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311,win_amd64-cp-311-cp311
    --index-url [index]/simple/
    native==1.0 ; sys_platform == 'linux' \
        --hash=sha256:<native-1.0-cp311-cp311-manylinux2014_aarch64.whl>
        # via -r loose.txt
        # native-1.0-cp311-cp311-manylinux2014_aarch64.whl
        # metadata sha256:[digest]
    native==1.1 ; sys_platform == 'win32' \
        --hash=sha256:<native-1.1-cp311-cp311-win_amd64.whl>
        # via -r loose.txt
        # native-1.1-cp311-cp311-win_amd64.whl
        # metadata sha256:[digest]
    ");
}

#[test]
fn a_marker_on_the_patch_level_stays_in_the_line() {
    let sandbox = Sandbox::new(
        r#"
        redis 5.0 requires='async-timeout; python_full_version < "3.11.3"'
        async-timeout 4.0
        "#,
    );
    sandbox.write("loose.txt", "redis");
    let open = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}"));
    assert_snapshot!(open.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    async-timeout==4.0 ; python_full_version < '3.11.3' \
        --hash=sha256:<async_timeout-4.0-py3-none-any.whl>
        # via redis
        # async_timeout-4.0-py3-none-any.whl
        # metadata sha256:[digest]
    redis==5.0 \
        --hash=sha256:<redis-5.0-py3-none-any.whl>
        # via -r loose.txt
        # redis-5.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
    let patched = sandbox
        .harden("loose.txt -q -p manylinux2014_aarch64-cp-3.11.9-cp311")
        .good();
    assert!(!patched.contains("async-timeout"), "{patched}");
}

#[test]
fn every_spelling_of_a_target_gives_the_same_bytes() {
    let sandbox = Sandbox::new(WEB);
    sandbox.write("loose.txt", "flask");
    let strict = |target: &str| sandbox.harden(&format!("loose.txt -p {target}")).good();
    let body = |strict: String| {
        let lines = strict
            .lines()
            .filter(|line| !line.starts_with("#     harden "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = body(strict("manylinux2014_aarch64-cp-311-cp311"));
    for target in [
        "manylinux2014_aarch64-cp311",
        "manylinux2014_aarch64-cp-311",
    ] {
        assert_eq!(body(strict(target)), expected);
    }
}

#[test]
fn an_open_marker_value_can_be_set() {
    let sandbox = Sandbox::new(
        r#"
        app 1.0 requires='tuned; platform_release >= "6"'
        tuned 1.0
        "#,
    );
    sandbox.write("loose.txt", "app");
    assert_snapshot!(sandbox.harden(&format!("loose.txt -q -p {FOREIGN}")), @r#"
    exit 2
    --- stderr
    error: app 1.0 requires `tuned; platform_release >= "6"`, which depends on platform_release, which manylinux2014_aarch64-cp-311-cp311 does not determine: set it with --marker platform_release=VALUE
    "#);
    let strict = sandbox.harden(&format!(
        "loose.txt -q -p {FOREIGN} --marker platform_release=6.1"
    ));
    assert!(strict.good().contains("tuned==1.0 "));
}

#[test]
fn a_release_without_a_suitable_wheel_is_not_a_candidate() {
    let sandbox = Sandbox::new(
        "app 1.0\napp 1.1 wheels=cp311-cp311-win_amd64 sdist\napp 1.2 wheels=none sdist",
    );
    sandbox.write("loose.txt", "app");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}"));
    assert!(strict.good().contains("app==1.0 "));
}

#[test]
fn the_upper_bound_of_requires_python_applies() {
    let sandbox = Sandbox::new(
        "
        app 1.0 python=>=3.8
        app 1.1 python=>=3.8,<3.11
        app 1.2 python=>=3.12
        lib 1.0
        lib 1.1 python=>=3.12 listed-python=none
        ",
    );
    sandbox.write("loose.txt", "app\nlib");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}"));
    assert_snapshot!(strict.good_shown(), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via -r loose.txt
        # lib-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
}

#[test]
fn the_metadata_is_that_of_the_wheel_the_target_installs() {
    let sandbox = Sandbox::new(
        "
        app 1.0 wheels=py3-none-any,cp311-cp311-manylinux2014_aarch64 requires=slow requires@cp311-cp311-manylinux2014_aarch64=fast
        slow 1
        fast 1
        ",
    );
    sandbox.write("loose.txt", "app");
    let foreign = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}")).good();
    assert!(
        foreign.contains("fast==1") && !foreign.contains("slow=="),
        "{foreign}"
    );
    let other = sandbox.harden("loose.txt -q -p win_amd64-cp311").good();
    assert!(
        other.contains("slow==1") && !other.contains("fast=="),
        "{other}"
    );
}

#[test]
fn the_best_wheel_of_a_release_is_hashed() {
    let sandbox = Sandbox::new(
        "app 1.0 sdist wheels=py3-none-any,cp311-cp311-manylinux2014_aarch64,cp310-abi3-manylinux2014_aarch64,cp311-cp311-manylinux_2_28_aarch64,cp311-cp311-musllinux_1_1_aarch64,cp312-cp312-manylinux2014_aarch64",
    );
    sandbox.write("loose.txt", "app");
    for (target, wheel) in [
        (
            "manylinux2014_aarch64-cp311",
            "cp311-cp311-manylinux2014_aarch64",
        ),
        (
            "manylinux_2_28_aarch64-cp311",
            "cp311-cp311-manylinux_2_28_aarch64",
        ),
        (
            "manylinux2014_aarch64-cp313",
            "cp310-abi3-manylinux2014_aarch64",
        ),
        (
            "musllinux_1_2_aarch64-cp311",
            "cp311-cp311-musllinux_1_1_aarch64",
        ),
        ("win_amd64-cp311", "py3-none-any"),
    ] {
        let strict = sandbox
            .harden(&format!("loose.txt -q -p {target}"))
            .good_shown();
        let hash = format!("app==1.0 \\\n    --hash=sha256:<app-1.0-{wheel}.whl>\n");
        assert!(strict.contains(&hash), "{target}: {strict}");
        assert_eq!(strict.matches("--hash=").count(), 1, "{target}: {strict}");
    }
}
