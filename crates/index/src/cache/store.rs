//! Entries as files: written whole or not at all, with checksums that are verified when they are read or used.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once, OnceLock};
use std::time::{Duration, SystemTime};

use harden_packaging::{DistFile, IndexError, PackageName, Sha256};
use url::Url;

use super::found::{Content, FileState, Found};
use super::pack::Packs;
use super::payload::{Checksums, OpenFiles, Payload, SMALL, Size, Verify};

/// The folder of this form of the cache.
pub(super) const FORM: &str = "v9";

/// Marks the folder as a cache, for backup programs and for `clean` (<https://bford.info/cachedir/>).
pub(super) const TAG_NAME: &str = "CACHEDIR.TAG";

/// What the tag file holds; the first line is prescribed.
pub(super) const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # The cache of harden and fetch; it may be deleted at any time.\n";

/// What every entry begins with; then the checksum of the payload, how many bytes of that are always needed,
/// the payload, and, if it is large, the checksums of its blocks.
const MAGIC: &[u8; 8] = b"harden\x00\x03";

/// Magic, checksum and number.
const HEAD: usize = 8 + 8 + 4;

/// The folder of metadata by the digests of files, in that of the form.
const VERIFIED: &str = "metadata";

/// The folder of the packs of metadata, in that of the form.
const PACKS: &str = "index-metadata";

/// The folder of entries that are being written, in that of the form.
const UNFINISHED: &str = "unfinished";

/// After this long a run that wrote an entry has ended, or never will.
const LONGEST_RUN: Duration = Duration::from_hours(24);

/// The entries; none if the cache is turned off.
pub(crate) struct Store {
    root: Option<PathBuf>,
    /// The folder of this form.
    folder: Option<PathBuf>,
    /// Whether there are entries of verified metadata, by the first byte of their digests.
    verified: OnceLock<Box<[AtomicBool]>>,
    swept: Once,
    packs: Packs,
    found: Found,
    verify: Verify,
    open: Arc<OpenFiles>,
}

/// The name of an entry: its path under the root.
#[derive(Debug, Clone)]
pub(crate) struct Key(PathBuf);

/// An entry as found.
pub(crate) struct Kept {
    payload: Payload,
    /// Since it was written or confirmed; `None` where the clock has gone back since.
    pub(crate) age: Option<Duration>,
}

impl Kept {
    fn of((content, payload): (Content, Payload)) -> Self {
        let age = content.file.age();
        Self { payload, age }
    }

    /// What was written, or the front of it if not all of it is always needed.
    pub(crate) fn payload(&self) -> &[u8] {
        self.payload.front()
    }

    /// What was written.
    pub(crate) fn into_payload(self) -> Payload {
        self.payload
    }
}

impl Key {
    /// Its path under the folder of this form of the cache.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The page at `url`, of the project `name`.
    pub(crate) fn page(url: &Url, name: &str) -> Self {
        let host: String = host(url);
        Self(
            Path::new("pages")
                .join(host)
                .join(format!("{name}-{}.bin", short_digest(url.as_str()))),
        )
    }

    /// The metadata that was read from verified bytes of this digest, valid for every index.
    pub(crate) fn verified_metadata(file: &Sha256) -> Self {
        Self::by_digest(VERIFIED, file)
    }

    fn by_digest(folder: &str, digest: &Sha256) -> Self {
        let digest = digest.to_string();
        let (first, rest) = digest.split_at(2);
        Self(Path::new(folder).join(first).join(format!("{rest}.bin")))
    }

    /// What is known of the file that a direct reference leads to.
    pub(crate) fn direct(url: &Url) -> Self {
        Self(Path::new("direct").join(format!("{}-{}.bin", host(url), short_digest(url.as_str()))))
    }

    /// The document at `url`, or what the service there says of `name`.
    pub(crate) fn document(url: &Url, name: &str) -> Self {
        let digest = Sha256::of(format!("{url}\n{name}"));
        let file = format!("{}-{}.bin", host(url), &digest.to_string()[..32]);
        Self(Path::new("documents").join(file))
    }

