//! Clients of an index with progress on the terminal, shared by the locks of a run.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use harden_index::{IndexClient, Settings};
use harden_packaging::{
    CoreMetadata, DistFile, Index, IndexError, IndexLayer, PackageName, Project, Reference, Sha256,
};
use harden_resolver::{Answer, Request, resolve};
use jiff::Timestamp;

use crate::report::progress::Resolving;
use crate::report::{Error, Terminal};

/// The clients of a run, for all its threads: locks that ask the same indexes in the same way share
/// connections, and all that is known.
#[derive(Default)]
pub struct Clients(Mutex<VecDeque<(Settings, Client)>>);

/// How many sessions with different settings are kept: each has threads and the pages that it has read.
const MOST_SESSIONS: usize = 16;

/// A client of an index, and what shows its progress.
pub struct Client {
    /// The client.
    pub client: IndexClient,
    progress: Arc<Resolving>,
}

impl Clients {
    /// A client with these settings, for one lock at a time.
    ///
    /// # Errors
    ///
    /// When the operating system refuses the threads.
    pub fn client(&self, settings: &Settings, terminal: Terminal) -> Result<Client, Error> {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = sessions.iter().find(|(known, _)| known == settings) {
            return Ok(known.beside());
        }
        let progress = Arc::new(Resolving::new(terminal));
        let client = IndexClient::with_progress(settings.clone(), progress.clone())?;
        let made = Client { client, progress };
        let beside = made.beside();
        sessions.push_back((settings.clone(), made));
        if sessions.len() > MOST_SESSIONS {
            sessions.pop_front();
        }
        Ok(beside)
    }
}

impl Clients {
    /// Waits until what was found is in the shared cache, if there is one: for some seconds at most.
    pub fn settle(&self) {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, client) in &*sessions {
            client.client.settle();
        }
    }
}

impl Client {
    /// A client of the same session, for another lock.
    fn beside(&self) -> Self {
        Self {
            client: self.client.beside(),
            progress: Arc::clone(&self.progress),
        }
    }

    /// What `work` returns, with progress meanwhile.
    pub fn with_progress<T>(&self, work: impl FnOnce(&IndexClient) -> T) -> T {
        self.progress.begin();
        let done = work(&self.client);
        self.progress.finish();
        done
    }

    /// Resolves, with progress.
    pub fn answer(&self, request: &Request) -> Result<Answer, Error> {
        self.answer_by(request, &self.client)
    }

    /// Resolves by what `index` says, which asks this client, with progress.
    pub fn answer_by(&self, request: &Request, index: &dyn Index) -> Result<Answer, Error> {
        self.progress.begin();
        let answer = if self.progress.is_drawn() {
            let progress = &self.progress;
            resolve(request, &WithProgress { index, progress })
        } else {
            resolve(request, index)
        };
        self.progress.finish();
        Ok(answer?)
    }
}

/// An index that shows what it is asked for.
struct WithProgress<'a> {
    index: &'a dyn Index,
    progress: &'a Resolving,
}

impl IndexLayer for WithProgress<'_> {
    fn below(&self) -> &dyn Index {
        self.index
    }

    fn project(&self, name: &PackageName) -> Result<Arc<Project>, IndexError> {
        self.progress.show(name.as_str());
        self.index.project(name)
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        self.progress.show(&file.filename);
        self.index.metadata(file)
    }

    fn direct(&self, reference: &Reference) -> Result<Arc<DistFile>, IndexError> {
        self.progress.show(reference.file().as_str());
        self.index.direct(reference)
    }

    fn sha256(&self, file: &DistFile) -> Result<Sha256, IndexError> {
        self.progress.show(&file.filename);
        self.index.sha256(file)
    }

    fn last_modified(&self, file: &DistFile) -> Result<Option<Timestamp>, IndexError> {
        self.progress.show(&file.filename);
        self.index.last_modified(file)
    }
}
