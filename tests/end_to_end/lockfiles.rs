//! The locks of `lockfiles/`, which people may copy, are true.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders of `lockfiles/`, sorted.
fn folders() -> Vec<PathBuf> {
    let lockfiles = Path::new(env!("CARGO_MANIFEST_DIR")).join("lockfiles");
    let entries = std::fs::read_dir(lockfiles).expect("lockfiles/ is there");
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.expect("it can be read").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The arguments of the `harden` that made a strict file, from its header.
fn command(strict: &str) -> Vec<&str> {
    let line = strict
        .lines()
        .find_map(|line| line.strip_prefix("#     harden "));
    line.expect("the header has the command")
        .split(' ')
        .collect()
}

#[test]
fn every_lock_has_a_cutoff_its_targets_and_a_hash_for_each_pin() {
    for folder in folders() {
        let strict = read(&folder.join("strict.txt"));
        let stamp = strict.lines().find(|line| line.starts_with("# harden: 1 "));
        let stamp = stamp.expect("the header is there");
        assert!(
            stamp.contains(" platforms=") && stamp.contains(" exclude-newer="),
            "{stamp}"
        );
        assert!(!read(&folder.join("loose.txt")).is_empty());
        let joined = strict.replace("\\\n", " ");
        let pins = joined
            .lines()
            .filter(|line| line.contains("==") && !line.starts_with(['#', ' ']));
        let unhashed: Vec<&str> = pins
            .filter(|pin| !pin.contains(" --hash=sha256:"))
            .collect();
        assert_eq!(unhashed, [""; 0], "{}", folder.display());
    }
}

/// The cutoff in each header makes it reproducible.
#[test]
#[ignore = "asks PyPI: cargo test --test end_to_end -- --ignored"]
fn every_lock_can_be_reproduced_from_pypi() {
    for folder in folders() {
        let strict = read(&folder.join("strict.txt"));
        // A new folder, since existing pins would be kept.
        let fresh = tempfile::tempdir().expect("a temporary folder");
        std::fs::copy(folder.join("loose.txt"), fresh.path().join("loose.txt"))
            .expect("it is there");
        let output = Command::new(env!("CARGO_BIN_EXE_harden"))
            .args(command(&strict))
            .current_dir(fresh.path())
            .output()
            .expect("the executable runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {stderr}", folder.display());
        let printed = String::from_utf8(output.stdout).expect("it speaks UTF-8");
        let again = std::fs::read_to_string(fresh.path().join("strict.txt")).unwrap_or(printed);
        assert!(
            again == strict,
            "{} comes out as\n{again}",
            folder.display()
        );
    }
}
