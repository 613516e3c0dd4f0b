//! [`IndexClient`], the entry point of this crate: blocking outside, async inside.

use std::fs::File;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use harden_packaging::{
    Completion, CoreMetadata, DistFile, Index, IndexError, PackageName, Project, Reference, Sha256,
};
use jiff::Timestamp;
use tokio::runtime::{Builder, Handle, Runtime};
use tracing::debug_span;

use crate::answers::Asked;
use crate::completions::Completions;
use crate::context::Context;
use crate::engine::Engine;
use crate::error::{failed, in_one_line};
use crate::learned::ask_for_learned;
use crate::statistics::Meter;
use crate::{
    Download, FilePlace, LentFile, PinnedFile, Progress, Settings, Statistics, download, metadata,
};

/// How long what is still under way may hold up the end of the process.
const PARTING: Duration = Duration::from_millis(100);

/// More would idle: what is done here is mostly waiting.
const MOST_THREADS: usize = 8;

/// The indexes of some [`Settings`], with a runtime of their own.
///
/// Its blocking methods, those of [`Index`] included, must not be called from async code; its async
/// ones must run on its own runtime. Dropping it, and all clients [beside](Self::beside) it, ends what is
/// under way.
pub struct IndexClient {
    session: Arc<Session>,
    completions: Completions,
    asked: Asked,
}

/// What clients of the same indexes share: the runtime, the connections, and all that is known.
struct Session {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    engine: Arc<Engine>,
}

impl IndexClient {
    /// A client of `settings` that does not report progress. It sends its first request when it is used.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the threads.
    pub fn new(settings: Settings) -> Result<Self, IndexError> {
        Self::with_meter(settings, Meter::default())
    }

    /// A client of `settings` that reports what it does to `progress`.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the threads.
    pub fn with_progress(
        settings: Settings,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, IndexError> {
        Self::with_meter(settings, Meter::watched_by(progress))
    }

    fn with_meter(settings: Settings, meter: Meter) -> Result<Self, IndexError> {
        let threads = std::thread::available_parallelism().map_or(MOST_THREADS, usize::from);
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads.min(MOST_THREADS))
            .enable_all()
            .build()
            .map_err(|error| failed(format!("cannot start threads: {}", in_one_line(&error))))?;
        Ok(Self::of(Arc::new(Session {
            runtime: Some(runtime),
            engine: Arc::new(Engine::new(settings, meter)),
        })))
    }

    fn of(session: Arc<Session>) -> Self {
        Self {
            session,
            completions: Completions::default(),
            asked: Asked::default(),
        }
    }

