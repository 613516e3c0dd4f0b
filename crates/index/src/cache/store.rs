//! Entries as files: written whole or not at all, checked when read.

use std::collections::BTreeSet;
use std::hash::Hasher;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use harden_packaging::{DistFile, Sha256};
use rustc_hash::FxHasher;
use sha2::Digest;
use url::Url;

/// The folder of this form of the cache.
pub(super) const FORM: &str = "v3";

/// Marks the folder as a cache, for backup programs and for `clean` (<https://bford.info/cachedir/>).
pub(super) const TAG_NAME: &str = "CACHEDIR.TAG";

/// What the tag file holds; the first line is prescribed.
pub(super) const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # The cache of harden and fetch; it may be deleted at any time.\n";

/// What every entry begins with; then the checksum of the rest, then the rest.
const MAGIC: &[u8; 8] = b"harden\x00\x01";

/// Magic and checksum.
const HEAD: usize = 16;

/// The entries, or nothing where there is no cache.
pub(crate) struct Store {
    root: Option<PathBuf>,
}

/// The name of an entry: its path under the root.
#[derive(Debug, Clone)]
pub(crate) struct Key(PathBuf);

/// An entry as found.
pub(crate) struct Kept {
    bytes: Vec<u8>,
    /// Since it was written or confirmed; `None` where the clock has gone back since.
    pub(crate) age: Option<Duration>,
}

impl Kept {
    /// What was written.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.bytes[HEAD..]
    }

    /// The whole entry, and where in it [`Self::payload`] begins.
    pub(crate) fn into_bytes(self) -> (Vec<u8>, usize) {
        (self.bytes, HEAD)
    }
}

impl Key {
    /// The page at `url`, of the project `name`.
    pub(crate) fn page(url: &Url, name: &str) -> Self {
        let host: String = host(url);
        Self(
            Path::new("pages")
                .join(host)
                .join(format!("{name}-{}.bin", short_digest(url))),
        )
    }

    /// The metadata that was read from verified bytes of this digest, whoever listed them.
    pub(crate) fn verified_metadata(file: &Sha256) -> Self {
        Self::by_digest("metadata", file)
    }

    /// The metadata of `file`, of the digest `sha256`, as the index that lists it gives it.
    pub(crate) fn listed_metadata(file: &DistFile, sha256: &Sha256) -> Self {
        let text = [&*file.listed_by, &file.filename, &sha256.to_string()].join("\n");
        let digest = Sha256::from_bytes(sha2::Sha256::digest(text).into());
        Self::by_digest("listed-metadata", &digest)
    }

    fn by_digest(folder: &str, digest: &Sha256) -> Self {
        let digest = digest.to_string();
        let (first, rest) = digest.split_at(2);
        Self(Path::new(folder).join(first).join(format!("{rest}.bin")))
    }

    /// What is known of the file that a direct reference leads to.
    pub(crate) fn direct(url: &Url) -> Self {
        Self(Path::new("direct").join(format!("{}-{}.bin", host(url), short_digest(url))))
    }

    /// The document at `url`, or what the service there says of `name`.
    pub(crate) fn document(url: &Url, name: &str) -> Self {
        let digest = Sha256::from_bytes(sha2::Sha256::digest(format!("{url}\n{name}")).into());
        let file = format!("{}-{}.bin", host(url), &digest.to_string()[..32]);
        Self(Path::new("documents").join(file))
    }

    /// What is known of the index or file server at `url`.
    pub(crate) fn index(url: &Url) -> Self {
        Self(Path::new("indexes").join(format!("{}-{}.bin", host(url), short_digest(url))))
    }
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.replace(
        |c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c),
        "_",
    )
}

fn short_digest(url: &Url) -> String {
    let digest = Sha256::from_bytes(sha2::Sha256::digest(url.as_str()).into());
    digest.to_string()[..16].to_owned()
}

impl Store {
    /// The cache in the folder `dir`.
    pub(crate) fn new(dir: Option<PathBuf>) -> Self {
        Self { root: dir }
    }

    /// Whether anything is kept at all.
    pub(crate) fn is_kept(&self) -> bool {
        self.root.is_some()
    }

    /// The folder of the cache.
    pub(crate) fn root(&self) -> Option<&Path> {
        self.root.as_deref()
    }

    /// The names of the projects of which pages are kept, sorted, each once.
    pub(crate) fn page_names(&self) -> Vec<String> {
        let Some(root) = &self.root else {
            return Vec::new();
        };
        let entries = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten();
        let hosts = entries(root.join(FORM).join("pages"));
        let pages = hosts.flat_map(|host| entries(host.path()));
        let names = pages.filter_map(|page| {
            let file = page.file_name().into_string().ok()?;
            let (name, _) = file.strip_suffix(".bin")?.rsplit_once('-')?;
            Some(name.to_owned())
        });
        let names: BTreeSet<String> = names.collect();
        names.into_iter().collect()
    }

