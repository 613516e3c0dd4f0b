//! The effects of options, and the errors if an option cannot be applied.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};

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
    pins.map(|line| line.trim_end_matches(" \\").to_owned())
        .collect()
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write("loose.txt", "app");
    sandbox
}

#[test]
fn an_override_replaces_the_requirements_of_packages() {
    let sandbox = sandbox();
    sandbox.write("overrides.txt", "lib<2");
    assert_eq!(
        pins(&sandbox, "--override overrides.txt"),
        ["app==1.1", "lib==1.0", "tool==1.0"]
    );
}

/// Overrides change the result, so `check` must notice a change in them.
#[test]
fn overrides_are_part_of_the_inputs_digest() {
    let sandbox = sandbox();
    let digest = |overrides: &str| {
        sandbox.write("overrides.txt", overrides);
        let command = format!("loose.txt -q -p {FOREIGN} --override overrides.txt");
        let strict = sandbox.harden(&command).good();
        let fields = strict
            .split_whitespace()
            .find(|field| field.starts_with("inputs="));
        fields.expect("the header has it").to_owned()
    };
    assert_ne!(digest("lib==2.0"), digest("lib==2.1"));
}

#[test]
fn an_excluded_package_is_never_pinned() {
    assert_eq!(pins(&sandbox(), "--exclude Tool"), ["app==1.1", "lib==2.1"]);
}

#[test]
fn no_deps_pins_only_direct_requirements() {
    assert_eq!(pins(&sandbox(), "--no-deps"), ["app==1.1"]);
}

