//! Imports run downwards: from crate to crate, and from folder to folder of the command lines.

use std::fs;
use std::path::{Path, PathBuf};

/// The crates by their level. A crate may name only crates of lower levels.
const LEVELS: [(&str, u8); 11] = [
    ("target", 0),
    ("packaging", 1),
    ("hints", 2),
    ("requirements", 2),
    ("resolver", 3),
    ("hasher", 3),
    ("index", 3),
    ("testindex", 3),
    ("fetch", 4),
    ("cli", 6),
    ("harden", 6),
];

/// The level of a crate that is not listed: it builds on all others, below the command lines.
const UNLISTED: u8 = 5;

/// The folders of `crates/harden/src`, each with those it must not name.
const FOLDERS: [(&str, &[&str]); 4] = [
    ("report", &["settings", "locking", "commands"]),
    ("settings", &["locking", "commands"]),
    ("locking", &["commands"]),
    ("commands", &[]),
];

fn level(name: &str) -> u8 {
    let listed = LEVELS.iter().find(|(known, _)| *known == name);
    listed.map_or(UNLISTED, |(_, level)| *level)
}

#[test]
fn a_crate_depends_only_on_crates_of_lower_levels() {
    let mut upwards = Vec::new();
    for folder in entries(&root().join("crates")) {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        for dependency in dependencies(&manifest) {
            if level(dependency) >= level(&name) {
                upwards.push(format!("{name} depends on {dependency}"));
            }
        }
    }
    assert_eq!(upwards, [""; 0]);
}

/// The crates of this workspace in the `[dependencies]` of a manifest.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut section = "";
    let mut names = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section == "[dependencies]"
            && let Some(rest) = line.strip_prefix("harden-")
        {
            names.extend(rest.split(['.', ' ', '=']).next());
        }
    }
    names
}

#[test]
fn the_folders_of_the_command_lines_import_downwards() {
    let source = root().join("crates/harden/src");
    let mut upwards = Vec::new();
    for (folder, above) in FOLDERS {
        assert!(source.join(folder).is_dir(), "{folder}");
        for file in rust_files(&source.join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            let named = above.iter().filter(|name| names(&text, name));
            upwards.extend(named.map(|name| format!("{} names {name}", file.display())));
        }
    }
    assert_eq!(upwards, [""; 0]);
}

/// Whether a source text names a top-level folder of its crate, alone or in braces.
fn names(text: &str, folder: &str) -> bool {
    let in_braces = text.split("crate::{").skip(1).any(|rest| {
        let inner = rest.split(';').next().unwrap_or_default();
        let mut words = inner.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        words.any(|word| word == folder)
    });
    in_braces || text.contains(&format!("crate::{folder}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in entries(folder) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}
