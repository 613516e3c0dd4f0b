//! Extras.

use insta::assert_snapshot;

use crate::support::ask;

#[test]
fn extras_bring_what_they_require_at_the_version_of_their_base() {
    let universe = "
        uvicorn 1.0 requires=click extra:standard=httptools,uvloop
        uvicorn 2.0 requires=click extra:standard=httptools>=9
        click 8.0
        httptools 0.6
        uvloop 0.19
    ";
    assert_snapshot!(ask(universe, "uvicorn").answer(), @r"
    click==8.0
    uvicorn==2.0
    ");
    assert_snapshot!(ask(universe, "uvicorn[standard]").answer(), @r"
    click==8.0
    httptools==0.6
    uvicorn==1.0
    uvloop==0.19
    ");
}

#[test]
fn several_extras_with_names_written_otherwise() {
    let universe = "
        a 1.0 extra:One_Two=b extra:three.four=c
        b 1.0
        c 1.0
    ";
    assert_snapshot!(ask(universe, "a[one-two, Three_Four]").answer(), @r"
    a==1.0
    b==1.0
    c==1.0
    ");
}

#[test]
fn an_extra_may_be_made_of_the_packages_other_extras() {
    let universe = "
        pkg 1.0 extra:a=b extra:c=d extra:all=pkg[a,c]
        b 1.0
        d 1.0
    ";
    assert_snapshot!(ask(universe, "pkg[all]").answer(), @r"
    b==1.0
    d==1.0
    pkg==1.0
    ");
}

#[test]
fn an_extra_may_name_itself() {
    let universe = "
        pkg 1.0 extra:a=pkg[a],b
        b 1.0
    ";
    assert_snapshot!(ask(universe, "pkg[a]").answer(), @r"
    b==1.0
    pkg==1.0
    ");
}

/// pip warns and goes on.
#[test]
fn a_missing_extra_is_warned_of() {
    assert_snapshot!(ask("a 1.0", "a[nope]").answer(), @r"
    a==1.0
    warning: a 1.0 has no extra `nope`, nor any other
    ");
}

#[test]
fn extras_that_conflict_have_no_resolution() {
    let universe = "
        a 1.0 extra:x=b<2 extra:y=b>=2
        b 1.0
        b 2.0
    ";
    assert_snapshot!(ask(universe, "a[x,y]").answer(), @r#"
    error: no resolution for manylinux2014_x86_64-cp-3.12.4-cp312
      1. loose.txt:1 requires a[x,y]
      2. a 1.0 requires b<2; extra == "x"
      3. a 1.0 requires b>=2; extra == "y"
    "#);
}

#[test]
fn a_dependencys_extra_is_followed() {
    let universe = "
        app 1.0 requires=lib[fast]>=1
        lib 1.0 extra:fast=speedup
        speedup 1.0
    ";
    assert_snapshot!(ask(universe, "app").answer(), @r"
    app==1.0
    lib==1.0
    speedup==1.0
    ");
}
