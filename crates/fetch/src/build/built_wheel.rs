//! What came out of a build, looked into as a downloaded wheel is, and kept.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use harden_packaging::{DistKind, Sha256};
use harden_target::WheelTags;

use super::{BuildError, Sdist};
use crate::WheelDefect;
use crate::folder::Folder;
use crate::name::PinnedFile;
use crate::partial::Partial;
use crate::store::Store;
use crate::wheel::{Expected, inspect};
use crate::{Failure, FetchError};

/// A wheel of the release that is pinned, in the wheelhouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltWheel {
    file: String,
    tags: WheelTags,
    sha256: Sha256,
}

impl BuiltWheel {
    /// Its name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What it runs on.
    pub fn tags(&self) -> &WheelTags {
        &self.tags
    }

    /// Its digest.
    pub fn sha256(&self) -> Sha256 {
        self.sha256
    }

    /// The wheel of this name and digest, if it is one of the release that `sdist` is of.
    pub(super) fn of(sdist: &Sdist<'_>, file: &str, sha256: Sha256) -> Option<Self> {
        let PinnedFile { name, kind } = PinnedFile::of(sdist.pin(), file)?;
        match kind {
            DistKind::Wheel(tags) => Some(Self {
                file: name,
                tags,
                sha256,
            }),
            DistKind::Sdist => None,
        }
    }
}

/// Takes the one wheel in `out` into a wheelhouse, through the cache if there is one.
pub(super) fn take(
    out: &Path,
    sdist: &Sdist<'_>,
    folder: &Path,
    cache_dir: Option<&Path>,
) -> Result<BuiltWheel, BuildError> {
    let other = |found: String| BuildError::OtherWheel {
        sdist: sdist.file().to_owned(),
        found,
        name: sdist.pin().name().clone(),
        version: sdist.pin().version().clone(),
    };
    let names = names(out).map_err(BuildError::io("read", out))?;
    let [file] = &names[..] else {
        let found = if names.is_empty() {
            "nothing".to_owned()
        } else {
            names.join(" and ")
        };
        return Err(other(found));
    };
    let folder = Folder::open(folder).map_err(FetchError::one)?;
    let store = cache_dir.and_then(Store::open);
    let parts = store.as_ref().map_or(folder.parts(), Store::parts);
    let mut partial = parts.take_up(file, None);
    copy(&out.join(file), &mut partial)?;
    let wheel = BuiltWheel::of(sdist, file, partial.digest()).ok_or_else(|| other(file.clone()))?;
    look_into(&mut partial, sdist).map_err(|source| BuildError::BadWheel {
        sdist: sdist.file().to_owned(),
        wheel: file.clone(),
        source,
    })?;
    sdist.accept(&wheel)?;
    let path = match &store {
        None => folder.path(file),
        Some(store) => store
            .make_room(wheel.sha256, file)
            .map_err(BuildError::io("keep in the cache", file))?,
    };
    partial.keep(&path).map_err(FetchError::one)?;
    if let Some(store) = store
        && !place(&store, &wheel, &folder)?
    {
        let gone = std::io::ErrorKind::NotFound.into();
        let failure = folder.failure("find in the cache what was just put there:", file, gone);
        return Err(FetchError::one(failure).into());
    }
    Ok(wheel)
}

/// Brings a wheel from the cache into a wheelhouse; whether it is there, and right.
pub(super) fn place(
    store: &Store,
    wheel: &BuiltWheel,
    folder: &Folder,
) -> Result<bool, BuildError> {
    let placed = store.place(wheel.sha256, &wheel.file, folder);
    Ok(placed.map_err(FetchError::one)?.is_some())
}

fn names(out: &Path) -> std::io::Result<Vec<String>> {
    let names = fs::read_dir(out)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into()));
    names.collect()
}

fn copy(from: &Path, to: &mut Partial<'_>) -> Result<(), BuildError> {
    let unreadable = || BuildError::io("read", from);
    let failed = |failure: Failure| BuildError::from(FetchError::one(failure));
    let mut file = File::open(from).map_err(unreadable())?;
    to.begin(None).map_err(failed)?;
    let mut buffer = vec![0; 256 << 10];
    loop {
        match file.read(&mut buffer).map_err(unreadable())? {
            0 => return Ok(()),
            read => to.append(&buffer[..read]).map_err(failed)?,
        }
    }
}

fn look_into(partial: &mut Partial<'_>, sdist: &Sdist<'_>) -> Result<(), WheelDefect> {
    let expected = Expected {
        name: sdist.pin().name(),
        version: sdist.pin().version(),
        sidecar: None,
    };
    match partial.read()? {
        Some(file) => inspect(file, &expected),
        None => Ok(()),
    }
}
