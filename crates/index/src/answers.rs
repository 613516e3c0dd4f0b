//! Answers of earlier runs: what a request was answered with, kept with everything in the cache that the
//! answer rests on.
//!
//! An answer holds as long as a run would find the same in the cache: each entry that was used has the
//! same content, and each page is still fresh by the rule that a run follows. If only the age of pages
//! has passed, [`IndexClient::confirm`] asks for all of them at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use harden_packaging::{DistFile, IndexErrorKind, PackageName, Sha256};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use crate::cache::{Entry, Key, Store};
use crate::{Freshness, IndexClient, Settings, Verify};

/// An answer that was kept, and what it rests on.
pub struct Recalled {
    name: Sha256,
    /// What was kept.
    payload: Vec<u8>,
    basis: Basis,
    is_fresh: bool,
}

/// What an answer rests on.
#[derive(Serialize, Deserialize)]
struct Basis {
    question: [u8; 32],
    projects: Vec<String>,
    entries: BTreeMap<PathBuf, Entry>,
}

/// What was asked for an answer.
#[derive(Default)]
pub(crate) struct Asked(Mutex<Questions>);

#[derive(Default)]
struct Questions {
    projects: BTreeSet<PackageName>,
    /// The digests of the files whose metadata was asked for.
    files: BTreeSet<Sha256>,
    /// Whether something was asked for that the cache does not keep.
    is_more: bool,
}

impl Asked {
    pub(crate) fn project(&self, name: &PackageName) {
        self.with(|questions| {
            if !questions.projects.contains(name) {
                questions.projects.insert(name.clone());
            }
        });
    }

    pub(crate) fn metadata(&self, file: &DistFile) {
        self.with(|questions| match file.sha256 {
            Some(digest) => {
                questions.files.insert(digest);
            }
            None => questions.is_more = true,
        });
    }

    /// Notes that something was asked for that the cache does not keep.
    pub(crate) fn more(&self) {
        self.with(|questions| questions.is_more = true);
    }

    /// What was asked, which is forgotten here.
    pub(crate) fn take(&self) -> Self {
        Self(Mutex::new(self.with(std::mem::take)))
    }

    fn with<T>(&self, work: impl FnOnce(&mut Questions) -> T) -> T {
        let mut questions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut questions)
    }
}

/// The answer `name` of an earlier run to this `question`, if a run would find in the cache what that one
/// found.
pub fn recall(settings: &Settings, name: &Sha256, question: &Sha256) -> Option<Recalled> {
    if settings.freshness == Freshness::Refresh {
        return None;
    }
    let store = Store::new(settings.cache_dir.clone(), Verify::WhenUsed);
    let kept = store.peek(&Key::answer(name))?;
    let (mut basis, payload) = postcard::take_from_bytes::<Basis>(kept.payload()).ok()?;
    if basis.question != *question.as_bytes() {
        return None;
    }
    let mut recalled = Recalled {
        name: *name,
        payload: payload.to_vec(),
        is_fresh: true,
        basis: Basis {
            entries: BTreeMap::new(),
            ..basis
        },
    };
    let mut is_renewed = false;
    for (path, entry) in std::mem::take(&mut basis.entries) {
        let now = current(&store, &path, &entry)?;
        is_renewed |= now != entry;
        let age = now.content.and_then(|content| content.file.age());
        recalled.is_fresh &= settings.freshness == Freshness::Offline || now.is_fresh(age);
        recalled.basis.entries.insert(path, now);
    }
    if is_renewed && recalled.is_fresh {
        recalled.keep(&store);
    }
    Some(recalled)
}

/// The entry as it is now, if it has the content that it had.
fn current(store: &Store, path: &Path, entry: &Entry) -> Option<Entry> {
    match (entry.content, store.state(path)) {
        (None, None) => Some(entry.clone()),
        (Some(content), Some(file)) if content.file == file => Some(entry.clone()),
        (Some(content), Some(_)) => {
            let now = store.content(path)?;
            (now.sum == content.sum).then(|| Entry {
                content: Some(now),
                ..entry.clone()
            })
        }
        (Some(_), None) | (None, Some(_)) => None,
    }
}

