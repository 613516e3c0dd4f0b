//! Checks that a wheelhouse holds what the strict files pin, and removes everything else. Uses only the
//! folder, and no network.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use harden_hasher::StrictFile;
use harden_index::{FindLinks, IndexClient, Settings};
use harden_packaging::IndexErrorKind;

use crate::choose::{Wanted, choose};
use crate::fetch::side_by_side;
use crate::folder::Folder;
use crate::hash::hash;
use crate::inspect_file::{Extent, inspect_file};
use crate::sdist_contents::is_sdist;
use crate::{Depth, Failure, FetchError, Lock, Summary};

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
    /// A file that is wrong, or a pin whose file cannot be determined.
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
/// Wheels are inspected to `depth`.
///
/// # Errors
///
/// Returns [`FetchError`] where the folder cannot be read.
pub fn check(locks: &[Lock<'_>], folder: &Path, depth: Depth) -> Result<Report, FetchError> {
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
        let found = side_by_side(&wanted, CONCURRENCY, |wanted| {
            find_fault(wanted, lock.strict, &folder, depth)
        });
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

/// Removes the distributions that none of `locks` pins from a folder; their names. Other files stay, also
/// archives that are not sdists in spite of their names.
///
/// # Errors
///
/// Returns [`FetchError`] if the folder cannot be read or written, or if it cannot be determined
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
    let is_prunable = |name: &String| {
        Path::new(name).extension() == Some(OsStr::new("whl")) || is_sdist(&folder.path(name))
    };
    extra.retain(is_prunable);
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

/// What is wrong with a file of the folder.
fn find_fault(
    wanted: &Wanted<'_>,
    strict: &StrictFile,
    folder: &Folder,
    depth: Depth,
) -> Option<Finding> {
    let name = &wanted.file.name;
    let mut file = match folder.open_file(name) {
        Ok(Some(file)) => file,
        Ok(None) => return Some(Finding::Missing(name.clone())),
        Err(failure) => return Some(Finding::Wrong(failure)),
    };
    let inspected = match hash(&mut file) {
        Ok((digest, _)) if wanted.pin.hashes().contains(&digest) => {
            inspect_file(&mut file, Extent::Whole(depth), wanted, strict, None).map(drop)
        }
        Ok((actual, _)) => Err(Failure::WrongFile {
            file: name.clone(),
            expected: wanted.pin.hashes().clone(),
            actual,
        }),
        Err(source) => Err(folder.failure("read", name, source)),
    };
    inspected.err().map(Finding::Wrong)
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
