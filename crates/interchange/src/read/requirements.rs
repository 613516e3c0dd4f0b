//! Pinned requirements, as pip-compile, uv, `pip freeze` and harden itself write them.

use std::io;

use harden_packaging::{ParseReferenceError, Sha256};
use harden_requirements::{
    Direct, Entry, Hash, HashAlgorithm, Input, Location, ReadText, Source as Asked,
};

use super::{Reading, file_name};
use crate::ReadLockError;
use crate::lock::{Lock, LockedFile, LockedPackage, Presence, Roots, Source};

/// One text, which may not include others.
struct Only<'t>(&'t str, &'t str);

impl ReadText for Only<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        if path == self.0 {
            Ok(self.1.as_bytes().to_vec())
        } else {
            Err(io::Error::other(
                "a lock is a single file and cannot include others",
            ))
        }
    }
}

pub(super) fn read(reading: &Reading<'_>) -> Result<Lock, ReadLockError> {
    let name = "lock";
    let inputs =
        harden_requirements::read(&[name], &Only(name, reading.text)).map_err(|error| {
            let first = error.problems().first();
            let line = first.map_or(1, |problem| problem.origin().line);
            reading.damaged(line, first.map_or("unreadable", |problem| problem.reason()))
        })?;
    let mut lock = Lock::empty(reading.file, reading.format, Roots::Listed);
    let inputs_lines = inputs.requirements.iter();
    lock.packages = inputs_lines
        .map(|input| package_of(reading, input))
        .collect::<Result<_, _>>()?;
    lock.options = inputs.options;
    Ok(lock)
}

fn package_of(reading: &Reading<'_>, input: &Input) -> Result<LockedPackage, ReadLockError> {
    let line = input.origin.line;
    let mut locked = match &input.entry {
        Entry::Named(requirement) => {
            let extras = requirement.extras.iter().cloned();
            let mut locked = match &requirement.source {
                Asked::Specifiers(specifiers) => {
                    let version = specifiers.exact().cloned().ok_or_else(|| {
                        let name = &requirement.name;
                        reading
                            .damaged(line, format!("{name} is not pinned to one version by `==`"))
                    })?;
                    LockedPackage::new(requirement.name.clone(), Some(version), line)
                }
                Asked::Url(url) => {
                    let mut locked = LockedPackage::new(requirement.name.clone(), None, line);
                    place(&mut locked, &Location::of(url));
                    locked
                }
            };
            locked.extras = extras.collect();
            locked
        }
        Entry::Unnamed(direct) | Entry::Editable(direct) => direct_of(reading, direct, line)?,
    };
    locked.presence.push(Presence {
        group: None,
        marker: input.entry.marker().cloned(),
    });
    let hashes = input.hashes.iter();
    let listed = hashes.map(|hash| digest(reading, hash, line));
    let nameless = listed.map(|sha256| {
        Ok(LockedFile {
            sha256: sha256?,
            ..LockedFile::default()
        })
    });
    locked
        .files
        .extend(nameless.collect::<Result<Vec<_>, _>>()?);
    Ok(locked)
}

fn direct_of(
    reading: &Reading<'_>,
    direct: &Direct,
    line: usize,
) -> Result<LockedPackage, ReadLockError> {
    let shown = direct.location.as_str();
    // Entries without a name are folders or repositories, which are reported by their place.
    let name = if let Some(name) = &direct.name {
        name.clone()
    } else {
        let last = shown.trim_end_matches('/').rsplit(['/', '\\']).next();
        let last = last.filter(|last| last.parse::<harden_packaging::PackageName>().is_ok());
        reading.name(last.unwrap_or("project"), line)?
    };
    let mut locked = LockedPackage::new(name, None, line);
    locked.extras = direct.extras.iter().cloned().collect();
    place(&mut locked, &direct.location);
    Ok(locked)
}

/// Notes where a package comes from.
fn place(locked: &mut LockedPackage, location: &Location) {
    let text = location.as_str();
    let reference = text.parse::<harden_packaging::Reference>();
    locked.source = match (location, &reference) {
        (Location::Vcs(url), _) | (Location::Url(url), Err(ParseReferenceError::Repository)) => {
            Source::Repository(url.clone())
        }
        (_, Ok(reference)) => {
            locked.version = Some(reference.file().version().clone());
            if let Some(sha256) = reference.sha256() {
                locked.files.push(LockedFile {
                    name: file_name(text),
                    sha256: Some(sha256),
                    ..LockedFile::default()
                });
            }
            Source::File(text.into())
        }
        (Location::Url(url), _) if !url.starts_with("file:") => Source::File(url.clone()),
        (Location::Url(path) | Location::Path(path), _) => Source::Folder(path.clone()),
    };
}

fn digest(
    reading: &Reading<'_>,
    hash: &Hash,
    line: usize,
) -> Result<Option<Sha256>, ReadLockError> {
    match hash.algorithm {
        HashAlgorithm::Sha256 => reading.parsed(&hash.digest, "--hash", line).map(Some),
        HashAlgorithm::Sha384 | HashAlgorithm::Sha512 => Ok(None),
    }
}
