//! The whole run: choose, then fill the folder with several files at a time.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use harden_hasher::StrictFile;
use harden_index::IndexClient;
use harden_packaging::{Index, PackageName};
use harden_target::Target;

use crate::choose::{Wanted, choose};
use crate::download::download;
use crate::folder::Folder;
use crate::locate::locate;
use crate::{Failure, FetchError, Outcome, Progress};

/// What to fetch, and where to.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The strict file.
    pub strict: &'a StrictFile,
    /// What to fetch for; at least one, or nothing is fetched.
    pub targets: &'a [Target],
    /// The folder to fill; made where there is none. Other files in it are left alone.
    pub folder: &'a Path,
    /// How many files may be on their way at once, at least 1.
    pub concurrency: usize,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many files were fetched.
    pub fetched: usize,
    /// How many were there already, and right.
    pub already_there: usize,
    /// The size of the fetched files, in bytes.
    pub bytes: u64,
}

/// Fills a folder with the files that the targets install of a strict file.
///
/// Each file comes under a temporary name and gets its own only when its SHA-256 is that of the
/// pin. One that is there and wrong is removed before the right one comes. Call it from outside of
/// async code.
///
/// # Errors
///
/// Returns [`FetchError`] with everything that is missing and why; all the rest is then there.
pub fn fetch(
    request: &Request<'_>,
    client: &IndexClient,
    progress: &dyn Progress,
) -> Result<Summary, FetchError> {
    let mut summary = Summary::default();
    let folder = Folder::open(request.folder).map_err(|failure| FetchError {
        failures: vec![failure],
        summary,
    })?;
    let (wanted, mut failures) = choose(request.strict, request.targets, client);
    progress.planned(wanted.len());
    client.prefetch_projects(&missing(&wanted, &folder));
    let filling = Filling {
        folder: &folder,
        client,
        progress,
    };
    for result in side_by_side(&wanted, request.concurrency, |wanted| filling.fill(wanted)) {
        match result {
            Ok(Filled::AlreadyThere) => summary.already_there += 1,
            Ok(Filled::Fetched(bytes)) => {
                summary.fetched += 1;
                summary.bytes += bytes;
            }
            Err(failure) => failures.push(failure),
        }
    }
    failures.extend(folder.settle().err());
    if failures.is_empty() {
        Ok(summary)
    } else {
        Err(FetchError { failures, summary })
    }
}

/// The packages that will be asked for.
fn missing(wanted: &[Wanted<'_>], folder: &Folder) -> Vec<PackageName> {
    let missing = wanted
        .iter()
        .filter(|wanted| !folder.has(&wanted.file.name));
    missing.map(|wanted| wanted.pin.name().clone()).collect()
}

/// What became of one file.
enum Filled {
    AlreadyThere,
    /// With its size in bytes.
    Fetched(u64),
}

/// The filling of a folder.
struct Filling<'a> {
    folder: &'a Folder,
    client: &'a IndexClient,
    progress: &'a dyn Progress,
}

impl Filling<'_> {
    fn fill(&self, wanted: &Wanted<'_>) -> Result<Filled, Failure> {
        let filled = self.put(wanted);
        let outcome = match &filled {
            Ok(Filled::AlreadyThere) => Outcome::AlreadyThere,
            Ok(Filled::Fetched(_)) => Outcome::Fetched,
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
        let located = locate(wanted, self.client)?;
        let bytes = download(&located, self.folder, self.client, self.progress)?;
        Ok(Filled::Fetched(bytes))
    }
}

/// Does `work` on each item with up to `concurrency` threads; the results are in the items' order.
fn side_by_side<T: Sync, R: Send>(
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
