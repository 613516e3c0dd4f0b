//! The small commands, and input that is not a file.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

#[test]
fn requirements_are_read_from_standard_input() {
    let sandbox = Sandbox::new("app 1.0");
    let strict = sandbox.harden_reading("app", &format!("- -q -p {FOREIGN}"));
    assert_snapshot!(strict.good_shown(), @r"
    # Hardened by harden; change <stdin> and run this again, rather than edit:
    #     harden - --platform manylinux2014_aarch64-cp-311-cp311 --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r <stdin>
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    ");
}

/// The output of the probe of an interpreter.
#[cfg(unix)]
const INTERPRETER: &str = r#"#!/bin/sh
echo '{
  "platform": "manylinux_2_36_x86_64",
  "abi": "cp310",
  "markers": {
    "implementation_name": "cpython", "implementation_version": "3.10.4", "os_name": "posix",
    "platform_machine": "x86_64", "platform_python_implementation": "CPython",
    "platform_release": "6.1.0", "platform_system": "Linux", "platform_version": "1",
    "python_full_version": "3.10.4", "python_version": "3.10", "sys_platform": "linux"
  }
}'
"#;

#[cfg(unix)]
#[test]
fn without_a_platform_the_interpreter_of_this_machine_is_the_target() {
    use std::os::unix::fs::PermissionsExt as _;

    let sandbox = Sandbox::new(
        r#"
        app 1.0 wheels=cp310-cp310-manylinux_2_35_x86_64,cp311-cp311-manylinux2014_x86_64
        lib 1.0 requires='tiny; python_full_version == "3.10.4"'
        tiny 1.0
        "#,
    );
    sandbox
        .write("loose.txt", "app\nlib")
        .write("python3", INTERPRETER);
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(sandbox.path("python3"), executable).unwrap();
    assert_snapshot!(sandbox.harden("loose.txt --python ./python3"), @r"
    exit 0
    --- stdout
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux_2_36_x86_64-cp-3.10.4-cp310
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-cp310-cp310-manylinux_2_35_x86_64.whl>
        # via -r loose.txt
        # app-1.0-cp310-cp310-manylinux_2_35_x86_64.whl
        # metadata sha256:[digest]
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via -r loose.txt
        # lib-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    tiny==1.0 \
        --hash=sha256:<tiny-1.0-py3-none-any.whl>
        # via lib
        # tiny-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    --- stderr
    resolved 3 packages for manylinux_2_36_x86_64-cp-3.10.4-cp310 (this machine; name others with -p) in [time]
    ");
}

#[test]
fn targets_shows_the_meaning_of_a_target() {
    let sandbox = Sandbox::new("");
    assert_snapshot!(sandbox.harden("targets manylinux2014_aarch64-cp311"), @"
    exit 0
    --- stdout
    manylinux2014_aarch64-cp-311-cp311

      platform  glibc 2.17
      python    CPython 3.11, every patch release

    markers
      os_name                          posix
      sys_platform                     linux
      platform_machine                 aarch64
      platform_python_implementation   CPython
      platform_release                 (left open)
      platform_system                  Linux
      platform_version                 (left open)
      python_version                   3.11
      python_full_version              (left open)
      implementation_name              cpython
      implementation_version           (left open)

    89 tags, best first
      cp311-cp311-linux_aarch64
      cp311-cp311-manylinux_2_17_aarch64
      cp311-cp311-manylinux2014_aarch64
      cp311-abi3-linux_aarch64
      cp311-abi3-manylinux_2_17_aarch64
      cp311-abi3-manylinux2014_aarch64
      cp311-none-linux_aarch64
      cp311-none-manylinux_2_17_aarch64
      … all of them: --tags
    ");
    let tags = sandbox
        .harden("targets manylinux2014_aarch64-cp311 --tags")
        .good();
    assert_eq!(tags.lines().count(), 89);
}

#[test]
fn the_cache_is_in_the_named_folder_and_clean_deletes_it() {
    let sandbox = Sandbox::new("app 1.0");
    sandbox.write("loose.txt", "app");
    let cached = "--cache-dir kept";
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} {cached}"))
        .good();
    assert_ne!(sandbox.list("kept"), [""; 0]);
    assert_eq!(
        sandbox
            .harden(&format!("cache dir {cached}"))
            .good()
            .trim_end()
            .rsplit('/')
            .next(),
        Some("kept")
    );
    sandbox.harden(&format!("cache size {cached}")).good();
    sandbox.harden(&format!("cache clean {cached}")).good();
    sandbox.server().forget_requests();
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} {cached}"))
        .good();
    assert_ne!(sandbox.server().requests(), []);
}

#[test]
fn offline_uses_the_cache_alone() {
    let sandbox = Sandbox::new("app 1.0\nother 1.0");
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -p {FOREIGN}");
    let strict = sandbox.harden(&command).good();
    sandbox.server().forget_requests();
    assert_eq!(
        sandbox.harden(&format!("{command} --offline")).good(),
        strict
    );
    sandbox.write("loose.txt", "other");
    let outcome = sandbox.harden(&format!("{command} --offline"));
    assert_eq!(outcome.code, Some(3), "{outcome}");
    assert_eq!(sandbox.server().requests(), []);
}

#[test]
fn pips_variables_apply_unless_disabled() {
    let sandbox = Sandbox::new("app 1.0");
    sandbox.write("loose.txt", "app");
    let index = sandbox.server().index_url();
    let command = format!("loose.txt -q -p {FOREIGN}");
    let strict = sandbox.harden_as_pip(&[("PIP_INDEX_URL", &index)], &command);
    assert!(strict.good().contains("app==1.0 "));
    let variables = [
        ("PIP_INDEX_URL", "http://127.0.0.1:9/simple"),
        ("HARDEN_INDEX_URL", &index),
    ];
    let strict = sandbox.harden_as_pip(&variables, &format!("{command} --no-pip-config"));
    assert!(strict.good().contains("app==1.0 "));
}
