//! What a strict file records of projects whose dependencies take a build, compared with their files.
//!
//! The digest covers the files that the build read, and those in which a project declares itself. So a
//! check tells a project that has changed from one that has not, without running its code.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

use harden_fetch::build::Tree;
use harden_hasher::ProjectRecord;
use harden_packaging::Sha256;
use harden_requirements::{Inputs, ProjectFiles, ReadText, UnbuiltProject};
use sha2::Digest;

use crate::report::Error;
use crate::settings::own_projects::{self, Builds, Found, Unread};

/// The most bytes of a file that are looked at. A build that reads more is not one for dependencies.
const LARGEST: u64 = 64 << 20;
/// The most files that a record names; a build that reads more is one that may read any.
const MOST_FILES: usize = 200;
/// What files begin with that are made from a lock, and so say nothing of a project.
const STRICT: &[u8] = b"# Hardened by harden";
/// How the names of files begin that tell people about a project. Builds put them into descriptions.
const FOR_READERS: [&str; 11] = [
    "authors",
    "changelog",
    "changes",
    "code_of_conduct",
    "contributing",
    "contributors",
    "copying",
    "history",
    "licen",
    "notice",
    "readme",
];

/// The files of a project that decide its dependencies, of those that its build `opened`; `None` where
/// any file may.
pub fn deciding(tree: &Tree, opened: Option<&[String]>) -> Option<Vec<String>> {
    let known = tree.files().ok()?;
    let is_known = |name: &&String| known.iter().any(|path| path == Path::new(name));
    let opened = opened?.iter().filter(is_known).cloned();
    let declaring = ProjectFiles::NAMES.into_iter().map(str::to_owned);
    let mut files: Vec<String> = opened.chain(declaring).collect();
    files.retain(|name| !is_for_readers(name));
    files.sort();
    files.dedup();
    (files.len() <= MOST_FILES).then_some(files)
}

/// Whether a file says nothing of what a project requires: it is for people, or setuptools made it.
fn is_for_readers(name: &str) -> bool {
    let folders = Path::new(name).components();
    let mut folders = folders.map(|part| part.as_os_str().to_string_lossy());
    if folders.any(|part| part.ends_with(".egg-info")) {
        return true;
    }
    let name = Path::new(name).file_name().unwrap_or_default();
    let name = name.to_string_lossy().to_ascii_lowercase();
    let is_code = [".py", ".toml", ".cfg"]
        .iter()
        .any(|end| name.ends_with(end));
    !is_code && FOR_READERS.iter().any(|begin| name.starts_with(begin))
}

/// The digest of files of a project, or where it does not name them of all but locks and texts for
/// readers.
pub fn digest(tree: &Tree, names: Option<&[String]>) -> Sha256 {
    let all;
    let names = if let Some(names) = names {
        names
    } else {
        let files = tree.files().unwrap_or_default();
        let files = files.iter().map(|path| path.to_string_lossy().into_owned());
        all = files
            .filter(|name| !is_for_readers(name))
            .collect::<Vec<_>>();
        &all
    };
    let mut hasher = sha2::Sha256::new();
    for name in names {
        match content(&tree.folder.join(name)) {
            Ok(text) if text.starts_with(STRICT) => {}
            Ok(text) => {
                let digest = Sha256::of(&text);
                hasher.update(format!("{name} {digest}\n"));
            }
            Err(_) => hasher.update(format!("{name} is not there\n")),
        }
    }
    Sha256::from_bytes(hasher.finalize().into())
}

/// The bytes of a regular file, with the ends of lines that Git gives it on this machine made alike.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    BufReader::new(File::open(path)?)
        .take(LARGEST)
        .read_to_end(&mut bytes)?;
    let mut text = Vec::with_capacity(bytes.len());
    for (place, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(place + 1) != Some(&b'\n') {
            text.push(*byte);
        }
    }
    Ok(text)
}

/// The tree of a project, whose wheelhouse is no part of it.
pub fn tree_of(project: &UnbuiltProject) -> Tree {
    let folder = Path::new(&project.folder).to_owned();
    Tree {
        without: Some(folder.join("wheelhouse")),
        folder,
    }
}