    /// A client for another answer, on any thread: it shares the connections and all that is known with
    /// this one, and has a queue of completions and a list of questions of its own.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self::of(Arc::clone(&self.session))
    }

    /// The same, with the questions that this one was asked, and which it forgets.
    #[must_use]
    pub fn beside_with_questions(&self) -> Self {
        Self {
            asked: self.asked.take(),
            ..self.beside()
        }
    }

    /// Waits until what was found is in the shared cache, if there is one: for some seconds at most, or for a part
    /// of the time that this client has been there.
    pub fn settle(&self) {
        self.block_on(self.context().shared.settle());
    }

    /// Whether all that was asked for could be read from the cache.
    ///
    /// # Errors
    ///
    /// When a part of an entry could not, or is damaged: what was answered may lack it.
    pub fn check_cache(&self) -> Result<(), IndexError> {
        self.context().store.check()
    }

    /// What has been done so far, by all clients that share the session.
    pub fn statistics(&self) -> Statistics {
        self.context().meter.snapshot()
    }

    /// Whether a server has answered over HTTP/2, which carries many files over one connection at once.
    pub fn multiplexes(&self) -> bool {
        self.context().http.multiplexes()
    }

    /// Runs `work` to its end on the client's runtime.
    pub fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.runtime().block_on(work)
    }

    /// The client's runtime, to spawn on.
    pub fn handle(&self) -> &Handle {
        self.runtime().handle()
    }

    /// Opens `file`, whose URL is `http`, `https` or `file`, from the byte `from` on.
    ///
    /// Failures until the first byte have been retried already; later ones come from
    /// [`Download::chunk`], and asking again from there is the caller's decision.
    ///
    /// # Errors
    ///
    /// When there is no such file there, or the network or the server fails.
    pub async fn download(&self, file: &DistFile, from: u64) -> Result<Download, IndexError> {
        download::open(self.context(), file, from).await
    }

    /// Opens what is at `url`, which no index lists, with the certificates, proxies and logins of this
    /// client.
    ///
    /// # Errors
    ///
    /// As [`IndexClient::download`].
    pub async fn download_url(&self, url: &str) -> Result<Download, IndexError> {
        download::open_at(self.context(), url, &Arc::from(""), 0).await
    }

    /// Whether a shared cache may have files of an index that needs no login.
    pub fn may_borrow(&self) -> bool {
        self.context().shared.is_readable() && self.engine().has_public_index()
    }

    /// The file of this digest and name that a shared cache has; of one whose size in bytes is known, no more than
    /// that is read. Ask only if it [may have it](Self::may_borrow).
    pub async fn borrow_file(
        &self,
        sha256: &Sha256,
        filename: &str,
        size: Option<u64>,
    ) -> Option<LentFile> {
        let context = self.context();
        let most = size.unwrap_or(context.largest_unsized);
        context.shared.file(sha256, filename, most).await
    }

    /// Lends a file at `path`, which was downloaded from where `file` is and has this digest, to the shared cache,
    /// if there is one, unless a login was needed for it. It is read while this client goes on. Call it from async
    /// code.
    pub fn lend_file(&self, file: &DistFile, sha256: &Sha256, path: PathBuf) {
        let context = self.context();
        if context.shared.is_on() && context.is_public(file) {
            let place = FilePlace::Path(path);
            context.shared.lend_file(sha256, &file.filename, place);
        }
    }

    /// As [`Index::project`], for async code.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn find_project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        self.engine().project(name).await
    }

    /// The project `name` as the cache has it, regardless of its age, so that what is on its page can be
    /// told with no network; `None` where it is not there, or not all that may be asked for it.
    pub fn cached_project(&self, name: &PackageName) -> Option<Project> {
        self.engine().cached_project(name)
    }

    /// The pages of the project `name` that the cache has, regardless of its age, of every index: what one
    /// of them says of a file is true of its digest, though the index may list it no longer.
    pub fn cached_pages(&self, name: &PackageName) -> Vec<Project> {
        self.engine().cached_pages(name)
    }

    /// The names of the projects of which the cache has pages, also of those that an index does not have;
    /// sorted, each once.
    pub fn cached_names(&self) -> Vec<String> {
        self.context().store.page_names()
    }

    /// Compares the metadata in `wheel`, all of `file`, whose digest `sha256` was verified, with what
    /// the index gave for it when a lock was made, if the cache still has that.
    ///
    /// # Errors
    ///
    /// When they differ, or the wheel has no valid metadata.
    pub fn compare_metadata(
        &self,
        file: &DistFile,
        wheel: &File,
        sha256: &Sha256,
    ) -> Result<(), IndexError> {
        metadata::compare(self.context(), file, (wheel, sha256))
    }

    /// Where `file` is, by name and digest, as the index that lists it says now: its links may have
    /// expired since its page was read.
    pub fn places_now(&self, file: &DistFile) -> Vec<Arc<DistFile>> {
        self.block_on(self.engine().places_now(file))
    }

    /// As [`Self::places_now`], for async code.
    pub async fn find_places_now(&self, file: &DistFile) -> Vec<Arc<DistFile>> {
        self.engine().places_now(file).await
    }

    /// Where `wanted` is, if that can be told without reading all of the page of its project. Else the page may
    /// know more: [`Self::find_project`].
    pub async fn find_file(&self, wanted: &PinnedFile) -> Option<Arc<DistFile>> {
        self.engine().pinned_file(wanted).await
    }

    /// Says that these files will be looked for soon, with [`Self::find_file`]. Never blocks.
    pub fn prefetch_files(&self, wanted: Vec<PinnedFile>) {
        for wanted in wanted {
            let engine = Arc::clone(self.engine());
            self.runtime().spawn(async move {
                if engine.pinned_file(&wanted).await.is_none() {
                    let _ = engine.project(&wanted.project).await;
                }
            });
        }
    }

    /// Waits for an answer, in a span of its own, so that timings show the time spent waiting.
    fn wait_for<F: Future>(&self, answer: F) -> F::Output {
        debug_span!("index").in_scope(|| self.block_on(answer))
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.session.engine
    }

    /// What was asked since the last answer.
    pub(crate) fn asked(&self) -> &Asked {
        &self.asked
    }

    /// What requests are made with.
    pub(crate) fn context(&self) -> &Context {
        self.session.engine.context()
    }

    fn runtime(&self) -> &Runtime {
        self.session
            .runtime
            .as_ref()
            .expect("it is there until the client is dropped")
    }
}

