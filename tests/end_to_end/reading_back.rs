//! Whatever `harden` writes to a strict file, the other commands read back with the same meaning.

use harden_testindex::Universe;
use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

/// PEP 440: a version may have an epoch, as in `1!2.0`.
#[test]
fn a_version_with_an_epoch_is_read_back() {
    let sandbox = Sandbox::new("app 1.0 requires=lib>=1!1\nlib 1!2.0\nlib 2020.1");
    sandbox.write("loose.txt", "app");
    let lock = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&lock).good();
    let first = sandbox.read("strict.txt");
    assert!(first.contains("lib==1!2.0 \\"), "{first}");
    for command in ["check", "verify", "diff strict.txt strict.txt"] {
        sandbox.harden(command).good();
    }
    sandbox.fetch("").good();
    sandbox.fetch("--check").good();
    sandbox.harden(&format!("{lock} -P lib==1!2.0")).good();
    assert_eq!(sandbox.read("strict.txt"), first);
}

/// Installers look for a folder relative to the strict file, and split options as a shell does.
#[test]
fn a_folder_of_wheels_is_found_from_the_folder_of_the_strict_file() {
    let universe = "own 1.0";
    let sandbox = Sandbox::new("");
    let name = "own-1.0-py3-none-any.whl";
    let wheel = Universe::new(universe);
    let wheel = wheel.file(name).expect("it is in the universe");
    std::fs::create_dir(sandbox.path("my wheels")).expect("it is new");
    std::fs::create_dir(sandbox.path("locks")).expect("it is new");
    std::fs::write(sandbox.path("my wheels").join(name), wheel.contents())
        .expect("it can be written");
    sandbox.write("loose.txt", "own");
    sandbox.write(
        "harden.toml",
        &format!(
            "[[lock]]\nloose = 'loose.txt'\nstrict = 'locks/strict.txt'\nplatforms = ['{FOREIGN}']\n\
             find-links = ['my wheels']"
        ),
    );
    sandbox.harden("").good();
    let strict = sandbox.read("locks/strict.txt");
    let options = strict
        .lines()
        .filter(|line| line.starts_with("--find-links"));
    assert_snapshot!(options.collect::<Vec<_>>().join("\n"), @"--find-links '../my wheels'");
    sandbox.harden("check").good();
    sandbox.harden("verify").good();
    sandbox.fetch("").good();
    std::fs::remove_file(sandbox.path("harden.toml")).expect("it is there");
    sandbox
        .fetch("locks/strict.txt -d second --no-cache")
        .good();
    assert_eq!(sandbox.list("second"), [name]);
}
