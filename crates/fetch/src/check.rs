//! Is a wheelhouse what the strict files say? Told, and mended where it holds too much, with no
//! network, from the folder alone.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::path::Path;

use harden_index::{FindLinks, IndexClient, Settings};
use harden_packaging::{DistKind, IndexErrorKind};

use crate::choose::{Wanted, choose};
use crate::fetch::side_by_side;
use crate::folder::Folder;
use crate::wheel::{Expected, inspect};
use crate::{Failure, FetchError, Lock, Summary, WheelDefect};

/// How many files are read at once: as many as processors could be busy with.
const CONCURRENCY: usize = 8;

/// What [`check`] found.
#[derive(Debug, Default)]
pub struct Report {
    /// How many files are there and right.
    pub right: usize,
    /// What is not as it should be, in the order of the strict files, extra files last.
    pub findings: Vec<Finding>,
}

/// What is wrong with a wheelhouse.
#[derive(Debug)]
pub enum Finding {
    /// A file, or a pin of which none is there.
    Missing(String),
    /// A file that is not what it should be, or a pin that no file can be told for.
    Wrong(Failure),
    /// A distribution that nothing asks for.
    Extra(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(what) => write!(f, "missing: {what}"),
            Self::Wrong(failure) => write!(f, "wrong: {failure}"),
            Self::Extra(file) => write!(f, "extra: {file}"),
        }
    }
}

/// Compares a folder with what `fetch` would put there for all of `locks`, and looks into its wheels.
///
/// # Errors
///
/// Returns [`FetchError`] where the folder cannot be read.
pub fn check(locks: &[Lock<'_>], folder: &Path) -> Result<Report, FetchError> {
    let client = offline(folder)?;
    let folder = Folder::at(folder);
    let mut extra = distributions(&folder)?;
    let mut report = Report::default();
    let mut seen = BTreeSet::new();
    for lock in locks {
        let (wanted, failures) = choose(lock, &client);
        report
            .findings
            .extend(failures.into_iter().map(Finding::of));
        let found = side_by_side(&wanted, CONCURRENCY, |wanted| look_at(wanted, &folder));
        for (wanted, found) in wanted.iter().zip(found) {
            extra.remove(&wanted.file.name);
            let is_new = seen.insert(wanted.file.name.clone());
            match found {
                None if is_new => report.right += 1,
                None => {}
                Some(finding) => report.findings.push(finding),
            }
        }
    }
    report
        .findings
        .extend(extra.into_iter().map(Finding::Extra));
    Ok(report)
}

/// Removes the distributions from a folder that none of `locks` asks for; their names. Other files
/// stay.
///
/// # Errors
///
/// Returns [`FetchError`] where the folder cannot be read or written, and where it cannot be told
/// what is asked for, since the folder does not have it: then all stay.
pub fn prune(locks: &[Lock<'_>], folder: &Path) -> Result<BTreeSet<String>, FetchError> {
    let client = offline(folder)?;
    let folder = Folder::at(folder);
    let mut extra = distributions(&folder)?;
    for lock in locks {
        let (wanted, failures) = choose(lock, &client);
        if !failures.is_empty() {
            let summary = Summary::default();
            return Err(FetchError { failures, summary });
        }
        for wanted in wanted {
            extra.remove(&wanted.file.name);
        }
    }
    let removed = extra.iter().try_for_each(|name| folder.remove(name));
    removed.map_err(FetchError::one)?;
    Ok(extra)
}

fn distributions(folder: &Folder) -> Result<BTreeSet<String>, FetchError> {
    folder.distributions().map_err(FetchError::one)
}

/// An index of nothing but the folder, for pins whose files the strict file does not name.
pub(crate) fn offline(folder: &Path) -> Result<IndexClient, FetchError> {
    let links = folder.is_dir().then(|| FindLinks::Local(folder.to_owned()));
    let settings = Settings {
        indexes: Vec::new(),
        find_links: links.into_iter().collect(),
        ..Settings::default()
    };
    IndexClient::new(settings).map_err(|source| {
        let what = folder.display().to_string();
        FetchError::one(Failure::Index { what, source })
    })
}

fn look_at(wanted: &Wanted<'_>, folder: &Folder) -> Option<Finding> {
    let name = &wanted.file.name;
    match folder.digest(name) {
        Ok(Some(digest)) if wanted.pin.hashes().contains(&digest) => {}
        Ok(Some(actual)) => {
            return Some(Finding::Wrong(Failure::WrongFile {
                file: name.clone(),
                expected: wanted.pin.hashes().clone(),
                actual,
            }));
        }
        Ok(None) => return Some(Finding::Missing(name.clone())),
        Err(failure) => return Some(Finding::Wrong(failure)),
    }
    if wanted.file.kind == DistKind::Sdist {
        return None;
    }
    let expected = Expected {
        name: wanted.pin.name(),
        version: wanted.pin.version(),
        sidecar: None,
    };
    let file = File::open(folder.path(name)).map_err(WheelDefect::Read);
    let looked = file.and_then(|mut file| inspect(&mut file, &expected));
    looked.err().map(|source| {
        Finding::Wrong(Failure::BadWheel {
            file: name.clone(),
            source,
        })
    })
}

impl Finding {
    /// What it means for a folder that no file could be chosen.
    fn of(failure: Failure) -> Self {
        match failure {
            Failure::NoSuchHash { name, version, .. } => Self::Missing(format!("{name} {version}")),
            Failure::Index { what, source } if source.kind == IndexErrorKind::NoSuchProject => {
                Self::Missing(what)
            }
            failure => Self::Wrong(failure),
        }
    }
}
