//! Pre-releases: where no stable release can be chosen, and as the mode says.

use harden_resolver::PrereleaseMode;
use insta::assert_snapshot;

use crate::support::{ARM, LINUX, WINDOWS, ask};

const UNIVERSE: &str = "
    a 1.0
    a 2.0rc1
    only 1.0a1
    only 1.0a2
    app 1.0 requires=a>=2.0rc1
    picky 1.0 requires=a<2
    picky 2.0 requires=a>=2.0rc1,lib<2
    lib 2.0
    newer 1.0 requires=a>1
";

#[test]
fn a_final_release_is_preferred() {
    assert_snapshot!(ask(UNIVERSE, "a").answer(), @"a==1.0");
}

/// A specifier that names a pre-release admits it, and a stable release that fits is preferred still.
#[test]
fn a_specifier_that_names_one_still_prefers_a_stable_release() {
    assert_snapshot!(ask(UNIVERSE, "a>=1.0a1").answer(), @"a==1.0");
    assert_snapshot!(ask(UNIVERSE, "a>1.0,>=0.9a1").answer(), @r"
    a==2.0rc1
    warning: a 2.0rc1 is a pre-release: no stable release meets the requirements
    ");
    assert_snapshot!(ask(UNIVERSE, "a\napp").answer(), @r"
    a==2.0rc1
    app==1.0
    warning: a 2.0rc1 is a pre-release: no stable release meets the requirements
    ");
}

#[test]
fn a_package_that_has_nothing_else_is_taken() {
    assert_snapshot!(ask(UNIVERSE, "only").answer(), @r"
    only==1.0a2
    warning: only 1.0a2 is a pre-release: no stable release meets the requirements
    ");
}

#[test]
fn where_no_stable_release_fits_a_pre_release_is_taken() {
    assert_snapshot!(ask(UNIVERSE, "newer").answer(), @r"
    a==2.0rc1
    newer==1.0
    warning: a 2.0rc1 is a pre-release: no stable release meets the requirements
    ");
}

/// The only stable release conflicts with what is decided, so the search comes to the pre-release.
#[test]
fn a_stable_release_that_conflicts_is_passed_over_for_a_pre_release() {
    let universe = "
        app 1.0 requires=core>=1
        core 2.5 requires=shared==2.5
        core 3.6b1
        shared 2.5
        shared 3.5
        tool 4.0 requires=shared>=3.5
    ";
    assert_snapshot!(ask(universe, "app\ntool").answer(), @r"
    app==1.0
    core==3.6b1
    shared==3.5
    tool==4.0
    warning: core 3.6b1 is a pre-release: no stable release meets the requirements
    ");
}

/// An old release of `app` needs no pre-release; two targets take what each of them takes by itself.
#[test]
fn several_targets_take_the_pre_release_that_each_takes_by_itself() {
    let universe = "
        app 0.1
        app 1.0 requires=core>=1
        core 2.5 requires=shared==2.5
        core 3.6b1
        shared 2.5
        shared 3.5
        tool 4.0 requires=shared>=3.5
    ";
    let alone = ask(universe, "app\ntool").on(&[LINUX]).answer();
    let both = ask(universe, "app\ntool").on(&[LINUX, ARM]).answer();
    assert_eq!(alone, both);
    assert_snapshot!(both, @r"
    app==1.0
    core==3.6b1
    shared==3.5
    tool==4.0
    warning: core 3.6b1 is a pre-release: no stable release meets the requirements
    ");
}

/// A pre-release that counts as a stable release leaves a choice, so the package waits for its turn.
#[test]
fn with_allow_a_pre_release_is_a_choice() {
    let universe = "
        a 1.0
        a 2.0 requires=z<2
        z 1.0
        z 2.0rc1
    ";
    let question = ask(universe, "a\nz").with(|options| options.prerelease = PrereleaseMode::Allow);
    assert_snapshot!(question.answer(), @r"
    a==2.0
    z==1.0
    ");
}

/// A pre-release that is kept is not said to be necessary.
#[test]
fn a_kept_pre_release_is_not_called_necessary() {
    let question = ask(UNIVERSE, "a").with(|options| {
        let kept = ["2.0rc1".parse().unwrap()];
        options
            .preferences
            .insert("a".parse().unwrap(), kept.into());
    });
    assert_snapshot!(question.answer(), @r"
    a==2.0rc1
    warning: a 2.0rc1 is a pre-release
    ");
}

/// A line under a marker names a pre-release for its targets, and for no other.
#[test]
fn a_line_opts_in_where_its_marker_holds() {
    let universe = "
        foo 1.0
        foo 2.0rc1
        foo 2.1rc1
    ";
    let loose = "foo==2.0rc1 ; sys_platform == 'win32'\nfoo!=2.0rc1 ; sys_platform != 'win32'";
    assert_snapshot!(ask(universe, loose).on(&[LINUX, WINDOWS]).answer(), @r"
    foo==1.0 ; sys_platform == 'linux'
    foo==2.0rc1 ; sys_platform == 'win32'
    warning: foo 2.0rc1 is a pre-release: no stable release meets the requirements
    ");
    let loose = "foo>=2.0rc1 ; sys_platform == 'win32'\nfoo ; sys_platform != 'win32'";
    assert_snapshot!(ask(universe, loose).on(&[LINUX, WINDOWS]).answer(), @r"
    foo==1.0 ; sys_platform == 'linux'
    foo==2.1rc1 ; sys_platform == 'win32'
    warning: foo 2.1rc1 is a pre-release: no stable release meets the requirements
    ");
}

/// Several targets take a pre-release where each of them needs one by itself.
#[test]
fn targets_take_a_pre_release_that_each_needs() {
    let question = ask(UNIVERSE, "newer").on(&[LINUX, WINDOWS]);
    assert_snapshot!(question.answer(), @r"
    a==2.0rc1
    newer==1.0
    warning: a 2.0rc1 is a pre-release: no stable release meets the requirements
    ");
}

/// One mode for all packages, and another one for a package.
#[test]
fn a_package_may_have_a_mode_of_its_own() {
    use PrereleaseMode::{Allow, Disallow, Explicit, IfNecessary};

    let own = |loose, all, own| {
        let question = ask(UNIVERSE, loose).with(|options| {
            options.prerelease = all;
            let name = "a".parse().unwrap();
            options.prerelease_packages.insert(name, own);
        });
        question.answer()
    };
    assert_snapshot!(own("a\nlib", IfNecessary, Allow), @r"
    a==2.0rc1
    lib==2.0
    warning: a 2.0rc1 is a pre-release
    ");
    assert_snapshot!(own("a", Allow, Disallow), @"a==1.0");
    assert_snapshot!(own("app", IfNecessary, Explicit), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires app
      2. app 1.0 requires a>=2.0rc1
      3. a 2.0rc1 is a pre-release, and no requirement names one
    ");
}

/// The version that names the pre-release is not part of the answer.
#[test]
fn an_opt_in_counts_only_if_its_version_is_chosen() {
    assert_snapshot!(ask(UNIVERSE, "picky\nlib>=2").answer(), @r"
    a==1.0
    lib==2.0
    picky==1.0
    ");
}

#[test]
fn the_mode_decides() {
    let with = |loose, mode| {
        ask(UNIVERSE, loose)
            .with(|options| options.prerelease = mode)
            .answer()
    };
    assert_snapshot!(with("a", PrereleaseMode::Allow), @r"
    a==2.0rc1
    warning: a 2.0rc1 is a pre-release
    ");
    assert_snapshot!(with("only", PrereleaseMode::Explicit), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires only
      2. only 1.0a1 to 1.0a2 are pre-releases, and no requirement names one
    hint: only 1.0a2 would work with --prerelease allow
    ");
    assert_snapshot!(with("a>=2.0rc1", PrereleaseMode::Disallow), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a>=2.0rc1
      2. a 2.0rc1 is a pre-release, which --prerelease disallow excludes
    hint: a 2.0rc1 would work with --prerelease allow
    hint: a 1.0 would work: change `a>=2.0rc1` in loose.txt:1
    ");
}
