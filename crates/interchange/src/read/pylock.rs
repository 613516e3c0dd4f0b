//! `pylock.toml`, version 1.0.
//!
//! <https://packaging.python.org/en/latest/specifications/pylock-toml/>

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::{Reading, file_name};
use crate::ReadLockError;
use crate::lock::{Edge, Lock, LockedFile, LockedPackage, Presence, Roots, Source};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Head {
    lock_version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    requires_python: Option<String>,
    #[serde(default)]
    environments: Vec<String>,
    #[serde(default)]
    extras: Vec<String>,
    #[serde(default)]
    dependency_groups: Vec<String>,
    #[serde(default)]
    default_groups: Vec<String>,
    packages: Vec<Spanned<Package>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    version: Option<String>,
    marker: Option<String>,
    requires_python: Option<String>,
    index: Option<String>,
    #[serde(default)]
    dependencies: Vec<Spanned<Dependency>>,
    sdist: Option<File>,
    #[serde(default)]
    wheels: Vec<File>,
    archive: Option<File>,
    vcs: Option<Repository>,
    directory: Option<Folder>,
}

/// Which other packages a package requires; these fields select one of several.
#[derive(Deserialize)]
struct Dependency {
    name: Option<String>,
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    name: Option<String>,
    url: Option<String>,
    path: Option<String>,
    size: Option<u64>,
    upload_time: Option<Datetime>,
    subdirectory: Option<String>,
    hashes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Repository {
    r#type: String,
    url: Option<String>,
    path: Option<String>,
    commit_id: String,
}

#[derive(Deserialize)]
struct Folder {
    path: String,
}

pub(super) fn read(reading: &Reading<'_>) -> Result<Lock, ReadLockError> {
    let Head { lock_version } = reading.toml()?;
    if lock_version != "1.0" {
        return Err(reading.other_version("lock-version", lock_version, "version 1.0"));
    }
    let document: Document = reading.toml()?;
    let mut lock = Lock::empty(reading.file, reading.format, Roots::Listed);
    let python = document.requires_python.as_deref();
    let python = python.map(|text| reading.specifiers(text, "requires-python", 1));
    lock.requires_python = python.transpose()?;
    for text in &document.environments {
        lock.environments.extend(reading.marker(Some(text), 1)?);
    }
    lock.extras = Some(reading.names(&document.extras, "extras", 1)?);
    lock.base_groups = reading.names(&document.default_groups, "default-groups", 1)?;
    lock.groups = reading.names(&document.dependency_groups, "dependency-groups", 1)?;
    lock.groups = &lock.groups - &lock.base_groups;
    let packages = document.packages.iter();
    lock.packages = packages
        .map(|package| package_of(reading, package))
        .collect::<Result<_, _>>()?;
    Ok(lock)
}

fn package_of(
    reading: &Reading<'_>,
    spanned: &Spanned<Package>,
) -> Result<LockedPackage, ReadLockError> {
    let line = reading.line(spanned.span().start);
    let package = spanned.get_ref();
    let version = package.version.as_deref();
    let version = version
        .map(|text| reading.version(text, line))
        .transpose()?;
    let name = reading.name(&package.name, line)?;
    let mut locked = LockedPackage::new(name, version, line);
    locked.presence.push(Presence {
        group: None,
        marker: reading.marker(package.marker.as_deref(), line)?,
    });
    let python = package.requires_python.as_deref();
    locked.requires_python = python
        .map(|text| reading.specifiers(text, "requires-python", line))
        .transpose()?;
    locked.source = package.source(reading, line)?;
    let files = package
        .sdist
        .iter()
        .chain(&package.wheels)
        .chain(&package.archive);
    locked.files = files
        .map(|file| file.locked(reading, line))
        .collect::<Result<_, _>>()?;
    if let (None, Source::File(_), Some(file)) =
        (&locked.version, &locked.source, locked.files.first())
    {
        let name = file.name.as_deref();
        let found: Option<harden_packaging::DistFilename> = name.and_then(|name| name.parse().ok());
        locked.version = found.map(|found| found.version().clone());
    }
    for dependency in &package.dependencies {
        let line = reading.line(dependency.span().start);
        let Dependency { name, version } = dependency.get_ref();
        let Some(name) = name else { continue };
        let version = version.as_deref();
        locked.dependencies.push(Edge {
            version: version
                .map(|text| reading.version(text, line))
                .transpose()?,
            ..Edge::on(reading.name(name, line)?, line)
        });
    }
    Ok(locked)
}

impl Package {
    fn source(&self, reading: &Reading<'_>, line: usize) -> Result<Source, ReadLockError> {
        if let Some(archive) = &self.archive {
            let place = archive.url.as_ref().or(archive.path.as_ref());
            let place = place
                .ok_or_else(|| reading.damaged(line, "`archive` has neither `url` nor `path`"))?;
            let inside = archive.subdirectory.as_ref();
            let inside =
                inside.map_or_else(String::new, |inside| format!("#subdirectory={inside}"));
            Ok(Source::File(format!("{place}{inside}").into()))
        } else if let Some(vcs) = &self.vcs {
            let place = vcs.url.as_ref().or(vcs.path.as_ref());
            let place = place.map_or("", String::as_str);
            Ok(Source::Repository(
                format!("{}+{place}@{}", vcs.r#type, vcs.commit_id).into(),
            ))
        } else if let Some(folder) = &self.directory {
            Ok(Source::Folder(folder.path.as_str().into()))
        } else if self.version.is_none() {
            Err(reading.damaged(line, "missing field `version`"))
        } else {
            Ok(Source::Index(self.index.as_deref().map(Into::into)))
        }
    }
}

impl File {
    fn locked(&self, reading: &Reading<'_>, line: usize) -> Result<LockedFile, ReadLockError> {
        let place = self.url.as_ref().or(self.path.as_ref());
        let name = match &self.name {
            Some(name) => Some(name.as_str().into()),
            None => place.and_then(|place| file_name(place)),
        };
        let digest = self.hashes.get("sha256");
        let uploaded = self.upload_time.as_ref().map(ToString::to_string);
        Ok(LockedFile {
            name,
            url: self.url.as_deref().map(Into::into),
            sha256: digest
                .map(|text| reading.parsed(text, "hashes.sha256", line))
                .transpose()?,
            size: self.size,
            upload_time: uploaded
                .map(|text| reading.parsed(&text, "upload-time", line))
                .transpose()?,
        })
    }
}
