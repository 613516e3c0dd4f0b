//! Which version and which file is chosen.

use std::fmt::Write as _;

use harden_resolver::{AllowSdist, DependencyMode, ResolutionMode};
use harden_testindex::Universe;
use insta::assert_snapshot;

use crate::support::{ARM, LINUX, MAC, WINDOWS, ask};

#[test]
fn the_newest_release_is_chosen_with_all_it_requires() {
    let universe = "
        flask 2.0 requires=werkzeug>=1
        flask 3.0 requires=werkzeug>=3,jinja2
        werkzeug 2.0
        werkzeug 3.1
        jinja2 3.1 requires=markupsafe
        markupsafe 2.1
        unrelated 1.0
    ";
    assert_snapshot!(ask(universe, "flask").in_full(), @r#"
    flask==3.0
        via File("loose.txt")
        flask-3.0-py3-none-any.whl [0]
    jinja2==3.1
        via Package("flask")
        jinja2-3.1-py3-none-any.whl [0]
    markupsafe==2.1
        via Package("jinja2")
        markupsafe-2.1-py3-none-any.whl [0]
    werkzeug==3.1
        via Package("flask")
        werkzeug-3.1-py3-none-any.whl [0]
    "#);
}

#[test]
fn an_older_version_is_taken_where_the_newest_conflicts() {
    let universe = "
        app 1.0 requires=lib<2
        app 2.0 requires=lib>=2
        lib 1.0
        lib 2.0
        other 1.0 requires=lib<2
    ";
    assert_snapshot!(ask(universe, "app\nother").answer(), @r"
    app==1.0
    lib==1.0
    other==1.0
    ");
}

/// An old release of `b` would fit what is decided of `a`; many newer ones fit an `a` that is a little older.
#[test]
fn a_requirement_whose_many_releases_fail_by_what_follows_from_another_is_decided_before_it() {
    let mut universe = String::from("b 0.1\nmid 5 requires=lib<=9\n");
    for number in 1..=12 {
        let _ = writeln!(universe, "lib {number}\na {number} requires=lib=={number}");
    }
    for number in 1..=30 {
        let _ = writeln!(universe, "b {number} requires=mid>=5");
    }
    assert_snapshot!(ask(&universe, "a\nb").answer(), @r"
    a==9
    b==30
    lib==9
    mid==5
    ");
}

/// A version exists for a target only if it can be installed there.
#[test]
fn a_release_without_a_wheel_that_fits_is_passed_over() {
    let universe = "
        numpy 1.0 wheels=cp312-cp312-manylinux2014_x86_64,cp312-cp312-manylinux2014_aarch64
        numpy 1.1 wheels=cp312-cp312-manylinux2014_x86_64
        numpy 1.2 wheels=cp311-cp311-manylinux2014_x86_64,cp311-cp311-manylinux2014_aarch64
        numpy 1.3 wheels=none sdist
    ";
    assert_snapshot!(ask(universe, "numpy").on(&[LINUX]).answer(), @"numpy==1.1");
    assert_snapshot!(ask(universe, "numpy").on(&[ARM]).answer(), @"numpy==1.0");
}

/// Best tag first, then the build number.
#[test]
fn the_best_wheel_is_chosen() {
    let universe = "
        a 1.0 wheels=py3-none-any,cp312-cp312-manylinux2014_x86_64,cp312-abi3-manylinux2014_x86_64
        b 1.0 wheels=1-py3-none-any,10-py3-none-any,9-py3-none-any
    ";
    assert_snapshot!(ask(universe, "a\nb").in_full(), @r#"
    a==1.0
        via File("loose.txt")
        a-1.0-cp312-cp312-manylinux2014_x86_64.whl [0]
    b==1.0
        via File("loose.txt")
        b-1.0-10-py3-none-any.whl [0]
    "#);
}

/// `pex --platform manylinux2014_x86_64` refuses a wheel that is tagged only `manylinux_2_17_x86_64`.
#[test]
fn a_wheel_that_pex_takes_is_preferred_to_its_like() {
    let universe = "
        a 1.0 wheels=cp312-cp312-manylinux_2_17_x86_64,cp312-cp312-manylinux_2_5_x86_64.manylinux1_x86_64
        b 1.0 wheels=cp312-cp312-manylinux_2_17_x86_64,py3-none-any
    ";
    assert_snapshot!(ask(universe, "a\nb").in_full(), @r#"
    a==1.0
        via File("loose.txt")
        a-1.0-cp312-cp312-manylinux_2_5_x86_64.manylinux1_x86_64.whl [0]
    b==1.0
        via File("loose.txt")
        b-1.0-cp312-cp312-manylinux_2_17_x86_64.whl [0]
    "#);
}

/// A file of the output file is kept, be it an sdist, although there is a wheel now.
#[test]
fn a_kept_sdist_is_kept() {
    let universe = "a 1.0 wheels=py3-none-any sdist";
    let sdist = Universe::new(universe)
        .files()
        .find(|file| file.filename().ends_with(".tar.gz"))
        .unwrap()
        .sha256();
    let question = ask(universe, "a").with(|options| {
        options.allow_sdist = AllowSdist::All;
        options.kept_files.insert(sdist);
    });
    assert_snapshot!(question.in_full(), @r#"
    a==1.0
        via File("loose.txt")
        a-1.0.tar.gz [0]
    "#);
}

/// The metadata of two wheels of one release may differ.
#[test]
fn the_metadata_is_that_of_the_wheel_chosen() {
    let universe = "
        a 1.0 wheels=cp312-cp312-manylinux2014_x86_64,py3-none-any requires=fast requires@py3-none-any=slow
        fast 1.0
        slow 1.0
    ";
    assert_snapshot!(ask(universe, "a").on(&[LINUX]).answer(), @r"
    a==1.0
    fast==1.0
    ");
    assert_snapshot!(ask(universe, "a").on(&[MAC]).answer(), @r"
    a==1.0
    slow==1.0
    ");
}

#[test]
fn requires_python_binds_upper_bounds_too() {
    let universe = "
        a 1.0
        a 1.1 python=>=3.8,<3.12
        a 1.2 python=>=3.13
        b 1.0
        b 2.0 python=>=3.13 listed-python=none
    ";
    assert_snapshot!(ask(universe, "a\nb").answer(), @r"
    a==1.0
    b==1.0
    ");
}

/// A target without a patch level stands for every patch release.
#[test]
fn requires_python_must_admit_every_patch_release_of_a_target() {
    let universe = "
        a 1.0
        a 1.1 python=>=3.12.4
    ";
    assert_snapshot!(ask(universe, "a").on(&["manylinux2014_x86_64-cp-312-cp312"]).answer(), @"a==1.0");
    assert_snapshot!(ask(universe, "a").on(&["manylinux2014_x86_64-cp-3.12.4-cp312"]).answer(), @"a==1.1");
}

/// PEP 592: a yanked release is chosen only where the user pins it with `==`.
#[test]
fn a_yanked_release_needs_the_users_own_pin() {
    let universe = "
        flask 2.0
        flask 2.1 yanked='broken on Mondays'
        app 1.0 requires=flask==2.1
    ";
    assert_snapshot!(ask(universe, "flask").answer(), @"flask==2.0");
    assert_snapshot!(ask(universe, "flask==2.1").answer(), @r"
    flask==2.1
    warning: flask 2.1 is yanked: broken on Mondays
    ");
    assert_snapshot!(ask(universe, "app\nflask===2.1").answer(), @r"
    app==1.0
    flask==2.1
    warning: flask 2.1 is yanked: broken on Mondays
    ");
    assert_snapshot!(ask(universe, "app").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires app
      2. app 1.0 requires flask==2.1
      3. flask 2.1 is yanked: broken on Mondays
    hint: pin `flask==2.1` yourself to take the yanked release
    ");
}

/// Yanking belongs to files: of a release that is pinned, a good file is taken first, and a release
/// with a good file, too.
#[test]
fn a_pin_takes_what_is_not_yanked_first() {
    let universe = "
        foo 1.0 wheels=cp312-cp312-manylinux2014_x86_64 yanked=broken
        foo 1.0 wheels=py3-none-any
        bar 1.0
        bar 1.0+cpu yanked=broken
        baz 1.0+cpu yanked=broken
    ";
    assert_snapshot!(ask(universe, "foo==1.0").in_full(), @r#"
    foo==1.0
        via File("loose.txt")
        foo-1.0-py3-none-any.whl [0]
    "#);
    assert_snapshot!(ask(universe, "foo").answer(), @"foo==1.0");
    assert_snapshot!(ask(universe, "bar==1.0").answer(), @"bar==1.0");
    assert_snapshot!(ask(universe, "baz==1.0").answer(), @r"
    baz==1.0+cpu
    warning: baz 1.0+cpu is yanked: broken
    ");
}

/// A line admits a yanked release on the targets where it holds.
#[test]
fn a_pin_admits_a_yanked_release_where_its_marker_holds() {
    let universe = "
        foo 1.0
        foo 2.0 yanked=broken
    ";
    let loose = "foo==2.0 ; sys_platform == 'win32'\nfoo ; sys_platform != 'win32'";
    assert_snapshot!(ask(universe, loose).on(&[LINUX, WINDOWS]).answer(), @r"
    foo==1.0 ; sys_platform == 'linux'
    foo==2.0 ; sys_platform == 'win32'
    warning: foo 2.0 is yanked: broken
    ");
}

#[test]
fn an_sdist_counts_only_where_allowed() {
    let universe = "
        a 1.0
        a 2.0 wheels=none sdist
        b 1.0 wheels=none sdist
    ";
    assert_snapshot!(ask(universe, "a").answer(), @"a==1.0");
    let allow = |name: &str| AllowSdist::Of([name.parse().unwrap()].into());
    assert_snapshot!(ask(universe, "a\nb").with(|options| options.allow_sdist = allow("b")).answer(), @r"
    a==1.0
    b==1.0
    warning: b 1.0 is pinned as an sdist: it is built where it is installed
    ");
    assert_snapshot!(ask(universe, "a\nb").with(|options| options.allow_sdist = AllowSdist::All).answer(), @r"
    a==2.0
    b==1.0
    warning: a 2.0 is pinned as an sdist: it is built where it is installed
    warning: b 1.0 is pinned as an sdist: it is built where it is installed
    ");
    assert_snapshot!(ask(universe, "b").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires b
      2. b 1.0 has only an sdist, no wheel
    hint: b 1.0 would work with --allow-sdist b: it is built where it is installed
    ");
}

#[test]
fn the_cutoff_hides_what_was_uploaded_later() {
    let universe = "
        a 1.0 uploaded=2024-01-01
        a 2.0 uploaded=2025-01-01
        b 1.0 uploaded=none
    ";
    let cutoff = |options: &mut harden_resolver::Options| {
        options.exclude_newer = Some("2024-06-01T00:00:00Z".parse().unwrap());
    };
    assert_snapshot!(ask(universe, "a").with(cutoff).answer(), @"a==1.0");
    assert_snapshot!(ask(universe, "b").with(cutoff).answer(), @"
    error: the index does not say when b-1.0-py3-none-any.whl was uploaded, so --exclude-newer cannot be applied
    hint: --undated reject ignores such files, `allow` accepts them, `last-modified` uses the time that their server gives
    hint: --exclude-newer-package b=false removes the cutoff for this package
    ");
}

#[test]
fn a_package_may_have_a_cutoff_of_its_own_or_none() {
    let universe = "
        a 1.0 uploaded=2024-01-01
        a 2.0 uploaded=2025-01-01
        b 1.0 uploaded=2024-01-01
        b 2.0 uploaded=2025-01-01
        c 1.0 uploaded=2024-01-01
        c 2.0 uploaded=2025-01-01
    ";
    let cutoffs = |options: &mut harden_resolver::Options| {
        options.exclude_newer = Some("2024-06-01T00:00:00Z".parse().unwrap());
        let later = Some("2025-06-01T00:00:00Z".parse().unwrap());
        options
            .exclude_newer_packages
            .extend([("b".parse().unwrap(), None), ("c".parse().unwrap(), later)]);
    };
    assert_snapshot!(ask(universe, "a\nb\nc").with(cutoffs).answer(), @r"
    a==1.0
    b==2.0
    c==2.0
    ");
}

#[test]
fn files_without_an_upload_time_are_what_the_user_says() {
    use harden_resolver::Undated;
    let universe = "
        a 1.0 uploaded=2024-01-01
        a 2.0 uploaded=none modified=2024-05-01
        a 3.0 uploaded=none modified=2024-07-01
    ";
    let undated = |undated| {
        let options = move |options: &mut harden_resolver::Options| {
            options.exclude_newer = Some("2024-06-01T00:00:00Z".parse().unwrap());
            options.undated = undated;
        };
        ask(universe, "a").with(options).answer()
    };
    assert_snapshot!(undated(Undated::Rejected), @"a==1.0");
    assert_snapshot!(undated(Undated::Allowed), @"a==3.0");
    assert_snapshot!(undated(Undated::LastModified), @"a==2.0");
}

#[test]
fn constraints_limit_and_require_nothing() {
    let universe = "
        a 1.0
        a 2.0
        b 1.0
        c 1.0 requires=a
    ";
    assert_snapshot!(ask(universe, "c").constrained_by("a<2\nb==1.0").answer(), @r"
    a==1.0
    c==1.0
    ");
    assert_snapshot!(
        ask(universe, "c").constrained_by("a<2; sys_platform == 'win32'").answer(), @r"
    a==2.0
    c==1.0
    ");
    assert_snapshot!(
        ask(universe, "c").constrained_by("a<2; sys_platform == 'win32'").on(&[WINDOWS]).answer(), @r"
    a==1.0
    c==1.0
    ");
}

#[test]
fn hashes_of_the_users_bind_the_choice_of_the_file() {
    use harden_testindex::Universe;
    let universe = "a 1.0 wheels=1-py3-none-any,2-py3-none-any\na 2.0";
    let digest = Universe::new(universe)
        .file("a-1.0-1-py3-none-any.whl")
        .unwrap()
        .sha256();
    let question = ask(universe, "a").change(|request| {
        request.requirements[0].hashes.insert(digest);
    });
    assert_snapshot!(question.in_full(), @r#"
    a==1.0
        via File("loose.txt")
        a-1.0-1-py3-none-any.whl [0]
    "#);
}

/// Pins of the output file are kept where they are still valid.
#[test]
fn preferences_are_kept_where_valid() {
    let universe = "
        a 1.0 requires=b
        a 2.0 requires=b
        b 1.0
        b 2.0
        b 3.0
    ";
    let prefer = |options: &mut harden_resolver::Options| {
        options
            .preferences
            .insert("a".parse().unwrap(), ["1.0".parse().unwrap()].into());
        options
            .preferences
            .insert("b".parse().unwrap(), ["2.0".parse().unwrap()].into());
    };
    assert_snapshot!(ask(universe, "a").with(prefer).answer(), @r"
    a==1.0
    b==2.0
    ");
    assert_snapshot!(ask(universe, "a>1\nb>2").with(prefer).answer(), @r"
    a==2.0
    b==3.0
    ");
}

/// `==1.0` admits `1.0+local` (PyPA version specifiers).
#[test]
fn local_versions_are_admitted_by_their_public_version() {
    let universe = "torch 2.0\ntorch 2.0+cpu\ntorch 2.1+cpu";
    assert_snapshot!(ask(universe, "torch==2.0").answer(), @"torch==2.0+cpu");
    assert_snapshot!(ask(universe, "torch<2.1").answer(), @"torch==2.0+cpu");
    assert_snapshot!(ask(universe, "torch===2.0").answer(), @"torch==2.0");
}

/// Metadata that cannot be used makes a release unavailable, never the whole run.
#[test]
fn broken_metadata_costs_its_release_only() {
    let universe = "
        a 1.0
        a 1.1 requires='b ><1'
        a 1.2 metadata=broken
        a 1.3 metadata=mismatched
        a 1.4 requires='b @ https://example.invalid/b-1.0-py3-none-any.whl'
        b 1.0
    ";
    assert_snapshot!(ask(universe, "a").answer(), @"a==1.0");
    assert_snapshot!(ask(universe, "a>1.0").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a>1.0
      2. a 1.1 cannot be used: its metadata has the invalid requirement `b ><1` (`b ><1` is not a valid requirement: expected a version after `>` (column 4))
      3. a 1.2 cannot be used: the metadata of a-1.2-py3-none-any.whl has no field Name
      4. a 1.3 cannot be used: the metadata of a-1.3-py3-none-any.whl is that of version 0.0.0.dev404
      5. a 1.4 cannot be used: it requires a direct reference (`b @ https://example.invalid/b-1.0-py3-none-any.whl`), which is only followed if a line of yours names the same URL for b
    hint: a 1.0 would work: change `a>1.0` in loose.txt:1
    ");
}

#[test]
fn overrides_take_the_place_of_requirements() {
    let universe = "
        app 1.0 requires=lib<2,other
        lib 1.0
        lib 2.0
        other 1.0 requires='lib>=2'
    ";
    assert_snapshot!(ask(universe, "app").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires app
      2. app 1.0 requires other
      3. app 1.0 requires lib<2
      4. other 1.0 requires lib>=2
    ");
    assert_snapshot!(ask(universe, "app").overridden_by("lib>=1").answer(), @r"
    app==1.0
    lib==2.0
    other==1.0
    ");
    assert_snapshot!(ask(universe, "app\nlib").overridden_by("lib==1.0").answer(), @r"
    app==1.0
    lib==1.0
    other==1.0
    ");
    assert_snapshot!(ask(universe, "app").overridden_by("lib>=3").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires app
      2. app 1.0 requires lib, which overrides.txt:1 overrides as lib>=3
      3. lib has no such release: there are 1.0 to 2.0
    ");
    assert_snapshot!(
        ask(universe, "app\nlib==1.0").overridden_by("lib==2.0; sys_platform == 'linux'").answer(), @r"
    app==1.0
    lib==2.0
    other==1.0
    ");
}

#[test]
fn excluded_packages_are_brought_in_by_nothing() {
    let universe = "
        app 1.0 requires=lib,other[x]
        lib 1.0 requires=deep
        other 1.0 extra:x=lib
        deep 1.0
    ";
    let question = ask(universe, "app").change(|request| {
        request.excluded.insert("lib".parse().unwrap());
    });
    assert_snapshot!(question.answer(), @r"
    app==1.0
    other==1.0
    ");
}

#[test]
fn without_dependencies_the_users_lines_are_all_there_is() {
    let universe = "app 1.0 requires=lib\nlib 1.0";
    let question =
        ask(universe, "app").with(|options| options.dependencies = DependencyMode::Ignored);
    assert_snapshot!(question.answer(), @"app==1.0");
}

#[test]
fn the_oldest_versions_may_be_asked_for() {
    let universe = "
        app 1.0 requires=lib
        app 2.0 requires=lib>=2
        app 3.0 requires=lib>=2
        lib 1.0
        lib 2.0
        lib 3.0
    ";
    let with = |mode| {
        ask(universe, "app>=2")
            .with(|options| options.resolution = mode)
            .answer()
    };
    assert_snapshot!(with(ResolutionMode::Lowest), @r"
    app==2.0
    lib==2.0
    ");
    assert_snapshot!(with(ResolutionMode::LowestDirect), @r"
    app==2.0
    lib==3.0
    ");
}

/// As in packaging: `===` compares the text of a version, not its value.
#[test]
fn identical_versions_have_the_same_spelling() {
    let universe = "a 1.0.0\na 2.0\nb 1.0 requires=a===1.0\nc 1.0 requires=a===1.0.0";
    assert_snapshot!(ask(universe, "a===1.0.0\nc").answer(), @r"
    a==1.0.0
    c==1.0
    ");
    assert_snapshot!(ask(universe, "a===1.0").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a===1.0
      2. a has 1.0.0, and `===` compares spellings
    hint: a 2.0 would work: change `a===1.0` in loose.txt:1
    ");
    assert_snapshot!(ask(universe, "b").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires b
      2. b 1.0 requires a===1.0
      3. a has 1.0.0, and `===` compares spellings
    ");
}

/// In quadratic time, this would take minutes.
#[test]
fn thousands_of_requirements_of_one_package_are_met_or_told() {
    let excluded = |first: usize| -> String {
        let lines = (first..3_000).map(|version| format!("b!={version}"));
        lines.collect::<Vec<_>>().join(",")
    };
    let releases: Vec<String> = (0..3_000).map(|version| format!("b {version}")).collect();
    let releases = releases.join("\n");
    let universe = |first| format!("{releases}\na 1.0 requires={}", excluded(first));
    assert_snapshot!(ask(&universe(1), "a").answer(), @r"
    a==1.0
    b==0
    ");
    assert_snapshot!(ask(&universe(0), "a").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a
      2. a 1.0 requires b in 3000 lines
      3. b has no such release: there are 0 to 2999
    ");
}
