//! Facts about the files of a strict file on this machine: pages, metadata and wheels in the cache, wheels
//! in the wheelhouse.

use std::path::PathBuf;
use std::sync::Arc;

use harden_fetch::{WheelFacts, kept_file, wheel_facts};
use harden_index::IndexClient;
use harden_packaging::{CoreMetadata, DistFile, Index, PackageName, Project, Sha256};

use super::NamedStrict;
use crate::commands::diff::cached_files::settings;
use crate::settings::args::FactsArgs;

/// The cache and the wheelhouse.
pub(super) struct LocalFacts {
    client: Option<IndexClient>,
    cache_dir: Option<PathBuf>,
    wheelhouse: PathBuf,
}

impl LocalFacts {
    /// Those for a strict file.
    pub(super) fn of(file: &NamedStrict, args: &FactsArgs) -> Self {
        let settings = settings(&file.strict, args.cache.cache_dir.as_deref());
        let cache_dir = settings
            .as_ref()
            .and_then(|settings| settings.cache_dir.clone());
        Self {
            client: settings.and_then(|settings| IndexClient::new(settings).ok()),
            cache_dir,
            wheelhouse: args.wheelhouse.dest.clone(),
        }
    }

    /// No facts.
    pub(super) fn nothing() -> Self {
        Self {
            client: None,
            cache_dir: None,
            wheelhouse: PathBuf::new(),
        }
    }

    /// The cached pages of a project, of any age.
    pub(super) fn pages(&self, name: &PackageName) -> Vec<Project> {
        let client = self.client.as_ref();
        client.map_or_else(Vec::new, |client| client.cached_pages(name))
    }

    /// The metadata of a file, if the cache has it.
    pub(super) fn metadata(&self, file: &DistFile) -> Option<Arc<CoreMetadata>> {
        self.client.as_ref()?.metadata(file).ok()
    }

    /// The facts in the wheel of this name and digest, if it is here.
    pub(super) fn wheel(&self, name: &str, sha256: Sha256) -> Option<WheelFacts> {
        if !is_wheel(name) || self.wheelhouse.as_os_str().is_empty() {
            return None;
        }
        let in_cache = || {
            let path = kept_file(self.cache_dir.as_deref()?, sha256, name)?;
            wheel_facts(&path, sha256)
        };
        wheel_facts(&self.wheelhouse.join(name), sha256).or_else(in_cache)
    }
}

/// Whether a file name is that of a wheel.
pub(super) fn is_wheel(name: &str) -> bool {
    name.rsplit('.').next() == Some("whl")
}
