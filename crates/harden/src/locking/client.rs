//! Clients of an index with progress on the terminal, shared by the locks of a run.

use std::sync::Arc;

use harden_index::{IndexClient, Settings};
use harden_packaging::Index;
use harden_resolver::{Answer, Request, resolve};

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
        let answer = resolve(request, index);
        self.progress.finish();
        Ok(answer?)
    }
}
