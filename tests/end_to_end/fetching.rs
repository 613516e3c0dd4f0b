//! `fetch`: from a strict file to a wheelhouse without unverified bytes.

use std::time::{Duration, Instant};

use harden_testindex::{Fault, Flavour};
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox, is_wheel};

const UNIVERSE: &str = "
    app 1.0 requires=lib
    lib 1.0 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64 sdist pad=200000
    unrelated 1.0
";
const APP: &str = "app-1.0-py3-none-any.whl";
const LIB: &str = "lib-1.0-cp311-cp311-manylinux2014_aarch64.whl";

/// A sandbox with a strict file for [`FOREIGN`], and a log that begins after it.
fn hardened(flavour: Flavour) -> Sandbox {
    let sandbox = Sandbox::with(flavour, UNIVERSE);
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    sandbox.server().forget_requests();
    sandbox
}

/// The files of a wheelhouse, each of which must be right; temporary names are left out.
fn wheels(sandbox: &Sandbox, folder: &str) -> Vec<String> {
    let mut names = sandbox.list(folder);
    names.retain(|name| is_wheel(name));
    for name in &names {
        let bytes = std::fs::read(sandbox.path(folder).join(name)).unwrap();
        let file = sandbox.server().universe().file(name).unwrap();
        assert!(bytes == file.contents(), "{name} is not what it should be");
    }
    names
}

