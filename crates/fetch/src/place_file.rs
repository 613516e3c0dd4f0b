//! What is done with one file besides downloading it: it is found in the wheelhouse, in the cache or on a
//! mirror, or inspected once it is here, and put in place.

use std::sync::atomic::{AtomicBool, Ordering};

use harden_index::IndexClient;
use harden_packaging::{CoreMetadataFile, DistFile, Sha256};

use crate::admission::admit;
use crate::choose::Wanted;
use crate::fill_file::{Filled, Source};
use crate::folder::Folder;
use crate::inspect_file::{Extent, inspect_file};
use crate::partial::{Partial, Parts};
use crate::store::{Store, TakenIn};
use crate::{Admission, Depth, Failure, Lock, Mirror, MirrorMiss, Progress, Warning};

/// Finds, inspects and places files. Its methods block.
pub(crate) struct Placer<'a> {
    pub(crate) lock: Lock<'a>,
    pub(crate) folder: &'a Folder,
    pub(crate) cache: Option<Cache<'a>>,
    pub(crate) mirror: Option<&'a Mirror>,
    pub(crate) client: &'a IndexClient,
    pub(crate) admission: &'a dyn Admission,
    pub(crate) depth: Depth,
    pub(crate) progress: &'a dyn Progress,
}

/// Whether a file is here, without an index.
pub(crate) enum Here {
    Yes(Filled),
    /// With the reason why the mirror does not provide it, if there is one.
    No(Option<MirrorMiss>),
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
}

impl<'a> Placer<'a> {
    /// The cache of files, unless it has failed.
    pub(crate) fn usable_cache(&self) -> Option<&'a Store> {
        let cache = self.cache.as_ref();
        let cache = cache.filter(|cache| !cache.has_failed.load(Ordering::Relaxed))?;
        Some(cache.store)
    }

    /// The cache can no longer be used, for this reason. The first reason is reported.
    pub(crate) fn give_up_cache(&self, failure: &Failure) {
        let Some(cache) = &self.cache else { return };
        if !cache.has_failed.swap(true, Ordering::Relaxed) {
            self.progress.warned(&Warning::NoCache {
                folder: cache.store.folder().to_owned(),
                reason: failure.to_string(),
            });
        }
    }

    /// Where partial files are written.
    pub(crate) fn parts<'s>(&'s self, store: Option<&'s Store>) -> &'s Parts {
        store.map_or(self.folder.parts(), Store::parts)
    }

    /// Finds a file in the wheelhouse, else takes it from the cache or the mirror. What has its name and is
    /// wrong is removed.
    pub(crate) fn find(&self, wanted: &Wanted<'_>, store: Option<&Store>) -> Result<Here, Failure> {
        let name = &wanted.file.name;
        self.folder.remove_special(name)?;
        match self.folder.digest(name)? {
            Some(digest) if wanted.pin.hashes().contains(&digest) => {
                self.inspect_again(wanted)?;
                return Ok(Here::Yes(Filled::AlreadyThere));
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
                return Ok(Here::Yes(Filled::FromCache));
            }
        }
        self.pull(wanted, store)
    }

    /// Takes a file from the mirror, if there is one that has it.
    fn pull(&self, wanted: &Wanted<'_>, store: Option<&Store>) -> Result<Here, Failure> {
        let Some(mirror) = self.mirror else {
            return Ok(Here::No(None));
        };
        let partial = match mirror.pull(wanted, self.parts(store), self.progress)? {
            Ok(partial) => partial,
            Err(passed_over) => {
                self.progress.passed_over(&passed_over);
                return Ok(Here::No(Some(passed_over)));
            }
        };
        let length = self.settle_pinned(partial, wanted, store)?;
        Ok(Here::Yes(Filled::Fetched(length, Source::Mirror)))
    }

    /// Inspects a file that came from where no index lists it, and puts it in place. Returns its size in bytes.
    pub(crate) fn settle_pinned(
        &self,
        mut partial: Partial<'_>,
        wanted: &Wanted<'_>,
        store: Option<&Store>,
    ) -> Result<u64, Failure> {
        self.inspect(&mut partial, wanted, None)?;
        let length = partial.length();
        self.keep(partial, &wanted.file.name, store)?;
        Ok(length)
    }

    /// Inspects a file that was downloaded from where `located` is, and puts it in place. Returns its size in
    /// bytes.
    pub(crate) fn settle(
        &self,
        mut partial: Partial<'_>,
        wanted: &Wanted<'_>,
        located: &DistFile,
        store: Option<&Store>,
    ) -> Result<u64, Failure> {
        let sidecar = match located.core_metadata {
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
        self.keep(partial, &wanted.file.name, store)?;
        Ok(length)
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
        let (strict, extent) = (self.lock.strict, Extent::Whole(self.depth));
        let inspected = inspect_file(file, extent, wanted, strict, sidecar)?;
        self.warn_of(&admit(self.admission, wanted, inspected)?);
        Ok(())
    }

    /// Inspects a file in the folder that was inspected when it first came, if not as deeply as it is asked
    /// now. Returns the warnings about it.
    fn inspect_again(&self, wanted: &Wanted<'_>) -> Result<Vec<Warning>, Failure> {
        let strict = self.lock.strict;
        let Some(mut file) = self.folder.open_file(&wanted.file.name)? else {
            return Ok(Vec::new());
        };
        let extent = match self.depth {
            Depth::Structure => Extent::Description,
            Depth::Contents => Extent::Whole(Depth::Contents),
        };
        let inspected = inspect_file(&mut file, extent, wanted, strict, None)?;
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
        located: &DistFile,
    ) -> Result<(), Failure> {
        if located.wheel_tags().is_none() {
            return Ok(());
        }
        let digest = partial.digest();
        let Ok(Some(wheel)) = partial.read() else {
            return Ok(());
        };
        let compared = self.client.compare_metadata(located, wheel, &digest);
        compared.map_err(|source| Failure::Index {
            what: located.filename.to_string(),
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
                self.give_up_cache(&failure);
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