    /// What the request `name` was answered with, and by what.
    pub(crate) fn answer(name: &Sha256) -> Self {
        Self(Path::new("answers").join(format!("{}.bin", &name.to_string()[..32])))
    }

    /// Whether the index at `url` has PyPI's JSON API beside it.
    pub(crate) fn release_api(url: &Url) -> Self {
        let name = format!("{}-{}-api.bin", host(url), short_digest(url.as_str()));
        Self(Path::new("indexes").join(name))
    }

    /// What is known of the index or file server at `url`.
    pub(crate) fn index(url: &Url) -> Self {
        Self(Path::new("indexes").join(format!("{}-{}.bin", host(url), short_digest(url.as_str()))))
    }
}

/// The pack with the metadata of a project, as one index gives it.
fn pack_of(file: &DistFile) -> PathBuf {
    pack_at(&file.listed_by, &file.project)
}

/// The pack with the metadata of the project `name`, as the index `listed_by` gives it.
pub(crate) fn pack_at(listed_by: &str, name: &PackageName) -> PathBuf {
    Path::new(PACKS)
        .join(short_digest(listed_by))
        .join(format!("{name}.bin"))
}

/// The name of the record with the metadata of `file`, of the digest `sha256`.
fn record_of(file: &DistFile, sha256: &Sha256) -> Sha256 {
    let text = format!("{}\n{sha256}", file.filename);
    Sha256::of(text)
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.replace(
        |c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c),
        "_",
    )
}

fn short_digest(text: &str) -> String {
    let digest = Sha256::of(text);
    digest.to_string()[..16].to_owned()
}

impl Store {
    /// The cache in the folder `dir`.
    pub(crate) fn new(dir: Option<PathBuf>, verify: Verify) -> Self {
        Self {
            folder: dir.as_ref().map(|dir| dir.join(FORM)),
            root: dir,
            verified: OnceLock::new(),
            swept: Once::new(),
            packs: Packs::default(),
            found: Found::default(),
            verify,
            open: Arc::default(),
        }
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
        let Some(folder) = &self.folder else {
            return Vec::new();
        };
        let entries = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten();
        let hosts = entries(folder.join("pages"));
        let pages = hosts.flat_map(|host| entries(host.path()));
        let names = pages.filter_map(|page| {
            let file = page.file_name().into_string().ok()?;
            let (name, _) = file.strip_suffix(".bin")?.rsplit_once('-')?;
            Some(name.to_owned())
        });
        let names: BTreeSet<String> = names.collect();
        names.into_iter().collect()
    }

    /// What this run has met.
    pub(crate) fn found(&self) -> &Found {
        &self.found
    }

    /// What is kept under `key`, if it is whole.
    pub(crate) fn read(&self, key: &Key) -> Option<Kept> {
        let read = self.read_entry(&self.path(key)?);
        let content = read.as_ref().map(|(content, _)| *content);
        self.found.read(&key.0, content);
        read.map(Kept::of)
    }

    /// The metadata that was read from verified bytes of this digest.
    pub(crate) fn read_verified_metadata(&self, file: &Sha256) -> Option<Kept> {
        let key = Key::verified_metadata(file);
        if self.has_verified(file)?.load(Ordering::Relaxed) {
            return self.read(&key);
        }
        self.found.read(&key.0, None);
        None
    }

    /// Keeps that. A failure is only logged.
    pub(crate) fn write_verified_metadata(&self, file: &Sha256, payload: &[u8]) {
        if let Some(has) = self.has_verified(file) {
            has.store(true, Ordering::Relaxed);
        }
        self.write(&Key::verified_metadata(file), payload);
    }

