//! A universe as an index in memory, for tests that need no network.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harden_packaging::{
    CoreMetadata, CoreMetadataFile, DistFile, DistKind, Index, IndexError, IndexErrorKind,
    LicenceFields, PackageName, Project, Reference, Release, Sha256, Yanked,
};
use harden_target::WheelFilename;
use jiff::Timestamp;
use pep440_rs::Version;

use crate::file::{Kind, MetadataFault, sha256};
use crate::{File, Universe};

impl Universe {
    /// The questions that this universe has answered in memory, in order: `project flask`,
    /// `metadata flask-2.0-py3-none-any.whl`, `sha256 flask-2.0-py3-none-any.whl`.
    pub fn questions(&self) -> Vec<String> {
        lock(&self.questions).clone()
    }

    fn asked(&self, question: String) {
        lock(&self.questions).push(question);
    }

    fn listed(&self, file: &DistFile) -> Result<&File, IndexError> {
        self.file(&file.filename).ok_or_else(|| {
            let message = format!("{} is not in this universe", file.filename);
            error(IndexErrorKind::Failed, message)
        })
    }
}

impl Index for Universe {
    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        self.asked(format!("project {name}"));
        if self.failing.contains(name) {
            let message = format!("cannot read the page of {name}: connection refused");
            return Err(error(IndexErrorKind::Failed, message));
        }
        let files = self.projects.get(name).ok_or_else(|| {
            let message = format!("no project {name} on the index");
            error(IndexErrorKind::NoSuchProject, message)
        })?;
        let mut pages = lock(&self.pages);
        let page = pages
            .entry(name.clone())
            .or_insert_with(|| Arc::new(page(name, files)));
        Ok(Arc::clone(page))
    }

    fn last_modified(&self, file: &DistFile) -> Result<Option<Timestamp>, IndexError> {
        self.asked(format!("last-modified {}", file.filename));
        Ok(self.listed(file)?.settings.modified)
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        self.asked(format!("metadata {}", file.filename));
        let file = self.listed(file)?;
        match file.settings.metadata {
            MetadataFault::None => Ok(Arc::new(core_metadata(file))),
            MetadataFault::Broken => Err(error(
                IndexErrorKind::BadMetadata,
                format!("the metadata of {} has no field Name", file.filename),
            )),
            MetadataFault::Mismatched => Err(error(
                IndexErrorKind::BadMetadata,
                format!(
                    "the metadata of {} is that of version {}",
                    file.filename,
                    file.metadata_release()
                ),
            )),
        }
    }

    fn direct(&self, reference: &Reference) -> Result<Arc<DistFile>, IndexError> {
        self.asked(format!("direct {reference}"));
        let named = self.file(reference.file().as_str());
        let file = named.and_then(|file| Some((file, dist_file(file)?)));
        let (file, listed) = file.ok_or_else(|| {
            let message = format!("cannot download {reference}: 404 Not Found");
            error(IndexErrorKind::Failed, message)
        })?;
        Ok(Arc::new(DistFile {
            url: reference.location().into(),
            sha256: Some(file.sha256()),
            requires_python: file.settings.python.as_deref().map(Into::into),
            upload_time: None,
            yanked: Yanked::No,
            ..listed
        }))
    }

    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError> {
        self.asked(format!("sha256 {}", file.filename));
        match file.sha256 {
            Some(listed) => Ok(listed),
            None => Ok(self.listed(file)?.sha256()),
        }
    }
}

fn error(kind: IndexErrorKind, message: String) -> IndexError {
    let message = message.into();
    IndexError { kind, message }
}

fn page(name: &PackageName, files: &[Arc<File>]) -> Project {
    let mut releases: BTreeMap<Version, Vec<Arc<DistFile>>> = BTreeMap::new();
    for file in files.iter().filter_map(|file| dist_file(file)) {
        releases
            .entry(file.version.clone())
            .or_default()
            .push(Arc::new(file));
    }
    let releases = releases.into_iter().rev().map(|(version, mut files)| {
        files.sort_by(|a, b| a.filename.cmp(&b.filename));
        Release::new(version, files)
    });
    Project {
        name: name.clone(),
        releases: releases.collect(),
        status: None,
    }
}

/// The file as an index client lists it; `None` if it is not a distribution.
fn dist_file(file: &File) -> Option<DistFile> {
    let (version, kind) = match file.kind {
        Kind::Wheel(_) => {
            let name: WheelFilename = file.filename.parse().ok()?;
            (name.version, DistKind::Wheel(name.tags))
        }
        Kind::SdistTarGz | Kind::SdistZip => (file.version.parse().ok()?, DistKind::Sdist),
        Kind::Junk => return None,
    };
    let url = format!("https://index.test/files/{}", file.filename);
    let release = (file.project.clone(), version);
    Some(DistFile {
        sha256: file.listed_sha256(),
        size: Some(file.contents().len() as u64),
        requires_python: file.settings.listed_python.as_deref().map(Into::into),
        upload_time: file.settings.uploaded,
        yanked: match &file.settings.yanked {
            Some(reason) => Yanked::Yes(reason.as_str().into()),
            None => Yanked::No,
        },
        core_metadata: if file.has_core_metadata() {
            CoreMetadataFile::Served(Some(sha256(file.metadata().as_bytes())))
        } else {
            CoreMetadataFile::Unknown
        },
        ..DistFile::new(release, file.filename.as_str(), kind, url)
    })
}

fn core_metadata(file: &File) -> CoreMetadata {
    CoreMetadata {
        name: file.project.clone(),
        version: file.version.parse().expect("it is listed, so it is valid"),
        requires_dist: file.requires_dist().map(Into::into).collect(),
        requires_python: file.settings.python.as_deref().map(Into::into),
        provides_extra: file
            .provided_extras()
            .filter_map(|extra| extra.parse().ok())
            .collect(),
        metadata_version: file.metadata_version().into(),
        dynamic: file
            .settings
            .dynamic
            .iter()
            .map(|field| field.to_ascii_lowercase().into())
            .collect(),
        licence: licence(file),
    }
}

fn licence(file: &File) -> LicenceFields {
    let mut licence = LicenceFields::default();
    let fields = file.settings.fields.iter();
    for (field, value) in fields.filter_map(|field| field.split_once(": ")) {
        licence.read(&field.to_ascii_lowercase(), value);
    }
    licence
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
