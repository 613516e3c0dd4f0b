//! The lock of pex, as `pex3 lock create` writes it, also below the comment of Pants.
//!
//! One resolve for all platforms, or one for each, of which a target takes the first whose files all
//! fit.

use harden_requirements::Requirement;
use serde::Deserialize;

use super::{Reading, file_name};
use crate::ReadLockError;
use crate::lock::{Edge, Lock, LockedFile, LockedPackage, Presence, Roots, Source};

#[derive(Deserialize)]
struct Document {
    #[expect(
        dead_code,
        reason = "each lock of pex has it, so one without is damaged"
    )]
    pex_version: String,
    requirements: Vec<String>,
    #[serde(default)]
    excluded: Vec<String>,
    #[serde(default)]
    target_systems: Vec<String>,
    locked_resolves: Vec<Resolve>,
}

#[derive(Deserialize)]
struct Resolve {
    platform_tag: Option<Vec<String>>,
    marker: Option<String>,
    locked_requirements: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    project_name: String,
    version: String,
    requires_dists: Vec<String>,
    requires_python: Option<String>,
    artifacts: Vec<Artifact>,
}

#[derive(Deserialize)]
struct Artifact {
    url: String,
    algorithm: String,
    hash: String,
}

pub(super) fn read(reading: &Reading<'_>) -> Result<Lock, ReadLockError> {
    let document: Document = reading.json()?;
    let mut excluded = Vec::new();
    for text in &document.excluded {
        excluded.push(reading.requirement(text, 1)?.name);
    }
    let edge = |text: &str, line: usize| -> Result<Option<Edge>, ReadLockError> {
        let requirement: Requirement = reading.requirement(text, line)?;
        let is_in = !excluded.contains(&requirement.name);
        Ok(is_in.then(|| Edge::of(requirement, line)))
    };
    let mut roots = Vec::new();
    for text in &document.requirements {
        let line = reading.line_with(text, 1);
        roots.extend(edge(text, line)?);
    }
    let mut lock = Lock::empty(reading.file, reading.format, Roots::Named(roots));
    for system in &document.target_systems {
        let system = match system.as_str() {
            "linux" => "linux",
            "mac" => "darwin",
            "windows" => "win32",
            other => {
                return Err(reading.damaged(1, format!("`target_systems`: `{other}` is not known")));
            }
        };
        let marker = format!("sys_platform == '{system}'");
        lock.environments.extend(reading.marker(Some(&marker), 1)?);
    }
    for resolve in &document.locked_resolves {
        let marker = reading.marker(resolve.marker.as_deref(), 1)?;
        for package in &resolve.locked_requirements {
            let name = format!("\"project_name\": \"{}\"", package.project_name);
            let line = reading.line_with(&name, 1);
            let mut locked = package.locked(reading, line)?;
            for text in &package.requires_dists {
                locked.dependencies.extend(edge(text, line)?);
            }
            locked.platform = resolve
                .platform_tag
                .as_ref()
                .map(|tag| tag.join("-").into());
            if let Some(marker) = &marker {
                locked.presence.push(Presence {
                    group: None,
                    marker: Some(marker.clone()),
                });
            }
            lock.packages.push(locked);
        }
    }
    Ok(lock)
}

impl Locked {
    fn locked(&self, reading: &Reading<'_>, line: usize) -> Result<LockedPackage, ReadLockError> {
        let name = reading.name(&self.project_name, line)?;
        let version = reading.version(&self.version, line)?;
        let mut locked = LockedPackage::new(name, Some(version), line);
        let python = self.requires_python.as_deref();
        locked.requires_python = python
            .map(|text| reading.specifiers(text, "requires_python", line))
            .transpose()?;
        let mut repository = None;
        for artifact in &self.artifacts {
            let url = &artifact.url;
            if let Some((kind, _)) = url.split_once('+').filter(|(kind, _)| kind.len() < 4) {
                repository = Some(format!("{kind}{}", &url[kind.len()..]));
            }
            let digest = format!("{}:{}", artifact.algorithm, artifact.hash);
            locked.files.push(LockedFile {
                name: file_name(url),
                url: Some(url.as_str().into()),
                sha256: reading.digest(&digest, line)?,
                ..LockedFile::default()
            });
        }
        locked.source = match (repository, self.artifacts.as_slice()) {
            (Some(repository), _) => Source::Repository(repository.into()),
            // A file of another name than the index would give it was named by its place.
            (None, [only]) if file_name(&only.url).is_none() => {
                Source::File(only.url.as_str().into())
            }
            _ => Source::Index(None),
        };
        Ok(locked)
    }
}
