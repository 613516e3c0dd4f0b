//! The files of the user's direct references.

use std::sync::Arc;

use harden_packaging::{
    DistFile, Index, IndexError, IndexErrorKind, PackageName, Project, Release, Sha256,
};

use crate::ResolveError;
use crate::interrupt::Interrupt;
use crate::node::EnvironmentSet;
use crate::rules::{DirectReference, Rules};

/// The file of a direct reference of the user's.
#[derive(Debug, Clone)]
pub(crate) struct DirectFile {
    /// Where the reference holds.
    pub(crate) environments: EnvironmentSet,
    pub(crate) file: Arc<DistFile>,
    /// The file and line of the reference (`loose.txt:3`).
    pub(crate) place: Arc<str>,
}

/// Downloads the files of the user's direct references of `name`.
pub(super) fn direct_files(
    index: &dyn Index,
    rules: &Rules<'_>,
    name: &PackageName,
) -> Result<Vec<DirectFile>, Interrupt> {
    let references = rules.references(name).iter();
    references.map(|named| direct_file(index, named)).collect()
}

fn direct_file(index: &dyn Index, named: &DirectReference<'_>) -> Result<DirectFile, Interrupt> {
    let (asked, reference) = (named.asked, &named.reference);
    let file = index
        .direct(reference)
        .map_err(|error| failure(&error, &asked.place))?;
    let admitted = |digest: &Sha256| {
        reference
            .sha256()
            .is_none_or(|expected| expected == *digest)
            && (asked.hashes.is_empty() || asked.hashes.contains(digest))
    };
    match file.sha256 {
        Some(digest) if !admitted(&digest) => Err(other_bytes(named, digest).into()),
        _ => Ok(DirectFile {
            environments: named.environments,
            file,
            place: Arc::clone(&asked.place),
        }),
    }
}

fn failure(error: &IndexError, place: &str) -> Interrupt {
    let message = format!("{place}: {error}");
    match error.kind {
        kind @ (IndexErrorKind::Failed | IndexErrorKind::NotCached) => {
            Interrupt::from(IndexError {
                kind,
                message: message.into(),
            })
        }
        _ => ResolveError::NoSolution(message).into(),
    }
}

fn other_bytes(named: &DirectReference<'_>, found: Sha256) -> ResolveError {
    let digests = named.asked.hashes.iter().copied();
    let mut digests: Vec<String> = digests
        .chain(named.reference.sha256())
        .map(|digest| digest.to_string())
        .collect();
    digests.sort();
    digests.dedup();
    ResolveError::NoSolution(format!(
        "{place}: the SHA-256 of {reference} is {found}, but the line admits {admitted}: the file has changed since \
         the line was written",
        place = named.asked.place,
        reference = named.reference,
        admitted = digests.join(" and "),
    ))
}

/// The project, with the releases that only direct references have; `None` if there are neither.
pub(crate) fn with_files(
    name: &PackageName,
    project: Option<Arc<Project>>,
    named: &[DirectFile],
) -> Option<Arc<Project>> {
    let is_listed = |project: &Project, file: &DistFile| {
        let mut releases = project.releases.iter();
        releases.any(|release| release.version == file.version)
    };
    let mut project = project;
    for file in named.iter().map(|named| &named.file) {
        let known = project.get_or_insert_with(|| {
            Arc::new(Project {
                name: name.clone(),
                releases: Vec::new(),
                status: None,
            })
        });
        if !is_listed(known, file) {
            let release = Release::new(file.version.clone(), vec![Arc::clone(file)]);
            let mut releases = known.releases.clone();
            let place = releases.partition_point(|other| other.version > release.version);
            releases.insert(place, release);
            *known = Arc::new(Project {
                name: name.clone(),
                releases,
                status: known.status.clone(),
            });
        }
    }
    project
}
