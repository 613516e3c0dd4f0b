//! Pre-releases: only where a specifier names one, or there is nothing else.

use harden_resolver::PrereleaseMode;
use insta::assert_snapshot;

use crate::support::ask;

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

#[test]
fn a_specifier_that_names_one_opts_in() {
    assert_snapshot!(ask(UNIVERSE, "a>=1.0a1").answer(), @r"
    a==2.0rc1
    warning: a 2.0rc1 is a pre-release
    ");
    assert_snapshot!(ask(UNIVERSE, "a\napp").answer(), @r"
    a==2.0rc1
    app==1.0
    warning: a 2.0rc1 is a pre-release
    ");
}

#[test]
fn a_package_that_has_nothing_else_is_taken() {
    assert_snapshot!(ask(UNIVERSE, "only").answer(), @r"
    only==1.0a2
    warning: only 1.0a2 is a pre-release
    ");
}

#[test]
fn there_is_no_silent_fall_back_where_no_final_release_fits() {
    assert_snapshot!(ask(UNIVERSE, "newer").answer(), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires newer
      2. newer 1.0 requires a>1
      3. a 2.0rc1 is a pre-release, and no requirement names one
    hint: a 2.0rc1 would do with --prerelease allow
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
    hint: only 1.0a2 would do with --prerelease allow
    ");
    assert_snapshot!(with("a>=2.0rc1", PrereleaseMode::Disallow), @r"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a>=2.0rc1
      2. a 2.0rc1 is a pre-release, which --prerelease disallow keeps out
    hint: a 2.0rc1 would do with --prerelease allow
    hint: a 1.0 would do: change `a>=2.0rc1` in loose.txt:1
    ");
}
