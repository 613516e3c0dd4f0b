//! What goes wrong at the index, and what is kept then.

use harden_fetch::FetchErrorKind;
use harden_testindex::{Fault, Flavour};

use crate::setup::{ARM, Setup};

const BIG: &str = "big-1.0-py3-none-any.whl";
const FLASK: &str = "flask-2.0-py3-none-any.whl";
const UNIVERSE: &str = "big 1.0 pad=300000\nflask 2.0";

fn a_setup(flavour: Flavour) -> (Setup, String) {
    let setup = Setup::of(flavour, UNIVERSE);
    let strict = setup.pin("big==1.0", &[BIG]) + &setup.pin("flask==2.0", &[FLASK]);
    (setup, strict)
}

/// The text of an error with its digests shortened, which vary with the builder of the wheels.
fn shown(error: &harden_fetch::FetchError, setup: &Setup) -> String {
    let pinned = setup
        .server
        .universe()
        .file(BIG)
        .unwrap()
        .sha256()
        .to_string();
    error.to_string().replace(&pinned, "PINNED")
}

#[test]
fn bytes_with_another_hash_are_not_kept_and_the_rest_comes() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.server.fault(BIG, Fault::Body(b"evil".to_vec()));
    setup.put(BIG, b"wrong as well");
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    insta::assert_snapshot!(shown(&error, &setup), @"big-1.0-py3-none-any.whl has the wrong hash: expected sha256:PINNED, got sha256:b5c1fb2efc6d6b4674c2fdcc48ce01b43a3b7c03763c0c3355de0099ee0f8c73; it was discarded");
    assert_eq!(error.kind(), FetchErrorKind::Refused);
    assert_eq!(setup.names(), [FLASK]);
}

#[test]
fn an_index_that_lists_another_hash_is_not_even_asked_for_the_file() {
    let (setup, _) = a_setup(Flavour::Pypi);
    let wrong = setup.server.universe().file(FLASK).unwrap().sha256();
    let strict = format!("big==1.0 --hash=sha256:{wrong}\n    # {BIG}\n");
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Refused);
    assert!(error.to_string().contains("wrong hash"));
    assert_eq!(setup.server.count(BIG), 0);
}

#[test]
fn a_file_that_the_index_lists_without_hash_is_verified_by_its_bytes() {
    let setup = Setup::new("flask 2.0 hash=none");
    let strict = setup.pin("flask==2.0", &[FLASK]);
    setup
        .server
        .fault(FLASK, Fault::Body(b"evil".to_vec()))
        .times(1);
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Refused);
    assert!(setup.names().is_empty());
    assert_eq!(setup.fetch(&strict, &[ARM]).unwrap().fetched, 1);
}

#[test]
fn a_broken_download_goes_on_where_it_broke() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.server.fault(BIG, Fault::Cut(100_000)).times(2);
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.held()[BIG], setup.contents(BIG));
    let requests = setup.server.requests();
    let ranges: Vec<_> = requests
        .iter()
        .filter(|request| request.path.ends_with(BIG))
        .map(|request| request.header("range"))
        .collect();
    assert_eq!(ranges, [None, Some("bytes=100000-"), Some("bytes=200000-")]);
}

#[test]
fn a_broken_download_starts_over_where_the_server_has_no_ranges() {
    let (setup, strict) = a_setup(Flavour::NoRanges);
    setup.server.fault(BIG, Fault::Cut(100_000)).times(1);
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.held()[BIG], setup.contents(BIG));
}

/// The parts before and after the break may be of different files.
#[test]
fn a_resumed_download_with_a_wrong_hash_is_tried_as_a_whole() {
    let (setup, strict) = a_setup(Flavour::NoRanges);
    let mut mixed = b"evil".to_vec();
    mixed.resize(1000, 0);
    setup.server.fault(BIG, Fault::Cut(1000)).times(1);
    setup.server.fault(BIG, Fault::Body(mixed)).times(1);
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.held()[BIG], setup.contents(BIG));
}

#[test]
fn a_download_that_breaks_again_and_again_is_given_up() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.server.fault(BIG, Fault::Cut(10));
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Network);
    assert!(error.to_string().starts_with(BIG), "{error}");
    assert_eq!(setup.server.count(BIG), 5);
    assert_eq!(setup.names(), [FLASK]);
}

/// Trying again would not help: it was deleted behind the index's back.
#[test]
fn a_listed_file_that_is_not_there_has_vanished() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.server.fault(BIG, Fault::Status(404));
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Refused);
    let shown = error
        .to_string()
        .replace(&setup.server.url(""), "https://index.test");
    insta::assert_snapshot!(shown, @"big-1.0-py3-none-any.whl is not where the index says it is: cannot download https://index.test/files/big-1.0-py3-none-any.whl: the server answers 404 Not Found");
}

/// An endless body would fill the disk.
#[test]
fn a_body_longer_than_listed_is_cut_off() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    let size = setup.contents(BIG).len();
    setup.server.fault(BIG, Fault::Body(vec![0; 4 * size]));
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    let shown = error.to_string().replace(&size.to_string(), "SIZE");
    insta::assert_snapshot!(shown, @"big-1.0-py3-none-any.whl is longer than the SIZE bytes that the server announced; it was discarded");
    assert_eq!(error.kind(), FetchErrorKind::Refused);
    assert_eq!(setup.names(), [FLASK]);
}

#[test]
fn a_network_that_fails_every_file_is_reported_for_a_few() {
    let setup = Setup::new("a 1\nb 1\nc 1\nd 1\ne 1");
    let pin = |name: &str| {
        setup.pin(
            &format!("{name}==1"),
            &[&format!("{name}-1-py3-none-any.whl")],
        )
    };
    let strict: String = ["a", "b", "c", "d", "e"].map(pin).concat();
    setup.server.fault(".whl", Fault::Status(503));
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.failures.len(), 5);
    let shown = error.to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(lines[3], "and 2 more files could not be downloaded");
}

#[test]
fn a_server_in_trouble_is_a_network_error() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.server.fault(BIG, Fault::Status(503));
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Network);
    assert_eq!(setup.names(), [FLASK]);
}

#[test]
fn a_file_that_the_index_does_not_list_has_vanished() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    let gone = strict.replace("big-1.0", "big-1.0-7");
    let error = setup.fetch(&gone, &[ARM]).unwrap_err();
    insta::assert_snapshot!(error, @"big-1.0-7-py3-none-any.whl: the index lists no such file: it was deleted, or is on another index");
    assert_eq!(error.kind(), FetchErrorKind::Refused);
}

#[test]
fn a_hash_that_the_index_does_not_list_is_reported_with_the_listed_ones() {
    let (setup, _) = a_setup(Flavour::Pypi);
    let strict = format!("flask==2.0 --hash=sha256:{}\n", "0".repeat(64));
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    insta::assert_snapshot!(error, @"flask 2.0 (strict.txt:1): the index lists no file with a pinned hash; flask-2.0-py3-none-any.whl is there");
    assert_eq!(error.kind(), FetchErrorKind::Refused);
    let strict = strict.replace("2.0", "3.0");
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    insta::assert_snapshot!(error, @"flask 3.0 (strict.txt:1): the index lists no file with a pinned hash; that version is not there");
}

#[test]
fn a_project_that_the_index_does_not_have_is_refused() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    let strict = strict.replace("big", "huge");
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Refused);
    assert!(error.to_string().contains("huge"), "{error}");
}
