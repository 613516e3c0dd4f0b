//! Files that other wheelhouses brought, and downloads that earlier runs began.

use std::fs;
use std::path::PathBuf;

use harden_fetch::FetchErrorKind;
use harden_testindex::{Fault, Flavour};

use crate::setup::{ARM, Setup};

const BIG: &str = "big-1.0-py3-none-any.whl";

fn a_setup(flavour: Flavour) -> (Setup, String) {
    let setup = Setup::of(flavour, "big 1.0 pad=300000").with_cache();
    let strict = setup.pin("big==1.0", &[BIG]);
    (setup, strict)
}

/// All files under a folder.
fn files(folder: PathBuf) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files(path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[test]
fn what_one_wheelhouse_has_comes_into_another_without_an_index() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.fetch(&strict, &[ARM]).unwrap();
    fs::remove_dir_all(setup.wheelhouse()).unwrap();
    setup.server.forget_requests();
    let summary = setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!((summary.fetched, summary.from_cache), (0, 1));
    assert_eq!(setup.held()[BIG], setup.contents(BIG));
    assert_eq!(setup.names(), [BIG]);
    assert_eq!(setup.server.requests(), []);
}

/// A wheelhouse is written to by others, and so, through a hard link, may the cache be.
#[test]
fn files_damaged_in_the_cache_are_fetched_again() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.fetch(&strict, &[ARM]).unwrap();
    setup.put(BIG, b"written over");
    for kept in files(setup.cache().unwrap()) {
        if kept.to_string_lossy().ends_with(BIG) {
            fs::write(kept, b"damaged").unwrap();
        }
    }
    let summary = setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!((summary.fetched, summary.from_cache), (1, 0));
    assert_eq!(setup.held()[BIG], setup.contents(BIG));
}

/// As `harden` leaves it: every page was read, and no file fetched.
#[test]
fn where_files_are_is_known_from_pages_that_were_read_before() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.dry_run(&strict, &[ARM]);
    setup.age_pages();
    setup.server.forget_requests();
    setup.fetch(&strict, &[ARM]).unwrap();
    let requests = setup.server.requests();
    let paths: Vec<_> = requests.iter().map(|request| &*request.path).collect();
    assert_eq!(paths, [format!("/files/{BIG}")]);
}

/// A large file that came last would be alone on the line, and its look into it alone after that.
#[test]
fn the_largest_file_comes_first_where_sizes_are_known() {
    let universe = "a 1.0\nb 1.0 pad=300000\nc 1.0 pad=90000";
    let setup = Setup::of(Flavour::Pypi, universe);
    let setup = setup.with_cache().one_at_a_time();
    let wheels = ["a", "b", "c"].map(|name| format!("{name}-1.0-py3-none-any.whl"));
    let pins = wheels
        .iter()
        .map(|file| setup.pin(&format!("{}==1.0", &file[..1]), &[file]));
    let strict: String = pins.collect();
    setup.dry_run(&strict, &[ARM]);
    setup.server.forget_requests();
    setup.fetch(&strict, &[ARM]).unwrap();
    let requests = setup.server.requests();
    let paths: Vec<_> = requests.iter().map(|request| &*request.path).collect();
    let order = [1, 2, 0].map(|place: usize| format!("/files/{}", wheels[place]));
    assert_eq!(paths, order);
}

#[test]
fn a_file_that_moved_is_looked_up_again() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.dry_run(&strict, &[ARM]);
    setup.age_pages();
    setup.server.forget_requests();
    setup.server.fault(BIG, Fault::Status(404)).times(1);
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.server.count("/simple/big/"), 1);
    assert_eq!(setup.held()[BIG], setup.contents(BIG));
}

#[test]
fn a_download_that_failed_is_gone_on_with_by_the_next_run() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.server.fault(BIG, Fault::Cut(20_000)).times(5);
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Network);
    assert_eq!(setup.names(), [""; 0]);
    setup.server.forget_requests();
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.held()[BIG], setup.contents(BIG));
    assert_eq!(setup.ranges(BIG), [Some("bytes=100000-".to_owned())]);
}

/// If the server sends all of it regardless, the partial file is discarded.
#[test]
fn a_download_begins_again_where_the_server_has_no_ranges() {
    let (setup, strict) = a_setup(Flavour::NoRanges);
    setup.server.fault(BIG, Fault::Cut(20_000)).times(5);
    setup.fetch(&strict, &[ARM]).unwrap_err();
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(setup.held()[BIG], setup.contents(BIG));
}

#[test]
fn nothing_wrong_comes_into_the_cache() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    setup.server.fault(BIG, Fault::Body(b"evil".to_vec()));
    setup.fetch(&strict, &[ARM]).unwrap_err();
    let kept = files(setup.cache().unwrap());
    let wheels = kept.iter().filter(|path| {
        path.to_string_lossy().contains("harden-part") || path.to_string_lossy().ends_with(".whl")
    });
    assert_eq!(wheels.count(), 0);
}

#[test]
fn a_cache_that_cannot_be_written_is_done_without() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    fs::write(setup.cache().unwrap(), b"a file").unwrap();
    assert_eq!(setup.fetch(&strict, &[ARM]).unwrap().fetched, 1);
    assert_eq!(setup.held()[BIG], setup.contents(BIG));
}

#[test]
fn runs_at_once_share_one_cache() {
    let (setup, strict) = a_setup(Flavour::Pypi);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| setup.fetch(&strict, &[ARM]).unwrap());
        }
    });
    assert_eq!(setup.names(), [BIG]);
    assert_eq!(setup.held()[BIG], setup.contents(BIG));
}
