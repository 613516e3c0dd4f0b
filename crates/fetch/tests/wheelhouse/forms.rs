//! What else a wheelhouse is read as.

use std::fs::{self, File};
use std::io::Read;

use harden_fetch::{FetchErrorKind, write_archive, write_pylock, write_simple};
use harden_testindex::Universe;

use crate::setup::{ARM, Setup, with_lock};

const FLASK: &str = "flask-2.0-py3-none-any.whl";
const LOCAL: &str = "lib-1.0+a-py3-none-any.whl";
const SDIST: &str = "old-1.0.tar.gz";

/// A wheelhouse of two wheels and an sdist, and its strict file.
fn filled() -> (Setup, String) {
    let setup = Setup::new("flask 2.0\nlib 1.0+a\nold 1.0 wheels=none sdist");
    let strict = setup.pin("flask==2.0 ; python_version > '3'", &[FLASK])
        + &setup.pin("lib==1.0+a", &[LOCAL])
        + &setup.pin("old==1.0", &[SDIST]);
    setup.fetch(&strict, &[ARM]).unwrap();
    (setup, strict)
}

/// The text with digests and sizes, which vary with the builder of the files, as their files' names.
fn shown(text: &str, universe: &Universe) -> String {
    let mut text = text.to_owned();
    for file in universe.files() {
        let size = file.contents().len();
        text = text
            .replace(&file.sha256().to_string(), "DIGEST")
            .replace(&format!("size = {size}"), "size = SIZE");
    }
    text
}

#[test]
fn a_pylock_names_each_file_by_its_path() {
    let (setup, strict) = filled();
    with_lock(&strict, &[ARM], |lock| {
        write_pylock(&lock, &setup.wheelhouse(), "pylock.toml").unwrap();
    });
    let text = fs::read_to_string(setup.wheelhouse().join("pylock.toml")).unwrap();
    insta::assert_snapshot!(shown(&text, setup.server.universe()), @r#"
    created-by = "harden"
    lock-version = "1.0"

    [[packages]]
    marker = "python_version > '3'"
    name = "flask"
    version = "2.0"

    [[packages.wheels]]
    name = "flask-2.0-py3-none-any.whl"
    path = "flask-2.0-py3-none-any.whl"
    size = SIZE

    [packages.wheels.hashes]
    sha256 = "DIGEST"

    [[packages]]
    name = "lib"
    version = "1.0+a"

    [[packages.wheels]]
    name = "lib-1.0+a-py3-none-any.whl"
    path = "lib-1.0+a-py3-none-any.whl"
    size = SIZE

    [packages.wheels.hashes]
    sha256 = "DIGEST"

    [[packages]]
    name = "old"
    version = "1.0"

    [packages.sdist]
    name = "old-1.0.tar.gz"
    path = "old-1.0.tar.gz"
    size = SIZE

    [packages.sdist.hashes]
    sha256 = "DIGEST"
    "#);
}

#[test]
fn an_index_has_a_page_of_each_project_as_html_and_json() {
    let (setup, strict) = filled();
    let simple = setup.wheelhouse().join("simple");
    fs::create_dir_all(simple.join("gone")).unwrap();
    with_lock(&strict, &[ARM], |lock| {
        write_simple(&[lock], &setup.wheelhouse()).unwrap();
    });
    assert!(!simple.join("gone").exists());
    let read = |path: &str| {
        let text = fs::read_to_string(simple.join(path)).unwrap();
        shown(&text, setup.server.universe())
    };
    insta::assert_snapshot!(read("index.html"), @r#"
    <!DOCTYPE html>
    <html>
    <head>
    <meta charset="utf-8">
    <meta name="pypi:repository-version" content="1.0">
    <title>Simple index</title>
    </head>
    <body>
    <a href="flask/">flask</a><br>
    <a href="lib/">lib</a><br>
    <a href="old/">old</a><br>
    </body>
    </html>
    "#);
    insta::assert_snapshot!(read("lib/index.html"), @r#"
    <!DOCTYPE html>
    <html>
    <head>
    <meta charset="utf-8">
    <meta name="pypi:repository-version" content="1.0">
    <title>lib</title>
    </head>
    <body>
    <a href="../../lib-1.0%2Ba-py3-none-any.whl#sha256=DIGEST">lib-1.0+a-py3-none-any.whl</a><br>
    </body>
    </html>
    "#);
    insta::assert_snapshot!(read("lib/index.json"), @r#"
    {
      "files": [
        {
          "filename": "lib-1.0+a-py3-none-any.whl",
          "hashes": {
            "sha256": "DIGEST"
          },
          "url": "../../lib-1.0%2Ba-py3-none-any.whl"
        }
      ],
      "meta": {
        "api-version": "1.0"
      },
      "name": "lib"
    }
    "#);
    assert!(simple.join("lib/../../").join(LOCAL).is_file());
}

#[test]
fn an_archive_is_the_same_bytes_each_time_and_holds_the_files() {
    let (setup, strict) = filled();
    setup.put("notes.txt", b"not of the wheelhouse");
    let pack = |name: &str| {
        let path = setup.wheelhouse().with_file_name(name);
        with_lock(&strict, &[ARM], |lock| {
            write_archive(&[lock], &setup.wheelhouse(), &path).unwrap();
        });
        fs::read(path).unwrap()
    };
    for ending in ["tar", "tar.zst", "zip"] {
        let first = pack(&format!("one.{ending}"));
        for name in setup.names() {
            let file = File::options()
                .write(true)
                .open(setup.wheelhouse().join(name));
            file.unwrap()
                .set_modified(std::time::SystemTime::UNIX_EPOCH)
                .unwrap();
        }
        assert!(first == pack(&format!("two.{ending}")), "{ending}");
    }
    let names = [FLASK, LOCAL, SDIST];
    let packed = zstd::decode_all(&*pack("a.tar.zst")).unwrap();
    assert!(packed == pack("a.tar"));
    let mut archive = tar::Archive::new(&*packed);
    for (entry, name) in archive.entries().unwrap().zip(names) {
        let mut entry = entry.unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        assert_eq!(entry.path().unwrap().to_str(), Some(name));
        assert!(bytes == setup.contents(name));
    }
    let zip = zip::ZipArchive::new(std::io::Cursor::new(pack("a.zip"))).unwrap();
    assert_eq!(zip.len(), 3);
}

#[test]
fn an_archive_of_no_known_form_and_one_of_a_wheelhouse_that_lacks_a_file_are_refused() {
    let (setup, strict) = filled();
    let kind = |name: &str| {
        let path = setup.wheelhouse().with_file_name(name);
        let written = with_lock(&strict, &[ARM], |lock| {
            write_archive(&[lock], &setup.wheelhouse(), &path)
        });
        assert!(!path.exists());
        written.unwrap_err().kind()
    };
    assert_eq!(kind("wheelhouse.rar"), FetchErrorKind::Input);
    setup.put(FLASK, b"wrong");
    assert_eq!(kind("wheelhouse.tar"), FetchErrorKind::Refused);
}