/// The line that the digest of the inputs covers for a record, with the digest of the project's files.
pub fn input_line(record: &ProjectRecord, digest: Sha256) -> String {
    let extras: Vec<&str> = record.extras.iter().map(AsRef::as_ref).collect();
    let (file, extras) = (&record.file, extras.join(","));
    format!("built project {file}[{extras}] sha256:{digest}")
}

/// Puts what is recorded of projects in their place among the inputs, and what their files are now into
/// the lines that the digest of the inputs covers.
///
/// # Errors
///
/// Returns the error of a file that a project names and that cannot be understood.
pub fn take_recorded(
    inputs: &mut Inputs,
    lines: &mut Vec<String>,
    texts: &dyn ReadText,
    records: &[ProjectRecord],
    only_fresh: bool,
) -> Result<(), Error> {
    if inputs.unbuilt.is_empty() {
        return Ok(());
    }
    let recorded = Recorded {
        records,
        only_fresh,
        lines: RefCell::default(),
    };
    own_projects::expand_unbuilt(inputs, texts, &recorded)?;
    add_lines(lines, recorded.lines.into_inner());
    Ok(())
}

/// Adds lines to those that the digest of the inputs covers, in an order that only they decide.
pub fn add_lines(lines: &mut Vec<String>, mut more: Vec<String>) {
    more.sort();
    more.dedup();
    lines.extend(more);
}

/// What a strict file records.
struct Recorded<'a> {
    records: &'a [ProjectRecord],
    /// Whether the record of a project that has changed does not count.
    only_fresh: bool,
    lines: RefCell<Vec<String>>,
}

impl Builds for Recorded<'_> {
    fn found(&self, project: &UnbuiltProject) -> Result<Option<Found>, Unread> {
        let file = project.shown();
        let mut records = self.records.iter();
        let record = records.find(|record| record.file == file && record.extras == project.extras);
        let Some(record) = record else {
            return Ok(None);
        };
        let digest = digest(&tree_of(project), record.read.as_deref());
        if self.only_fresh && digest != record.sha256 {
            return Ok(None);
        }
        self.lines.borrow_mut().push(input_line(record, digest));
        Ok(found(record))
    }
}

/// What a record says; `None` if that is not valid.
fn found(record: &ProjectRecord) -> Option<Found> {
    let python = record.requires_python.as_ref();
    let requires = record.requires.iter().map(|text| text.parse().ok());
    Some(Found {
        name: record.name.clone(),
        requires_python: python.map(|text| text.parse()).transpose().ok()?,
        requires: requires.collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_for_readers_and_locks_decide_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        fs::create_dir(folder.path().join("a.egg-info")).unwrap();
        for name in [
            "setup.py",
            "deps.txt",
            "README.md",
            "LICENSE",
            "licenses.py",
            "a.egg-info/requires.txt",
        ] {
            write(name, "1");
        }
        let tree = Tree {
            folder: folder.path().to_owned(),
            without: None,
        };
        let opened = [
            "deps.txt",
            "README.md",
            "LICENSE",
            "licenses.py",
            "x/made.txt",
            "a.egg-info/requires.txt",
        ];
        let opened = opened.map(str::to_owned);
        let files = deciding(&tree, Some(&opened)).unwrap();
        let expected = [
            "deps.txt",
            "licenses.py",
            "pyproject.toml",
            "setup.cfg",
            "setup.py",
        ];
        assert_eq!(files, expected);
        assert_eq!(deciding(&tree, None), None);

        let digests = || (digest(&tree, Some(&files)), digest(&tree, None));
        let before = digests();
        write("README.md", "2");
        write("strict.txt", "# Hardened by harden; change …");
        assert_eq!(digests(), before);
        write("deps.txt", "1\r\n");
        let changed = digests();
        assert!(changed.0 != before.0 && changed.1 != before.1);
        write("deps.txt", "1\n");
        assert_eq!(digests(), changed);
        write("setup.cfg", "[options]");
        assert_ne!(digests().0, changed.0);
    }
}