    /// Whether there may be such metadata: one look at the folder costs less than one at each of a thousand entries
    /// that are not there.
    fn has_verified(&self, file: &Sha256) -> Option<&AtomicBool> {
        let folder = self.folder.as_ref()?;
        let known = self.verified.get_or_init(|| {
            let names = std::fs::read_dir(folder.join(VERIFIED));
            let names = names.into_iter().flatten().flatten();
            let names: BTreeSet<OsString> = names.map(|entry| entry.file_name()).collect();
            let is_there = |byte: u8| names.contains(OsStr::new(&format!("{byte:02x}")));
            (0..=u8::MAX).map(is_there).map(AtomicBool::new).collect()
        });
        known.get(usize::from(file.as_bytes()[0]))
    }

    /// What is kept under `key`, if it is whole, without noting that it was met.
    pub(crate) fn peek(&self, key: &Key) -> Option<Kept> {
        self.read_entry(&self.path(key)?).map(Kept::of)
    }

    /// An error if a part of an entry could not be read again: what was answered may lack it.
    pub(crate) fn check(&self) -> Result<(), IndexError> {
        self.open.check()
    }

    /// Says how long what is kept under `key` may be used without asking.
    pub(crate) fn limit(&self, key: &Key, fresh: Duration) {
        self.found.limit(&key.0, fresh);
    }

    /// The file of an entry as it is now.
    pub(crate) fn state(&self, entry: &Path) -> Option<FileState> {
        FileState::at(&self.folder.as_ref()?.join(entry))
    }

    /// The content of an entry as it is now.
    pub(crate) fn content(&self, entry: &Path) -> Option<Content> {
        let path = self.folder.as_ref()?.join(entry);
        if entry.starts_with(PACKS) {
            return Packs::content(&path);
        }
        self.read_entry(&path).map(|(content, _)| content)
    }

    /// Stores `payload` under `key`. A failure is only logged: the next run asks the index again.
    pub(crate) fn write(&self, key: &Key, payload: &[u8]) {
        if !self.is_kept() {
            return;
        }
        let needed = payload.len();
        self.write_entry(key, payload, (needed, &Checksums::of(payload, needed)));
    }

    /// The same, for a payload of which only the bytes before `needed` are always needed.
    pub(crate) fn write_page(&self, key: &Key, payload: Vec<u8>, needed: usize) -> Payload {
        if !self.is_kept() {
            return Payload::of(payload);
        }
        let checksums = Checksums::of(&payload, needed);
        let file = self.write_entry(key, &payload, (needed, &checksums));
        let payload = Payload::of(payload);
        match file {
            Some((file, path)) => {
                let file = (file, HEAD as u64, path);
                payload.in_file(file, (needed, checksums), &self.open)
            }
            None => payload,
        }
    }

    fn write_entry(
        &self,
        key: &Key,
        payload: &[u8],
        (needed, checksums): (usize, &Checksums),
    ) -> Option<(File, PathBuf)> {
        let root = self.root.as_ref()?;
        let path = self.path(key)?;
        let sum = checksums.sum;
        let number = u32::try_from(needed).ok()?.to_le_bytes();
        let table = checksums.table(payload.len());
        let parts = [MAGIC, &sum.to_le_bytes()[..], &number, payload, &table];
        match self.write_whole(root, &path, &parts) {
            Ok((state, file)) => {
                self.found.set(&key.0, Some(Content { file: state, sum }));
                Some((file, path))
            }
            Err(error) => {
                self.found.miss();
                tracing::debug!("cannot keep {} in the cache: {error}", path.display());
                None
            }
        }
    }

    /// Says that what is kept under `key` was confirmed just now.
    pub(crate) fn confirm(&self, key: &Key) {
        let Some(path) = self.path(key) else { return };
        if !is_regular(&path) {
            return;
        }
        let touched = std::fs::File::options()
            .write(true)
            .open(&path)
            .and_then(|file| {
                file.set_modified(SystemTime::now())?;
                file.metadata()
            });
        let state = touched.as_ref().ok().map(FileState::of);
        self.found.confirmed(&key.0, state);
        if let Err(error) = touched {
            tracing::debug!("cannot renew {} in the cache: {error}", path.display());
        }
    }

