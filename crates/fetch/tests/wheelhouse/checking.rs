//! Checks, removals and dry runs of a wheelhouse.

use harden_fetch::{Origin, PlannedFile, Report};

use crate::setup::{ARM, Setup, WINDOWS};

const FLASK: &str = "flask-2.0-py3-none-any.whl";
const LIB: &str = "lib-1.0-cp311-cp311-win_amd64.whl";

fn a_setup() -> (Setup, String) {
    let universe =
        "flask 2.0\nlib 1.0 wheels=cp311-cp311-win_amd64,cp311-cp311-manylinux2014_aarch64";
    let setup = Setup::new(universe).with_cache();
    let arm = "lib-1.0-cp311-cp311-manylinux2014_aarch64.whl";
    let strict = setup.pin("flask==2.0", &[FLASK]) + &setup.pin("lib==1.0", &[LIB, arm]);
    (setup, strict)
}

fn shown(report: &Report) -> String {
    let findings = report.findings.iter().map(|finding| format!("{finding}\n"));
    findings
        .chain([format!("{} right", report.right)])
        .collect()
}

#[test]
fn a_wheelhouse_that_was_just_filled_is_right_and_no_index_is_asked() {
    let (setup, strict) = a_setup();
    setup.fetch(&strict, &[ARM, WINDOWS]).unwrap();
    setup.server.forget_requests();
    assert_eq!(shown(&setup.check(&strict, &[ARM, WINDOWS])), "3 right");
    assert_eq!(setup.server.requests(), []);
}

#[test]
fn missing_wrong_and_extra_files_are_reported() {
    let (setup, strict) = a_setup();
    setup.fetch(&strict, &[WINDOWS]).unwrap();
    setup.put(FLASK, b"wrong");
    setup.put("other-1.0.tar.gz", b"extra");
    setup.put("notes.txt", b"no distribution");
    let report = shown(&setup.check(&strict, &[ARM]));
    let hash = setup.server.universe().file(FLASK).unwrap().sha256();
    insta::assert_snapshot!(report.replace(&hash.to_string(), "PINNED"), @r"
    wrong: flask-2.0-py3-none-any.whl has the wrong hash: expected sha256:PINNED, got sha256:8810ad581e59f2bc3928b261707a71308f7e139eb04820366dc4d5c18d980225
    missing: lib-1.0-cp311-cp311-manylinux2014_aarch64.whl
    extra: lib-1.0-cp311-cp311-win_amd64.whl
    extra: other-1.0.tar.gz
    0 right
    ");
}

#[test]
fn files_without_names_are_checked_by_their_hashes() {
    let (setup, _) = a_setup();
    let strict = setup.nameless_pin("flask==2.0", &[FLASK]);
    assert_eq!(
        shown(&setup.check(&strict, &[ARM])),
        "missing: flask\n0 right"
    );
    setup.put(FLASK, b"wrong");
    assert_eq!(
        shown(&setup.check(&strict, &[ARM])),
        format!("missing: flask 2.0\nextra: {FLASK}\n0 right")
    );
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(shown(&setup.check(&strict, &[ARM])), "1 right");
}

/// Its bytes are those that were pinned, but nobody may install them.
#[test]
fn a_wheel_that_fails_the_inspection_is_refused_and_reported() {
    let setup = Setup::new("flask 2.0 metadata=mismatched");
    let strict = setup.pin("flask==2.0", &[FLASK]);
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    insta::assert_snapshot!(error, @"flask-2.0-py3-none-any.whl is refused, although its hash is right: its METADATA says `0.0.0.dev404`, its name `2.0`");
    assert_eq!(setup.names(), [""; 0]);
    setup.put(FLASK, &setup.contents(FLASK));
    insta::assert_snapshot!(shown(&setup.check(&strict, &[ARM])), @r"
    wrong: flask-2.0-py3-none-any.whl is refused, although its hash is right: its METADATA says `0.0.0.dev404`, its name `2.0`
    0 right
    ");
}

#[test]
fn pruning_removes_distributions_that_nothing_asks_for_and_nothing_else() {
    let (setup, strict) = a_setup();
    setup.fetch(&strict, &[ARM, WINDOWS]).unwrap();
    setup.put("notes.txt", b"mine");
    let removed = setup.prune(&strict, &[ARM]);
    assert_eq!(removed.into_iter().collect::<Vec<_>>(), [LIB]);
    let arm = "lib-1.0-cp311-cp311-manylinux2014_aarch64.whl";
    assert_eq!(setup.names(), [FLASK, arm, "notes.txt"]);
}

#[test]
fn a_dry_run_lists_the_files_to_come_and_fetches_nothing() {
    let (setup, strict) = a_setup();
    let size = |name: &str| Some(setup.contents(name).len() as u64);
    let planned = |file: &str, origin| PlannedFile {
        file: file.to_owned(),
        size: size(file),
        origin,
    };
    let planned_files = setup.dry_run(&strict, &[WINDOWS]);
    assert_eq!(
        planned_files,
        [planned(FLASK, Origin::Index), planned(LIB, Origin::Index)]
    );
    assert!(!setup.wheelhouse().exists());
    setup.fetch(&strict, &[WINDOWS]).unwrap();
    assert_eq!(setup.dry_run(&strict, &[WINDOWS]), []);
    std::fs::remove_file(setup.wheelhouse().join(LIB)).unwrap();
    assert_eq!(
        setup.dry_run(&strict, &[WINDOWS]),
        [planned(LIB, Origin::Cache)]
    );
}