    /// What is kept under `key`, if it is whole.
    pub(crate) fn read(&self, key: &Key) -> Option<Kept> {
        let path = self.path(key)?;
        // A link or a pipe in its place is not ours, and reading it might never end.
        if !std::fs::symlink_metadata(&path).ok()?.is_file() {
            return None;
        }
        let mut file = std::fs::File::open(path).ok()?;
        let found = file.metadata().ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(found.len()).ok()?);
        file.read_to_end(&mut bytes).ok()?;
        let (magic, rest) = bytes.split_first_chunk::<8>()?;
        let (sum, payload) = rest.split_first_chunk::<8>()?;
        if magic != MAGIC || *sum != checksum(payload) {
            tracing::debug!(
                "a damaged entry of the cache is passed over: {}",
                key.0.display()
            );
            return None;
        }
        let age = SystemTime::now()
            .duration_since(found.modified().ok()?)
            .ok();
        Some(Kept { bytes, age })
    }

    /// Keeps `payload` under `key`. That it cannot be kept is no failure: the next run asks again.
    pub(crate) fn write(&self, key: &Key, payload: &[u8]) {
        let Some(path) = self.path(key) else { return };
        if let Err(error) = self.write_whole(&path, payload) {
            tracing::debug!("cannot keep {} in the cache: {error}", path.display());
        }
    }

    /// Says that what is kept under `key` was confirmed just now.
    pub(crate) fn confirm(&self, key: &Key) {
        let Some(path) = self.path(key) else { return };
        let touched = std::fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_modified(SystemTime::now()));
        if let Err(error) = touched {
            tracing::debug!("cannot renew {} in the cache: {error}", path.display());
        }
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        Some(self.root.as_ref()?.join(FORM).join(&key.0))
    }

    fn write_whole(&self, path: &Path, payload: &[u8]) -> io::Result<()> {
        let folder = path.parent().unwrap_or(path);
        let mut file = match new_file_in(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.make_folder(folder)?;
                new_file_in(folder)?
            }
            made => made?,
        };
        file.write_all(MAGIC)?;
        file.write_all(&checksum(payload))?;
        file.write_all(payload)?;
        file.persist(path).map_err(|failed| failed.error)?;
        Ok(())
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        let Some(root) = &self.root else {
            return Ok(());
        };
        let tag = root.join(TAG_NAME);
        if tag.exists() {
            Ok(())
        } else {
            std::fs::write(tag, TAG)
        }
    }
}

/// A file without its final name, with the mode that the umask gives: others may share the cache.
fn new_file_in(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Tells a damaged entry; no defence against malice, which could as well write a right one.
fn checksum(payload: &[u8]) -> [u8; 8] {
    let mut hasher = FxHasher::default();
    hasher.write_usize(payload.len());
    hasher.write(payload);
    hasher.finish().to_le_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::page(
            &Url::parse("https://index.test:8443/simple/a/").unwrap(),
            "a",
        )
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Some(dir.path().to_owned()));
        assert!(store.read(&key()).is_none());
        store.write(&key(), b"one");
        store.write(&key(), b"two");
        let kept = store.read(&key()).unwrap();
        assert_eq!(kept.payload(), b"two");
        assert!(kept.age.unwrap() < Duration::from_mins(1));
        assert!(dir.path().join(TAG_NAME).is_file());
    }

    #[test]
    fn a_damaged_entry_is_absent() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Some(dir.path().to_owned()));
        let path = store.path(&key()).unwrap();
        store.write(&key(), b"payload");
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(store.read(&key()).is_none(), "cut to {length}");
        }
        for flipped in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[flipped] ^= 1;
            std::fs::write(&path, bytes).unwrap();
            assert!(store.read(&key()).is_none(), "flipped {flipped}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_an_entry_is_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Some(dir.path().to_owned()));
        store.write(&key(), b"payload");
        let path = store.path(&key()).unwrap();
        let elsewhere = dir.path().join("elsewhere");
        std::fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(store.read(&key()).is_none());
    }

    #[test]
    fn confirming_makes_an_entry_young_again() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Some(dir.path().to_owned()));
        store.write(&key(), b"x");
        let file = std::fs::File::options()
            .write(true)
            .open(store.path(&key()).unwrap())
            .unwrap();
        file.set_modified(SystemTime::now() - Duration::from_hours(3))
            .unwrap();
        assert!(store.read(&key()).unwrap().age.unwrap() >= Duration::from_hours(3));
        store.confirm(&key());
        assert!(store.read(&key()).unwrap().age.unwrap() < Duration::from_mins(1));
    }

    #[test]
    fn without_a_folder_nothing_is_kept() {
        let store = Store::new(None);
        store.write(&key(), b"x");
        store.confirm(&key());
        assert!(store.read(&key()).is_none());
    }
}
