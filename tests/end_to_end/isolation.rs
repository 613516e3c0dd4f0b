//! What code of an sdist can reach while `fetch --build` runs it: nothing but its own folder.
//!
//! The sdist's backend tries, and reports in its wheel what it reached. These tests need a Python 3
//! with pip, and on Linux user namespaces; where there are none, they only claim the warning.

#![expect(
    clippy::unnecessary_debug_formatting,
    reason = "paths are quoted as JSON has them"
)]

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::building::{build, python};
use crate::sandbox::{FOREIGN, Outcome, Sandbox};

const WHEEL: &str = "lib-1.0-py3-none-any.whl";
const SECRET: &str = "correct-horse-battery-staple";

/// Packs an sdist of the hostile backend, as `sdists/lib-1.0.tar.gz`.
const PACK: &str = r#"
import io, json, sys, tarfile
backend, outside = sys.argv[1:]
with tarfile.open("sdists/lib-1.0.tar.gz", "w:gz") as sdist:
    for name, text in {
        "PKG-INFO": "Metadata-Version: 2.2\nName: lib\nVersion: 1.0\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": backend,
        "outside.json": outside,
    }.items():
        member = tarfile.TarInfo("lib-1.0/" + name)
        member.size = len(text.encode())
        sdist.addfile(member, io.BytesIO(text.encode()))
"#;

/// A sandbox with a strict file that pins an sdist whose backend misbehaves so.
fn hostile(misbehaviour: &str, port: u16) -> Sandbox {
    let sandbox = Sandbox::new("other 1.0");
    sandbox.write("secret.txt", SECRET);
    std::fs::create_dir(sandbox.path("sdists")).unwrap();
    let namespaces = ["user", "pid", "mnt", "ipc", "net", "uts"].map(|kind| {
        let link = std::fs::read_link(format!("/proc/self/ns/{kind}")).unwrap_or_default();
        format!("\"{kind}\": {:?}", link.to_string_lossy())
    });
    let outside = format!(
        "{{\"misbehaviour\": {misbehaviour:?}, \"secret\": {SECRET:?}, \"file\": {:?}, \
         \"folder\": {:?}, \"process\": {}, \"port\": {port}, \"namespaces\": {{{}}}}}",
        sandbox.path("secret.txt"),
        sandbox.path("."),
        std::process::id(),
        namespaces.join(", ")
    );
    let mut pack = Command::new(python());
    pack.args(["-c", PACK, include_str!("hostile_backend.py"), &outside]);
    assert!(
        pack.current_dir(sandbox.path("."))
            .status()
            .unwrap()
            .success()
    );
    sandbox.write("loose.txt", "--find-links sdists\nlib");
    let command = format!("loose.txt -p {FOREIGN} --allow-sdist lib -o strict.txt");
    sandbox.harden(&command).good();
    sandbox
}

fn is_isolated(outcome: &Outcome) -> bool {
    !outcome.stderr.contains("builds are not isolated")
}

/// What the backend wrote into its wheel, which stores it as it is.
fn report(sandbox: &Sandbox) -> String {
    let wheel = std::fs::read(sandbox.path("wheelhouse").join(WHEEL)).unwrap();
    let text = String::from_utf8_lossy(&wheel).into_owned();
    let begin = text
        .find("{\n \"reached\"")
        .expect("the report is in the wheel");
    let length = text[begin..].find("\n}").unwrap();
    text[begin..begin + length + 2].to_owned()
}

#[test]
fn code_of_an_sdist_reaches_nothing_of_the_machine() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let sandbox = hostile("none", listener.local_addr().unwrap().port());
    let variables = [("SOME_SECRET", SECRET), ("TOKEN", SECRET)];
    let arguments = format!("--build --no-cache -v --python {}", python());
    let outcome = sandbox.fetch_with(&variables, &arguments);
    if !is_isolated(&outcome) {
        return;
    }
    assert!(
        outcome
            .stderr
            .contains("builds run in user, PID, mount, IPC, network and UTS namespaces"),
        "{outcome}"
    );
    assert!(
        outcome.stderr.contains("building lib-1.0.tar.gz: "),
        "{outcome}"
    );
    outcome.good();
    assert_snapshot!(report(&sandbox), @r#"
    {
     "reached": {},
     "allowed": {
      "temporary file": true,
      "in": "/tmp",
      "from": "/harden-build/source/lib-1.0",
      "shell": true,
      "null device": true,
      "shared memory": true
     }
    }
    "#);
    assert!(!Path::new("/usr/harden-was-here").exists());
}

