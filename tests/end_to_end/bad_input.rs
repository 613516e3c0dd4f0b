//! Every error is reported once, on standard error, with what to try. The exit code says what kind of
//! error it is, and an existing output file is not changed.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};
use harden_testindex::Fault;

const OLD: &str = "# harden: 1 as it was\n";

/// Runs `harden` on `loose` with an existing output file, which must not change.
fn refused(sandbox: &Sandbox, loose: &str, arguments: &str) -> Outcome {
    sandbox.write("loose.txt", loose).write("strict.txt", OLD);
    let outcome = sandbox.harden(&format!("{arguments} -o strict.txt"));
    assert_eq!(sandbox.read("strict.txt"), OLD, "{outcome}");
    assert_eq!(sandbox.list(""), ["loose.txt", "strict.txt"], "{outcome}");
    assert_eq!(outcome.stdout, "", "{outcome}");
    outcome
}

fn error_for_target(universe: &str, loose: &str) -> Outcome {
    let arguments = format!("loose.txt -p {FOREIGN}");
    refused(&Sandbox::new(universe), loose, &arguments)
}

#[test]
fn a_missing_file_is_named() {
    let sandbox = Sandbox::new("");
    let outcome = refused(&sandbox, "", &format!("losse.txt -p {FOREIGN}"));
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: losse.txt: there is no such file
    ");
}

