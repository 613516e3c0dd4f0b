//! What a strict file records of a project of the user whose dependencies a build told, so that a check
//! needs no build:
//!
//! ```text
//! # project: shop[dev] in app/setup.py sha256:…
//! #   read: app/setup.py, requirements.txt
//! #   requires-python: >=3.9
//! #   requires: lib<2
//! ```

use harden_packaging::{ExtraName, PackageName, Sha256};

use crate::comment_text::{joined_names, one_line, split_names};

/// What stands before the name of a project, its file, and the digest of what its build read.
const PROJECT: (&str, &str, &str) = ("# project: ", " in ", " sha256:");
/// What stands before what a record goes on with.
const MORE: &str = "#   ";
const READ: &str = "read: ";
const PYTHON: &str = "requires-python: ";
const REQUIRES: &str = "requires: ";
/// In place of the names of files.
const ALL: &str = "*";

/// A project whose dependencies a build told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRecord {
    /// Its name.
    pub name: PackageName,
    /// The extras that are required of it.
    pub extras: Vec<ExtraName>,
    /// Its file, as the loose files lead to it.
    pub file: String,
    /// The files that the build read, relative to its folder; `None`: any of its files may have been.
    pub read: Option<Vec<String>>,
    /// The digest of the content of these files.
    pub sha256: Sha256,
    /// The versions of Python that it admits, if it says so.
    pub requires_python: Option<String>,
    /// What it requires with these extras.
    pub requires: Vec<String>,
}

impl ProjectRecord {
    /// The comment lines that hold it.
    pub(crate) fn lines(&self) -> Vec<String> {
        let (before, is_in, digest_is) = PROJECT;
        let extras: Vec<&str> = self.extras.iter().map(ExtraName::as_str).collect();
        let extras = match extras.as_slice() {
            [] => String::new(),
            extras => format!("[{}]", extras.join(",")),
        };
        let (name, file) = (&self.name, one_line(&self.file));
        let mut lines = vec![format!(
            "{before}{name}{extras}{is_in}{file}{digest_is}{}",
            self.sha256
        )];
        let read = self.read.as_ref().map(|read| {
            let read: Vec<String> = read.iter().map(|file| one_line(file)).collect();
            joined_names(&read)
        });
        lines.push(format!("{MORE}{READ}{}", read.as_deref().unwrap_or(ALL)));
        let python = self.requires_python.iter();
        lines.extend(python.map(|python| format!("{MORE}{PYTHON}{}", one_line(python))));
        let requires = self.requires.iter();
        lines.extend(requires.map(|text| format!("{MORE}{REQUIRES}{}", one_line(text))));
        lines
    }

    /// The record that begins with this comment line.
    pub(crate) fn begin(comment: &str) -> Option<Self> {
        let (before, is_in, digest_is) = PROJECT;
        let (name, rest) = comment.strip_prefix(before)?.split_once(is_in)?;
        let (file, digest) = rest.rsplit_once(digest_is)?;
        let (name, extras) = name.split_once('[').unwrap_or((name, "]"));
        let extras = extras.strip_suffix(']')?.split(',');
        let extras = extras.filter(|extra| !extra.is_empty());
        Some(Self {
            name: name.parse().ok()?,
            extras: extras.map(str::parse).collect::<Result<_, _>>().ok()?,
            file: file.to_owned(),
            read: None,
            sha256: digest.parse().ok()?,
            requires_python: None,
            requires: Vec::new(),
        })
    }

    /// Takes a further comment line; `false` if it is not one of the record.
    pub(crate) fn take(&mut self, comment: &str) -> bool {
        let Some(text) = comment.strip_prefix(MORE) else {
            return false;
        };
        if let Some(read) = text.strip_prefix(READ) {
            self.read = (read != ALL).then(|| split_names(read));
        } else if let Some(python) = text.strip_prefix(PYTHON) {
            self.requires_python = Some(python.to_owned());
        } else if let Some(requires) = text.strip_prefix(REQUIRES) {
            self.requires.push(requires.to_owned());
        } else {
            return false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_is_written() {
        let whole = ProjectRecord {
            name: "shop".parse().unwrap(),
            extras: vec!["dev".parse().unwrap(), "test".parse().unwrap()],
            file: "my app/setup.py".to_owned(),
            read: Some(vec!["a, b.txt".to_owned(), "setup.py".to_owned()]),
            sha256: Sha256::from_bytes([1; 32]),
            requires_python: Some(">=3.8".to_owned()),
            requires: vec!["lib<2".to_owned(), "win; os_name == \"nt\"".to_owned()],
        };
        let bare = ProjectRecord {
            extras: Vec::new(),
            read: None,
            requires_python: None,
            requires: Vec::new(),
            ..whole.clone()
        };
        for record in [whole, bare] {
            let lines = record.lines();
            let mut read = ProjectRecord::begin(&lines[0]).unwrap();
            assert!(lines[1..].iter().all(|line| read.take(line)), "{lines:?}");
            assert_eq!(read, record);
        }
        for other in ["# project: shop", "# project: -x in a sha256:b", "# url: a"] {
            assert_eq!(ProjectRecord::begin(other), None, "{other}");
        }
    }
}
