//! Projects of the main index that have the name of a project which is taken from elsewhere.

use std::sync::Arc;

use harden_packaging::{IndexError, PackageName};

use crate::IndexUrl;
use crate::client::IndexClient;

impl IndexClient {
    /// The main index (`--index-url`, PyPI by default), if there is one.
    pub fn main_index(&self) -> Option<&IndexUrl> {
        self.engine().main_index()
    }

    /// Whether the main index has a project of each of these names, in their order; all are asked for at
    /// once.
    pub fn on_main_index(&self, names: Vec<PackageName>) -> Vec<Result<bool, IndexError>> {
        let tasks = names.into_iter().map(|name| {
            let engine = Arc::clone(self.engine());
            async move { engine.is_on_main_index(&name).await }
        });
        self.all(tasks.collect())
    }
}
