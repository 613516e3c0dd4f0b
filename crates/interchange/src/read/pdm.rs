//! `pdm.lock`, versions 4.4 and 4.5.
//!
//! With the strategy `inherit_metadata` each package has its groups and its marker; without it the lock
//! records neither.

use harden_packaging::ExtraName;
use serde::Deserialize;
use toml::Spanned;

use super::{Reading, file_name};
use crate::ReadLockError;
use crate::lock::{Edge, Lock, LockedFile, LockedPackage, Presence, Roots, Source};

/// The group of what is always installed.
const DEFAULT: &str = "default";

#[derive(Deserialize)]
struct Head {
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Metadata {
    lock_version: String,
    #[serde(default)]
    strategy: Vec<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    requires_python: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default, rename = "package")]
    packages: Vec<Spanned<Package>>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    extras: Vec<String>,
    groups: Option<Vec<String>>,
    marker: Option<String>,
    requires_python: Option<String>,
    #[serde(default)]
    dependencies: Vec<Spanned<String>>,
    #[serde(default)]
    files: Vec<File>,
    git: Option<String>,
    revision: Option<String>,
    path: Option<String>,
    url: Option<String>,
    subdirectory: Option<String>,
}

#[derive(Deserialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the names are those of the format"
)]
struct File {
    file: Option<String>,
    url: Option<String>,
    hash: String,
}

pub(super) fn read(reading: &Reading<'_>) -> Result<Lock, ReadLockError> {
    let Head { metadata } = reading.toml()?;
    let version = &metadata.lock_version;
    if !["4.4", "4.5"]
        .iter()
        .any(|known| version == known || version.starts_with(&format!("{known}.")))
    {
        return Err(reading.other_version(
            "metadata.lock_version",
            version,
            "versions 4.4 and 4.5",
        ));
    }
    let document: Document = reading.toml()?;
    let is_listed = metadata
        .strategy
        .iter()
        .any(|strategy| strategy == "inherit_metadata");
    let roots = if is_listed {
        Roots::Listed
    } else {
        Roots::Unrecorded
    };
    let mut lock = Lock::empty(reading.file, reading.format, roots);
    lock.base_groups.insert(reading.group(DEFAULT, 1)?);
    if let [
        Target {
            requires_python: Some(python),
        },
    ] = metadata.targets.as_slice()
    {
        lock.requires_python = Some(reading.specifiers(python, "requires_python", 1)?);
    }
    if is_listed {
        let groups = metadata.groups.iter().map(|group| reading.group(group, 1));
        lock.groups = groups.collect::<Result<_, _>>()?;
        lock.groups = &lock.groups - &lock.base_groups;
    }
    // PDM calls the extras of a project groups, too.
    lock.extras = Some(lock.groups.clone());
    let packages = document.packages.iter();
    lock.packages = packages
        .map(|package| package_of(reading, package, is_listed))
        .collect::<Result<_, _>>()?;
    Ok(lock)
}

fn package_of(
    reading: &Reading<'_>,
    spanned: &Spanned<Package>,
    is_listed: bool,
) -> Result<LockedPackage, ReadLockError> {
    let line = reading.line(spanned.span().start);
    let package = spanned.get_ref();
    let name = reading.name(&package.name, line)?;
    let version = reading.version(&package.version, line)?;
    let mut locked = LockedPackage::new(name, Some(version), line);
    locked.extras = reading.names(&package.extras, "extras", line)?;
    locked.source = package.source();
    let python = package
        .requires_python
        .as_deref()
        .filter(|text| !text.is_empty());
    locked.requires_python = python
        .map(|text| reading.specifiers(text, "requires_python", line))
        .transpose()?;
    if is_listed {
        locked.presence = listed(reading, package, line)?;
    }
    for file in &package.files {
        locked.files.push(file.locked(reading, line)?);
    }
    for dependency in &package.dependencies {
        let line = reading.line(dependency.span().start);
        let requirement = reading.requirement(dependency.get_ref(), line)?;
        locked.dependencies.push(Edge::of(requirement, line));
    }
    Ok(locked)
}

fn listed(
    reading: &Reading<'_>,
    package: &Package,
    line: usize,
) -> Result<Vec<Presence>, ReadLockError> {
    let groups = package.groups.as_ref();
    let groups = groups.ok_or_else(|| reading.damaged(line, "missing field `groups`"))?;
    let groups: Vec<ExtraName> = reading.names(groups, "groups", line)?;
    let marker = reading.marker(package.marker.as_deref(), line)?;
    let presence = groups.into_iter().map(|group| Presence {
        group: Some(group),
        marker: marker.clone(),
    });
    Ok(presence.collect())
}

impl Package {
    fn source(&self) -> Source {
        let inside = self.subdirectory.as_ref();
        let inside = inside.map_or_else(String::new, |inside| format!("#subdirectory={inside}"));
        if let Some(git) = &self.git {
            let commit = self.revision.as_ref();
            let commit = commit.map_or_else(String::new, |commit| format!("@{commit}"));
            Source::Repository(format!("git+{git}{commit}{inside}").into())
        } else if let Some(url) = &self.url {
            Source::File(format!("{url}{inside}").into())
        } else if let Some(path) = &self.path {
            if file_name(path).is_some() {
                Source::File(path.as_str().into())
            } else {
                Source::Folder(path.as_str().into())
            }
        } else {
            Source::Index(None)
        }
    }
}

impl File {
    fn locked(&self, reading: &Reading<'_>, line: usize) -> Result<LockedFile, ReadLockError> {
        let place = self.file.as_ref().or(self.url.as_ref());
        let place = place.ok_or_else(|| {
            reading.damaged(line, "`files`: an entry has neither `file` nor `url`")
        })?;
        Ok(LockedFile {
            name: file_name(place),
            url: self.url.as_deref().map(Into::into),
            sha256: reading.digest(&self.hash, line)?,
            ..LockedFile::default()
        })
    }
}
