//! `poetry.lock`, from before Poetry 1.0 up to lock version 2.1.
//!
//! Up to version 2.0 it records neither what the project requires nor where a package is installed;
//! from 2.1 on each package has its groups and markers.

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::ExtraName;
use serde::Deserialize;
use toml::Spanned;

use super::{Reading, constraint, file_name};
use crate::ReadLockError;
use crate::lock::{Edge, Lock, LockedFile, LockedPackage, Presence, Range, Roots, Source};

const KNOWN: &str = "versions up to 2.1";

/// The group of what is always installed.
const MAIN: &str = "main";

#[derive(Deserialize)]
struct Head {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Metadata {
    lock_version: Option<String>,
    python_versions: Option<String>,
    #[serde(default)]
    files: BTreeMap<String, Vec<File>>,
    #[serde(default)]
    hashes: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default, rename = "package")]
    packages: Vec<Spanned<Package>>,
    #[serde(default)]
    extras: BTreeMap<String, Vec<String>>,
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    version: String,
    optional: bool,
    python_versions: String,
    category: Option<String>,
    groups: Option<Vec<String>>,
    markers: Option<Markers>,
    files: Option<Vec<File>>,
    #[serde(default)]
    dependencies: BTreeMap<String, Dependency>,
    source: Option<Place>,
}

/// One marker for all groups, or one for each.
#[derive(Deserialize)]
#[serde(untagged)]
enum Markers {
    All(String),
    Each(BTreeMap<String, String>),
}

