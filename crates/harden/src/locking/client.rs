//! Clients of an index with progress on the terminal, shared by the locks of a run.

use std::sync::Arc;

use harden_index::{IndexClient, Settings};
use harden_packaging::{
    CoreMetadata, DistFile, Index, IndexError, IndexLayer, PackageName, Project, Reference, Sha256,
};
use harden_resolver::{Answer, Request, resolve};
use jiff::Timestamp;

use crate::report::progress::Resolving;
use crate::report::{Error, Terminal};

/// The clients of a run: locks that ask the same indexes in the same way share one, and all that it
/// knows.
#[derive(Default)]
pub struct Clients(Vec<(Settings, Client)>);

/// A client of an index, and what shows its progress.
pub struct Client {
    /// The client.
    pub client: IndexClient,
    progress: Arc<Resolving>,
}

impl Clients {
    /// The client with these settings.
    pub fn client(&mut self, settings: &Settings, terminal: Terminal) -> Result<&Client, Error> {
        let known = self.0.iter().position(|(known, _)| known == settings);
        let place = if let Some(place) = known {
            place
        } else {
            let progress = Arc::new(Resolving::new(terminal));
            let client = IndexClient::with_progress(settings.clone(), progress.clone())?;
            self.0.push((settings.clone(), Client { client, progress }));
            self.0.len() - 1
        };
        let (_, client) = &self.0[place];
        Ok(client)
    }
}

impl Client {
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
