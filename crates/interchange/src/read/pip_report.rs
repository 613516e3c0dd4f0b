//! What `pip install --report` writes, version 1: what pip would install on one machine.
//!
//! <https://pip.pypa.io/en/stable/reference/installation-report/>

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Reading, file_name};
use crate::ReadLockError;
use crate::lock::{Edge, Lock, LockedFile, LockedPackage, Roots, Source};

#[derive(Deserialize)]
struct Head {
    version: String,
}

#[derive(Deserialize)]
struct Document {
    install: Vec<Installed>,
}

#[derive(Deserialize)]
struct Installed {
    download_info: Download,
    is_direct: bool,
    requested: bool,
    #[serde(default)]
    requested_extras: Vec<String>,
    metadata: Metadata,
}

#[derive(Deserialize)]
struct Download {
    url: String,
    archive_info: Option<Archive>,
    vcs_info: Option<Repository>,
    dir_info: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Archive {
    hash: Option<String>,
    hashes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Repository {
    vcs: String,
    commit_id: String,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    version: String,
    #[serde(default)]
    requires_dist: Vec<String>,
    requires_python: Option<String>,
}

pub(super) fn read(reading: &Reading<'_>) -> Result<Lock, ReadLockError> {
    let Head { version } = reading.json()?;
    if version != "1" {
        return Err(reading.other_version("version", version, "version 1"));
    }
    let document: Document = reading.json()?;
    let mut lock = Lock::empty(reading.file, reading.format, Roots::Listed);
    let mut roots = Vec::new();
    for installed in &document.install {
        let line = reading.line_with(&installed.download_info.url, 1);
        let locked = installed.locked(reading, line)?;
        if installed.requested {
            roots.push(Edge {
                version: locked.version.clone(),
                extras: reading.names(&installed.requested_extras, "requested_extras", line)?,
                ..Edge::on(locked.name.clone(), line)
            });
        }
        lock.packages.push(locked);
    }
    lock.roots = Roots::Named(roots);
    Ok(lock)
}

impl Installed {
    fn locked(&self, reading: &Reading<'_>, line: usize) -> Result<LockedPackage, ReadLockError> {
        let metadata = &self.metadata;
        let name = reading.name(&metadata.name, line)?;
        let version = reading.version(&metadata.version, line)?;
        let mut locked = LockedPackage::new(name, Some(version), line);
        let python = metadata.requires_python.as_deref();
        locked.requires_python = python
            .map(|text| reading.specifiers(text, "requires_python", line))
            .transpose()?;
        for text in &metadata.requires_dist {
            let requirement = reading.requirement(text, line)?;
            locked.dependencies.push(Edge::of(requirement, line));
        }
        let download = &self.download_info;
        let url = &download.url;
        locked.source = if let Some(vcs) = &download.vcs_info {
            Source::Repository(format!("{}+{url}@{}", vcs.vcs, vcs.commit_id).into())
        } else if download.dir_info.is_some() {
            Source::Folder(url.as_str().into())
        } else if self.is_direct {
            Source::File(url.as_str().into())
        } else {
            Source::Index(None)
        };
        if let Some(archive) = &download.archive_info {
            locked.files.push(archive.locked(reading, url, line)?);
        }
        Ok(locked)
    }
}

impl Archive {
    fn locked(
        &self,
        reading: &Reading<'_>,
        url: &str,
        line: usize,
    ) -> Result<LockedFile, ReadLockError> {
        let newer = self
            .hashes
            .get("sha256")
            .map(|digest| format!("sha256:{digest}"));
        let older = self.hash.as_ref().map(|hash| hash.replacen('=', ":", 1));
        let digest = newer.or(older);
        Ok(LockedFile {
            name: file_name(url),
            url: Some(url.into()),
            sha256: digest
                .map(|digest| reading.digest(&digest, line))
                .transpose()?
                .flatten(),
            ..LockedFile::default()
        })
    }
}
