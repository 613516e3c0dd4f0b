//! What was built before, in the cache: by sdist, interpreter and build requirements, so that a
//! build runs again only where one of them is another.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use harden_hasher::StrictFile;
use harden_packaging::Sha256;
use harden_requirements::Requirement;
use harden_target::Target;
use serde_json::{Value, json};
use sha2::Digest;

use super::built_wheel::place;
use super::{BuildError, BuiltWheel, Sdist};
use crate::FetchError;
use crate::folder::Folder;
use crate::store::Store;

/// What decides the result of a build, as far as it can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildKey(Sha256);

impl BuildKey {
    /// The sdist with this digest, built by an interpreter with these pins.
    pub fn new(sdist: Sha256, interpreter: &Target, pins: &StrictFile) -> Self {
        let mut hasher = sha2::Sha256::new();
        hasher.update(format!("{sdist}\n{interpreter}\n"));
        for pin in pins.pins() {
            hasher.update(format!("{}=={}", pin.name(), pin.version()));
            for digest in pin.hashes() {
                hasher.update(format!(" {digest}"));
            }
            hasher.update("\n");
        }
        Self(Sha256::from_bytes(hasher.finalize().into()))
    }
}

/// The memory of a cache; it forgets all where there is no cache.
#[derive(Debug)]
pub struct BuiltCache {
    store: Option<Store>,
    folder: Option<PathBuf>,
}

impl BuiltCache {
    /// The memory of the cache in `cache_dir`.
    pub fn open(cache_dir: Option<&Path>) -> Self {
        let folder = cache_dir.and_then(|cache_dir| {
            let folder = harden_index::files_folder(cache_dir).ok()?.join("built");
            fs::create_dir_all(&folder).ok()?;
            Some(folder)
        });
        Self {
            store: cache_dir.and_then(Store::open),
            folder,
        }
    }

    /// What a backend said that it needs besides.
    pub fn needs(&self, key: BuildKey) -> Option<Vec<Requirement>> {
        let record = self.recall("needs", key)?;
        let needs = record.as_array()?.iter();
        needs.map(|need| need.as_str()?.parse().ok()).collect()
    }

    /// Remembers what a backend said that it needs besides.
    pub fn keep_needs(&self, key: BuildKey, needs: &[Requirement]) {
        let needs = needs.iter().map(ToString::to_string);
        self.keep("needs", key, &needs.collect::<Vec<_>>().into());
    }

    /// Brings the wheel that was built so into a wheelhouse; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where a target does not take it, or the wheelhouse cannot be written.
    pub fn wheel(
        &self,
        key: BuildKey,
        sdist: &Sdist<'_>,
        folder: &Path,
    ) -> Result<Option<BuiltWheel>, BuildError> {
        let known = || {
            let record = self.recall("wheel", key)?;
            let digest = record["sha256"].as_str()?.parse().ok()?;
            BuiltWheel::of(sdist, record["file"].as_str()?, digest)
        };
        let (Some(wheel), Some(store)) = (known(), &self.store) else {
            return Ok(None);
        };
        sdist.accept(&wheel)?;
        let folder = Folder::open(folder).map_err(FetchError::one)?;
        Ok(place(store, &wheel, &folder)?.then_some(wheel))
    }

    /// Remembers a wheel, which is in the cache.
    pub fn keep_wheel(&self, key: BuildKey, wheel: &BuiltWheel) {
        let record = json!({ "file": wheel.file(), "sha256": wheel.sha256().to_string() });
        self.keep("wheel", key, &record);
    }

    /// The ending is one that `harden cache prune` takes for an entry of the cache.
    fn path(&self, what: &str, key: BuildKey) -> Option<PathBuf> {
        let folder = self.folder.as_ref()?;
        Some(folder.join(format!("{what}-{}.bin", key.0)))
    }

    fn recall(&self, what: &str, key: BuildKey) -> Option<Value> {
        let path = self.path(what, key)?;
        let record = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
        // Says to `harden cache prune` that it is still of use; it is if nothing can be said.
        let kept = fs::File::options().write(true).open(&path);
        let _ = kept.and_then(|kept| kept.set_modified(SystemTime::now()));
        Some(record)
    }

    /// Where this fails, the next run builds anew.
    fn keep(&self, what: &str, key: BuildKey, record: &Value) {
        let (Some(path), Some(folder)) = (self.path(what, key), &self.folder) else {
            return;
        };
        let kept = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
            file.write_all(record.to_string().as_bytes())?;
            file.persist(&path).map_err(|error| error.error)
        });
        if let Err(error) = kept {
            tracing::debug!("what was built is not remembered: {error}");
        }
    }
}