#[test]
fn a_missing_included_file_is_named_with_the_line_that_includes_it() {
    assert_snapshot!(error_for_target("", "# web\n-r base.txt"), @"
    exit 2
    --- stderr
    error: base.txt: there is no such file
      included from loose.txt:2
    ");
}

#[test]
fn an_invalid_requirement_is_shown_with_a_caret_under_the_character() {
    let universe = "flask 1";
    assert_snapshot!(error_for_target(universe, "# web\nflask=>2.0"), @r"
    exit 2
    --- stderr
    error: loose.txt:2:6: `=>` is not an operator; did you mean `>=`?
        flask=>2.0
             ^
    ");
    assert_snapshot!(error_for_target(universe, "flask; python_versoin < '3'"), @"
    exit 2
    --- stderr
    error: loose.txt:1:8: `python_versoin` is not a marker variable
        flask; python_versoin < '3'
               ^
    ");
    assert_snapshot!(error_for_target(universe, "flask[async"), @"
    exit 2
    --- stderr
    error: loose.txt:1:12: expected `,` or `]` after the name of an extra
        flask[async
                   ^
    ");
}

#[test]
fn an_unknown_platform_suggests_the_most_similar_one() {
    let sandbox = Sandbox::new("flask 1");
    for target in [
        "manylinux2041_aarch64-cp-311-cp311",
        "linux-python3.11",
        "win_amd46-cp311",
    ] {
        let outcome = refused(&sandbox, "flask", &format!("loose.txt -p {target}"));
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(outcome.stderr.contains(target), "{outcome}");
    }
    assert_snapshot!(refused(&sandbox, "flask", "loose.txt -p manylinux2041_aarch64-cp-311-cp311"), @r"
    exit 2
    --- stderr
    error: `manylinux2041_aarch64-cp-311-cp311` is not a target: `manylinux2041_aarch64` is not a platform; did you mean `manylinux2014_aarch64-cp311`?
    ");
}

#[test]
fn an_unknown_project_is_reported_with_the_line_that_requires_it() {
    assert_snapshot!(error_for_target("", "# web\nflaks>=2"), @r"
    exit 1
    --- stderr
    error: loose.txt:2: there is no project flaks at [index]/simple/
    hint: check the name; a project of your own needs its index, as in `--extra-index-url URL`, or its folder, as in `--find-links FOLDER`
    ");
}

#[test]
fn an_unknown_project_is_reported_with_the_package_that_requires_it() {
    assert_snapshot!(error_for_target("flask 2.0 requires=werkzoig", "flask"), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires flask
      2. flask 2.0 requires werkzoig
      3. there is no project werkzoig at [index]/simple/
    ");
}

#[test]
fn a_package_without_wheels_for_the_target_is_reported_with_the_wheels_it_has() {
    let universe = "
        numpy 2.2 wheels=cp310-cp310-manylinux2014_aarch64
        numpy 2.3 wheels=cp312-cp312-manylinux2014_aarch64,cp312-cp312-win_amd64
    ";
    assert_snapshot!(error_for_target(universe, "numpy"), @"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires numpy
      2. numpy 2.2 to 2.3 have no wheel for manylinux2014_aarch64-cp-311-cp311: those of 2.3 are for cp312 on manylinux2014_aarch64, win_amd64
    hint: numpy 2.3 would work for --platform manylinux2014_aarch64-cp-312-cp312
    hint: numpy 2.2 would work for --platform manylinux2014_aarch64-cp-310-cp310
    ");
}

#[test]
fn a_release_with_only_an_sdist_is_reported_with_the_option_that_allows_it() {
    assert_snapshot!(error_for_target("old 1.0 wheels=none sdist", "old"), @r"
    exit 1
    --- stderr
    error: 1 package has no wheel for manylinux2014_aarch64-cp-311-cp311
      old 1.0: no release has a wheel (required by loose.txt)
    hint: `--build old` builds wheels of their sdists here, in isolation; `--dry-run` lists what runs
    hint: `--allow-sdist NAME` pins the sdist, to be built where it is installed; `[[metadata]]` states what it requires
    ");
}

#[test]
fn a_python_that_no_release_admits_is_reported() {
    let universe = "app 1.0 python=>=3.12\napp 1.1 python=>=3.13";
    assert_snapshot!(error_for_target(universe, "app"), @"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires app
      2. app 1.0 needs Python >=3.12, which manylinux2014_aarch64-cp-311-cp311 is not
      3. app 1.1 needs Python >=3.13, which manylinux2014_aarch64-cp-311-cp311 is not
    hint: app 1.0 would work for --platform manylinux2014_aarch64-cp-312-cp312
    hint: app 1.1 would work for --platform manylinux2014_aarch64-cp-313-cp313
    ");
}

#[test]
fn an_unknown_version_is_reported_with_the_known_ones() {
    assert_snapshot!(error_for_target("app 1.0\napp 1.1\napp 2.0", "app>=3"), @"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires app>=3
      2. app has no such release: there are 1.0 to 2.0
    hint: app 2.0 would work: change `app>=3` in loose.txt:1
    ");
}

#[test]
fn a_conflict_is_explained_by_the_users_own_lines() {
    let universe = "
        flask 2.0 requires=werkzeug>=2,<3
        flask 2.1 requires=werkzeug>=2,<3
        werkzeug 2.3
        werkzeug 3.0
    ";
    assert_snapshot!(error_for_target(universe, "flask\nwerkzeug>=3"), @"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires flask
      2. loose.txt:2 requires werkzeug>=3
      3. flask 2.0 to 2.1 require werkzeug>=2,<3
    hint: werkzeug 2.3 would work: change `werkzeug>=3` in loose.txt:2
    ");
}

#[test]
fn a_yanked_release_that_a_package_pins_is_a_conflict() {
    let universe = "app 1.0 requires=lib==1.1\nlib 1.0\nlib 1.1 yanked='broken'";
    assert_snapshot!(error_for_target(universe, "app"), @"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires app
      2. app 1.0 requires lib==1.1
      3. lib 1.1 is yanked: broken
    hint: pin `lib==1.1` yourself to take the yanked release
    ");
}

#[test]
fn requirements_without_a_hash_are_rejected_with_an_alternative() {
    assert_snapshot!(error_for_target("", "-e ./app\nlib @ git+https://example.invalid/lib"), @"
    exit 2
    --- stderr
    error: loose.txt:2: lib comes from `git+https://example.invalid/lib` and must be built, which runs its code; allow it with `--build lib`
    loose.txt:1: `-e ./app` has no hash to pin; require the package by name, from an index or a folder of wheels given with --find-links, or name the URL or path of a wheel
    ");
}

#[test]
fn an_index_failure_is_an_error_and_not_an_answer() {
    let sandbox = Sandbox::new("flask 2.0");
    sandbox.server().fault("", Fault::Status(500));
    let outcome = refused(&sandbox, "flask", &format!("loose.txt -p {FOREIGN}"));
    assert_snapshot!(outcome, @r"
    exit 3
    --- stderr
    error: cannot read the page of flask at [index]/simple/flask/: the server answers 500 Internal Server Error (tried 8 times)
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
}

#[test]
fn an_unreachable_index_is_reported() {
    let sandbox = Sandbox::new("");
    let arguments = format!("loose.txt -p {FOREIGN} --index-url http://127.0.0.1:9/simple/");
    let outcome = refused(&sandbox, "flask", &arguments);
    assert_eq!(outcome.code, Some(3), "{outcome}");
    assert!(outcome.stderr.contains("127.0.0.1:9/simple/"), "{outcome}");
}

#[test]
fn an_invalid_index_page_is_reported() {
    let sandbox = Sandbox::new("flask 2.0");
    sandbox
        .server()
        .fault("", Fault::Body(b"\x1f\x8b{\"files\": [".to_vec()));
    let outcome = refused(&sandbox, "flask", &format!("loose.txt -p {FOREIGN}"));
    assert_eq!(outcome.code, Some(3), "{outcome}");
}

#[test]
fn a_request_is_retried_until_the_index_recovers() {
    let sandbox = Sandbox::new("flask 2.0");
    sandbox
        .server()
        .fault("/simple/flask/", Fault::Status(503))
        .times(1);
    sandbox.server().fault(".metadata", Fault::Cut(20)).times(1);
    sandbox.write("loose.txt", "flask");
    let strict = sandbox.harden(&format!("loose.txt -q -p {FOREIGN}")).good();
    assert!(strict.contains("flask==2.0 "), "{strict}");
}

#[test]
fn no_message_contains_a_password() {
    let sandbox = Sandbox::new("");
    let index = sandbox
        .server()
        .index_url()
        .replace("http://", "http://user:hunter2@");
    let outcome = refused(
        &sandbox,
        "flask",
        &format!("loose.txt -p {FOREIGN} --index-url {index}"),
    );
    assert!(!outcome.stderr.contains("hunter2"), "{outcome}");
    let sandbox = Sandbox::new("flask 2.0");
    let index = sandbox
        .server()
        .index_url()
        .replace("http://", "http://user:hunter2@");
    sandbox.write("loose.txt", "flask");
    let strict = sandbox.harden(&format!("loose.txt -p {FOREIGN} --index-url {index}"));
    assert!(!strict.stderr.contains("hunter2"), "{strict}");
    assert!(!strict.good().contains("hunter2"));
}

#[test]
fn without_a_file_the_usage_is_shown() {
    let sandbox = Sandbox::new("");
    let outcome = sandbox.harden(&format!("-p {FOREIGN}"));
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: no requirements file given
    hint: name one (`-` reads standard input), as in `harden loose.txt -o strict.txt`, or create a harden.toml with `harden init`
    ");
}

#[test]
fn an_input_is_never_overwritten() {
    let sandbox = Sandbox::new("app 1.0");
    sandbox.write("loose.txt", "app");
    let outcome = sandbox.harden(&format!("loose.txt -p {FOREIGN} -o loose.txt"));
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert_eq!(sandbox.read("loose.txt"), "app\n");
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: loose.txt is both an input and the output
    hint: keep loose requirements and pins in two files, as with `-o strict.txt`
    ");
}

#[test]
fn a_missing_output_folder_is_reported() {
    let sandbox = Sandbox::new("app 1.0");
    sandbox.write("loose.txt", "app");
    let outcome = sandbox.harden(&format!("loose.txt -p {FOREIGN} -o no/such/strict.txt"));
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: cannot write no/such/strict.txt: its folder does not exist
    ");
}

#[test]
fn a_missing_upload_time_is_not_guessed() {
    let sandbox = Sandbox::new("app 1.0 uploaded=none");
    let outcome = refused(
        &sandbox,
        "app",
        &format!("loose.txt -p {FOREIGN} --exclude-newer 2024-03-01"),
    );
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: the index does not say when app-1.0-py3-none-any.whl was uploaded, so --exclude-newer cannot be applied
    hint: --undated reject ignores such files, `allow` accepts them, `last-modified` uses the time that their server gives
    hint: --exclude-newer-package app=false removes the cutoff for this package
    ");
}

#[test]
fn all_faults_of_a_file_are_reported_together() {
    assert_snapshot!(error_for_target("", "flask=>2\n# fine\nwerkzeug ==\n--no-such-option"), @r"
    exit 2
    --- stderr
    error: loose.txt:1:6: `=>` is not an operator; did you mean `>=`?
        flask=>2
             ^
    loose.txt:3:12: expected a version after `==`
        werkzeug ==
                   ^
    loose.txt:4:1: `--no-such-option` is not an option of requirements files
        --no-such-option
        ^
    ");
}
