//! A strict file with everything that fetching its distributions takes.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use harden_fetch::Lock;
use harden_hasher::StrictFile;
use harden_index::{Settings, SharedCache};
use harden_packaging::PackageName;
use harden_target::Target;
use tempfile::TempDir;

use super::admission::PolicyAdmission;
use crate::locking::relative_path::relative;
use crate::settings::config::current_folder;

/// A strict file and what to fetch it for.
#[derive(Debug, Clone)]
pub struct Job {
    /// Where the strict file is.
    pub path: PathBuf,
    /// The way from the current folder to the one that the user is in; empty where they are the same.
    pub way: PathBuf,
    /// The strict file.
    pub strict: StrictFile,
    /// What to fetch for.
    pub targets: Vec<Target>,
    /// The indexes that it says to fetch from, any of which may have what is pinned.
    pub settings: Settings,
    /// The same for what is not pinned yet.
    pub index: Settings,
    /// The user's own projects among the pins, with their folders.
    pub projects: BTreeMap<PackageName, PathBuf>,
    /// Whether the file was edited after harden wrote it.
    pub is_edited: bool,
    /// Whether installers take the file itself as requirements.
    pub is_installable: bool,
    /// The cache where the user wants none.
    pub temporary: Option<Arc<TempDir>>,
    /// The rules of its policy for the files.
    pub admission: Option<PolicyAdmission>,
}

impl Job {
    /// The lock as the library takes it, under `name` in its messages.
    pub fn lock<'a>(&'a self, name: &'a str) -> Lock<'a> {
        Lock {
            strict: &self.strict,
            name,
            targets: &self.targets,
        }
    }

    /// What to call it.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Its path as the user finds it.
    pub fn shown_name(&self) -> String {
        self.seen_by_user(&self.path).display().to_string()
    }

    /// The way from the folder that the user is in to the current one.
    pub fn way_back(&self) -> PathBuf {
        let folders = self.way.components();
        folders.map(|_| Component::ParentDir).collect()
    }

    /// A path as it is found from the folder that the user is in.
    pub fn seen_by_user(&self, path: &Path) -> PathBuf {
        let here = current_folder().ok();
        let seen = here.and_then(|here| relative(path, &here, &self.way));
        seen.map_or_else(|| path.to_owned(), PathBuf::from)
    }
}

/// Has jobs that name the same shared cache share what is found out about it: one that does not work is asked
/// once.
pub fn share_caches(jobs: &mut [Job]) {
    let mut known: Vec<SharedCache> = Vec::new();
    let settings = jobs
        .iter_mut()
        .flat_map(|job| [&mut job.settings, &mut job.index]);
    for shared in settings.filter_map(|settings| settings.shared.as_mut()) {
        match known.iter().find(|known| *known == shared) {
            Some(known) => *shared = known.clone(),
            None => known.push(shared.clone()),
        }
    }
}

/// The path of a strict file as one word: its letters and digits.
pub fn plain(path: &str) -> String {
    let stem = path.strip_suffix(".txt").unwrap_or(path);
    stem.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}
