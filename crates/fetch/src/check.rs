//! Is the wheelhouse what the strict file says? Told with no network, from the folder alone.

use std::fmt;
use std::fs::File;

use harden_index::{FindLinks, IndexClient, Settings};
use harden_packaging::{DistKind, IndexErrorKind};

use crate::choose::{Wanted, choose};
use crate::fetch::side_by_side;
use crate::folder::Folder;
use crate::wheel::{Expected, inspect};
use crate::{Failure, FetchError, Request, Summary, WheelFault};

/// What [`check`] found.
#[derive(Debug, Default)]
pub struct Report {
    /// How many files are there and right.
    pub right: usize,
    /// What is not as it should be, in the order of the strict file, extra files last.
    pub findings: Vec<Finding>,
}

/// What is wrong with a wheelhouse.
#[derive(Debug)]
pub enum Finding {
    /// A file, or a pin of which none is there.
    Missing(String),
    /// A file that is not what it should be, or a pin that no file can be told for.
    Wrong(Failure),
    /// A distribution that the strict file does not ask for.
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

/// Compares the folder of `request` with what `fetch` would put there, and looks into its wheels.
///
/// # Errors
///
/// Returns [`FetchError`] where the folder cannot be read.
pub fn check(request: &Request<'_>) -> Result<Report, FetchError> {
    let in_folder = |failure| FetchError {
        failures: vec![failure],
        summary: Summary::default(),
    };
    let folder = Folder::at(request.folder);
    let there = folder.distributions().map_err(in_folder)?;
    let client = offline(request).map_err(in_folder)?;
    let (wanted, failures) = choose(
        request.strict,
        request.strict_name,
        request.targets,
        &client,
    );
    let mut report = Report::default();
    report
        .findings
        .extend(failures.into_iter().map(Finding::of));
    for found in side_by_side(&wanted, request.concurrency, |wanted| {
        look_at(wanted, &folder)
    }) {
        match found {
            None => report.right += 1,
            Some(finding) => report.findings.push(finding),
        }
    }
    let extra = extras(there, &wanted).into_iter().map(Finding::Extra);
    report.findings.extend(extra);
    Ok(report)
}

/// Those of the files `there` that nothing asks for.
pub(crate) fn extras(mut there: Vec<String>, wanted: &[Wanted<'_>]) -> Vec<String> {
    there.retain(|name| wanted.iter().all(|wanted| wanted.file.name != *name));
    there
}

/// An index of nothing but the folder, for pins whose files the strict file does not name.
fn offline(request: &Request<'_>) -> Result<IndexClient, Failure> {
    let is_there = request.folder.is_dir();
    let links = is_there.then(|| FindLinks::Local(request.folder.to_owned()));
    let settings = Settings {
        indexes: Vec::new(),
        find_links: links.into_iter().collect(),
        ..Settings::default()
    };
    IndexClient::new(settings).map_err(|source| Failure::Index {
        what: request.folder.display().to_string(),
        source,
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
    let file = File::open(folder.path(name)).map_err(WheelFault::Read);
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
