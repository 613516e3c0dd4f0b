//! Commands in a folder below the configuration, or beside the strict file: what the user names is found
//! from the folder that the user is in.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

/// A sandbox with a configuration in its folder and a folder `sub` in it.
fn configured() -> Sandbox {
    let sandbox = Sandbox::new("app 1.0 requires=lib\nlib 1.0\nlib 2.0");
    sandbox
        .write(".git/HEAD", "")
        .write("loose.txt", "app")
        .write("sub/limits.txt", "lib<2")
        .write(
            "harden.toml",
            &format!("loose = 'loose.txt'\nplatforms = '{FOREIGN}'"),
        );
    sandbox
}

#[test]
fn files_of_options_are_those_of_the_users_folder() {
    let sandbox = configured();
    sandbox.harden_in("sub", "-c limits.txt").good();
    let strict = sandbox.read("strict.txt");
    assert!(strict.contains("lib==1.0 "), "{strict}");
    assert!(strict.contains("--constraint sub/limits.txt"), "{strict}");
    sandbox.harden_in("sub", "--override limits.txt -U").good();
    assert!(
        sandbox
            .read("strict.txt")
            .contains("--override sub/limits.txt")
    );
    let own = sandbox.server().universe();
    let wheel = own.file("lib-2.0-py3-none-any.whl").unwrap().contents();
    std::fs::create_dir_all(sandbox.path("sub/wheels")).unwrap();
    std::fs::write(sandbox.path("sub/wheels/lib-3.0-py3-none-any.whl"), wheel).unwrap();
    let outcome = sandbox.harden_in("sub", "-f wheels -U");
    assert!(
        !outcome.stderr.contains("no such file or folder"),
        "{outcome}"
    );
}

#[test]
fn a_complete_platform_file_is_that_of_the_users_folder() {
    let sandbox = configured();
    let platform = sandbox
        .harden(&format!("targets {FOREIGN} --complete-platform"))
        .good();
    std::fs::write(sandbox.path("sub/own.json"), platform).unwrap();
    sandbox.harden_in("sub", "-p own.json").good();
    let strict = sandbox.read("strict.txt");
    assert!(strict.contains("--platform sub/own.json"), "{strict}");
}

#[test]
fn fetch_writes_where_the_user_says() {
    let sandbox = configured();
    sandbox.harden("-q").good();
    sandbox
        .fetch_in("sub", "-q -d wheels --archive all.tar")
        .good();
    assert_eq!(sandbox.list("sub/wheels").len(), 2);
    assert!(sandbox.path("sub/all.tar").is_file());
    let outcome = sandbox.fetch_in("sub", "");
    assert!(
        outcome
            .stderr
            .contains("\ncd .. && pex --no-index --find-links wheelhouse -r strict.txt "),
        "{outcome}"
    );
    assert_eq!(sandbox.list("wheelhouse").len(), 2);
}

/// What is said of a folder is its path from where the user is.
#[test]
fn fetch_names_folders_as_the_user_finds_them() {
    let sandbox = configured();
    sandbox.harden("-q").good();
    assert_snapshot!(sandbox.fetch_in("sub", "--dry-run"), @r"
    exit 0
    --- stdout
    app-1.0-py3-none-any.whl ([size])
    lib-2.0-py3-none-any.whl ([size])
    --- stderr
    would fetch 2 files: [size] to download and [size] from the cache, into ../wheelhouse
    ");
    assert_snapshot!(sandbox.fetch_in("sub", ""), @r"
    exit 0
    --- stderr
    fetched 2 files, [size] in [time]: ../wheelhouse
    cd .. && pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_snapshot!(sandbox.fetch_in("sub", "-d wheels --archive all.tar"), @r"
    exit 0
    --- stderr
    fetched 0 files; 2 from the cache in [time]: wheels
    cd .. && pex --no-index --find-links sub/wheels -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    packed into all.tar
    ");
    assert_snapshot!(sandbox.fetch_in("sub", "--check"), @r"
    exit 0
    --- stderr
    2 files match: ../wheelhouse
    ");
    std::fs::remove_file(sandbox.path("wheelhouse/lib-2.0-py3-none-any.whl")).unwrap();
    assert_snapshot!(sandbox.fetch_in("sub", "--check"), @r"
    exit 1
    --- stdout
    missing: lib-2.0-py3-none-any.whl
    --- stderr
    1 file matches: ../wheelhouse
    error: ../wheelhouse does not match ../strict.txt
    hint: `fetch` downloads what is missing and replaces what is wrong; `fetch --prune` removes what is extra
    ");
}

/// A path in a requirement is relative to the folder that the lock was made in.
#[test]
fn a_wheel_named_by_its_path_is_fetched_from_any_folder() {
    let sandbox = Sandbox::new("app 1.0");
    let file = sandbox.server().universe().files().next().unwrap();
    let (name, bytes) = (file.filename().to_owned(), file.contents().to_vec());
    sandbox.write("locks/none", "").write("wheels/none", "");
    std::fs::write(sandbox.path(&format!("wheels/{name}")), bytes).unwrap();
    sandbox.write("loose.txt", &format!("./wheels/{name}"));
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o locks/strict.txt -q"))
        .good();
    sandbox.fetch_in("locks", "strict.txt -q").good();
    assert_eq!(
        sandbox.list("locks/wheelhouse"),
        std::slice::from_ref(&name)
    );
    sandbox.fetch("locks/strict.txt -q").good();
    assert_eq!(sandbox.list("wheelhouse"), [name]);
    // Another place of the same file is no edit of the strict file.
    let outcome = sandbox.fetch_in("locks", "strict.txt");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(!outcome.stderr.contains("was edited"), "{outcome}");
}

/// `HARDEN_INDEX` and `HARDEN_INDEX_PACKAGE` count for `fetch` and `verify`, too.
#[test]
fn variables_of_indexes_count_for_every_command() {
    let sandbox = configured();
    sandbox.harden("-q").good();
    let variables = [("HARDEN_INDEX", "corp"), ("HARDEN_INDEX_PACKAGE", "x")];
    for outcome in [
        sandbox.fetch_with(&variables, ""),
        sandbox.harden_with(&variables, "verify"),
    ] {
        let text = outcome.to_string();
        assert!(
            text.contains("exit 2") && text.contains("HARDEN_INDEX: "),
            "{text}"
        );
    }
}

/// For `harden` the variable lists packages; `fetch` must not take it for a switch.
#[test]
fn a_variable_of_harden_does_not_make_fetch_build() {
    let sandbox = Sandbox::new("lib 1.0 wheels=none sdist builds=py3-none-any");
    sandbox.write("loose.txt", "lib");
    sandbox
        .harden(&format!(
            "loose.txt -p {FOREIGN} -o strict.txt --allow-sdist lib -q"
        ))
        .good();
    let outcome = sandbox.fetch_with(&[("HARDEN_BUILD", "lib")], "-q");
    outcome.good();
    assert_eq!(sandbox.list("wheelhouse"), ["lib-1.0.tar.gz"]);
}