#[test]
fn without_arguments_fetch_uses_the_strict_file_of_the_folder() {
    let sandbox = hardened(Flavour::Pypi);
    assert_snapshot!(sandbox.fetch(""), @"
    exit 0
    --- stderr
    fetched 2 files, [size] in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_eq!(wheels(&sandbox, "wheelhouse"), [APP, LIB]);
    assert_eq!(sandbox.list("wheelhouse"), [APP, LIB]);
}

#[test]
fn the_target_file_and_folder_can_be_named() {
    let sandbox = hardened(Flavour::Pypi);
    std::fs::rename(sandbox.path("strict.txt"), sandbox.path("other.txt")).unwrap();
    sandbox
        .fetch("other.txt -p manylinux2014_aarch64-cp311 -d wheels")
        .good();
    assert_eq!(wheels(&sandbox, "wheels"), [APP, LIB]);
}

#[test]
fn every_flavour_of_index_fills_a_wheelhouse() {
    for flavour in [Flavour::Mirror, Flavour::PlainHtml, Flavour::NoRanges] {
        let sandbox = hardened(flavour);
        sandbox.fetch("").good();
        assert_eq!(wheels(&sandbox, "wheelhouse"), [APP, LIB]);
    }
}

#[test]
fn right_files_are_not_fetched_again() {
    let sandbox = hardened(Flavour::Pypi);
    sandbox.fetch("").good();
    sandbox.server().forget_requests();
    assert_snapshot!(sandbox.fetch(""), @"
    exit 0
    --- stderr
    fetched 0 files; 2 already there in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_eq!(sandbox.server().requests(), []);
}

#[test]
fn wrong_files_are_fetched_again() {
    let sandbox = hardened(Flavour::Pypi);
    sandbox.fetch("").good();
    std::fs::write(sandbox.path("wheelhouse").join(APP), "not a wheel").unwrap();
    sandbox.fetch("").good();
    assert_eq!(wheels(&sandbox, "wheelhouse"), [APP, LIB]);
}

#[test]
fn a_wrong_hash_is_an_error_and_the_file_is_not_kept() {
    let sandbox = hardened(Flavour::Pypi);
    let swapped = b"someone else's bytes".to_vec();
    sandbox.server().fault(LIB, Fault::Body(swapped));
    assert_snapshot!(sandbox.fetch(""), @"
    exit 1
    --- stderr
    fetched 1 file, [size] in [time]: wheelhouse
    error: lib-1.0-cp311-cp311-manylinux2014_aarch64.whl has the wrong hash: expected sha256:<lib-1.0-cp311-cp311-manylinux2014_aarch64.whl>, got sha256:[digest]; it was discarded
    ");
    assert!(!wheels(&sandbox, "wheelhouse").contains(&LIB.to_owned()));
    let left = sandbox.list("wheelhouse");
    assert!(left.iter().all(|name| name == APP), "{left:?}");
}

#[test]
fn a_truncated_download_is_resumed() {
    for flavour in [Flavour::Pypi, Flavour::NoRanges] {
        let sandbox = hardened(flavour);
        sandbox.server().fault(LIB, Fault::Cut(70_000)).times(2);
        sandbox.fetch("").good();
        assert_eq!(wheels(&sandbox, "wheelhouse"), [APP, LIB]);
    }
}

#[test]
fn a_busy_server_is_retried() {
    let sandbox = hardened(Flavour::Pypi);
    sandbox
        .server()
        .fault(LIB, Fault::RetryAfter(503, 0))
        .times(2);
    sandbox.fetch("").good();
    assert_eq!(wheels(&sandbox, "wheelhouse"), [APP, LIB]);
}

#[test]
fn a_file_that_the_index_no_longer_has_is_named() {
    let sandbox = hardened(Flavour::Pypi);
    sandbox.server().fault(LIB, Fault::Status(404));
    let outcome = sandbox.fetch("");
    assert_snapshot!(outcome, @r"
    exit 1
    --- stderr
    fetched 1 file, [size] in [time]: wheelhouse
    error: lib-1.0-cp311-cp311-manylinux2014_aarch64.whl is not where the index says it is: cannot download [index]/files/lib-1.0-cp311-cp311-manylinux2014_aarch64.whl: the server answers 404 Not Found
    ");
    assert!(!wheels(&sandbox, "wheelhouse").contains(&LIB.to_owned()));
}

#[test]
fn an_interrupted_run_leaves_no_partial_file_and_the_next_one_completes() {
    let sandbox = hardened(Flavour::Pypi);
    let forever = Duration::from_mins(10);
    sandbox
        .server()
        .fault(LIB, Fault::Stall(100_000, forever))
        .times(1);
    let mut fetch = sandbox.start_fetch("");
    let patience = Instant::now() + Duration::from_secs(30);
    while sandbox.server().count(LIB) == 0 && Instant::now() < patience {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    fetch.kill().unwrap();
    fetch.wait().unwrap();
    assert!(!wheels(&sandbox, "wheelhouse").contains(&LIB.to_owned()));

    sandbox.fetch("").good();
    assert_eq!(wheels(&sandbox, "wheelhouse"), [APP, LIB]);
    assert_eq!(sandbox.list("wheelhouse"), [APP, LIB]);
}

#[test]
fn a_missing_strict_file_is_named_with_the_command_that_makes_it() {
    let sandbox = Sandbox::new("");
    let outcome = sandbox.fetch("");
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: no such file: `strict.txt`
    hint: create it with `harden loose.txt -o strict.txt`, or name another file
    ");
}

#[test]
fn a_pin_without_a_hash_is_rejected() {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write("strict.txt", "app==1.0");
    let outcome = sandbox.fetch(&format!("-p {FOREIGN}"));
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: strict.txt:1: `app` has no sha256 hash: every pin needs one
    ");
    assert_eq!(sandbox.list("wheelhouse").len(), 0);
}

#[test]
fn each_target_of_a_strict_file_gets_its_own_files() {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -p {FOREIGN} -p win_amd64-cp311 -o strict.txt");
    sandbox.harden(&command).good();
    sandbox.fetch("").good();
    let windows = "lib-1.0-cp311-cp311-win_amd64.whl";
    assert_eq!(wheels(&sandbox, "wheelhouse"), [APP, LIB, windows]);
    sandbox.fetch("-p win_amd64-cp311 -d windows").good();
    assert_eq!(wheels(&sandbox, "windows"), [APP, windows]);
}

#[test]
fn a_target_without_a_file_is_named() {
    let sandbox = hardened(Flavour::Pypi);
    let outcome = sandbox.fetch("-p win_amd64-cp311");
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: strict.txt was locked for manylinux2014_aarch64-cp-311-cp311, not for win_amd64-cp-311-cp311
    hint: run harden again with that target added
    ");
    assert_eq!(wheels(&sandbox, "wheelhouse"), [""; 0]);
}

#[test]
fn a_wrong_hash_in_a_listing_is_detected() {
    let sandbox = Sandbox::new("app 1.0 hash=wrong");
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    let outcome = sandbox.fetch("");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
}

#[test]
fn a_file_in_place_of_the_wheelhouse_is_reported() {
    let sandbox = hardened(Flavour::Pypi);
    sandbox.write("wheelhouse", "a file");
    let outcome = sandbox.fetch("");
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert_snapshot!(outcome, @"
    exit 2
    --- stderr
    error: cannot make the folder wheelhouse: there is a file of that name
    ");
}

#[test]
fn other_files_in_the_wheelhouse_are_kept() {
    let sandbox = hardened(Flavour::Pypi);
    sandbox.write("wheelhouse/notes.txt", "mine");
    sandbox.fetch("").good();
    assert_eq!(sandbox.list("wheelhouse"), [APP, LIB, "notes.txt"]);
}

#[test]
fn a_strict_file_of_another_tool_can_be_fetched() {
    let sandbox = Sandbox::new(UNIVERSE);
    let digest = sandbox.sha256(APP);
    sandbox.write("pinned.txt", &format!("app==1.0 --hash=sha256:{digest}"));
    sandbox.fetch(&format!("pinned.txt -p {FOREIGN}")).good();
    assert_eq!(wheels(&sandbox, "wheelhouse"), [APP]);
}

#[test]
fn concurrent_runs_can_fill_one_wheelhouse() {
    let sandbox = hardened(Flavour::Pypi);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| sandbox.fetch("").good());
        }
    });
    assert_eq!(sandbox.list("wheelhouse"), [APP, LIB]);
    assert_eq!(wheels(&sandbox, "wheelhouse"), [APP, LIB]);
}

/// pex builds sdists for the machine that it runs on alone.
#[test]
fn no_pex_command_is_printed_for_a_target_with_an_sdist() {
    let sandbox = Sandbox::new("lib 1.0 wheels=none sdist");
    sandbox.write("loose.txt", "lib");
    let lock = format!("loose.txt -p {FOREIGN} -o strict.txt --allow-sdist lib -q");
    sandbox.harden(&lock).good();
    for options in ["", "--complete-platform"] {
        let outcome = sandbox.fetch(&format!("strict.txt {options}"));
        assert_eq!(outcome.code, Some(0), "{outcome}");
        assert!(!outcome.stderr.contains("pex --no-index"), "{outcome}");
        let why = format!("pex builds no sdist for {FOREIGN}, and lib-1.0.tar.gz is one");
        assert!(outcome.stderr.contains(&why), "{outcome}");
    }
}
