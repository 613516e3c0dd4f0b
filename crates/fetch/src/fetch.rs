//! A whole run: chooses the files, then fills the folder, many files at a time.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use futures_util::{StreamExt, stream};
use harden_index::IndexClient;

use crate::choose::{Wanted, choose};
use crate::fill_file::{FileFiller, Filled, Source, is_of_mirror};
use crate::folder::Folder;
use crate::locate::{Located, pinned, recall};
use crate::place_file::{Cache, Placer};
use crate::store::Store;
use crate::streams::Streams;
use crate::workers::Workers;
use crate::{Failure, FetchError, Progress, Request, Summary};

/// The most threads that hash, inspect and place files; those of a mirror also wait for it.
const MOST_THREADS: usize = 16;

/// The fewest: some of the work is waiting for disks.
const FEWEST_THREADS: usize = 4;

/// Fills a folder with the files that the targets install of a strict file.
///
/// Each file comes under a temporary name and gets its own only when its SHA-256 is that of the
/// pin and, if it is a wheel, it was looked into. One that is there and wrong is removed before the
/// right one comes. Call it from outside of async code.
///
/// # Errors
///
/// Returns [`FetchError`] with everything that is missing and why; all the rest is then there.
pub fn fetch(
    request: &Request<'_>,
    client: &IndexClient,
    progress: &dyn Progress,
) -> Result<Summary, FetchError> {
    let folder = Folder::open(request.folder).map_err(FetchError::one)?;
    let store = request.cache_dir.and_then(Store::open);
    let (wanted, mut failures) = choose(&request.lock, client);
    progress.planned(wanted.len());
    let missing = missing(&wanted, &folder, store.as_ref());
    let known = recall_all(missing, request, client);
    let order = largest_first(&wanted, &known);
    let filler = FileFiller {
        placer: Placer {
            lock: request.lock,
            folder: &folder,
            cache: store.as_ref().map(Cache::new),
            mirror: request.mirror,
            client,
            admission: request.admission,
            depth: request.depth,
            progress,
        },
        known: &known,
        streams: Streams::new(request.concurrency),
    };
    let mut filled = fill(&filler, &order, request);
    filled.sort_by_key(|(wanted, _)| &wanted.file.name);
    let summary = summarised(filled, &mut failures);
    failures.extend(folder.settle().err());
    if failures.is_empty() {
        Ok(summary)
    } else {
        Err(FetchError { failures, summary })
    }
}

/// Fills in all files: downloads on this thread, the other work on others.
fn fill<'e>(
    filler: &'e FileFiller<'e>,
    order: &[&'e Wanted<'e>],
    request: &Request<'_>,
) -> Vec<(&'e Wanted<'e>, Result<Filled, Failure>)> {
    let threads = request.mirror.map_or_else(local_threads, |_| MOST_THREADS);
    let threads = threads.min(request.concurrency).min(order.len());
    thread::scope(|scope| {
        let workers = &Workers::start(scope, threads);
        let fills = order
            .iter()
            .map(|&wanted| async move { (wanted, filler.fill(wanted, workers).await) });
        let filled = stream::iter(fills).buffer_unordered(request.concurrency.max(1));
        filler.placer.client.block_on(filled.collect())
    })
}

/// As many as do work on files here; each costs memory of its own.
fn local_threads() -> usize {
    let processors = thread::available_parallelism().map_or(FEWEST_THREADS, usize::from);
    processors.clamp(FEWEST_THREADS, MOST_THREADS)
}

fn summarised(
    filled: Vec<(&Wanted<'_>, Result<Filled, Failure>)>,
    failures: &mut Vec<Failure>,
) -> Summary {
    let mut summary = Summary::default();
    for (_, filled) in filled {
        match filled {
            Ok(Filled::AlreadyThere) => summary.already_there += 1,
            Ok(Filled::FromCache) => summary.from_cache += 1,
            Ok(Filled::Fetched(bytes, source)) => {
                summary.fetched += 1;
                summary.bytes += bytes;
                summary.from_mirror += usize::from(source == Source::Mirror);
                summary.from_shared += usize::from(source == Source::Shared);
            }
            // A fault of a mirror concerns all files, and is reported once.
            Err(Failure::Mirror(_)) if failures.iter().any(is_of_mirror) => {}
            Err(failure) => failures.push(failure),
        }
    }
    summary
}

/// The places of files that the cache of the index knows, by name. Those of the others are asked for.
fn recall_all<'w>(
    missing: Vec<&'w Wanted<'_>>,
    request: &Request<'_>,
    client: &IndexClient,
) -> BTreeMap<&'w str, Located> {
    let threads = request.concurrency.min(local_threads());
    let recalled = side_by_side(&missing, threads, |wanted| recall(wanted, client));
    let mut known = BTreeMap::new();
    let mut unknown = Vec::new();
    for (wanted, located) in missing.into_iter().zip(recalled) {
        match located {
            Some(located) => drop(known.insert(&*wanted.file.name, located)),
            None => unknown.push(wanted),
        }
    }
    // The index is not asked for what may be elsewhere.
    if request.mirror.is_none() && !client.may_borrow() {
        ask_for(&unknown, client);
    }
    known
}

/// Asks for the places of files ahead of time.
fn ask_for(unknown: &[&Wanted<'_>], client: &IndexClient) {
    client.prefetch_files(unknown.iter().filter_map(|wanted| pinned(wanted)).collect());
}

/// The files that an index will be asked for.
pub(crate) fn missing<'w, 'a>(
    wanted: &'w [Wanted<'a>],
    folder: &Folder,
    store: Option<&Store>,
) -> Vec<&'w Wanted<'a>> {
    let is_kept = |wanted: &Wanted<'_>| {
        let mut digests = wanted.pin.hashes().iter();
        store.is_some_and(|store| {
            digests.any(|digest| store.size(*digest, &wanted.file.name).is_some())
        })
    };
    let missing = wanted
        .iter()
        .filter(|wanted| wanted.pin.reference().is_none())
        .filter(|wanted| !folder.has(&wanted.file.name) && !is_kept(wanted));
    missing.collect()
}

/// The files in the order in which they are begun, so that no large one is alone at the end; one of
/// which no size is known may be large.
fn largest_first<'w, 'a>(
    wanted: &'w [Wanted<'a>],
    known: &BTreeMap<&str, Located>,
) -> Vec<&'w Wanted<'a>> {
    let mut wanted: Vec<_> = wanted.iter().collect();
    wanted.sort_by_cached_key(|wanted| {
        let located = known.get(&*wanted.file.name);
        let size = located.and_then(|located| located.file.size);
        Reverse(size.unwrap_or(u64::MAX))
    });
    wanted
}

/// Does `work` on each item with up to `concurrency` threads; the results are in the items' order.
pub(crate) fn side_by_side<T: Sync, R: Send>(
    items: &[T],
    concurrency: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::with_capacity(items.len()));
    let worker = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(place) else {
                return;
            };
            let result = work(item);
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            results.push((place, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..concurrency.min(items.len()) {
            // A thread that the system refuses is not needed: this one does the work as well.
            if thread::Builder::new().spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(place, _)| *place);
    results.into_iter().map(|(_, result)| result).collect()
}
