//! Direct references: one file, named by where it is.

use harden_resolver::AllowSdist;
use harden_testindex::Universe;
use insta::assert_snapshot;

use crate::support::{ARM, LINUX, WINDOWS, ask, ask_universe};

const UNIVERSE: &str = "
    a 1.0 requires=b
    a 2.0 requires=b wheels=py3-none-any,cp312-cp312-win_amd64
    a 3.0 requires=b
    a 4.0rc1
    b 1.0
    b 2.0
    app 1.0 requires=a>=2
    old 1.0 requires=a<2
";

const A1: &str = "https://files.test/a-1.0-py3-none-any.whl";
const A2: &str = "https://files.test/a-2.0-py3-none-any.whl";

#[test]
fn the_file_named_is_all_there_is_of_its_package() {
    let loose = format!("a[x] @ {A2} ; python_version > '3'\napp");
    assert_snapshot!(ask(UNIVERSE, &loose).in_full(), @r#"
    a @ https://files.test/a-2.0-py3-none-any.whl
        via Package("app")
        via File("loose.txt")
        a-2.0-py3-none-any.whl [0]
    app==1.0
        via File("loose.txt")
        app-1.0-py3-none-any.whl [0]
    b==2.0
        via Package("a")
        b-2.0-py3-none-any.whl [0]
    "#);
}

/// Dependency confusion: what is named by its place is nobody else's to offer.
#[test]
fn an_index_is_not_asked_for_a_direct_reference() {
    let universe = Universe::new(UNIVERSE);
    ask_universe(&universe, &format!("a @ {A1}")).unwrap();
    let questions = universe.questions();
    assert!(questions.contains(&format!("direct {A1}")), "{questions:?}");
    assert!(
        !questions.contains(&"project a".to_owned()),
        "{questions:?}"
    );
}

#[test]
fn specifiers_beside_it_must_admit_its_version() {
    assert_snapshot!(ask(UNIVERSE, &format!("a @ {A2}\na>=1.5,<3")).answer(), @r"
    a @ https://files.test/a-2.0-py3-none-any.whl
    b==2.0
    ");
    assert_snapshot!(ask(UNIVERSE, &format!("a @ {A2}\na>=3")).answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:2 requires a>=3
      2. the file that loose.txt:1 names is a 2.0
    hint: a 2.0 would work: change `a>=3` in loose.txt:2
    ");
    assert_snapshot!(ask(UNIVERSE, &format!("a @ {A2}\nold")).answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:2 requires old
      2. old 1.0 requires a<2
      3. the file that loose.txt:1 names is a 2.0
    ");
    assert_snapshot!(ask(UNIVERSE, &format!("a @ {A2}")).constrained_by("a<2").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a @ https://files.test/a-2.0-py3-none-any.whl
      2. constraints.txt:1 excludes a 2.0 (a<2)
    hint: a 2.0 would work: change `a<2` in constraints.txt:1
    ");
}

#[test]
fn two_places_of_one_package_are_a_conflict() {
    assert_snapshot!(ask(UNIVERSE, &format!("a @ {A1}\nb\na @ {A2}")).answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a @ https://files.test/a-1.0-py3-none-any.whl
      2. loose.txt:3 requires a @ https://files.test/a-2.0-py3-none-any.whl
    hint: a package has one file on a target; remove one of the two lines, or give them markers that exclude each other
    ");
    assert_snapshot!(ask(UNIVERSE, &format!("a @ {A1}\na @ {A1}#egg=a")).answer(), @r"
    a @ https://files.test/a-1.0-py3-none-any.whl
    b==2.0
    ");
    let apart = format!("a @ {A1} ; sys_platform == 'win32'\na @ {A2} ; sys_platform != 'win32'");
    assert_snapshot!(ask(UNIVERSE, &apart).on(&[LINUX, WINDOWS]).answer(), @r"
    a @ https://files.test/a-1.0-py3-none-any.whl ; sys_platform == 'win32'
    a @ https://files.test/a-2.0-py3-none-any.whl ; sys_platform == 'linux'
    b==2.0
    ");
}

/// As wheels of one version for several platforms are named.
#[test]
fn files_of_one_version_may_differ_between_targets() {
    let loose = format!(
        "a @ https://files.test/a-2.0-cp312-cp312-win_amd64.whl ; sys_platform == 'win32'\n\
         a @ {A2} ; sys_platform != 'win32'"
    );
    assert_snapshot!(ask(UNIVERSE, &loose).on(&[LINUX, WINDOWS]).in_full(), @r#"
    a @ https://files.test/a-2.0-cp312-cp312-win_amd64.whl
        via File("loose.txt")
        a-2.0-cp312-cp312-win_amd64.whl [1]
    a @ https://files.test/a-2.0-py3-none-any.whl
        via File("loose.txt")
        a-2.0-py3-none-any.whl [0]
    b==2.0
        via Package("a")
        b-2.0-py3-none-any.whl [0, 1]
    "#);
}

#[test]
fn where_the_marker_is_false_the_index_counts() {
    let loose = format!("a\na @ {A1} ; sys_platform == 'win32'");
    assert_snapshot!(ask(UNIVERSE, &loose).on(&[LINUX]).answer(), @r"
    a==3.0
    b==2.0
    ");
    // One version for all targets, where there can be one.
    assert_snapshot!(ask(UNIVERSE, &loose).on(&[LINUX, WINDOWS]).answer(), @r"
    a==1.0 ; sys_platform == 'linux'
    a @ https://files.test/a-1.0-py3-none-any.whl ; sys_platform == 'win32'
    b==2.0
    ");
    let only = "a 2.0\nc 1.0";
    let loose = "a\nc @ https://files.test/c-1.0-py3-none-any.whl ; sys_platform == 'win32'";
    assert_snapshot!(ask(only, loose).on(&[LINUX, WINDOWS]).answer(), @r"
    a==2.0
    c @ https://files.test/c-1.0-py3-none-any.whl ; sys_platform == 'win32'
    ");
}

#[test]
fn a_wheel_has_to_fit_each_target_that_takes_it() {
    let loose = "a @ https://files.test/a-2.0-cp312-cp312-win_amd64.whl";
    assert_snapshot!(ask(UNIVERSE, loose).on(&[WINDOWS]).answer(), @r"
    a @ https://files.test/a-2.0-cp312-cp312-win_amd64.whl
    b==2.0
    ");
    assert_snapshot!(ask(UNIVERSE, loose).on(&[WINDOWS, ARM]).answer(), @r"
    error: no resolution for manylinux2014_aarch64-cp-3.12.4-cp312
      1. loose.txt:1 requires a @ https://files.test/a-2.0-cp312-cp312-win_amd64.whl
      2. a 2.0 has no wheel for manylinux2014_aarch64-cp-3.12.4-cp312: there are wheels for cp312 on win_amd64
    ");
}

#[test]
fn a_pre_release_that_is_named_is_asked_for() {
    assert_snapshot!(ask(UNIVERSE, "a @ https://files.test/a-4.0rc1-py3-none-any.whl").answer(), @r"
    a @ https://files.test/a-4.0rc1-py3-none-any.whl
    warning: a 4.0rc1 is a pre-release
    ");
}

/// A file has no upload time where no index lists it.
#[test]
fn a_cutoff_says_nothing_of_a_file_that_is_named() {
    let cutoff = |options: &mut harden_resolver::Options| {
        options.exclude_newer = Some("2024-06-01T00:00:00Z".parse().unwrap());
    };
    assert_snapshot!(ask(UNIVERSE, &format!("a @ {A1}")).with(cutoff).answer(), @r"
    a @ https://files.test/a-1.0-py3-none-any.whl
    b==2.0
    ");
}

#[test]
fn digests_are_verified() {
    let digest = Universe::new(UNIVERSE)
        .file("a-1.0-py3-none-any.whl")
        .unwrap()
        .sha256();
    assert_snapshot!(ask(UNIVERSE, &format!("a @ {A1}#sha256={digest}")).answer(), @r"
    a @ https://files.test/a-1.0-py3-none-any.whl
    b==2.0
    ");
    let wrong = ask(UNIVERSE, &format!("a @ {A1}#sha256={}", "0".repeat(64))).answer();
    assert_snapshot!(wrong.replace(&digest.to_string(), "[digest]"), @"error: loose.txt:1: the SHA-256 of https://files.test/a-1.0-py3-none-any.whl is [digest], but the line admits 0000000000000000000000000000000000000000000000000000000000000000: the file has changed since the line was written");
    let question = ask(UNIVERSE, &format!("a @ {A1}")).change(|request| {
        request.requirements[0]
            .hashes
            .insert("1".repeat(64).parse().unwrap());
    });
    assert_snapshot!(question.answer().replace(&digest.to_string(), "[digest]"), @"error: loose.txt:1: the SHA-256 of https://files.test/a-1.0-py3-none-any.whl is [digest], but the line admits 1111111111111111111111111111111111111111111111111111111111111111: the file has changed since the line was written");
}

#[test]
fn an_sdist_has_to_be_allowed_even_where_it_is_named() {
    let universe = "a 1.0 wheels=none sdist requires=b\nb 1.0";
    let loose = "a @ https://files.test/a-1.0.tar.gz";
    assert_snapshot!(ask(universe, loose).answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a @ https://files.test/a-1.0.tar.gz
      2. a 1.0 has only an sdist, no wheel
    hint: a 1.0 would work with --allow-sdist a: it is built where it is installed
    ");
    let allow = |options: &mut harden_resolver::Options| options.allow_sdist = AllowSdist::All;
    assert_snapshot!(ask(universe, loose).with(allow).answer(), @r"
    a @ https://files.test/a-1.0.tar.gz
    b==1.0
    warning: a 1.0 is pinned as an sdist: it is built where it is installed
    ");
}

/// A distribution cannot bring in a file that the user has not named.
#[test]
fn a_distribution_may_require_a_reference_that_the_user_names() {
    let universe = format!(
        "
        app 1.0
        app 2.0 requires='a @ {A1}'
        app 3.0 requires='a @ {A2} ; sys_platform == \"win32\"'
        a 1.0
        a 2.0
        "
    );
    assert_snapshot!(ask(&universe, "app<3").answer(), @"app==1.0");
    assert_snapshot!(ask(&universe, "app").answer(), @"app==3.0");
    assert_snapshot!(ask(&universe, &format!("app==2.0\na @ {A1}")).answer(), @r"
    a @ https://files.test/a-1.0-py3-none-any.whl
    app==2.0
    ");
    assert_snapshot!(ask(&universe, &format!("app==2.0\na @ {A2}")).answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires app==2.0
      2. app 2.0 cannot be used: it requires a direct reference (`a @ https://files.test/a-1.0-py3-none-any.whl`), which is only followed if a line of yours names the same URL for a
    hint: app 3.0 would work: change `app==2.0` in loose.txt:1
    ");
    assert_snapshot!(ask(&universe, "app==2.0").overridden_by("a==2.0").answer(), @r"
    a==2.0
    app==2.0
    ");
}

#[test]
fn constraints_and_overrides_may_name_a_place() {
    assert_snapshot!(ask(UNIVERSE, "app").constrained_by(&format!("a @ {A2}")).answer(), @r"
    a @ https://files.test/a-2.0-py3-none-any.whl
    app==1.0
    b==2.0
    ");
    assert_snapshot!(ask(UNIVERSE, "b").constrained_by(&format!("a @ {A2}")).answer(), @"b==2.0");
    assert_snapshot!(ask(UNIVERSE, "app\nold").overridden_by(&format!("a @ {A1}")).answer(), @r"
    a @ https://files.test/a-1.0-py3-none-any.whl
    app==1.0
    b==2.0
    old==1.0
    ");
    assert_snapshot!(ask(UNIVERSE, &format!("a @ {A1}")).overridden_by(&format!("a @ {A2}")).answer(), @r"
    a @ https://files.test/a-2.0-py3-none-any.whl
    b==2.0
    ");
}

#[test]
fn what_cannot_be_pinned_is_refused_by_its_line() {
    for (loose, reason) in [
        (
            "a @ git+https://files.test/a.git",
            "error: loose.txt:1: `a` cannot be pinned: a repository has no hash that could be pinned",
        ),
        (
            "c @ https://files.test/a-1.0-py3-none-any.whl",
            "error: loose.txt:1: `https://files.test/a-1.0-py3-none-any.whl` is a file of a, not of c",
        ),
        (
            "c @ https://files.test/c-1.0-py3-none-any.whl",
            "error: loose.txt:1: cannot download https://files.test/c-1.0-py3-none-any.whl: 404 Not Found",
        ),
    ] {
        assert_eq!(ask(UNIVERSE, loose).answer(), reason);
    }
}

#[test]
fn a_place_of_one_machine_is_warned_of() {
    assert_snapshot!(ask(UNIVERSE, "a @ file:///srv/a-1.0-py3-none-any.whl").answer(), @r"
    a @ file:///srv/a-1.0-py3-none-any.whl
    b==2.0
    warning: a is pinned to file:///srv/a-1.0-py3-none-any.whl, which other machines do not have; use a path relative to the project
    ");
    assert_snapshot!(ask(UNIVERSE, "a @ file:wheels/a-1.0-py3-none-any.whl").answer(), @r"
    ./wheels/a-1.0-py3-none-any.whl
    b==2.0
    ");
}

/// No secret is shown, whatever goes wrong.
#[test]
fn a_login_in_the_url_is_shown_nowhere() {
    let secret = "https://me:s3cret@files.test/a-2.0-py3-none-any.whl";
    for loose in [
        format!("a @ {secret}\na>=3"),
        format!("a @ {secret}\nold"),
        format!("a @ {secret}\na @ {A1}"),
        format!("a @ {secret} ; platform_release > '3'"),
        format!("a @ {secret}#sha256={}", "0".repeat(64)),
        format!("c @ {secret}"),
        format!("a @ {secret}?x"),
        "c @ https://me:s3cret@files.test/c-1.0-py3-none-any.whl".to_owned(),
    ] {
        let answer = ask(UNIVERSE, &loose).answer();
        assert!(
            answer.starts_with("error: ") && !answer.contains("s3cret"),
            "{answer}"
        );
    }
    let reasons = ask(UNIVERSE, &format!("a @ {secret}")).reasons("a");
    assert!(!reasons.contains("s3cret"), "{reasons}");
}