    /// What is kept as the metadata of `file`, of the digest `sha256`, as the index that lists it gives
    /// it.
    pub(crate) fn read_listed_metadata(
        &self,
        file: &DistFile,
        sha256: &Sha256,
    ) -> Option<Box<[u8]>> {
        let pack = pack_of(file);
        let path = self.folder.as_ref()?.join(&pack);
        let (record, content) = self.packs.read(&path, &record_of(file, sha256));
        self.found.set(&pack, content);
        record
    }

    /// What was kept last of that in `pack`.
    pub(crate) fn latest_listed_metadata(&self, pack: &Path) -> Option<Box<[u8]>> {
        self.packs.latest(&self.folder.as_ref()?.join(pack))
    }

    /// Keeps that. A failure is only logged: the next run asks the index again.
    pub(crate) fn write_listed_metadata(&self, file: &DistFile, sha256: &Sha256, payload: &[u8]) {
        let (Some(root), Some(folder)) = (&self.root, &self.folder) else {
            return;
        };
        let pack = pack_of(file);
        let path = folder.join(&pack);
        let replace = |whole: &[u8]| {
            self.write_whole(root, &path, &[whole])
                .map(|(state, _)| state)
        };
        let record = (&record_of(file, sha256), payload);
        match self.packs.write(&path, record, replace) {
            Ok(Some(content)) => {
                self.found.set(&pack, Some(content));
                self.found.kept_answer();
            }
            // Another run has added to it meanwhile.
            Ok(None) => self.found.miss(),
            Err(error) => {
                self.found.miss();
                tracing::debug!("cannot add to {} in the cache: {error}", path.display());
            }
        }
    }

    fn path(&self, key: &Key) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(&key.0))
    }

    /// Puts a file of these parts in the place of what is at `path`.
    fn write_whole(
        &self,
        root: &Path,
        path: &Path,
        parts: &[&[u8]],
    ) -> io::Result<(FileState, File)> {
        let unfinished = root.join(FORM).join(UNFINISHED);
        let mut file = match new_file_in(&unfinished) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(&unfinished)?;
                write_tag(root)?;
                new_file_in(&unfinished)?
            }
            made => made?,
        };
        self.swept.call_once(|| sweep(&unfinished));
        for part in parts {
            file.write_all(part)?;
        }
        let state = FileState::of(&file.as_file().metadata()?);
        let failed = match file.persist(path) {
            Ok(persisted) => return Ok((state, persisted)),
            Err(failed) => failed,
        };
        if failed.error.kind() != io::ErrorKind::NotFound {
            return Err(failed.error);
        }
        std::fs::create_dir_all(path.parent().unwrap_or(path))?;
        let persisted = failed.file.persist(path);
        Ok((state, persisted.map_err(|failed| failed.error)?))
    }

    /// The entry at `path`, if it is whole.
    fn read_entry(&self, path: &Path) -> Option<(Content, Payload)> {
        let (mut file, found) = open_regular(path)?;
        let length = usize::try_from(found.len()).ok()?;
        let mut first = vec![0; length.min(HEAD + SMALL)];
        file.read_exact(&mut first).ok()?;
        let (magic, rest) = first.split_first_chunk::<8>()?;
        let (sum, rest) = rest.split_first_chunk::<8>()?;
        let (needed, _) = rest.split_first_chunk::<4>()?;
        let sum = u64::from_le_bytes(*sum);
        let needed = usize::try_from(u32::from_le_bytes(*needed)).ok()?;
        let size = Size::of_stored(length - HEAD, needed);
        if magic != MAGIC || size.needed > size.length {
            return damaged(path);
        }
        first.drain(..HEAD);
        let file = (file, HEAD as u64, path);
        let how = (self.verify, &self.open);
        let Some(payload) = Payload::read(file, first, (size, sum), how).ok()? else {
            return damaged(path);
        };
        let file = FileState::of(&found);
        Some((Content { file, sum }, payload))
    }
}