#[derive(Deserialize)]
struct File {
    file: String,
    hash: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Dependency {
    Version(String),
    Table(Required),
    Several(Vec<Dependency>),
}

#[derive(Deserialize)]
struct Required {
    version: Option<String>,
    markers: Option<String>,
    python: Option<String>,
    #[serde(default)]
    extras: Vec<String>,
}

#[derive(Deserialize)]
struct Place {
    r#type: String,
    url: String,
    reference: Option<String>,
    resolved_reference: Option<String>,
    subdirectory: Option<String>,
}

pub(super) fn read(reading: &Reading<'_>) -> Result<Lock, ReadLockError> {
    let Head { metadata } = reading.toml()?;
    match metadata.lock_version.as_deref() {
        None | Some("1.0" | "1.1" | "2.0" | "2.1") => {}
        Some(version) => {
            return Err(reading.other_version("metadata.lock-version", version, KNOWN));
        }
    }
    let document: Document = reading.toml()?;
    let is_listed = metadata.lock_version.as_deref() == Some("2.1");
    let python = metadata
        .python_versions
        .as_deref()
        .and_then(constraint::read);
    let roots = if is_listed {
        Roots::Listed
    } else {
        Roots::Unrecorded
    };
    let mut lock = Lock::empty(reading.file, reading.format, roots);
    if let Some(Range(ranges)) = python
        && let [python] = ranges.as_slice()
    {
        lock.requires_python = Some(python.clone());
    }
    lock.base_groups.insert(reading.group(MAIN, 1)?);
    let extras = document.extras.keys().map(|extra| reading.group(extra, 1));
    lock.extras = Some(extras.collect::<Result<_, _>>()?);
    for spanned in &document.packages {
        let package = package_of(reading, &document, spanned, is_listed)?;
        let groups = package.presence.iter();
        let groups = groups.filter_map(|presence| presence.group.clone());
        lock.groups.extend(groups);
        lock.packages.push(package);
    }
    lock.groups = &lock.groups - &lock.base_groups;
    Ok(lock)
}

fn package_of(
    reading: &Reading<'_>,
    document: &Document,
    spanned: &Spanned<Package>,
    is_listed: bool,
) -> Result<LockedPackage, ReadLockError> {
    let line = reading.line(spanned.span().start);
    let package = spanned.get_ref();
    let name = reading.name(&package.name, line)?;
    let version = reading.version(&package.version, line)?;
    let mut locked = LockedPackage::new(name, Some(version), line);
    locked.source = match &package.source {
        Some(place) => place.source(reading, line)?,
        None => Source::Index(None),
    };
    locked.optional = package.optional && !is_listed;
    locked.presence = if is_listed {
        listed(reading, package, line)?
    } else {
        unlisted(reading, document, package, line)?
    };
    locked.files = files(reading, document, package, line)?;
    for (name, dependency) in &package.dependencies {
        let line = reading.line_with(name, line);
        dependencies(reading, name, dependency, line, &mut locked.dependencies)?;
    }
    Ok(locked)
}

/// When a package is installed, as its groups and markers say.
fn listed(
    reading: &Reading<'_>,
    package: &Package,
    line: usize,
) -> Result<Vec<Presence>, ReadLockError> {
    let groups = package
        .groups
        .as_ref()
        .ok_or_else(|| reading.damaged(line, "missing field `groups`"))?;
    let presence = groups.iter().map(|group| {
        let marker = match &package.markers {
            None => None,
            Some(Markers::All(marker)) => Some(marker.as_str()),
            Some(Markers::Each(markers)) => markers.get(group).map(String::as_str),
        };
        Ok(Presence {
            group: Some(reading.group(group, line)?),
            marker: reading.marker(marker, line)?,
        })
    });
    presence.collect()
}

/// When a package may be installed at all: on the Pythons that it is for, in its category, and if it is
/// optional, with an extra of the project that names it.
fn unlisted(
    reading: &Reading<'_>,
    document: &Document,
    package: &Package,
    line: usize,
) -> Result<Vec<Presence>, ReadLockError> {
    let python = constraint::python_marker(&package.python_versions);
    let group = package.category.as_deref();
    let group = group.map(|group| reading.group(group, line)).transpose()?;
    if !package.optional {
        return Ok(vec![Presence {
            group,
            marker: reading.marker(python.as_deref(), line)?,
        }]);
    }
    let name = reading.name(&package.name, line)?;
    let is_named = |names: &&Vec<String>| {
        let mut names = names.iter().filter_map(|name| {
            let end = name.find([' ', '[', '(']).unwrap_or(name.len());
            reading.name(&name[..end], line).ok()
        });
        names.any(|found| found == name)
    };
    let extras = document.extras.iter().filter(|(_, names)| is_named(names));
    let mut presence = Vec::new();
    for (extra, _) in extras {
        let extra = format!("\"{extra}\" in extras");
        let marker = match &python {
            Some(python) => format!("{extra} and ({python})"),
            None => extra,
        };
        presence.push(Presence {
            group: group.clone(),
            marker: reading.marker(Some(&marker), line)?,
        });
    }
    Ok(presence)
}

/// The files of a package, which stood in three places over time.
fn files(
    reading: &Reading<'_>,
    document: &Document,
    package: &Package,
    line: usize,
) -> Result<Vec<LockedFile>, ReadLockError> {
    let is_of_package = |key: &&String| {
        let name = reading.name(key, line);
        name.is_ok_and(|name| reading.name(&package.name, line) == Ok(name))
    };
    if let Some(files) = &package.files {
        return files
            .iter()
            .map(|file| file.locked(reading, line))
            .collect();
    }
    let metadata = &document.metadata;
    if let Some(key) = metadata.files.keys().find(is_of_package) {
        let files = metadata.files[key].iter();
        // Several versions of a package have their files in one list.
        let files = files.map(|file| file.locked(reading, line));
        let mut files: Vec<LockedFile> = files.collect::<Result<_, _>>()?;
        files.retain(|file| is_of_version(file, package));
        return Ok(files);
    }
    let Some(key) = metadata.hashes.keys().find(is_of_package) else {
        return Ok(Vec::new());
    };
    let hashes = metadata.hashes[key].iter();
    let nameless = hashes.map(|digest| {
        Ok(LockedFile {
            sha256: reading.digest(&format!("sha256:{digest}"), line)?,
            ..LockedFile::default()
        })
    });
    nameless.collect()
}

fn is_of_version(file: &LockedFile, package: &Package) -> bool {
    let name = file.name.as_deref();
    let found: Option<harden_packaging::DistFilename> = name.and_then(|name| name.parse().ok());
    let version = package.version.parse().ok();
    found.is_none_or(|found| version.is_none_or(|version| *found.version() == version))
}

fn dependencies(
    reading: &Reading<'_>,
    name: &str,
    dependency: &Dependency,
    line: usize,
    edges: &mut Vec<Edge>,
) -> Result<(), ReadLockError> {
    let range = |text: &str| {
        let refused = || {
            reading.damaged(
                line,
                format!("`{name}`: `{text}` is not a version constraint"),
            )
        };
        constraint::read(text).ok_or_else(refused)
    };
    let mut edge = Edge::on(reading.name(name, line)?, line);
    match dependency {
        Dependency::Version(text) => edge.range = range(text)?,
        Dependency::Table(table) => {
            if let Some(text) = &table.version {
                edge.range = range(text)?;
            }
            edge.extras = reading.names(&table.extras, "extras", line)?;
            let python = table.python.as_deref().and_then(constraint::python_marker);
            let python = reading.marker(python.as_deref(), line)?;
            let marker = reading.marker(table.markers.as_deref(), line)?;
            edge.marker = match (marker, python) {
                (Some(marker), Some(python)) => Some(marker.and(&python)),
                (marker, python) => marker.or(python),
            };
        }
        Dependency::Several(several) => {
            for dependency in several {
                dependencies(reading, name, dependency, line, edges)?;
            }
            return Ok(());
        }
    }
    edges.push(edge);
    Ok(())
}

impl File {
    fn locked(&self, reading: &Reading<'_>, line: usize) -> Result<LockedFile, ReadLockError> {
        Ok(LockedFile {
            name: file_name(&self.file).or_else(|| Some(self.file.as_str().into())),
            sha256: reading.digest(&self.hash, line)?,
            ..LockedFile::default()
        })
    }
}

impl Place {
    fn source(&self, reading: &Reading<'_>, line: usize) -> Result<Source, ReadLockError> {
        let url = &self.url;
        Ok(match self.r#type.as_str() {
            "legacy" => Source::Index(Some(url.as_str().into())),
            "git" => {
                let commit = self.resolved_reference.as_ref().or(self.reference.as_ref());
                let commit = commit.map_or_else(String::new, |commit| format!("@{commit}"));
                Source::Repository(format!("git+{url}{commit}").into())
            }
            "url" | "file" => {
                let inside = self.subdirectory.as_ref();
                let inside =
                    inside.map_or_else(String::new, |inside| format!("#subdirectory={inside}"));
                Source::File(format!("{url}{inside}").into())
            }
            "directory" => Source::Folder(url.as_str().into()),
            other => {
                return Err(reading.damaged(
                    line,
                    format!("`source.type` is `{other}`, which is not known"),
                ));
            }
        })
    }
}

/// The extras that the packages of a lock name in the markers of their dependencies, all of which
/// count where nothing records which are chosen.
pub(crate) fn all_extras(package: &LockedPackage) -> BTreeSet<ExtraName> {
    let markers = package
        .dependencies
        .iter()
        .filter_map(|edge| edge.marker.as_ref());
    let texts = markers
        .filter(|marker| marker.mentions_extra())
        .map(ToString::to_string);
    let mut extras = BTreeSet::new();
    for text in texts {
        for (place, _) in text.match_indices("extra == \"") {
            let rest = &text[place + "extra == \"".len()..];
            extras.extend(
                rest.split('"')
                    .next()
                    .and_then(|name| name.parse::<ExtraName>().ok()),
            );
        }
    }
    extras
}
