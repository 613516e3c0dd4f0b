//! What was there before, and what others wrote, is not believed: strict files under review, cache entries,
//! folders with the names of outputs, metadata that an index gave.

use std::fs;
use std::path::{Path, PathBuf};

use harden_testindex::{Fault, Flavour};
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const APP: &str = "app-1.0-py3-none-any.whl";

fn locked(universe: &str) -> Sandbox {
    let sandbox = Sandbox::new(universe);
    sandbox.write("loose.txt", "app");
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    sandbox
}

/// An index can give metadata beside a wheel that the wheel does not contain. Its digest is in the strict
/// file, so that `fetch` notices on a machine that has nothing of the lock's cache.
#[test]
fn a_wheel_contains_the_metadata_that_it_was_locked_with() {
    let sandbox = Sandbox::with(
        Flavour::Mirror,
        "app 1.0 requires=lib\nlib 1.0\nmalware 6.6.6",
    );
    sandbox.write("loose.txt", "app");
    let sha256 = sandbox.sha256(APP);
    let page = format!("<a href=/files/{APP}#sha256={sha256} data-core-metadata=true>a</a>");
    let lie = "Metadata-Version: 2.1\nName: app\nVersion: 1.0\nRequires-Dist: malware\n";
    let lies = || {
        sandbox
            .server()
            .fault("/simple/app/", Fault::Body(page.clone().into()));
        sandbox
            .server()
            .fault(&format!("{APP}.metadata"), Fault::Body(lie.into()));
    };
    lies();
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    assert!(sandbox.read("strict.txt").contains("malware==6.6.6"));
    assert_snapshot!(sandbox.fetch("--no-cache"), @r"
    exit 1
    --- stderr
    fetched 1 file, [size] in [time]: wheelhouse
    error: app-1.0-py3-none-any.whl is not the file that was locked: it does not require malware, which the strict file pins because of it; it was discarded
    ");
    assert_eq!(
        sandbox.list("wheelhouse"),
        ["malware-6.6.6-py3-none-any.whl"]
    );
    sandbox.server().heal();
    assert_snapshot!(sandbox.harden("verify strict.txt"), @r"
    exit 1
    --- stdout
    strict.txt:5: the metadata of app-1.0-py3-none-any.whl on the index differs from what it was resolved with [other-metadata]
    strict.txt:5: app 1.0 requires lib, which is not pinned [dependency]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --index-url
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
    lies();
    assert_snapshot!(sandbox.fetch(""), @r"
    exit 1
    --- stderr
    error: app-1.0-py3-none-any.whl is not the file that was locked: it does not require malware, which the strict file pins because of it; it was discarded
    ");
}

/// The wheel may be in the cache, brought there by another lock.
#[test]
fn a_wheel_from_the_cache_contains_the_metadata_that_it_was_locked_with() {
    let sandbox = locked("app 1.0 requires=lib\nlib 1.0");
    sandbox.fetch("").good();
    let text = sandbox.read("strict.txt");
    let line = text.lines().find(|line| line.contains("metadata sha256:"));
    let other = format!("    # metadata sha256:{}", "0".repeat(64));
    sandbox.write("strict.txt", &text.replacen(line.unwrap(), &other, 1));
    let error = sandbox.fetch("-q");
    assert_eq!(error.code, Some(1), "{error}");
    assert!(
        error
            .to_string()
            .contains("is not the file that was locked"),
        "{error}"
    );
    assert_eq!(sandbox.fetch("--check").code, Some(1));
    fs::remove_dir_all(sandbox.path("wheelhouse")).unwrap();
    assert_eq!(sandbox.fetch("-q").code, Some(1));
    assert_eq!(sandbox.list("wheelhouse"), ["lib-1.0-py3-none-any.whl"]);
}

/// A pull request can change a strict file. What `check` says of it is in a log that everyone reads.
#[test]
fn check_reads_no_file_outside_of_the_project() {
    let sandbox = locked("app 1.0");
    let text = sandbox.read("strict.txt");
    sandbox.write("secret.txt", "S3CRET ==");
    fs::create_dir(sandbox.path("project")).unwrap();
    for (place, name) in [
        ("/etc/passwd", "/etc/passwd"),
        ("../secret.txt", "../secret.txt"),
    ] {
        let changed = text.replace("harden loose.txt", &format!("harden {name}"));
        sandbox.write("project/strict.txt", &changed);
        let shown = sandbox.harden_in("project", "check strict.txt").to_string();
        assert!(
            shown.contains(&format!("`{place}` would be read, but it is outside of")),
            "{shown}"
        );
        assert!(!shown.contains("S3CRET"), "{shown}");
        let shown = sandbox
            .harden_in("project", "verify strict.txt")
            .to_string();
        assert!(shown.contains("is outside of the project"), "{shown}");
    }
    sandbox.write("project/strict.txt", &text);
    sandbox.write("project/loose.txt", "-r ../secret.txt");
    let shown = sandbox.harden_in("project", "check strict.txt").to_string();
    assert!(shown.contains("it is outside of the project"), "{shown}");
    assert!(!shown.contains("S3CRET"), "{shown}");
    // A file that the user names is the user's.
    let shown = sandbox
        .harden_in("project", "check ../secret.txt strict.txt")
        .to_string();
    assert!(!shown.contains("outside"), "{shown}");
}

/// People copy the command, so it names no index of the file under review.
#[test]
fn the_fix_of_check_holds_no_options_of_the_file_under_review() {
    let sandbox = locked("app 1.0");
    let text = sandbox.read("strict.txt");
    let index = sandbox.server().index_url();
    let changed = text.replace(
        &format!("--index-url {index}"),
        "--index-url https://evil.test/simple --allow-sdist :all:",
    );
    assert_ne!(text, changed);
    sandbox.write("strict.txt", &changed);
    let outcome = sandbox.harden("check --json");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    let shown = outcome.to_string();
    assert!(
        !shown.contains("evil.test") && !shown.contains(":all:"),
        "{shown}"
    );
    assert!(
        shown.contains("--output strict.txt # add your own"),
        "{shown}"
    );
}

#[test]
fn controls_in_a_strict_file_are_a_finding() {
    let sandbox = locked("app 1.0");
    let text = sandbox.read("strict.txt");
    sandbox.write(
        "strict.txt",
        &text.replace("# via -r loose.txt", "# via -r \u{202e}loose.txt"),
    );
    let shown = sandbox.harden("check").to_string();
    assert!(shown.contains("control character U+202E"), "{shown}");
    assert!(shown.contains("[control-character]"), "{shown}");
}

/// The wheels in a folder and those below it.
fn wheels_below(folder: &Path) -> Vec<PathBuf> {
    let mut wheels = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            wheels.extend(wheels_below(&path));
        } else if path.extension().is_some_and(|ending| ending == "whl") {
            wheels.push(path);
        }
    }
    wheels
}

#[test]
fn a_cache_that_cannot_be_used_does_not_stop_fetch() {
    let sandbox = locked("app 1.0 requires=lib\nlib 1.0");
    sandbox.fetch("").good();
    fs::remove_dir_all(sandbox.path("wheelhouse")).unwrap();
    let wheels = wheels_below(&sandbox.path("../.cache"));
    assert_eq!(wheels.len(), 2);
    for wheel in wheels {
        fs::remove_file(&wheel).unwrap();
        fs::create_dir(&wheel).unwrap();
    }
    let outcome = sandbox.fetch("");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let shown = outcome.to_string();
    assert_eq!(shown.matches("is not used").count(), 1, "{shown}");
    assert_eq!(sandbox.list("wheelhouse").len(), 2);
}

/// A pipe or a link with the name of a wheel is replaced; nothing waits for it, or is written behind it.
#[cfg(unix)]
#[test]
fn links_and_pipes_in_a_wheelhouse_are_replaced() {
    let sandbox = locked("app 1.0 requires=lib\nlib 1.0");
    fs::create_dir(sandbox.path("wheelhouse")).unwrap();
    sandbox.write("mine.txt", "mine");
    let lib = sandbox.path("wheelhouse/lib-1.0-py3-none-any.whl");
    std::os::unix::fs::symlink("../mine.txt", &lib).unwrap();
    let app = sandbox.path("wheelhouse").join(APP);
    let pipe = std::process::Command::new("mkfifo").arg(&app).status();
    assert!(pipe.unwrap().success());
    sandbox.fetch("").good();
    assert_eq!(sandbox.read("mine.txt"), "mine\n");
    for wheel in [lib, app] {
        assert!(fs::symlink_metadata(wheel).unwrap().is_file());
    }
}

#[test]
fn what_fetch_did_not_write_is_not_removed() {
    let sandbox = locked("app 1.0");
    sandbox.write("simple/precious.py", "x");
    let outcome = sandbox.fetch("-d . --layout simple");
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(
        outcome
            .to_string()
            .contains("precious.py is not part of a static index"),
        "{outcome}"
    );
    assert_eq!(sandbox.read("simple/precious.py"), "x\n");

    sandbox.write("backup.zip", "mine");
    sandbox.write("backup-2.zip", "mine");
    sandbox.write("old-1.0-py3-none-any.whl", "old");
    sandbox.fetch("-d . --prune").good();
    assert_eq!(
        sandbox.read("backup.zip") + &sandbox.read("backup-2.zip"),
        "mine\nmine\n"
    );
    assert!(!sandbox.path("old-1.0-py3-none-any.whl").exists());
}
