//! What options do, and that each says so where it cannot do it.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const UNIVERSE: &str = "
    app 1.0 requires=lib>=2,tool
    app 1.1 requires=lib>=2,tool
    lib 1.0
    lib 2.0
    lib 2.1
    tool 1.0
";

/// A sandbox in which `app` is required, and the pins that `harden` gives with these arguments.
fn pins(sandbox: &Sandbox, arguments: &str) -> Vec<String> {
    let command = format!("loose.txt -q -p {FOREIGN} {arguments}");
    let strict = sandbox.harden(&command).good();
    let pins = strict.lines().filter(|line| line.contains("=="));
    pins.map(|line| line.trim_end_matches(" \\").to_owned()).collect()
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write("loose.txt", "app");
    sandbox
}

#[test]
fn an_override_takes_the_place_of_what_packages_require() {
    let sandbox = sandbox();
    sandbox.write("overrides.txt", "lib<2");
    assert_eq!(
        pins(&sandbox, "--override overrides.txt"),
        ["app==1.1", "lib==1.0", "tool==1.0"]
    );
}

/// What is overridden decides the result, so a change of it has to be seen.
#[test]
fn overrides_count_among_the_inputs() {
    let sandbox = sandbox();
    let digest = |overrides: &str| {
        sandbox.write("overrides.txt", overrides);
        let command = format!("loose.txt -q -p {FOREIGN} --override overrides.txt");
        let strict = sandbox.harden(&command).good();
        let fields = strict.split_whitespace().find(|field| field.starts_with("inputs="));
        fields.expect("the header has it").to_owned()
    };
    assert_ne!(digest("lib==2.0"), digest("lib==2.1"));
}

#[test]
fn an_excluded_package_is_brought_in_by_nothing() {
    assert_eq!(pins(&sandbox(), "--exclude Tool"), ["app==1.1", "lib==2.1"]);
}

#[test]
fn without_dependencies_only_what_is_named_is_pinned() {
    assert_eq!(pins(&sandbox(), "--no-deps"), ["app==1.1"]);
}

#[test]
fn the_oldest_versions_can_be_asked_for() {
    let sandbox = sandbox();
    assert_eq!(
        pins(&sandbox, "--resolution lowest"),
        ["app==1.0", "lib==2.0", "tool==1.0"]
    );
    assert_eq!(
        pins(&sandbox, "--resolution lowest-direct"),
        ["app==1.0", "lib==2.1", "tool==1.0"]
    );
}

#[test]
fn a_package_can_be_moved_to_a_version() {
    let sandbox = sandbox();
    let command = format!("loose.txt -q -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    sandbox.harden(&format!("{command} -P lib==2.0")).good();
    assert!(sandbox.read("strict.txt").contains("lib==2.0 "));
    // And there it stays.
    sandbox.harden(&command).good();
    assert!(sandbox.read("strict.txt").contains("lib==2.0 "));
    let nobody = sandbox.harden(&format!("loose.txt -p {FOREIGN} -o strict.txt -P libb"));
    assert_snapshot!(nobody, @"");
}

#[test]
fn variables_count_where_options_are_not_given() {
    let sandbox = sandbox();
    let variables = [
        ("HARDEN_PLATFORM", "win_amd64-cp311 macosx_12_0_arm64-cp312"),
        ("HARDEN_OUTPUT", "strict.txt"),
        ("HARDEN_EXCLUDE", "lib tool"),
        ("HARDEN_QUIET", "1"),
    ];
    let outcome = sandbox.harden_with(&variables, "loose.txt");
    assert_snapshot!(outcome, @"");
    assert_snapshot!(sandbox.shown("strict.txt"), @"");
    let outcome = sandbox.harden_with(&[("HARDEN_EXCLUDE", "not a name!")], "loose.txt -p win_amd64-cp311");
    assert_snapshot!(outcome, @"");
}

#[test]
fn a_complete_platform_is_a_target_as_good_as_its_name() {
    let sandbox = sandbox();
    let platform = sandbox
        .harden(&format!("targets {FOREIGN} --complete-platform"))
        .good();
    sandbox.write("platform.json", &platform);
    let named = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}")).good();
    let from_file = sandbox.harden("loose.txt -q -p platform.json").good();
    let body = |strict: &str| strict.lines().skip(3).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&from_file), body(&named));
    sandbox.write("platform.json", "{\"compatible_tags\": 1}");
    assert_snapshot!(sandbox.harden("loose.txt -p platform.json"), @"");
}

#[test]
fn a_command_that_is_not_first_is_told() {
    assert_snapshot!(Sandbox::new("").harden("-q targets"), @"");
}

#[test]
fn a_platform_that_the_strict_file_was_not_made_for_is_refused() {
    let sandbox = sandbox();
    sandbox.harden(&format!("loose.txt -p {FOREIGN} -o strict.txt")).good();
    assert_snapshot!(sandbox.fetch("-p win_amd64-cp311"), @"");
}

#[test]
fn a_strict_file_of_another_hand_needs_a_platform() {
    let sandbox = sandbox();
    let hash = "a".repeat(64);
    sandbox.write("strict.txt", &format!("app==1.0 --hash=sha256:{hash}"));
    assert_snapshot!(sandbox.fetch(""), @"");
}

#[test]
fn addresses_that_are_none_are_told_without_what_they_hold() {
    let sandbox = sandbox();
    for (arguments, told) in [
        ("--index-url ftp://me:hunter2@index.test/", "--index-url"),
        ("--extra-index-url me:hunter2@index.test", "--extra-index-url"),
        ("--find-links nowhere", "--find-links"),
    ] {
        let outcome = sandbox.harden(&format!("loose.txt -p {FOREIGN} {arguments}"));
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(outcome.stderr.starts_with(&format!("error: {told}: ")), "{outcome}");
        assert!(!outcome.stderr.contains("hunter2"), "{outcome}");
    }
}
