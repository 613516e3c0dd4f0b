//! Which files come.

use harden_fetch::FetchErrorKind;

use crate::setup::{ARM, Setup, WINDOWS};

const NUMPY: &str =
    "numpy 2.3 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64,py3-none-any sdist";
const ARM_WHEEL: &str = "numpy-2.3-cp311-cp311-manylinux2014_aarch64.whl";
const WINDOWS_WHEEL: &str = "numpy-2.3-cp311-cp311-win_amd64.whl";
const ANY_WHEEL: &str = "numpy-2.3-py3-none-any.whl";
const SDIST: &str = "numpy-2.3.tar.gz";

#[test]
fn each_target_has_the_listed_wheel_that_ranks_best_on_it() {
    let setup = Setup::new(NUMPY);
    let strict = setup.pin("numpy==2.3", &[ARM_WHEEL, WINDOWS_WHEEL, ANY_WHEEL, SDIST]);
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.names(), [ARM_WHEEL]);
    setup.fetch(&strict, &[ARM, WINDOWS]).unwrap();
    assert_eq!(setup.names(), [ARM_WHEEL, WINDOWS_WHEEL]);
}

#[test]
fn a_wheel_that_is_not_pinned_does_not_come_though_it_ranks_better() {
    let setup = Setup::new(NUMPY);
    setup
        .fetch(&setup.pin("numpy==2.3", &[ANY_WHEEL]), &[ARM])
        .unwrap();
    assert_eq!(setup.names(), [ANY_WHEEL]);
}

#[test]
fn an_sdist_comes_where_no_wheel_that_is_pinned_fits() {
    let setup = Setup::new(NUMPY);
    let strict = setup.pin("numpy==2.3", &[WINDOWS_WHEEL, SDIST]);
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.names(), [SDIST]);
}

/// As in the files that pip-compile and uv write.
#[test]
fn files_without_names_are_found_by_their_hashes() {
    let setup = Setup::new(NUMPY);
    let strict = setup.nameless_pin("numpy==2.3", &[ARM_WHEEL, ANY_WHEEL, SDIST]);
    setup.fetch(&strict, &[ARM, WINDOWS]).unwrap();
    assert_eq!(setup.names(), [ARM_WHEEL, ANY_WHEEL]);
}

/// Then only files that fit a target are hashed to decide.
#[test]
fn files_without_names_or_listed_hashes_are_found_by_their_bytes() {
    let setup = Setup::new(&format!("{NUMPY} hash=none"));
    let strict = setup.nameless_pin("numpy==2.3", &[ANY_WHEEL]);
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.names(), [ANY_WHEEL]);
    assert_eq!(setup.server.count(WINDOWS_WHEEL), 0);
}

#[test]
fn a_pin_comes_only_for_targets_on_which_its_marker_holds() {
    let setup = Setup::new("colorama 0.4");
    let strict = setup.pin(
        "colorama==0.4 ; sys_platform == 'win32'",
        &["colorama-0.4-py3-none-any.whl"],
    );
    assert_eq!(setup.fetch(&strict, &[ARM]).unwrap().fetched, 0);
    assert_eq!(setup.fetch(&strict, &[WINDOWS, ARM]).unwrap().fetched, 1);
}

/// A target without a patch level stands for every patch release.
#[test]
fn both_sides_of_a_marker_that_a_target_leaves_open_come() {
    let setup = Setup::new("old 1\nold 2");
    let strict = [
        setup.pin(
            "old==1 ; python_full_version < '3.11.3'",
            &["old-1-py3-none-any.whl"],
        ),
        setup.pin(
            "old==2 ; python_full_version >= '3.11.3'",
            &["old-2-py3-none-any.whl"],
        ),
    ]
    .concat();
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.names().len(), 2);
    let setup = Setup::new("old 1\nold 2");
    setup
        .fetch(&strict, &["manylinux2014_aarch64-cp-3.11.2-cp311"])
        .unwrap();
    assert_eq!(setup.names(), ["old-1-py3-none-any.whl"]);
}

#[test]
fn a_pin_without_a_file_for_a_target_is_an_error_and_the_rest_comes() {
    let setup = Setup::new("numpy 2.3 wheels=cp311-cp311-win_amd64\nflask 2.0");
    let strict = [
        setup.pin("flask==2.0", &["flask-2.0-py3-none-any.whl"]),
        setup.pin("numpy==2.3", &[WINDOWS_WHEEL]),
        setup.nameless_pin("numpy==2.3", &[WINDOWS_WHEEL]),
    ]
    .concat();
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    insta::assert_snapshot!(error, @r"
    numpy 2.3 (strict.txt:4) has no file for manylinux2014_aarch64-cp-311-cp311: it is pinned as numpy-2.3-cp311-cp311-win_amd64.whl; lock for that target too
    numpy 2.3 (strict.txt:7) has no file for manylinux2014_aarch64-cp-311-cp311: it is pinned as numpy-2.3-cp311-cp311-win_amd64.whl; lock for that target too
    ");
    assert_eq!(error.kind(), FetchErrorKind::Refused);
    assert_eq!(error.summary.fetched, 1);
    assert_eq!(setup.names(), ["flask-2.0-py3-none-any.whl"]);
}

/// A name decides about a path, so it must be one of the very pin.
#[test]
fn a_name_that_is_not_one_of_the_pin_is_refused() {
    let setup = Setup::new("flask 2.0");
    for name in [
        "werkzeug-2.0-py3-none-any.whl",
        "flask-2.1-py3-none-any.whl",
        "flask-2.0.zip.whl",
        "flask-2.0-py3-none-any:evil.whl",
        "flask-latest.tar.gz",
    ] {
        let strict = setup.nameless_pin("flask==2.0", &["flask-2.0-py3-none-any.whl"]);
        let error = setup
            .fetch(&format!("{strict}    # {name}\n"), &[ARM])
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("`{name}` (strict.txt:1) is not the name of a distribution file of flask 2.0")
        );
        assert_eq!(error.kind(), FetchErrorKind::Input);
        assert!(setup.names().is_empty());
    }
}
