//! Messages that were misleading: each names what is wrong, where, and what to try.

use harden_testindex::{Fault, Flavour};
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Outcome, Sandbox};

fn lock(sandbox: &Sandbox, loose: &str) -> Outcome {
    sandbox.write("loose.txt", loose);
    sandbox.harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
}

/// A `--hash` in the loose file that admits other files is not a lack of wheels.
#[test]
fn a_hash_that_excludes_the_wheel_is_named() {
    let universe = "tools 0.9 wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-win_amd64 sdist";
    let sandbox = Sandbox::new(universe);
    let windows = sandbox.sha256("tools-0.9-cp311-cp311-win_amd64.whl");
    assert_snapshot!(lock(&sandbox, &format!("tools==0.9 --hash=sha256:{windows}")), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires tools==0.9
      2. tools 0.9 has no file for manylinux2014_aarch64-cp-311-cp311 that the --hash of loose.txt:1 admits
    ");
    let sdist = sandbox.sha256("tools-0.9.tar.gz");
    assert_snapshot!(lock(&sandbox, &format!("tools --hash=sha256:{sdist}")), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires tools
      2. tools 0.9 has no file for manylinux2014_aarch64-cp-311-cp311 that the --hash of loose.txt:1 admits
    ");
}

#[test]
fn all_missing_projects_are_named_at_once_with_near_names() {
    let sandbox = Sandbox::new("requests 2.0\nflask 3.0 requires=werkzoig");
    lock(&sandbox, "requests").good();
    assert_snapshot!(lock(&sandbox, "requets\nlfask>=2\nnothing-like-it"), @r"
    exit 1
    --- stderr
    error: loose.txt:1: there is no project requets at [index]/simple/
    loose.txt:2: there is no project lfask at [index]/simple/
    loose.txt:3: there is no project nothing-like-it at [index]/simple/
    hint: did you mean `requests` in place of `requets`?
    ");
    assert_snapshot!(lock(&sandbox, "flask"), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires flask
      2. flask 3.0 requires werkzoig
      3. there is no project werkzoig at [index]/simple/
    ");
    sandbox.write("wheels/none", "");
    let loose = "loose.txt --no-index -f wheels";
    sandbox.write("loose.txt", "requets");
    assert_snapshot!(sandbox.harden(&format!("{loose} -p {FOREIGN}")), @r"
    exit 1
    --- stderr
    error: loose.txt:1: there is no project requets at wheels
    hint: check the name; a project of your own needs its index, as in `--extra-index-url URL`, or its folder, as in `--find-links FOLDER`
    ");
}

#[test]
fn a_login_page_is_not_an_empty_project() {
    let sandbox = Sandbox::with(Flavour::PlainHtml, "app 1.0");
    let page = b"<html><form action=/login><input type=password></form></html>".to_vec();
    sandbox.server().fault("/simple/app/", Fault::Body(page));
    assert_snapshot!(lock(&sandbox, "app"), @r"
    exit 3
    --- stderr
    error: cannot read the page of app at [index]/simple/app/: it is a page for people, as of a login or a captive portal, and lists no files; open it in a browser, or give the index a login
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
}

#[test]
fn offline_without_a_cache_says_what_fills_it() {
    let sandbox = Sandbox::new("app 1.0");
    sandbox.write("loose.txt", "app");
    assert_snapshot!(sandbox.harden(&format!("loose.txt -p {FOREIGN} --offline")), @r"
    exit 3
    --- stderr
    error: cannot read the page of app at [index]/simple/app/: it is not in the cache, and the network is not to be used
    hint: run once without --offline to fill the cache; then --offline works
    ");
}

#[test]
fn an_unknown_extra_is_a_warning_that_lists_the_existing_ones() {
    let sandbox = Sandbox::new("app 1.0 extra:fast=lib extra:slow=lib\nlib 1.0");
    assert_snapshot!(lock(&sandbox, "app[fats]\nlib[x]"), @r"
    exit 0
    --- stderr
    warning: app 1.0 has no extra `fats`; it has `fast`, `slow`
    warning: lib 1.0 has no extra `x`, nor any other
    resolved 2 packages for 1 target in [time]
    ");
}

#[test]
fn an_empty_loose_file_is_a_warning() {
    assert_snapshot!(lock(&Sandbox::new(""), "# nothing yet"), @r"
    exit 0
    --- stderr
    warning: loose.txt requires nothing
    resolved 0 packages for 1 target in [time]
    ");
}

#[test]
fn at_most_ten_errors_of_a_kind_are_printed() {
    let sandbox = Sandbox::new("");
    let pins: Vec<String> = (0..30).map(|number| format!("a{number}==1")).collect();
    let pins = pins.join("\n");
    sandbox.write("strict.txt", &pins);
    let fetched = sandbox.fetch("-p win_amd64-cp312").to_string();
    assert_eq!(fetched.lines().count(), 13, "{fetched}");
    assert!(
        fetched.contains("and 20 more lines like these"),
        "{fetched}"
    );
    let checked = sandbox.harden("check").to_string();
    assert!(
        checked.contains("and 20 more [no-hash]; --format json lists all"),
        "{checked}"
    );
    assert!(checked.lines().count() < 18, "{checked}");
    let wrong: Vec<String> = (0..30).map(|number| format!("a{number}=1")).collect();
    let wrong = wrong.join("\n");
    let read = lock(&sandbox, &wrong).to_string();
    assert!(read.contains("and 20 more faults"), "{read}");
}

#[test]
fn addresses_that_are_not_urls_are_answered_in_plain_words() {
    let sandbox = Sandbox::new("");
    sandbox.write("loose.txt", "app");
    assert_snapshot!(sandbox.harden(&format!("loose.txt -p {FOREIGN} -i index.test/simple")), @r"
    exit 2
    --- stderr
    error: --index-url: not the URL of an index: it does not begin with a scheme, as in https://index.example/simple
    ");
    assert_snapshot!(sandbox.harden(&format!("loose.txt -p {FOREIGN} -i http://127.0.0.1:9/simple")), @r"
    exit 3
    --- stderr
    error: cannot read the page of app at http://127.0.0.1:9/simple/app/: the server refuses the connection (tried 4 times)
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
}

/// The name of a preset is the user's word for the target.
#[test]
fn presets_keep_their_names_in_messages() {
    let sandbox = Sandbox::new("app 1.0 wheels=cp311-cp311-win_amd64\nlib 1.0\nlib 2.0");
    sandbox.write("loose.txt", "app").write("lib.txt", "lib<2");
    assert_snapshot!(sandbox.harden("loose.txt -p debian-12-arm64"), @r"
    exit 1
    --- stderr
    error: no resolution for debian-12-arm64 (manylinux_2_36_aarch64-cp-311-cp311)
      1. loose.txt:1 requires app
      2. app 1.0 has no wheel for debian-12-arm64: there are wheels for cp311 on win_amd64
    ");
    let lock = "lib.txt -p debian-12-arm64 -o strict.txt -q";
    sandbox.harden(lock).good();
    assert_snapshot!(sandbox.harden("explain lib"), @r"
    exit 0
    --- stdout
    lib 1.0 in strict.txt
      for debian-12-arm64 (manylinux_2_36_aarch64-cp-311-cp311)
      required by
        lib.txt:1 requires lib<2
      newer releases
        lib 2.0 is excluded: lib.txt:1 requires lib<2
    ");
    sandbox
        .harden("lib.txt -p win_amd64-cp312 -o old.txt -q")
        .good();
    assert_snapshot!(sandbox.harden("diff old.txt strict.txt"), @r"
    exit 0
    --- stdout
    + target debian-12-arm64 (manylinux_2_36_aarch64-cp-311-cp311)
    - target win_amd64-cp-312-cp312
    no pin changed
    ");
    assert_snapshot!(sandbox.fetch("-p win_amd64-cp312"), @r"
    exit 2
    --- stderr
    error: strict.txt was locked for debian-12-arm64 (manylinux_2_36_aarch64-cp-311-cp311), not for win_amd64-cp-312-cp312
    hint: run harden again with that target added
    ");
}

/// Each pex command has an output of its own, and stands there once.
#[test]
fn pex_commands_of_several_locks_have_distinct_outputs() {
    let sandbox = Sandbox::new("app 1.0\nlib 1.0");
    sandbox.write("app.txt", "app").write("lib.txt", "lib").write(
        "harden.toml",
        &format!(
            "platforms = ['{FOREIGN}', 'win_amd64-cp312']\n[[lock]]\nloose = 'app.txt'\nstrict = 'app.strict.txt'\n\
             [[lock]]\nloose = 'lib.txt'\nstrict = 'lib.strict.txt'"
        ),
    );
    sandbox.harden("-q").good();
    assert_snapshot!(sandbox.fetch(&format!("-v -p {FOREIGN}")), @r"
    exit 0
    --- stderr
    fetched 1 file, [size] in [time]: wheelhouse
    fetched 1 file, [size] in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r app.strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app-strict-manylinux2014_aarch64-cp-311-cp311.pex
    pex --no-index --find-links wheelhouse -r lib.strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o lib-strict-manylinux2014_aarch64-cp-311-cp311.pex
    pip install --require-hashes --no-index --find-links wheelhouse -r app.strict.txt
    uv pip install --require-hashes --no-index --find-links wheelhouse -r app.strict.txt
    pip install --require-hashes --no-index --find-links wheelhouse -r lib.strict.txt
    uv pip install --require-hashes --no-index --find-links wheelhouse -r lib.strict.txt
    ");
}
