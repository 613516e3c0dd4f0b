//! `Pipfile.lock`, specification 6: what Pipenv installs, by category.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Reading, file_name};
use crate::ReadLockError;
use crate::lock::{Lock, LockedFile, LockedPackage, Presence, Roots, Source};

/// The category of what is always installed.
const DEFAULT: &str = "default";

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "_meta")]
    meta: Meta,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Meta {
    pipfile_spec: u64,
    #[serde(default)]
    requires: Requires,
    #[serde(default)]
    sources: Vec<Index>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Requires {
    python_version: Option<String>,
    python_full_version: Option<String>,
}

#[derive(Deserialize)]
struct Index {
    name: String,
    url: String,
}

#[derive(Deserialize)]
struct Package {
    version: Option<String>,
    #[serde(default)]
    hashes: Vec<String>,
    markers: Option<String>,
    #[serde(default)]
    extras: Vec<String>,
    index: Option<String>,
    git: Option<String>,
    hg: Option<String>,
    svn: Option<String>,
    bzr: Option<String>,
    r#ref: Option<String>,
    path: Option<String>,
    file: Option<String>,
}

pub(super) fn read(reading: &Reading<'_>) -> Result<Lock, ReadLockError> {
    let Head { meta } = reading.json()?;
    if meta.pipfile_spec != 6 {
        let spec = meta.pipfile_spec;
        return Err(reading.other_version("_meta.pipfile-spec", spec, "specification 6"));
    }
    let categories: BTreeMap<String, Value> = reading.json()?;
    let mut lock = Lock::empty(reading.file, reading.format, Roots::Listed);
    lock.base_groups.insert(reading.group(DEFAULT, 1)?);
    let python = match &meta.requires {
        Requires {
            python_full_version: Some(full),
            ..
        } => Some(format!("=={full}")),
        Requires {
            python_version: Some(minor),
            ..
        } => Some(format!("=={minor}.*")),
        _ => None,
    };
    let python = python.map(|text| reading.specifiers(&text, "_meta.requires", 1));
    lock.requires_python = python.transpose()?;
    for (category, packages) in categories {
        if category == "_meta" {
            continue;
        }
        let line = reading.line_with(&format!("\"{category}\": {{"), 1);
        let group = reading.group(&category, line)?;
        if !lock.base_groups.contains(&group) {
            lock.groups.insert(group.clone());
        }
        let packages: BTreeMap<String, Package> = serde_json::from_value(packages)
            .map_err(|error| reading.damaged(line, format!("`{category}`: {error}")))?;
        for (name, package) in &packages {
            let line = reading.line_with(&format!("\"{name}\": {{"), line);
            let presence = Presence {
                group: Some(group.clone()),
                marker: reading.marker(package.markers.as_deref(), line)?,
            };
            let mut locked = package.locked(reading, &meta, name, line)?;
            locked.presence.push(presence);
            lock.packages.push(locked);
        }
    }
    Ok(lock)
}

impl Package {
    fn locked(
        &self,
        reading: &Reading<'_>,
        meta: &Meta,
        name: &str,
        line: usize,
    ) -> Result<LockedPackage, ReadLockError> {
        let source = self.source(reading, meta, name, line)?;
        let version = match (&self.version, &source) {
            (Some(text), _) => {
                let exact = text.strip_prefix("==").unwrap_or(text);
                Some(reading.version(exact.trim_start_matches('='), line)?)
            }
            (None, Source::Index(_)) => {
                return Err(reading.damaged(line, format!("`{name}`: missing field `version`")));
            }
            (None, _) => None,
        };
        let mut locked = LockedPackage::new(reading.name(name, line)?, version, line);
        locked.source = source;
        locked.extras = reading.names(&self.extras, "extras", line)?;
        for hash in &self.hashes {
            locked.files.push(LockedFile {
                sha256: reading.digest(hash, line)?,
                ..LockedFile::default()
            });
        }
        Ok(locked)
    }

    fn source(
        &self,
        reading: &Reading<'_>,
        meta: &Meta,
        name: &str,
        line: usize,
    ) -> Result<Source, ReadLockError> {
        let repositories = [
            ("git", &self.git),
            ("hg", &self.hg),
            ("svn", &self.svn),
            ("bzr", &self.bzr),
        ];
        for (kind, url) in repositories {
            if let Some(url) = url {
                let commit = self.r#ref.as_ref();
                let commit = commit.map_or_else(String::new, |commit| format!("@{commit}"));
                return Ok(Source::Repository(format!("{kind}+{url}{commit}").into()));
            }
        }
        if let Some(place) = self.file.as_ref().or(self.path.as_ref()) {
            return Ok(if file_name(place).is_some() {
                Source::File(place.as_str().into())
            } else {
                Source::Folder(place.as_str().into())
            });
        }
        // Without an index of its own a package comes from the first.
        let index = match &self.index {
            None => meta.sources.first(),
            Some(index) => {
                let unknown = || {
                    reading.damaged(
                        line,
                        format!(
                            "`{name}`: `index` names `{index}`, which is not in `_meta.sources`"
                        ),
                    )
                };
                let found = meta.sources.iter().find(|source| source.name == *index);
                Some(found.ok_or_else(unknown)?)
            }
        };
        Ok(Source::Index(index.map(|index| index.url.as_str().into())))
    }
}
