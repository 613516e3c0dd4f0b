//! Provides one file of a wheelhouse: finds it there, or takes it from the cache, a mirror, a shared cache or an
//! index, then inspects it and puts it in place.

use std::collections::BTreeMap;
use std::sync::Arc;

use harden_packaging::{DistFile, IndexErrorKind};

use crate::choose::Wanted;
use crate::download::{Downloader, download};
use crate::locate::{Located, locate, look_up};
use crate::place_file::{Here, Placer};
use crate::store::Store;
use crate::streams::Streams;
use crate::workers::Workers;
use crate::{Failure, Outcome};

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
    Shared,
}

pub(crate) fn is_of_mirror(failure: &Failure) -> bool {
    matches!(failure, Failure::Mirror(_))
}

/// Fills a folder, file by file.
pub(crate) struct FileFiller<'a> {
    pub(crate) placer: Placer<'a>,
    /// The places of files that the cache of the index knows.
    pub(crate) known: &'a BTreeMap<&'a str, Located>,
    pub(crate) streams: Streams,
}

impl<'e> FileFiller<'e> {
    /// Fills in one file and reports the outcome.
    pub(crate) async fn fill(
        &'e self,
        wanted: &'e Wanted<'e>,
        workers: &Workers<'e>,
    ) -> Result<Filled, Failure> {
        let filled = self.put_with_or_without_cache(wanted, workers).await;
        let outcome = match &filled {
            Ok(Filled::AlreadyThere) => Outcome::AlreadyThere,
            Ok(Filled::FromCache) => Outcome::FromCache,
            Ok(Filled::Fetched(..)) => Outcome::Fetched,
            Err(_) => Outcome::Failed,
        };
        let progress = self.placer.progress;
        progress.ended(&wanted.file.name, outcome);
        filled
    }

    /// If a file cannot be written, the cache may be the cause: it is full, or unreadable.
    async fn put_with_or_without_cache(
        &'e self,
        wanted: &'e Wanted<'e>,
        workers: &Workers<'e>,
    ) -> Result<Filled, Failure> {
        let Some(store) = self.placer.usable_cache() else {
            return self.put(wanted, None, workers).await;
        };
        match self.put(wanted, Some(store), workers).await {
            Err(failure @ Failure::Folder { .. }) => {
                let put = Box::pin(self.put(wanted, None, workers)).await?;
                self.placer.give_up_cache(&failure);
                Ok(put)
            }
            put => put,
        }
    }

    async fn put(
        &'e self,
        wanted: &'e Wanted<'e>,
        store: Option<&'e Store>,
        workers: &Workers<'e>,
    ) -> Result<Filled, Failure> {
        let look = move || self.placer.find(wanted, store);
        let passed_over = match workers.run(look).await? {
            Here::Yes(filled) => return Ok(filled),
            Here::No(passed_over) => passed_over,
        };
        let brought = Box::pin(self.bring_from_afar(wanted, store, workers)).await;
        brought.map_err(|failure| match passed_over {
            Some(passed_over) => Failure::NotMirrored {
                passed_over,
                source: Box::new(failure),
            },
            None => failure,
        })
    }

    /// Takes a file from the shared cache, else from an index.
    async fn bring_from_afar(
        &'e self,
        wanted: &'e Wanted<'e>,
        store: Option<&'e Store>,
        workers: &Workers<'e>,
    ) -> Result<Filled, Failure> {
        if let Some(built) = wanted.pin.built_from().filter(|_| wanted.is_built()) {
            return Err(Failure::NotBuilt {
                file: wanted.file.name.clone(),
                origin: built.origin.to_string(),
            });
        }
        let known = self.known.get(&*wanted.file.name);
        if let Some(length) = self.borrow(wanted, known, store, workers).await? {
            return Ok(Filled::Fetched(length, Source::Shared));
        }
        let brought = self.bring_from_index(wanted, known, store, workers).await;
        brought.map(|length| Filled::Fetched(length, Source::Index))
    }

    /// Downloads a file from where it was last or its index says briefly, else from the places that the index
    /// lists, else from those that it lists now; its size in bytes.
    async fn bring_from_index(
        &'e self,
        wanted: &'e Wanted<'e>,
        known: Option<&'e Located>,
        store: Option<&'e Store>,
        workers: &Workers<'e>,
    ) -> Result<u64, Failure> {
        let client = self.placer.client;
        let mut tried = None;
        if let Some(located) = known {
            match self.bring(wanted, located, store, workers).await {
                Err(failure) if is_of_place(&failure) => {}
                brought => return brought,
            }
        } else if let Some(located) = look_up(wanted, client).await {
            match self.bring(wanted, &located, store, workers).await {
                Err(failure) if is_of_place(&failure) => tried = Some((located.file, failure)),
                brought => return brought,
            }
        }
        self.bring_as_listed(wanted, tried, store, workers).await
    }

    /// Downloads a file from the places that the page of its project lists, except one that was `tried` just
    /// now.
    async fn bring_as_listed(
        &'e self,
        wanted: &'e Wanted<'e>,
        tried: Option<(Arc<DistFile>, Failure)>,
        store: Option<&'e Store>,
        workers: &Workers<'e>,
    ) -> Result<u64, Failure> {
        let client = self.placer.client;
        let places = locate(wanted, client).await?;
        let (tried, mut first) = tried.unzip();
        let is_new = |located: &&Located| {
            let tried = tried.as_ref();
            tried.is_none_or(|tried| tried.url != located.file.url)
        };
        for located in places.iter().filter(is_new) {
            match self.bring(wanted, located, store, workers).await {
                Err(failure) if is_of_place(&failure) => {
                    first.get_or_insert(failure);
                }
                brought => return brought,
            }
        }
        for located in &places {
            for file in client.find_places_now(&located.file).await {
                let expected = located.expected.clone();
                let located = Located { file, expected };
                if let Ok(length) = self.bring(wanted, &located, store, workers).await {
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
    async fn bring(
        &'e self,
        wanted: &'e Wanted<'e>,
        located: &Located,
        store: Option<&'e Store>,
        workers: &Workers<'e>,
    ) -> Result<u64, Failure> {
        let (parts, digest) = (self.placer.parts(store), located.only_digest());
        let take_up = move || parts.take_up(&wanted.file.name, digest);
        let mut partial = workers.run(take_up).await;
        let with = Downloader {
            client: self.placer.client,
            streams: &self.streams,
            progress: self.placer.progress,
        };
        let downloaded = download(located, &mut partial, with).await;
        let may_be_shared = match downloaded {
            Ok(may_be_shared) => may_be_shared,
            Err(failure) => {
                if store.is_some() && is_passing(&failure) {
                    partial.leave();
                }
                return Err(failure);
            }
        };
        let (file, digest) = (Arc::clone(&located.file), partial.digest());
        let settle = move || self.placer.settle(partial, wanted, &file, store);
        let length = workers.run(settle).await?;
        if may_be_shared {
            self.lend(located, digest, store);
        }
        Ok(length)
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
