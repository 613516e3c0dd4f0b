//! `uv.lock`, version 1 in all revisions, which are compatible by uv's own rules.
//!
//! <https://docs.astral.sh/uv/concepts/resolution/#lockfile-versioning>

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::{ExtraName, PackageName};
use serde::Deserialize;
use toml::Spanned;

use super::{Reading, file_name};
use crate::ReadLockError;
use crate::lock::{Edge, Lock, LockedFile, LockedPackage, Presence, Roots, Source, When};

#[derive(Deserialize)]
struct Version {
    version: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Document {
    requires_python: Option<String>,
    #[serde(default)]
    supported_markers: Vec<String>,
    #[serde(default)]
    manifest: Manifest,
    #[serde(default, rename = "package")]
    packages: Vec<Spanned<Package>>,
    #[serde(default)]
    distribution: Vec<Spanned<toml::Table>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Manifest {
    members: Vec<String>,
    requirements: Vec<Spanned<Stated>>,
    dependency_groups: BTreeMap<String, Vec<Spanned<Stated>>>,
    overrides: Vec<Spanned<Stated>>,
}

/// A requirement as the project states it.
#[derive(Deserialize)]
struct Stated {
    name: String,
    specifier: Option<String>,
    marker: Option<String>,
    #[serde(default)]
    extras: Vec<String>,
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    version: Option<String>,
    source: Place,
    #[serde(default)]
    resolution_markers: Vec<String>,
    #[serde(default)]
    dependencies: Vec<Spanned<Dependency>>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Spanned<Dependency>>>,
    #[serde(default, alias = "dependency-groups")]
    dev_dependencies: BTreeMap<String, Vec<Spanned<Dependency>>>,
    sdist: Option<File>,
    #[serde(default)]
    wheels: Vec<File>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Metadata {
    provides_extras: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    registry: Option<String>,
    git: Option<String>,
    url: Option<String>,
    path: Option<String>,
    directory: Option<String>,
    editable: Option<String>,
    r#virtual: Option<String>,
    subdirectory: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File {
    url: Option<String>,
    path: Option<String>,
    filename: Option<String>,
    hash: Option<String>,
    size: Option<u64>,
    upload_time: Option<String>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    version: Option<String>,
    source: Option<Place>,
    #[serde(default)]
    extra: Vec<String>,
    marker: Option<String>,
}

pub(super) fn read(reading: &Reading<'_>) -> Result<Lock, ReadLockError> {
    let Version { version } = reading.toml()?;
    if version != 1 {
        return Err(reading.other_version("version", version, "version 1"));
    }
    let document: Document = reading.toml()?;
    if let Some(first) = document.distribution.first() {
        let line = reading.line(first.span().start);
        return Err(reading.damaged(
            line,
            "`distribution` is of uv before 0.3; lock again with a newer uv",
        ));
    }
    let mut lock = Lock::empty(reading.file, reading.format, Roots::Listed);
    let python = document.requires_python.as_deref();
    let python = python.map(|text| reading.specifiers(text, "requires-python", 1));
    lock.requires_python = python.transpose()?;
    for text in &document.supported_markers {
        lock.environments.extend(reading.marker(Some(text), 1)?);
    }
    let packages = document.packages.iter();
    lock.packages = packages
        .map(|package| package_of(reading, package))
        .collect::<Result<_, _>>()?;
    let roots = roots(reading, &document, &lock)?;
    note_choices(reading, &document, &roots, &mut lock)?;
    lock.roots = Roots::Named(roots);
    for stated in &document.manifest.overrides {
        let line = reading.line(stated.span().start);
        lock.overrides
            .push(stated.get_ref().requirement(reading, line)?);
    }
    Ok(lock)
}

/// What is installed: the project beside the lock; if the lock's folder is not a project, or one that
/// requires nothing itself, all members of the workspace; of a script, what it requires.
fn roots(
    reading: &Reading<'_>,
    document: &Document,
    lock: &Lock,
) -> Result<Vec<Edge>, ReadLockError> {
    let mut roots = Vec::new();
    let members: BTreeSet<PackageName> = {
        let members = document.manifest.members.iter();
        members
            .map(|member| reading.name(member, 1))
            .collect::<Result<_, _>>()?
    };
    let is_here = |package: &&LockedPackage| package.source == Source::Folder(".".into());
    let is_member = |package: &&LockedPackage| {
        members.contains(&package.name) && matches!(package.source, Source::Folder(_))
    };
    let here = lock.packages.iter().find(is_here);
    let on = |package: &LockedPackage| Edge {
        version: package.version.clone(),
        source: Some(package.source.clone()),
        ..Edge::on(package.name.clone(), package.line)
    };
    match here {
        Some(here) if members.len() < 2 || !here.dependencies.is_empty() => roots.push(on(here)),
        _ => roots.extend(lock.packages.iter().filter(is_member).map(on)),
    }
    for stated in &document.manifest.requirements {
        roots.push(stated_edge(reading, stated, When::Always)?);
    }
    for (group, stated) in &document.manifest.dependency_groups {
        let group = reading.group(group, 1)?;
        for stated in stated {
            roots.push(stated_edge(reading, stated, When::Group(group.clone()))?);
        }
    }
    Ok(roots)
}

/// Which extras and groups there are to choose from.
fn note_choices(
    reading: &Reading<'_>,
    document: &Document,
    roots: &[Edge],
    lock: &mut Lock,
) -> Result<(), ReadLockError> {
    let mut extras = BTreeSet::new();
    for spanned in &document.packages {
        let line = reading.line(spanned.span().start);
        let package = spanned.get_ref();
        let name = reading.name(&package.name, line)?;
        let is_folder = matches!(package.source.source(reading, line)?, Source::Folder(_));
        if !is_folder || !roots.iter().any(|root| root.name == name) {
            continue;
        }
        let provided = &package.metadata.provides_extras;
        extras.extend(reading.names::<Vec<_>>(provided, "provides-extras", line)?);
        for extra in package.optional_dependencies.keys() {
            extras.insert(reading.group(extra, line)?);
        }
        for group in package.dev_dependencies.keys() {
            lock.groups.insert(reading.group(group, line)?);
        }
    }
    for group in document.manifest.dependency_groups.keys() {
        lock.groups.insert(reading.group(group, 1)?);
    }
    lock.extras = Some(extras);
    Ok(())
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
    locked.source = package.source.source(reading, line)?;
    for text in &package.resolution_markers {
        locked.presence.push(Presence {
            group: None,
            marker: reading.marker(Some(text), line)?,
        });
    }
    let files = package.sdist.iter().chain(&package.wheels);
    locked.files = files
        .map(|file| file.locked(reading, line))
        .collect::<Result<_, _>>()?;
    add(reading, &package.dependencies, &When::Always, &mut locked)?;
    for (extra, dependencies) in &package.optional_dependencies {
        let extra = reading.group(extra, line)?;
        add(reading, dependencies, &When::Extra(extra), &mut locked)?;
    }
    for (group, dependencies) in &package.dev_dependencies {
        let group = reading.group(group, line)?;
        add(reading, dependencies, &When::Group(group), &mut locked)?;
    }
    Ok(locked)
}

/// Adds dependencies that this part of the package has.
fn add(
    reading: &Reading<'_>,
    dependencies: &[Spanned<Dependency>],
    when: &When,
    locked: &mut LockedPackage,
) -> Result<(), ReadLockError> {
    for spanned in dependencies {
        let line = reading.line(spanned.span().start);
        let dependency = spanned.get_ref();
        let version = dependency.version.as_deref();
        let source = dependency.source.as_ref();
        locked.dependencies.push(Edge {
            version: version
                .map(|text| reading.version(text, line))
                .transpose()?,
            source: source
                .map(|source| source.source(reading, line))
                .transpose()?,
            extras: reading.names(&dependency.extra, "extra", line)?,
            marker: reading.marker(dependency.marker.as_deref(), line)?,
            when: when.clone(),
            ..Edge::on(reading.name(&dependency.name, line)?, line)
        });
    }
    Ok(())
}

fn stated_edge(
    reading: &Reading<'_>,
    spanned: &Spanned<Stated>,
    when: When,
) -> Result<Edge, ReadLockError> {
    let line = reading.line(spanned.span().start);
    let requirement = spanned.get_ref().requirement(reading, line)?;
    Ok(Edge {
        when,
        ..Edge::of(requirement, line)
    })
}

impl Stated {
    fn requirement(
        &self,
        reading: &Reading<'_>,
        line: usize,
    ) -> Result<harden_requirements::Requirement, ReadLockError> {
        let extras = if self.extras.is_empty() {
            String::new()
        } else {
            format!("[{}]", self.extras.join(","))
        };
        let what = match (&self.url, &self.specifier) {
            (Some(url), _) => format!(" @ {url} "),
            (None, Some(specifier)) => specifier.clone(),
            (None, None) => String::new(),
        };
        let marker = self.marker.as_ref();
        let marker = marker.map_or_else(String::new, |marker| format!(" ; {marker}"));
        reading.requirement(&format!("{}{extras}{what}{marker}", self.name), line)
    }
}

impl Place {
    fn source(&self, reading: &Reading<'_>, line: usize) -> Result<Source, ReadLockError> {
        let folder = [&self.directory, &self.editable, &self.r#virtual];
        let source = if let Some(url) = &self.registry {
            Source::Index(Some(url.as_str().into()))
        } else if let Some(url) = &self.git {
            Source::Repository(url.as_str().into())
        } else if let Some(place) = self.url.as_ref().or(self.path.as_ref()) {
            let inside = self.subdirectory.as_ref();
            let inside =
                inside.map_or_else(String::new, |inside| format!("#subdirectory={inside}"));
            Source::File(format!("{place}{inside}").into())
        } else if let Some(path) = folder.into_iter().flatten().next() {
            Source::Folder(path.as_str().into())
        } else {
            return Err(reading.damaged(line, "`source` is of an unknown kind"));
        };
        Ok(source)
    }
}

impl File {
    fn locked(&self, reading: &Reading<'_>, line: usize) -> Result<LockedFile, ReadLockError> {
        let place = self.url.as_ref().or(self.path.as_ref());
        let name = match &self.filename {
            Some(name) => Some(name.as_str().into()),
            None => place.and_then(|place| file_name(place)),
        };
        let hash = self.hash.as_deref();
        let uploaded = self.upload_time.as_deref();
        Ok(LockedFile {
            name,
            url: self.url.as_deref().map(Into::into),
            sha256: hash
                .map(|hash| reading.digest(hash, line))
                .transpose()?
                .flatten(),
            size: self.size,
            upload_time: uploaded
                .map(|text| reading.parsed(text, "upload-time", line))
                .transpose()?,
        })
    }
}

/// The names by which uv's markers speak of the extras and groups of `package` that conflict with
/// others, where these are chosen.
pub(crate) fn conflict_names(
    package: &PackageName,
    extras: &BTreeSet<ExtraName>,
    groups: &BTreeSet<ExtraName>,
) -> BTreeSet<ExtraName> {
    let length = package.as_str().len();
    let of = |kind: &str, names: &BTreeSet<ExtraName>| -> Vec<String> {
        let names = names.iter();
        names
            .map(|name| format!("{kind}-{length}-{package}-{name}"))
            .collect()
    };
    let mut names = of("extra", extras);
    names.extend(of("group", groups));
    names.push(format!("project-{length}-{package}"));
    names.iter().filter_map(|name| name.parse().ok()).collect()
}