#[test]
fn the_oldest_versions_can_be_chosen() {
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
    assert_snapshot!(nobody, @"
    exit 0
    --- stderr
    resolved 3 packages for 1 target in [time]
    warning: --upgrade-package libb has no effect: no requirement leads to it
    ");
}

#[test]
fn variables_apply_if_options_are_not_given() {
    let sandbox = sandbox();
    let variables = [
        ("HARDEN_PLATFORM", "win_amd64-cp311 macosx_12_0_arm64-cp312"),
        ("HARDEN_OUTPUT", "strict.txt"),
        ("HARDEN_EXCLUDE", "lib tool"),
        ("HARDEN_QUIET", "1"),
    ];
    let outcome = sandbox.harden_with(&variables, "loose.txt");
    assert_snapshot!(outcome, @"exit 0");
    assert_snapshot!(sandbox.shown("strict.txt"), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform win_amd64-cp-311-cp311 --platform macosx_12_0_arm64-cp-312-cp312 --output strict.txt --exclude lib --exclude tool --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=win_amd64-cp-311-cp311,macosx_12_0_arm64-cp-312-cp312
    --index-url [index]/simple/
    app==1.1 \
        --hash=sha256:<app-1.1-py3-none-any.whl>
        # via -r loose.txt
        # app-1.1-py3-none-any.whl
        # metadata sha256:[digest]
    ");
    let outcome = sandbox.harden_with(
        &[("HARDEN_EXCLUDE", "not a name!")],
        "loose.txt -p win_amd64-cp311",
    );
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: HARDEN_EXCLUDE: `name!` is not a valid name: names are ASCII letters, digits, `-`, `_` and `.`, and start and end with a letter or digit
    ");
}

#[test]
fn a_complete_platform_file_equals_the_named_target() {
    let sandbox = sandbox();
    let platform = sandbox
        .harden(&format!("targets {FOREIGN} --complete-platform"))
        .good();
    sandbox.write("platform.json", &platform);
    let named = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}")).good();
    let from_file = sandbox.harden("loose.txt -q -p platform.json").good();
    let body = |strict: &str| {
        strict
            .lines()
            .skip(3)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(body(&from_file), body(&named));
    sandbox.write("platform.json", "{\"compatible_tags\": 1}");
    assert_snapshot!(sandbox.harden("loose.txt -p platform.json"), @r"
    exit 2
    --- stderr
    error: cannot use platform.json as a complete platform: not a usable complete platform: it is not the JSON that `pex3 interpreter inspect --markers --tags` prints: invalid type: integer `1`, expected a sequence at line 1 column 21
    ");
}

#[test]
fn a_command_that_is_not_first_is_an_error() {
    assert_snapshot!(Sandbox::new("").harden("-q targets"), @"
    exit 2
    --- stderr
    error: there is no requirements file `targets`, and a command must come before all options
    hint: write `harden targets` first and the options after it
    ");
}

#[test]
fn a_platform_that_the_strict_file_does_not_cover_is_rejected() {
    let sandbox = sandbox();
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    assert_snapshot!(sandbox.fetch("-p win_amd64-cp311"), @"
    exit 2
    --- stderr
    error: strict.txt was locked for manylinux2014_aarch64-cp-311-cp311, not for win_amd64-cp-311-cp311
    hint: run harden again with that target added
    ");
}

#[test]
fn a_strict_file_of_another_tool_needs_a_platform() {
    let sandbox = sandbox();
    let hash = "a".repeat(64);
    sandbox.write("strict.txt", &format!("app==1.0 --hash=sha256:{hash}"));
    assert_snapshot!(sandbox.fetch(""), @"
    exit 2
    --- stderr
    error: strict.txt does not say which targets it is for
    hint: name one with --platform, as in `--platform manylinux2014_aarch64-cp311`
    ");
}

#[test]
fn invalid_urls_are_reported_without_their_credentials() {
    let sandbox = sandbox();
    for (arguments, message) in [
        ("--index-url ftp://me:hunter2@index.test/", "--index-url"),
        (
            "--extra-index-url me:hunter2@index.test",
            "--extra-index-url",
        ),
        ("--find-links nowhere", "--find-links"),
    ] {
        let outcome = sandbox.harden(&format!("loose.txt -p {FOREIGN} {arguments}"));
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(
            outcome.stderr.starts_with(&format!("error: {message}: ")),
            "{outcome}"
        );
        assert!(!outcome.stderr.contains("hunter2"), "{outcome}");
    }
}

#[test]
fn variables_with_free_text_hold_one_value_per_line() {
    let sandbox = Sandbox::new("app 1.0 requires='lib; platform_version==\"#1 SMP\"'\nlib 1.0");
    sandbox.write("loose.txt", "app");
    let variables = [(
        "HARDEN_MARKER",
        "platform_release=6\nplatform_version=#1 SMP",
    )];
    let strict = sandbox.harden_with(&variables, &format!("loose.txt -q -p {FOREIGN}"));
    assert!(strict.good().contains("lib==1.0"));
}

#[test]
fn a_variable_can_upgrade() {
    let sandbox = sandbox();
    let command = format!("loose.txt -q -p {FOREIGN} -o strict.txt");
    sandbox.write("limits.txt", "app<1.1\nlib<2.1");
    let pins = || {
        let strict = sandbox.read("strict.txt");
        let pins = strict.lines().filter_map(|line| line.strip_suffix(" \\"));
        pins.map(str::to_owned).collect::<Vec<_>>().join(" ")
    };
    sandbox.harden(&format!("{command} -c limits.txt")).good();
    sandbox.harden(&command).good();
    assert_eq!(pins(), "app==1.0 lib==2.0 tool==1.0");
    let one = [("HARDEN_UPGRADE_PACKAGE", "app")];
    sandbox.harden_with(&one, &command).good();
    assert_eq!(pins(), "app==1.1 lib==2.0 tool==1.0");
    sandbox
        .harden_with(&[("HARDEN_UPGRADE", "1")], &command)
        .good();
    assert_eq!(pins(), "app==1.1 lib==2.1 tool==1.0");
}

/// A header records the settings of its own run; the environment of a later command has no effect on it.
#[test]
fn variables_do_not_change_the_recorded_command() {
    let sandbox = sandbox();
    let command = format!("loose.txt -q -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    let variables = [
        ("HARDEN_EXCLUDE_NEWER", "2020-01-01"),
        ("HARDEN_OUTPUT", "other.txt"),
        ("HARDEN_NO_DEPS", "1"),
        ("HARDEN_UPGRADE", "1"),
        ("HARDEN_CHECK_FORMAT", "github"),
    ];
    assert_snapshot!(sandbox.harden_with(&variables, "check"), @"
    exit 0
    --- stderr
    strict.txt: 3 pins, 1 target, up to date
    ");
    sandbox.write("loose.txt", "app<1");
    assert_snapshot!(sandbox.harden_with(&variables, "check"), @r"
    exit 1
    --- stdout
    ::error file=strict.txt,line=3,title=harden stale::loose.txt, or a file read with it, has changed since the file was written; fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    ::error file=loose.txt,line=1,title=harden unmet::`app<1` is not met by the pin app==1.1; fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
    assert_snapshot!(sandbox.harden_with(&variables, "check --json --format text"), @r"
    exit 1
    --- stdout
    strict.txt:3: loose.txt, or a file read with it, has changed since the file was written [stale]
    loose.txt:1: `app<1` is not met by the pin app==1.1 [unmet]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
}

/// `-h` gives each option one line of at most 80 columns; `--help` fits 80 columns, too.
#[test]
fn help_fits_a_terminal_and_gives_each_option_one_line() {
    let sandbox = Sandbox::new("");
    let commands = [
        "", "check ", "verify ", "explain ", "diff ", "init ", "targets ", "cache ",
    ];
    let texts = commands
        .iter()
        .flat_map(|command| {
            ["-h", "--help"].map(|help| sandbox.harden(&format!("{command}{help}")))
        })
        .chain(["-h", "--help"].map(|help| sandbox.fetch(help)));
    for text in texts.map(Outcome::good) {
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
    for short in [sandbox.harden("-h").good(), sandbox.fetch("-h").good()] {
        let (options, _) = short.split_once("\nExamples:").unwrap();
        let (_, options) = options.split_once("\nArguments:").unwrap();
        for line in options.lines().filter(|line| line.starts_with("    ")) {
            assert!(line.trim_start().starts_with("--"), "{line}");
        }
    }
}
