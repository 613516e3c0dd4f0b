//! One file of a wheelhouse: found there, brought from the cache, a mirror or an index, looked into,
//! and put where it belongs.

use std::collections::BTreeMap;

use harden_index::IndexClient;
use harden_packaging::{CoreMetadataFile, DistKind, Sha256};

use crate::choose::Wanted;
use crate::download::download;
use crate::folder::Folder;
use crate::locate::{Located, locate};
use crate::partial::Partial;
use crate::store::Store;
use crate::wheel::{Expected, inspect};
use crate::{Failure, Mirror, MirrorMiss, Outcome, Progress, WheelDefect};

/// What became of one file.
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

/// The filling of a folder.
pub(crate) struct FileFiller<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) store: Option<&'a Store>,
    /// Where files are, as the cache has it.
    pub(crate) known: &'a BTreeMap<&'a str, Located>,
    pub(crate) mirror: Option<&'a Mirror>,
    pub(crate) client: &'a IndexClient,
    pub(crate) progress: &'a dyn Progress,
}

impl FileFiller<'_> {
    /// Fills in one file, and tells what became of it.
    pub(crate) fn fill(&self, wanted: &Wanted<'_>) -> Result<Filled, Failure> {
        let filled = self.put(wanted);
        let outcome = match &filled {
            Ok(Filled::AlreadyThere) => Outcome::AlreadyThere,
            Ok(Filled::FromCache) => Outcome::FromCache,
            Ok(Filled::Fetched(..)) => Outcome::Fetched,
            Err(_) => Outcome::Failed,
        };
        self.progress.ended(&wanted.file.name, outcome);
        filled
    }

    fn put(&self, wanted: &Wanted<'_>) -> Result<Filled, Failure> {
        let name = &wanted.file.name;
        match self.folder.digest(name)? {
            Some(digest) if wanted.pin.hashes().contains(&digest) => {
                return Ok(Filled::AlreadyThere);
            }
            Some(_) => self.folder.remove(name)?,
            None => {}
        }
        for digest in wanted.pin.hashes() {
            if let Some(store) = self.store
                && store.place(*digest, name, self.folder)?.is_some()
            {
                return Ok(Filled::FromCache);
            }
        }
        let passed_over = match self.pull(wanted)? {
            Some(Ok(length)) => return Ok(Filled::Fetched(length, Source::Mirror)),
            Some(Err(passed_over)) => Some(passed_over),
            None => None,
        };
        let brought = self.bring_from_index(wanted);
        let brought = brought.map_err(|failure| match passed_over {
            Some(passed_over) => Failure::NotMirrored {
                passed_over,
                source: Box::new(failure),
            },
            None => failure,
        });
        brought.map(|length| Filled::Fetched(length, Source::Index))
    }

    /// Takes a file from the mirror, if there is one and it has it; its size in bytes.
    fn pull(&self, wanted: &Wanted<'_>) -> Result<Option<Result<u64, MirrorMiss>>, Failure> {
        let Some(mirror) = self.mirror else {
            return Ok(None);
        };
        let name = &*wanted.file.name;
        let parts = self.store.map_or(self.folder.parts(), Store::parts);
        let mut partial = match mirror.pull(wanted, parts, self.progress)? {
            Ok(partial) => partial,
            Err(passed_over) => {
                self.progress.passed_over(&passed_over);
                return Ok(Some(Err(passed_over)));
            }
        };
        look_into(&mut partial, wanted, None)?;
        let length = partial.length();
        self.keep(partial, name)?;
        Ok(Some(Ok(length)))
    }

    /// Downloads a file from where it was last, else from the places that the index lists, else from
    /// those that it lists now; its size in bytes.
    fn bring_from_index(&self, wanted: &Wanted<'_>) -> Result<u64, Failure> {
        if let Some(built) = wanted.pin.built_from().filter(|_| wanted.is_built()) {
            return Err(Failure::NotBuilt {
                file: wanted.file.name.clone(),
                origin: built.origin.to_string(),
            });
        }
        if let Some(located) = self.known.get(&*wanted.file.name) {
            match self.bring(wanted, located) {
                Err(failure) if is_of_place(&failure) => {}
                brought => return brought,
            }
        }
        let places = locate(wanted, self.client)?;
        let mut first = None;
        for located in &places {
            match self.bring(wanted, located) {
                Err(failure) if is_of_place(&failure) => {
                    first.get_or_insert(failure);
                }
                brought => return brought,
            }
        }
        for located in &places {
            for file in self.client.places_now(&located.file) {
                let expected = located.expected.clone();
                if let Ok(length) = self.bring(wanted, &Located { file, expected }) {
                    return Ok(length);
                }
            }
        }
        let vanished = || Failure::Vanished {
            file: wanted.file.name.clone(),
        };
        Err(first.unwrap_or_else(vanished))
    }

    /// Downloads a file, looks into it, and puts it where it belongs; its size in bytes.
    fn bring(&self, wanted: &Wanted<'_>, located: &Located) -> Result<u64, Failure> {
        let name = &*wanted.file.name;
        let parts = self.store.map_or(self.folder.parts(), Store::parts);
        let mut partial = parts.take_up(name, located.only_digest());
        match download(located, &mut partial, self.client, self.progress) {
            Ok(()) => {}
            Err(failure) => {
                if self.store.is_some() && is_passing(&failure) {
                    partial.leave();
                }
                return Err(failure);
            }
        }
        let sidecar = match located.file.core_metadata {
            CoreMetadataFile::Served(digest) => digest,
            CoreMetadataFile::Unknown => None,
        };
        look_into(&mut partial, wanted, sidecar)?;
        self.compare_metadata(&mut partial, located)?;
        let length = partial.length();
        self.keep(partial, name)?;
        Ok(length)
    }

    /// Compares what a wheel requires with what it was locked as.
    fn compare_metadata(
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

    /// Gives a file that is right its name.
    fn keep(&self, partial: Partial<'_>, name: &str) -> Result<(), Failure> {
        let Some(store) = self.store else {
            return partial.keep(&self.folder.path(name));
        };
        match store.take_in(partial, name, self.folder)? {
            Some(_) => Ok(()),
            None => Err(self.folder.failure(
                "copy",
                name,
                std::io::Error::other("the copy has other bytes"),
            )),
        }
    }
}

/// Whether a failure is one of the place, so that another may have the file: it has moved, its server
/// is down, or it has other bytes there.
fn is_of_place(failure: &Failure) -> bool {
    match failure {
        Failure::Gone { .. } | Failure::WrongHash { .. } | Failure::TooLong { .. } => true,
        failure => is_passing(failure),
    }
}

/// Whether another run may do better.
fn is_passing(failure: &Failure) -> bool {
    matches!(failure, Failure::Index { source, .. } if source.kind.is_no_answer())
}

/// Looks into a file if it is a wheel: installers build from an sdist whatever they find in it.
fn look_into(
    partial: &mut Partial<'_>,
    wanted: &Wanted<'_>,
    sidecar: Option<Sha256>,
) -> Result<(), Failure> {
    if wanted.file.kind == DistKind::Sdist {
        return Ok(());
    }
    let expected = Expected {
        name: wanted.pin.name(),
        version: wanted.pin.version(),
        sidecar,
    };
    let looked = match partial.read() {
        Ok(Some(file)) => inspect(file, &expected),
        Ok(None) => Ok(()),
        Err(error) => Err(WheelDefect::Read(error)),
    };
    looked.map_err(|source| Failure::BadWheel {
        file: wanted.file.name.clone(),
        source,
    })
}
