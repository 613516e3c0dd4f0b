//! The executable `fetch`, which starts the `harden` beside it.

use std::process::Command;

use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn fetch_speaks_of_itself_by_its_own_name() {
    let sandbox = Sandbox::new("");
    let version = sandbox.fetch("--version").good();
    assert_eq!(version, format!("fetch {}\n", env!("CARGO_PKG_VERSION")));
    assert!(
        sandbox
            .fetch("-h")
            .good()
            .contains("\nUsage: fetch [OPTIONS] [STRICT]\n")
    );
    assert_snapshot!(sandbox.fetch("--no-such-option"), @r"
    exit 2
    --- stderr
    error: unexpected argument '--no-such-option' found

      tip: a similar argument exists: '--no-pip-config'

    Usage: fetch --no-pip-config [STRICT]

    For more information, try '--help'.
    ");
}

/// A shell asks with the words that were typed, of which the first is `fetch`.
#[test]
fn a_shell_completes_options_of_fetch() {
    let sandbox = Sandbox::new("");
    let variables = [("HARDEN_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", "1")];
    let completed = sandbox.fetch_with(&variables, "-- fetch --lay").good();
    assert_eq!(completed.trim(), "--layout");
}

/// Installers of applications, such as pipx, link to the executables of an environment.
#[cfg(unix)]
#[test]
fn fetch_works_through_a_link_and_not_without_harden() {
    let sandbox = Sandbox::new("");
    let fetch = env!("CARGO_BIN_EXE_fetch");
    std::os::unix::fs::symlink(fetch, sandbox.path("linked")).unwrap();
    let linked = sandbox.run_here(Command::new(sandbox.path("linked")));
    assert_snapshot!(linked, @r"
    exit 2
    --- stderr
    error: no such file: `strict.txt`
    hint: create it with `harden loose.txt -o strict.txt`, or name another file
    ");

    // Another test that starts a process meanwhile would inherit a file that is open for writing, which
    // Linux refuses to run.
    let mut copy = Command::new("cp");
    let done = copy.args([fetch.as_ref(), sandbox.path("copied").as_os_str()]);
    assert!(done.status().unwrap().success());
    let copied = sandbox.run_here(Command::new(sandbox.path("copied")));
    assert_snapshot!(copied, @r"
    exit 2
    --- stderr
    error: cannot start [folder]/project/harden: No such file or directory (os error 2)
    hint: `fetch` starts the `harden` in its own folder; install both there
    ");
}
