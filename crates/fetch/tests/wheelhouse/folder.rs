//! What the folder holds before and after.

use std::fs::{self, File};

use harden_fetch::{FetchErrorKind, Summary};
use harden_index::Settings;
use tempfile::TempDir;

use crate::setup::{ARM, Diary, Setup};

const FLASK: &str = "flask-2.0-py3-none-any.whl";
const JINJA: &str = "jinja2-3.1-py3-none-any.whl";

fn a_setup() -> (Setup, String) {
    let setup = Setup::new("flask 2.0 pad=100000\njinja2 3.1");
    let strict = setup.pin("flask==2.0", &[FLASK]) + &setup.pin("jinja2==3.1", &[JINJA]);
    (setup, strict)
}

#[test]
fn the_folder_is_made_and_filled_with_the_very_files() {
    let (setup, strict) = a_setup();
    let summary = setup.fetch(&strict, &[ARM]).unwrap();
    let held = setup.held();
    assert_eq!(held.keys().collect::<Vec<_>>(), [FLASK, JINJA]);
    assert_eq!(held[FLASK], setup.contents(FLASK));
    let bytes = held.values().map(|bytes| bytes.len() as u64).sum();
    assert_eq!(
        summary,
        Summary {
            fetched: 2,
            bytes,
            ..Summary::default()
        }
    );
}

#[test]
fn a_folder_that_is_right_needs_no_index() {
    let (setup, strict) = a_setup();
    setup.fetch(&strict, &[ARM]).unwrap();
    setup.server.forget_requests();
    let summary = setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!((summary.fetched, summary.already_there), (0, 2));
    assert_eq!(setup.server.requests(), []);
}

#[test]
fn a_wrong_file_is_replaced_and_foreign_ones_are_left_alone() {
    let (setup, strict) = a_setup();
    setup.put(FLASK, b"not flask");
    setup.put("notes.txt", b"mine");
    setup.put(".hidden.part", b"mine");
    let summary = setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!((summary.fetched, summary.already_there), (2, 0));
    let held = setup.held();
    assert_eq!(held[FLASK], setup.contents(FLASK));
    assert_eq!(held["notes.txt"], b"mine");
    assert_eq!(held[".hidden.part"], b"mine");
}

/// The file that a live run is at is locked, that of a dead one is not.
#[test]
fn what_a_dead_run_left_goes_and_what_a_live_one_is_at_stays() {
    let (setup, strict) = a_setup();
    setup.put(".a-1.0.tar.gz.XyZ.harden-part", b"half");
    setup.put(".b-1.0.tar.gz.XyZ.harden-part", b"half");
    let live = File::open(setup.wheelhouse().join(".b-1.0.tar.gz.XyZ.harden-part")).unwrap();
    live.lock().unwrap();
    setup.fetch(&strict, &[ARM]).unwrap();
    assert_eq!(
        setup.names(),
        [".b-1.0.tar.gz.XyZ.harden-part", FLASK, JINJA]
    );
}

#[test]
fn several_runs_at_once_do_no_harm() {
    let (setup, strict) = a_setup();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| setup.fetch(&strict, &[ARM]).unwrap());
        }
    });
    assert_eq!(setup.names(), [FLASK, JINJA]);
    assert_eq!(setup.held()[FLASK], setup.contents(FLASK));
}

#[cfg(unix)]
#[test]
fn files_have_the_permissions_of_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let (setup, strict) = a_setup();
    setup.fetch(&strict, &[ARM]).unwrap();
    setup.put("new", b"");
    let mode = |name| {
        fs::metadata(setup.wheelhouse().join(name))
            .unwrap()
            .permissions()
            .mode()
    };
    assert_eq!(mode(FLASK), mode("new"));
}

#[test]
fn a_destination_that_is_a_file_is_an_input_error() {
    let (setup, strict) = a_setup();
    fs::write(setup.wheelhouse(), b"a file").unwrap();
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Input);
    let shown = error
        .to_string()
        .replace(&setup.wheelhouse().display().to_string(), "wheelhouse");
    insta::assert_snapshot!(shown, @"cannot make the folder wheelhouse: there is a file of that name");
}

/// Nobody may write there, whoever runs this.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_an_input_error() {
    let (setup, strict) = a_setup();
    std::os::unix::fs::symlink("/proc/self/task", setup.wheelhouse()).unwrap();
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Input);
    let shown = error.to_string();
    assert!(shown.starts_with("cannot write "), "{shown}");
    assert!(shown.contains(FLASK), "{shown}");
}

#[test]
fn a_name_that_is_a_folder_is_an_input_error() {
    let (setup, strict) = a_setup();
    fs::create_dir_all(setup.wheelhouse().join(FLASK)).unwrap();
    let error = setup.fetch(&strict, &[ARM]).unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Input);
    assert_eq!(error.summary.fetched, 1);
}

/// Such a folder lists no digests.
#[test]
fn files_come_from_a_folder_too() {
    let (setup, strict) = a_setup();
    let links = TempDir::new().unwrap();
    fs::write(links.path().join(FLASK), setup.contents(FLASK)).unwrap();
    fs::write(links.path().join(JINJA), b"not jinja").unwrap();
    let settings = Settings {
        indexes: Vec::new(),
        find_links: vec![links.path().to_str().unwrap().parse().unwrap()],
        ..Settings::default()
    };
    let error = setup
        .fetch_from(settings, &strict, &[ARM], &())
        .unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Refused);
    assert_eq!(setup.names(), [FLASK]);
}

#[test]
fn progress_reports_each_file() {
    let (setup, strict) = a_setup();
    let diary = Diary::default();
    setup.put(JINJA, &setup.contents(JINJA));
    setup.fetch_telling(&strict, &[ARM], &diary).unwrap();
    let size = setup.contents(FLASK).len();
    assert_eq!(
        diary.entries(),
        [
            "2 files".to_owned(),
            format!("{FLASK} begins, Some({size}) bytes"),
            format!("{FLASK} ends: Fetched"),
            format!("{JINJA} ends: AlreadyThere"),
        ]
    );
}