#[test]
fn what_a_build_leaves_in_place_of_a_wheel_is_not_followed() {
    for misbehaviour in [
        "a link in place of the wheel",
        "a pipe in place of the wheel",
    ] {
        let sandbox = hostile(misbehaviour, 0);
        let outcome = build(&sandbox, "--no-cache --build-timeout 10");
        if !is_isolated(&outcome) {
            return;
        }
        assert_eq!(outcome.code, Some(1), "{outcome}");
        assert!(!outcome.stderr.contains(SECRET), "{outcome}");
        assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
    }
}

#[test]
fn nothing_of_a_build_stays_behind() {
    for misbehaviour in ["runs on", "closes folders"] {
        let sandbox = hostile(misbehaviour, 0);
        std::fs::create_dir(sandbox.path("temporary")).unwrap();
        let temporary = sandbox.path("temporary");
        let variables = [("TMPDIR", temporary.to_str().unwrap())];
        let arguments = format!("--build --no-cache --python {}", python());
        let outcome = sandbox.fetch_with(&variables, &arguments);
        if !is_isolated(&outcome) {
            return;
        }
        outcome.good();
        assert_eq!(sandbox.list("temporary"), [""; 0], "{misbehaviour}");
    }
}

#[test]
fn a_build_is_stopped_at_its_limits() {
    for (misbehaviour, limit, said) in [
        (
            "never ends",
            "--build-timeout 3",
            "was stopped: it ran longer than [time], the limit",
        ),
        (
            "fills the disk",
            "--build-max-size 64",
            "was stopped: it wrote more than [size], the limit",
        ),
    ] {
        let sandbox = hostile(misbehaviour, 0);
        let outcome = build(&sandbox, &format!("--no-cache {limit}"));
        assert_eq!(outcome.code, Some(1), "{outcome}");
        assert!(outcome.stderr.contains(said), "{outcome}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_build_dies_with_fetch() {
    let sandbox = hostile("never ends", 0);
    let mut fetch = sandbox.start_fetch(&format!("--build --no-cache --python {}", python()));
    // The sandbox, its process 1, and the backend.
    let wanted = 3;
    let mut found = Vec::new();
    let is_running = |found: &mut Vec<u32>| {
        *found = descendants(fetch.id());
        found.len() >= wanted
    };
    assert!(in_time(|| is_running(&mut found)), "{found:?}");
    fetch.kill().unwrap();
    fetch.wait().unwrap();
    let is_over = |process: &u32| !Path::new("/proc").join(process.to_string()).exists();
    assert!(
        in_time(|| found.iter().all(is_over)),
        "some of {found:?} run on"
    );
}

/// The processes below this one.
#[cfg(target_os = "linux")]
fn descendants(process: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut parents = vec![process];
    while let Some(parent) = parents.pop() {
        for thread in std::fs::read_dir(format!("/proc/{parent}/task"))
            .into_iter()
            .flatten()
        {
            let Ok(thread) = thread else { continue };
            let children = std::fs::read_to_string(thread.path().join("children"));
            let children = children.unwrap_or_default();
            let children = children
                .split(' ')
                .filter_map(|child| child.parse::<u32>().ok());
            parents.extend(children.clone());
            found.extend(children);
        }
    }
    found
}

/// Whether something comes true within a minute.
#[cfg(target_os = "linux")]
fn in_time(mut is_true: impl FnMut() -> bool) -> bool {
    (0..600).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        is_true()
    })
}