impl Index for IndexClient {
    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        self.asked.project(name);
        self.context().store.check()?;
        match self.engine().known_project(name) {
            Some(known) => known,
            None => self.wait_for(self.engine().project(name)),
        }
    }

    fn elsewhere(&self, name: &PackageName) -> Vec<(Arc<str>, Arc<Project>)> {
        self.asked.more();
        self.wait_for(self.engine().elsewhere(name))
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        self.asked.metadata(file);
        self.context().store.check()?;
        match self.engine().known_metadata(file) {
            Some(known) => known,
            None => self.wait_for(self.engine().metadata(file)),
        }
    }

    fn direct(&self, reference: &Reference) -> Result<Arc<DistFile>, IndexError> {
        self.asked.more();
        self.wait_for(self.engine().direct(reference))
    }

    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError> {
        if let Some(listed) = file.sha256 {
            return Ok(listed);
        }
        self.asked.more();
        self.wait_for(self.engine().sha256(file))
    }

    fn last_modified(&self, file: &DistFile) -> Result<Option<Timestamp>, IndexError> {
        self.asked.more();
        self.wait_for(self.engine().last_modified(file))
    }

    fn prefetch_projects(&self, names: &[PackageName]) {
        for name in names {
            let promise = self.completions.promise(Completion::Project(name.clone()));
            if self.engine().known_project(name).is_none() {
                let (engine, name) = (Arc::clone(self.engine()), name.clone());
                self.runtime().spawn(async move {
                    let mut project = pin!(engine.project(&name));
                    tokio::select! {
                        biased;
                        _ = &mut project => return drop(promise),
                        // It is not in the cache, or stale.
                        () = std::future::ready(()) => ask_for_learned(&engine, name.clone()),
                    }
                    let _ = project.await;
                    drop(promise);
                });
            }
        }
    }

    fn prefetch_direct(&self, references: &[&Reference]) {
        for reference in references {
            let (engine, reference) = (Arc::clone(self.engine()), Reference::clone(reference));
            self.runtime()
                .spawn(async move { Box::pin(engine.direct(&reference)).await });
        }
    }

    fn prefetch_metadata(&self, file: &Arc<DistFile>) {
        let promise = self
            .completions
            .promise(Completion::Metadata(Arc::clone(file)));
        if self.engine().known_metadata(file).is_none() {
            let (engine, file) = (Arc::clone(self.engine()), Arc::clone(file));
            self.runtime().spawn(async move {
                let _ = engine.metadata(&file).await;
                drop(promise);
            });
        }
    }

    fn next_completion(&self) -> Option<Completion> {
        debug_span!("index").in_scope(|| self.completions.next())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(PARTING);
        }
    }
}