impl Recalled {
    /// What was kept.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Whether it holds without asking an index.
    pub fn is_fresh(&self) -> bool {
        self.is_fresh
    }

    fn keep(&self, store: &Store) {
        if let Ok(mut bytes) = postcard::to_stdvec(&self.basis) {
            bytes.extend_from_slice(&self.payload);
            store.write(&Key::answer(&self.name), &bytes);
        }
    }
}

impl IndexClient {
    /// Begins a new answer: what was asked until now does not count for it.
    pub fn begin_answer(&self) {
        self.asked()
            .with(|questions| *questions = Questions::default());
    }

    /// Keeps `payload` as the answer `name` to this `question`, for [`recall`], unless what was asked since
    /// [`Self::begin_answer`] is not all in the cache.
    pub fn keep_answer_to(&self, question: &Sha256, name: &Sha256, payload: Vec<u8>) {
        let Some(basis) = self.basis(question) else {
            tracing::debug!("the answer is not kept: the cache does not have all that it rests on");
            return;
        };
        let recalled = Recalled {
            name: *name,
            payload,
            basis,
            is_fresh: true,
        };
        recalled.keep(&self.context().store);
    }

    /// Whether the indexes confirm everything that an answer rests on. All pages are asked for at once; what
    /// is read of them is known to this client then.
    pub fn confirm(&self, recalled: &mut Recalled) -> bool {
        let names = recalled
            .basis
            .projects
            .iter()
            .filter_map(|name| name.parse().ok());
        let names: Vec<PackageName> = names.collect();
        if names.len() != recalled.basis.projects.len() || !self.read_all(names) {
            return false;
        }
        let context = self.context();
        let found = context.store.found();
        let pages = recalled.basis.entries.iter_mut();
        for (path, entry) in pages.filter(|(_, entry)| entry.fresh_seconds.is_some()) {
            match found.entry(path) {
                Some(now) if now.sum() == entry.sum() => *entry = now,
                _ => return false,
            }
        }
        if !found.is_complete(|| context.meter.answers()) {
            return false;
        }
        recalled.keep(&context.store);
        true
    }

    /// Reads the pages of these projects at once; `false` if an index gives no answer.
    fn read_all(&self, names: Vec<PackageName>) -> bool {
        let mut tasks = JoinSet::new();
        for name in names {
            let engine = Arc::clone(self.engine());
            let read = async move { engine.project(&name).await };
            tasks.spawn_on(read, self.handle());
        }
        self.block_on(async {
            let mut have_answered = true;
            while let Some(read) = tasks.join_next().await {
                have_answered &= match read {
                    Ok(Ok(_)) => true,
                    Ok(Err(error)) => error.kind == IndexErrorKind::NoSuchProject,
                    Err(_) => false,
                };
            }
            have_answered
        })
    }

    /// What was asked, and where in the cache the answers are; `None` if not all are there.
    fn basis(&self, question: &Sha256) -> Option<Basis> {
        let context = self.context();
        let found = context.store.found();
        if !context.store.is_kept() || !found.is_complete(|| context.meter.answers()) {
            return None;
        }
        self.asked().with(|questions| {
            let mut entries = BTreeMap::new();
            for name in &questions.projects {
                let paths = self.engine().entries(name);
                let met = paths
                    .into_iter()
                    .filter_map(|path| Some((found.entry(&path)?, path)));
                let before = entries.len();
                entries.extend(met.map(|(entry, path)| (path, entry)));
                if entries.len() == before {
                    return None;
                }
            }
            for digest in &questions.files {
                let path = Key::verified_metadata(digest).path().to_owned();
                let entry = found.entry(&path)?;
                entries.insert(path, entry);
            }
            let projects = questions.projects.iter().map(ToString::to_string);
            (!questions.is_more).then(|| Basis {
                question: *question.as_bytes(),
                projects: projects.collect(),
                entries,
            })
        })
    }
}