/// An entry that is not as it was written is as good as absent.
fn damaged<T>(path: &Path) -> Option<T> {
    let path = path.display();
    tracing::debug!("a damaged entry of the cache is passed over: {path}");
    None
}

/// Marks `root` as a cache of ours. A file or a link that is there already stays as it is.
pub(super) fn write_tag(root: &Path) -> io::Result<()> {
    let tag = std::fs::File::create_new(root.join(TAG_NAME));
    match tag.and_then(|mut tag| tag.write_all(TAG.as_bytes())) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        written => written,
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

/// Deletes what runs that were killed have left in `folder`.
fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|found| found.modified());
        let age = modified.map(|modified| modified.elapsed().unwrap_or_default());
        if age.is_ok_and(|age| age > LONGEST_RUN) {
            // Another run may do the same.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// The regular file at `path`, if there is one.
pub(super) fn open_regular(path: &Path) -> Option<(File, std::fs::Metadata)> {
    #[cfg(unix)]
    let file = {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = File::options();
        // Of a pipe, opening must not wait for one who writes.
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        options.read(true).custom_flags(flags).open(path).ok()?
    };
    #[cfg(not(unix))]
    let file = is_regular(path).then(|| File::open(path).ok())??;
    let found = file.metadata().ok()?;
    found.is_file().then_some((file, found))
}

/// Whether a regular file is at `path`: a link or a pipe in its place is not ours, and opening it might
/// never end.
pub(super) fn is_regular(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
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
        let store = Store::new(Some(dir.path().to_owned()), Verify::AtOnce);
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
        let store = Store::new(Some(dir.path().to_owned()), Verify::AtOnce);
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
        let store = Store::new(Some(dir.path().to_owned()), Verify::AtOnce);
        store.write(&key(), b"payload");
        let path = store.path(&key()).unwrap();
        let elsewhere = dir.path().join("elsewhere");
        std::fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert!(store.read(&key()).is_none());
    }

    #[test]
    fn what_a_killed_run_left_is_deleted_when_it_is_old() {
        let dir = tempfile::tempdir().unwrap();
        let unfinished = dir.path().join(FORM).join(UNFINISHED);
        std::fs::create_dir_all(&unfinished).unwrap();
        let old = std::fs::File::create(unfinished.join("old")).unwrap();
        old.set_modified(SystemTime::now() - 2 * LONGEST_RUN)
            .unwrap();
        std::fs::write(unfinished.join("new"), "").unwrap();
        Store::new(Some(dir.path().to_owned()), Verify::AtOnce).write(&key(), b"x");
        let left = std::fs::read_dir(&unfinished).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["new"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_in_place_of_an_entry_does_not_block() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Some(dir.path().to_owned()), Verify::AtOnce);
        store.write(&key(), b"payload");
        let path = store.path(&key()).unwrap();
        std::fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        assert!(store.read(&key()).is_none());
        store.confirm(&key());
        store.write(&key(), b"again");
        assert_eq!(store.read(&key()).unwrap().payload(), b"again");
    }

    #[cfg(unix)]
    #[test]
    fn entries_have_the_mode_that_the_umask_gives() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Some(dir.path().to_owned()), Verify::AtOnce);
        store.write(&key(), b"x");
        std::fs::write(dir.path().join("usual"), "").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(
            mode(&store.path(&key()).unwrap()),
            mode(&dir.path().join("usual"))
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_tag_is_not_written_through() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("cache");
        std::fs::create_dir(&root).unwrap();
        let victim = dir.path().join("victim");
        std::os::unix::fs::symlink(&victim, root.join(TAG_NAME)).unwrap();
        Store::new(Some(root), Verify::AtOnce).write(&key(), b"x");
        assert!(!victim.exists());
    }

    #[test]
    fn confirming_makes_an_entry_young_again() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::new(Some(dir.path().to_owned()), Verify::AtOnce);
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
        let store = Store::new(None, Verify::AtOnce);
        store.write(&key(), b"x");
        store.confirm(&key());
        assert!(store.read(&key()).is_none());
    }
}
