//! The cache of built wheels: by sdist, interpreter and build requirements, so that a build is repeated
//! only if one of them changes.

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

use super::{BuildError, BuiltWheel, Prepared};
use crate::FetchError;
use crate::atomic_write::write_whole;
use crate::folder::Folder;
use crate::store::Store;

/// Changes when builds run in another way, so that earlier results do not count.
const FORMAT: &str = "2";

/// Everything known that decides the result of a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildKey(Sha256);

impl BuildKey {
    /// The sdist with this digest, built by an interpreter with these pins.
    pub fn new(sdist: Sha256, interpreter: &Target, pins: &StrictFile) -> Self {
        let mut hasher = sha2::Sha256::new();
        hasher.update(format!("{FORMAT}\n{sdist}\n{interpreter}\n"));
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

/// Results of builds in a cache folder.
#[derive(Debug)]
pub struct BuiltCache {
    store: Option<Store>,
    folder: Option<PathBuf>,
}

impl BuiltCache {
    /// The results in the cache in `cache_dir`; none are kept where it cannot be written.
    pub fn open(cache_dir: &Path) -> Self {
        let folder = || {
            let folder = harden_index::files_folder(cache_dir).ok()?.join("built");
            fs::create_dir_all(&folder).ok()?;
            Some(folder)
        };
        Self {
            store: Store::open(cache_dir),
            folder: folder(),
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

    /// The metadata that a backend prepared.
    pub fn metadata(&self, key: BuildKey) -> Option<Prepared> {
        let record = self.recall("metadata", key)?;
        let text = record["text"].as_str()?.to_owned();
        let names = |read: &Vec<Value>| {
            let names = read.iter().map(|name| name.as_str().map(str::to_owned));
            names.collect()
        };
        let read = record["read"].as_array().and_then(names);
        Some(Prepared { text, read })
    }

    /// Remembers the metadata that a backend prepared.
    pub fn keep_metadata(&self, key: BuildKey, metadata: &Prepared) {
        let record = json!({ "text": metadata.text, "read": metadata.read });
        self.keep("metadata", key, &record);
    }

    /// The wheel of an earlier build.
    pub fn wheel(&self, key: BuildKey) -> Option<BuiltWheel> {
        let record = self.recall("wheel", key)?;
        let digest = record["sha256"].as_str()?.parse().ok()?;
        BuiltWheel::kept(self.store.as_ref()?, record["file"].as_str()?, digest)
    }

    /// Whether the wheel of this name and digest is here.
    pub fn has(&self, file: &str, sha256: Sha256) -> bool {
        let store = self.store.as_ref();
        store.is_some_and(|store| store.size(sha256, file).is_some())
    }

    /// Puts a built wheel into a wheelhouse.
    ///
    /// # Errors
    ///
    /// Returns [`BuildError`] where the wheelhouse cannot be written, or the wheel is gone from the
    /// cache.
    pub fn place(&self, wheel: &BuiltWheel, folder: &Path) -> Result<(), BuildError> {
        let folder = Folder::open(folder).map_err(FetchError::one)?;
        let placed = match &self.store {
            Some(store) => store.place(wheel.sha256(), wheel.file(), &folder),
            None => Ok(None),
        };
        if placed.map_err(FetchError::one)?.is_some() {
            return Ok(());
        }
        let gone = std::io::ErrorKind::NotFound.into();
        let failure = folder.failure("find in the cache", wheel.file(), gone);
        Err(FetchError::one(failure).into())
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
        // Tells `harden cache prune` that the file is in use; an error changes nothing.
        let kept = fs::File::options().write(true).open(&path);
        let _ = kept.and_then(|kept| kept.set_modified(SystemTime::now()));
        Some(record)
    }

    /// Where this fails, the next run builds again.
    fn keep(&self, what: &str, key: BuildKey, record: &Value) {
        let Some(path) = self.path(what, key) else {
            return;
        };
        let kept = write_whole(&path, |file| file.write_all(record.to_string().as_bytes()));
        if let Err(error) = kept {
            tracing::debug!("the result of a build is not cached: {error}");
        }
    }
}
