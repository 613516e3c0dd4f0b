//! Provides one file of a wheelhouse: finds it there, or takes it from the cache, a mirror or an index,
//! then inspects it and puts it in place.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use harden_index::IndexClient;
use harden_packaging::{CoreMetadataFile, IndexErrorKind, Sha256};

use crate::admission::admit;
use crate::choose::Wanted;
use crate::download::download;
use crate::folder::Folder;
use crate::inspect_file::{Extent, inspect_file};
use crate::locate::{Located, locate};
use crate::partial::{Partial, Parts};
use crate::store::{Store, TakenIn};
use crate::{Admission, Failure, Lock, Mirror, MirrorMiss, Outcome, Progress, Warning};

/// The outcome for one file.
pub(crate) enum Filled {
    AlreadyThere,
    FromCache,
    /// With its size in bytes.
    Fetched(u64, Source),
}

/// Where a file that was fetched was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Index,
    Mirror,
}

pub(crate) fn is_of_mirror(failure: &Failure) -> bool {
    matches!(failure, Failure::Mirror(_))
}

/// Fills a folder, file by file.
pub(crate) struct FileFiller<'a> {
    pub(crate) lock: Lock<'a>,
    pub(crate) folder: &'a Folder,
    pub(crate) cache: Option<Cache<'a>>,
    /// The places of files that the cache of the index knows.
    pub(crate) known: &'a BTreeMap<&'a str, Located>,
    pub(crate) mirror: Option<&'a Mirror>,
    pub(crate) client: &'a IndexClient,
    pub(crate) admission: &'a dyn Admission,
    pub(crate) progress: &'a dyn Progress,
}

/// The cache of files, until it fails.
pub(crate) struct Cache<'a> {
    store: &'a Store,
    has_failed: AtomicBool,
}

impl<'a> Cache<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        let has_failed = AtomicBool::new(false);
        Self { store, has_failed }
    }

    /// The cache can no longer be used, for this reason. The first reason is reported.
    fn fail(&self, failure: &Failure, progress: &dyn Progress) {
        if !self.has_failed.swap(true, Ordering::Relaxed) {
            progress.warned(&Warning::NoCache {
                folder: self.store.folder().to_owned(),
                reason: failure.to_string(),
            });
        }
    }
}

