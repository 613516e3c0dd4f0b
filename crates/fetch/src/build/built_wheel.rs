//! A wheel that came out of a build: inspected as a downloaded wheel is, and kept in the cache.

use std::fs::File;
use std::io::Seek;
use std::path::Path;

use harden_packaging::{DistFilename, DistKind, PackageName, Sha256};
use harden_target::WheelTags;
use pep440_rs::Version;

use super::outcome::open;
use super::repack::repack;
use super::{BuildError, Source};
use crate::hash::hash;
use crate::partial::Partial;
use crate::regular_file;
use crate::store::Store;
use crate::wheel::{Expected, inspect, metadata};
use crate::{Failure, FetchError, WheelDefect};

/// A built wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltWheel {
    file: String,
    tags: WheelTags,
    sha256: Sha256,
    metadata: String,
}

impl BuiltWheel {
    /// Its file name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The tags in its file name.
    pub fn tags(&self) -> &WheelTags {
        &self.tags
    }

    /// Its digest.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// The text of its `METADATA`.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// The wheel of this name and digest in the cache; `None` also if its bytes have changed there.
    pub(super) fn kept(store: &Store, file: &str, sha256: Sha256) -> Option<Self> {
        let tags = tags(file, None)?;
        let mut wheel = regular_file::open(&store.path(sha256, file)).ok()?;
        let (actual, _) = hash(&mut wheel).ok()?;
        if actual != sha256 {
            return None;
        }
        Some(Self {
            file: file.to_owned(),
            tags,
            sha256,
            metadata: metadata(&mut wheel).ok()?,
        })
    }
}

/// The tags in the name of a wheel of this release.
fn tags(file: &str, release: Option<(&PackageName, &Version)>) -> Option<WheelTags> {
    let name: DistFilename = file.parse().ok()?;
    let is_of = release
        .is_none_or(|(project, version)| name.name() == project && name.version() == version);
    match name.kind() {
        DistKind::Wheel(tags) if is_of => Some(tags.clone()),
        _ => None,
    }
}

/// Takes the wheel `file` in `out` into the cache.
pub(super) fn take(
    out: &Path,
    file: &str,
    source: &Source,
    cache_dir: &Path,
) -> Result<BuiltWheel, BuildError> {
    let release = (source.name(), source.version());
    let tags = tags(file, Some(release)).ok_or_else(|| BuildError::OtherWheel {
        sdist: source.label().to_owned(),
        found: file.to_owned(),
        name: source.name().clone(),
        version: source.version().clone(),
    })?;
    let refused = |defect| BuildError::BadWheel {
        sdist: source.label().to_owned(),
        wheel: file.to_owned(),
        source: defect,
    };
    let built = out.join(file);
    let wheel = open(&built).map_err(|error| refused(WheelDefect::Read(error)))?;
    let store = Store::open(cache_dir).ok_or_else(|| unwritable(cache_dir))?;
    let mut partial = store.parts().take_up(file, None);
    repacked(wheel, &mut partial, &built)?.map_err(refused)?;
    let text = inspected(&mut partial, source, &tags).map_err(refused)?;
    let sha256 = partial.digest();
    let path = store
        .make_room(sha256, file)
        .map_err(BuildError::io("keep in the cache", file))?;
    partial.keep(&path).map_err(FetchError::one)?;
    Ok(BuiltWheel {
        file: file.to_owned(),
        tags,
        sha256,
        metadata: text,
    })
}

fn unwritable(cache_dir: &Path) -> BuildError {
    BuildError::io("write to the cache in", cache_dir)(std::io::ErrorKind::PermissionDenied.into())
}

/// Writes a wheel in its reproducible form; the defect of one that is not a readable zip.
fn repacked(
    wheel: File,
    to: &mut Partial<'_>,
    path: &Path,
) -> Result<Result<(), WheelDefect>, BuildError> {
    let mut temporary = tempfile::tempfile().map_err(BuildError::io("copy", path))?;
    if let Err(error) = repack(wheel, &mut temporary) {
        return Ok(Err(WheelDefect::Archive(error.to_string())));
    }
    let failed = |failure: Failure| BuildError::from(FetchError::one(failure));
    temporary.rewind().map_err(BuildError::io("copy", path))?;
    to.begin(None).map_err(failed)?;
    to.append_all(&mut temporary).map_err(failed)?;
    Ok(Ok(()))
}

/// Inspects a wheel; the text of its `METADATA`.
fn inspected(
    partial: &mut Partial<'_>,
    source: &Source,
    tags: &WheelTags,
) -> Result<String, WheelDefect> {
    let expected = Expected {
        name: source.name(),
        version: source.version(),
        tags,
        other_tags: &[],
        sidecar: None,
    };
    match partial.read()? {
        Some(file) => {
            let inspected = inspect(file, &expected)?;
            Ok(String::from_utf8_lossy(&inspected.metadata).into_owned())
        }
        None => Ok(String::new()),
    }
}
