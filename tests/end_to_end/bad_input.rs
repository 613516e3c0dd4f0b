//! Whatever is wrong is told once, on standard error, with what to try; the exit code says whose
//! fault it is, and an output file that was there stays as it was.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};
use harden_testindex::Fault;

const OLD: &str = "# what was there before\n";

/// Runs `harden` over `loose` with an output file in place, which must survive.
fn refused(sandbox: &Sandbox, loose: &str, arguments: &str) -> Outcome {
    sandbox.write("loose.txt", loose).write("strict.txt", OLD);
    let outcome = sandbox.harden(&format!("{arguments} -o strict.txt"));
    assert_eq!(sandbox.read("strict.txt"), OLD, "{outcome}");
    assert_eq!(sandbox.list(""), ["loose.txt", "strict.txt"], "{outcome}");
    assert_eq!(outcome.stdout, "", "{outcome}");
    outcome
}

fn refused_for_target(universe: &str, loose: &str) -> Outcome {
    let arguments = format!("loose.txt -p {FOREIGN}");
    refused(&Sandbox::new(universe), loose, &arguments)
}

#[test]
fn a_missing_file_is_named() {
    let sandbox = Sandbox::new("");
    let outcome = refused(&sandbox, "", &format!("losse.txt -p {FOREIGN}"));
    assert_snapshot!(outcome, @"");
}

#[test]
fn a_missing_included_file_is_named_with_the_line_that_includes_it() {
    assert_snapshot!(refused_for_target("", "\n-r base.txt"), @"");
}

#[test]
fn an_invalid_requirement_is_shown_with_a_caret_under_the_character() {
    let universe = "flask 1";
    assert_snapshot!(refused_for_target(universe, "# web\nflask=>2.0"), @"");
    assert_snapshot!(refused_for_target(universe, "flask; python_versoin < '3'"), @"");
    assert_snapshot!(refused_for_target(universe, "flask[async"), @"");
}

#[test]
fn an_unknown_platform_is_answered_with_the_nearest() {
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
    assert_snapshot!(refused(&sandbox, "flask", "loose.txt -p manylinux2041_aarch64-cp-311-cp311"), @"");
}

#[test]
fn a_project_that_does_not_exist_is_told_with_the_line_that_asked() {
    assert_snapshot!(refused_for_target("", "# web\nflaks>=2"), @"");
}

#[test]
fn a_project_that_does_not_exist_is_told_with_the_package_that_asked() {
    assert_snapshot!(refused_for_target("flask 2.0 requires=werkzoig", "flask"), @"");
}

#[test]
fn no_version_for_the_target_is_told_with_what_there_are_wheels_for() {
    let universe = "
        numpy 2.2 wheels=cp310-cp310-manylinux2014_aarch64
        numpy 2.3 wheels=cp312-cp312-manylinux2014_aarch64,cp312-cp312-win_amd64
    ";
    assert_snapshot!(refused_for_target(universe, "numpy"), @"");
}

#[test]
fn a_release_with_an_sdist_alone_is_told_with_the_option_that_allows_it() {
    assert_snapshot!(refused_for_target("old 1.0 wheels=none sdist", "old"), @"");
}

#[test]
fn a_python_that_no_release_admits_is_told() {
    let universe = "app 1.0 python=>=3.12\napp 1.1 python=>=3.13";
    assert_snapshot!(refused_for_target(universe, "app"), @"");
}

#[test]
fn a_version_that_was_never_released_is_told_with_those_that_were() {
    assert_snapshot!(refused_for_target("app 1.0\napp 1.1\napp 2.0", "app>=3"), @"");
}

#[test]
fn a_conflict_is_explained_by_the_users_own_lines() {
    let universe = "
        flask 2.0 requires=werkzeug>=2,<3
        flask 2.1 requires=werkzeug>=2,<3
        werkzeug 2.3
        werkzeug 3.0
    ";
    assert_snapshot!(refused_for_target(universe, "flask\nwerkzeug>=3"), @"");
}

#[test]
fn a_yanked_release_that_a_package_pins_is_a_conflict() {
    let universe = "app 1.0 requires=lib==1.1\nlib 1.0\nlib 1.1 yanked='broken'";
    assert_snapshot!(refused_for_target(universe, "app"), @"");
}

#[test]
fn what_cannot_be_hashed_is_refused_with_the_alternative() {
    assert_snapshot!(refused_for_target("", "-e ./app\nlib @ git+https://example.invalid/lib"), @"");
}

#[test]
fn an_index_that_fails_is_told_and_is_no_answer() {
    let sandbox = Sandbox::new("flask 2.0");
    sandbox.server().fault("", Fault::Status(500));
    let outcome = refused(&sandbox, "flask", &format!("loose.txt -p {FOREIGN}"));
    assert_snapshot!(outcome, @"");
}

#[test]
fn an_index_that_is_not_there_is_told() {
    let sandbox = Sandbox::new("");
    let arguments = format!("loose.txt -p {FOREIGN} --index-url http://127.0.0.1:9/simple/");
    let outcome = refused(&sandbox, "flask", &arguments);
    assert_eq!(outcome.code, Some(3), "{outcome}");
    assert!(outcome.stderr.contains("127.0.0.1:9/simple/"), "{outcome}");
}

#[test]
fn an_index_that_speaks_nonsense_is_told() {
    let sandbox = Sandbox::new("flask 2.0");
    sandbox
        .server()
        .fault("", Fault::Body(b"\x1f\x8b{\"files\": [".to_vec()));
    let outcome = refused(&sandbox, "flask", &format!("loose.txt -p {FOREIGN}"));
    assert_eq!(outcome.code, Some(3), "{outcome}");
}

#[test]
fn an_index_that_recovers_is_asked_again() {
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
fn no_message_holds_a_password() {
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
fn without_a_file_the_usage_is_told() {
    let sandbox = Sandbox::new("");
    let outcome = sandbox.harden(&format!("-p {FOREIGN}"));
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert_snapshot!(outcome, @"");
}
