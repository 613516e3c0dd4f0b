//! Pins of files that are named by their place.

use harden_fetch::FetchErrorKind;
use harden_testindex::Fault;
use insta::assert_snapshot;

use crate::setup::{ARM, Setup, WINDOWS};

const FLASK: &str = "flask-2.0-py3-none-any.whl";
const SDIST: &str = "flask-2.0.tar.gz";

fn setup() -> Setup {
    Setup::new("flask 2.0 sdist wheels=py3-none-any,cp311-cp311-win_amd64")
}

fn pinned(setup: &Setup, file: &str) -> String {
    let url = setup.server.url(&format!("/files/{file}"));
    setup.nameless_pin(&format!("flask @ {url}"), &[file])
}

#[test]
fn the_file_comes_from_the_place_of_its_pin_and_no_index_is_asked() {
    let setup = setup();
    for file in [FLASK, SDIST] {
        let summary = setup.fetch(&pinned(&setup, file), &[ARM]).unwrap();
        assert_eq!(summary.fetched, 1);
        assert_eq!(setup.held()[file], setup.contents(file));
    }
    assert_eq!(setup.server.count("/simple/flask/"), 0);
}

#[test]
fn a_path_is_copied_into_the_wheelhouse() {
    let setup = setup();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FLASK);
    std::fs::write(&path, setup.contents(FLASK)).unwrap();
    let strict = setup.nameless_pin(path.to_str().unwrap(), &[FLASK]);
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.held()[FLASK], setup.contents(FLASK));
    assert_eq!(setup.server.requests(), []);
}

#[test]
fn other_bytes_at_the_place_are_refused() {
    let setup = setup();
    setup.server.fault(FLASK, Fault::Body(b"evil".to_vec()));
    let error = setup.fetch(&pinned(&setup, FLASK), &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Refused);
    assert_eq!(setup.names(), [""; 0]);
}

#[test]
fn a_place_without_a_file_and_a_file_that_does_not_fit_are_reported() {
    let setup = setup();
    let windows = "flask-2.0-cp311-cp311-win_amd64.whl";
    setup.fetch(&pinned(&setup, windows), &[WINDOWS]).unwrap();
    let error = setup.fetch(&pinned(&setup, windows), &[ARM]).unwrap_err();
    assert_snapshot!(error, @"flask 2.0 (strict.txt:1) has no file for manylinux2014_aarch64-cp-311-cp311: it is pinned as flask-2.0-cp311-cp311-win_amd64.whl; lock for that target too");
    setup.server.fault(FLASK, Fault::Status(404));
    let error = setup.fetch(&pinned(&setup, FLASK), &[ARM]).unwrap_err();
    assert_snapshot!(error.to_string().replace(&setup.server.url(""), "SERVER"), @"flask-2.0-py3-none-any.whl is not where the index says it is: cannot download SERVER/files/flask-2.0-py3-none-any.whl: the server answers 404 Not Found");
    assert_eq!(error.kind(), FetchErrorKind::Refused);
}