impl FileFiller<'_> {
    /// Fills in one file and reports the outcome.
    pub(crate) fn fill(&self, wanted: &Wanted<'_>) -> Result<Filled, Failure> {
        let filled = self.put_with_or_without_cache(wanted);
        let outcome = match &filled {
            Ok(Filled::AlreadyThere) => Outcome::AlreadyThere,
            Ok(Filled::FromCache) => Outcome::FromCache,
            Ok(Filled::Fetched(..)) => Outcome::Fetched,
            Err(_) => Outcome::Failed,
        };
        self.progress.ended(&wanted.file.name, outcome);
        filled
    }

    /// If a file cannot be written, the cache may be the cause: it is full, or unreadable.
    fn put_with_or_without_cache(&self, wanted: &Wanted<'_>) -> Result<Filled, Failure> {
        let cache = self.cache.as_ref();
        let Some(cache) = cache.filter(|cache| !cache.has_failed.load(Ordering::Relaxed)) else {
            return self.put(wanted, None);
        };
        match self.put(wanted, Some(cache.store)) {
            Err(failure @ Failure::Folder { .. }) => {
                let put = self.put(wanted, None)?;
                cache.fail(&failure, self.progress);
                Ok(put)
            }
            put => put,
        }
    }

    fn put(&self, wanted: &Wanted<'_>, store: Option<&Store>) -> Result<Filled, Failure> {
        let name = &wanted.file.name;
        self.folder.remove_special(name)?;
        match self.folder.digest(name)? {
            Some(digest) if wanted.pin.hashes().contains(&digest) => {
                self.inspect_again(wanted)?;
                return Ok(Filled::AlreadyThere);
            }
            Some(_) => self.folder.remove(name)?,
            None => {}
        }
        for digest in wanted.pin.hashes() {
            if let Some(store) = store
                && store.place(*digest, name, self.folder)?.is_some()
            {
                match self.inspect_again(wanted) {
                    Ok(warnings) => self.warn_of(&warnings),
                    Err(failure) => {
                        self.folder.remove(name)?;
                        return Err(failure);
                    }
                }
                return Ok(Filled::FromCache);
            }
        }
        let passed_over = match self.pull(wanted, store)? {
            Some(Ok(length)) => return Ok(Filled::Fetched(length, Source::Mirror)),
            Some(Err(passed_over)) => Some(passed_over),
            None => None,
        };
        let brought = self.bring_from_index(wanted, store);
        let brought = brought.map_err(|failure| match passed_over {
            Some(passed_over) => Failure::NotMirrored {
                passed_over,
                source: Box::new(failure),
            },
            None => failure,
        });
        brought.map(|length| Filled::Fetched(length, Source::Index))
    }

    /// Takes a file from the mirror, if there is one that has it. Returns its size in bytes.
    fn pull(
        &self,
        wanted: &Wanted<'_>,
        store: Option<&Store>,
    ) -> Result<Option<Result<u64, MirrorMiss>>, Failure> {
        let Some(mirror) = self.mirror else {
            return Ok(None);
        };
        let name = &*wanted.file.name;
        let mut partial = match mirror.pull(wanted, self.parts(store), self.progress)? {
            Ok(partial) => partial,
            Err(passed_over) => {
                self.progress.passed_over(&passed_over);
                return Ok(Some(Err(passed_over)));
            }
        };
        self.inspect(&mut partial, wanted, None)?;
        let length = partial.length();
        self.keep(partial, name, store)?;
        Ok(Some(Ok(length)))
    }

    /// Downloads a file from where it was last, else from the places that the index lists, else from
    /// those that it lists now; its size in bytes.
    fn bring_from_index(&self, wanted: &Wanted<'_>, store: Option<&Store>) -> Result<u64, Failure> {
        if let Some(built) = wanted.pin.built_from().filter(|_| wanted.is_built()) {
            return Err(Failure::NotBuilt {
                file: wanted.file.name.clone(),
                origin: built.origin.to_string(),
            });
        }
        if let Some(located) = self.known.get(&*wanted.file.name) {
            match self.bring(wanted, located, store) {
                Err(failure) if is_of_place(&failure) => {}
                brought => return brought,
            }
        }
        let places = locate(wanted, self.client)?;
        let mut first = None;
        for located in &places {
            match self.bring(wanted, located, store) {
                Err(failure) if is_of_place(&failure) => {
                    first.get_or_insert(failure);
                }
                brought => return brought,
            }
        }
        for located in &places {
            for file in self.client.places_now(&located.file) {
                let expected = located.expected.clone();
                if let Ok(length) = self.bring(wanted, &Located { file, expected }, store) {
                    return Ok(length);
                }
            }
        }
        let vanished = || Failure::Vanished {
            file: wanted.file.name.clone(),
        };
        Err(first.unwrap_or_else(vanished))
    }

    /// Downloads a file, inspects it, and puts it in place. Returns its size in bytes.
    fn bring(
        &self,
        wanted: &Wanted<'_>,
        located: &Located,
        store: Option<&Store>,
    ) -> Result<u64, Failure> {
        let name = &*wanted.file.name;
        let mut partial = self.parts(store).take_up(name, located.only_digest());
        match download(located, &mut partial, self.client, self.progress) {
            Ok(()) => {}
            Err(failure) => {
                if store.is_some() && is_passing(&failure) {
                    partial.leave();
                }
                return Err(failure);
            }
        }
        let sidecar = match located.file.core_metadata {
            CoreMetadataFile::Served(digest) => digest,
            CoreMetadataFile::Unknown => None,
        };
        let inspected = self.inspect(&mut partial, wanted, sidecar);
        if matches!(inspected, Ok(()) | Err(Failure::OtherMetadata { .. })) {
            // The cache may still have the metadata from the index, which shows more than a digest.
            self.compare_with_cache(&mut partial, located)?;
        }
        inspected?;
        let length = partial.length();
        self.keep(partial, name, store)?;
        Ok(length)
    }

    /// Where partial files are written.
    fn parts<'s>(&'s self, store: Option<&'s Store>) -> &'s Parts {
        store.map_or(self.folder.parts(), Store::parts)
    }

    fn inspect(
        &self,
        partial: &mut Partial<'_>,
        wanted: &Wanted<'_>,
        sidecar: Option<Sha256>,
    ) -> Result<(), Failure> {
        let name = &wanted.file.name;
        let read = partial.read();
        let Some(file) = read.map_err(|source| self.folder.failure("read", name, source))? else {
            return Ok(());
        };
        let strict = self.lock.strict;
        let inspected = inspect_file(file, Extent::Whole, wanted, strict, sidecar)?;
        self.warn_of(&admit(self.admission, wanted, inspected)?);
        Ok(())
    }

    /// Inspects the metadata of a file in the folder. Returns the warnings about it.
    fn inspect_again(&self, wanted: &Wanted<'_>) -> Result<Vec<Warning>, Failure> {
        let strict = self.lock.strict;
        let Some(mut file) = self.folder.open_file(&wanted.file.name)? else {
            return Ok(Vec::new());
        };
        let inspected = inspect_file(&mut file, Extent::Description, wanted, strict, None)?;
        admit(self.admission, wanted, inspected)
    }

    fn warn_of(&self, warnings: &[Warning]) {
        for warning in warnings {
            self.progress.warned(warning);
        }
    }

    /// Compares the metadata of a wheel with the metadata from the index, if the cache still has that.
    fn compare_with_cache(
        &self,
        partial: &mut Partial<'_>,
        located: &Located,
    ) -> Result<(), Failure> {
        if located.file.wheel_tags().is_none() {
            return Ok(());
        }
        let digest = partial.digest();
        let Ok(Some(wheel)) = partial.read() else {
            return Ok(());
        };
        let compared = self.client.compare_metadata(&located.file, wheel, &digest);
        compared.map_err(|source| Failure::Index {
            what: located.file.filename.to_string(),
            source,
        })
    }

    /// Puts a verified file in its place.
    fn keep(&self, partial: Partial<'_>, name: &str, store: Option<&Store>) -> Result<(), Failure> {
        let Some(store) = store else {
            return partial.keep(&self.folder.path(name));
        };
        match store.take_in(partial, name, self.folder)? {
            TakenIn::Everywhere => Ok(()),
            TakenIn::NotKept(failure) => {
                if let Some(cache) = &self.cache {
                    cache.fail(&failure, self.progress);
                }
                Ok(())
            }
            TakenIn::Damaged => Err(self.folder.failure(
                "copy",
                name,
                std::io::Error::other("the copy has other bytes"),
            )),
        }
    }
}

/// Whether a failure concerns one place, so that another may have the file: it has moved, its server
/// is down, or it has other bytes there.
fn is_of_place(failure: &Failure) -> bool {
    match failure {
        Failure::Gone { .. } | Failure::WrongHash { .. } | Failure::TooLong { .. } => true,
        Failure::Index { source, .. } if source.kind == IndexErrorKind::Corrupt => true,
        failure => is_passing(failure),
    }
}

/// Whether another run may succeed.
fn is_passing(failure: &Failure) -> bool {
    matches!(failure, Failure::Index { source, .. } if source.kind.is_no_answer())
}
