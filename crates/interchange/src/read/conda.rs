//! `conda-lock.yml`, version 1: the packages in it that pip installs.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Reading, file_name};
use crate::ReadLockError;
use crate::lock::{Lock, LockedFile, LockedPackage, Presence, Roots, Source};

/// The category of what is always installed.
const MAIN: &str = "main";

#[derive(Deserialize)]
struct Head {
    version: u64,
}

#[derive(Deserialize)]
struct Document {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manager: String,
    platform: String,
    url: String,
    #[serde(default)]
    hash: BTreeMap<String, String>,
    category: Option<String>,
}

pub(super) fn read(reading: &Reading<'_>) -> Result<Lock, ReadLockError> {
    let Head { version } = yaml(reading)?;
    if version != 1 {
        return Err(reading.other_version("version", version, "version 1"));
    }
    let document: Document = yaml(reading)?;
    let mut lock = Lock::empty(reading.file, reading.format, Roots::Listed);
    let main = reading.group(MAIN, 1)?;
    lock.base_groups.insert(main.clone());
    let mut line = 1;
    for package in &document.package {
        line = reading.line_with(&format!("- name: {}", package.name), line + 1);
        match package.manager.as_str() {
            "conda" => continue,
            "pip" => {}
            other => {
                return Err(
                    reading.damaged(line, format!("`manager` is `{other}`, which is not known"))
                );
            }
        }
        let mut locked = package.locked(reading, line)?;
        let group = match &package.category {
            Some(category) => reading.group(category, line)?,
            None => main.clone(),
        };
        lock.groups.insert(group.clone());
        locked.presence.push(Presence {
            group: Some(group),
            marker: None,
        });
        lock.packages.push(locked);
    }
    lock.groups.remove(&main);
    Ok(lock)
}

fn yaml<T: serde::de::DeserializeOwned>(reading: &Reading<'_>) -> Result<T, ReadLockError> {
    serde_saphyr::from_str(reading.text).map_err(|error| {
        let line = error.location().map_or(1, |place| place.line());
        let line = usize::try_from(line).unwrap_or(1);
        let message = error.to_string();
        reading.damaged(line, message.lines().next().unwrap_or_default())
    })
}

impl Package {
    fn locked(&self, reading: &Reading<'_>, line: usize) -> Result<LockedPackage, ReadLockError> {
        let name = reading.name(&self.name, line)?;
        let version = version(reading, &self.version, &self.url, line)?;
        let mut locked = LockedPackage::new(name, version, line);
        locked.platform = Some(self.platform.as_str().into());
        // What stands there for a repository is a commit.
        let is_repository = self.url.starts_with("git+");
        let digest = self.hash.get("sha256").filter(|_| !is_repository);
        let digest = digest.map(|text| reading.parsed(text, "hash.sha256", line));
        locked.files.push(LockedFile {
            name: file_name(&self.url),
            url: Some(self.url.as_str().into()),
            sha256: digest.transpose()?,
            ..LockedFile::default()
        });
        locked.source = if is_repository {
            Source::Repository(self.url.as_str().into())
        } else if file_name(&self.url).is_some() {
            Source::Index(None)
        } else {
            Source::File(self.url.as_str().into())
        };
        Ok(locked)
    }
}

/// The version of a package; what is named by its place need not have one.
fn version(
    reading: &Reading<'_>,
    text: &str,
    url: &str,
    line: usize,
) -> Result<Option<pep440_rs::Version>, ReadLockError> {
    match reading.version(text, line) {
        Ok(version) => Ok(Some(version)),
        Err(_) if file_name(url).is_none() => Ok(None),
        Err(error) => Err(error),
    }
}
