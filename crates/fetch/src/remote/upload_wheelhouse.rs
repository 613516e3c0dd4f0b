//! Uploads a wheelhouse to a mirror: which files, and in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::mirror::Mirror;
use super::send_file::{Item, Sent};
use crate::fetch::side_by_side;
use crate::hash::hash;
use crate::simple_index::SIMPLE;
use crate::wheelhouse_archive::beside;
use crate::wheelhouse_files::contents;
use crate::{Failure, FetchError, Lock, Outcome, Progress};

/// How many files are on their way at once.
const CONCURRENCY: usize = 16;

/// What goes to a mirror.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// The locks whose files go there, all of which the folder must have.
    pub locks: &'a [Lock<'a>],
    /// The wheelhouse.
    pub folder: &'a Path,
    /// What the mirror shall be read as.
    pub layout: MirrorLayout,
}

/// What a mirror is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MirrorLayout {
    /// A folder of files.
    Flat,
    /// And an index: the pages that [`write_simple`](crate::write_simple) wrote into the wheelhouse.
    Simple,
}

/// What a mirror was sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// How many files were sent.
    pub sent: usize,
    /// Their size in bytes.
    pub bytes: u64,
    /// How many were there, with the same SHA-256.
    pub already_there: usize,
    /// The names of those sent that took the place of something else.
    pub replaced: BTreeSet<String>,
}

/// Sends what a folder holds for some locks to a mirror, and the files beside it that were written
/// about it; what the mirror has already is not sent again, and what else it has stays.
///
/// Distributions go first, so that no page names one that is not there.
///
/// # Errors
///
/// Returns [`FetchError`] where a file of a lock is missing or wrong, or the mirror fails; what was
/// sent until then stays there, each object whole.
pub fn upload(
    upload: &Upload<'_>,
    mirror: &Mirror,
    progress: &dyn Progress,
) -> Result<Stored, FetchError> {
    let stages = stages(upload)?;
    progress.planned(stages.iter().map(Vec::len).sum());
    let mut stored = Stored::default();
    for items in &stages {
        let sent = side_by_side(items, CONCURRENCY, |item| {
            let sent = mirror.send(item, progress);
            let outcome = match &sent {
                Ok(Sent::AlreadyThere) => Outcome::AlreadyThere,
                Ok(Sent::Added | Sent::Replaced) => Outcome::Fetched,
                Err(_) => Outcome::Failed,
            };
            progress.ended(&item.name, outcome);
            sent
        });
        for (item, sent) in items.iter().zip(sent) {
            match sent.map_err(FetchError::one)? {
                Sent::AlreadyThere => stored.already_there += 1,
                Sent::Added => stored.add(item),
                Sent::Replaced => {
                    stored.add(item);
                    stored.replaced.insert(item.name.clone());
                }
            }
        }
    }
    Ok(stored)
}

impl Stored {
    fn add(&mut self, item: &Item) {
        self.sent += 1;
        self.bytes += item.size;
    }
}

/// What is sent, each stage after the one before: files, pages of projects, the root page.
fn stages(upload: &Upload<'_>) -> Result<[Vec<Item>; 3], FetchError> {
    let mut files = BTreeMap::new();
    for lock in upload.locks {
        for held in contents(lock, upload.folder)? {
            let item = Item {
                path: upload.folder.join(&held.name),
                name: held.name.clone(),
                sha256: held.sha256,
                size: held.size,
            };
            files.insert(held.name, item);
        }
    }
    let failed = |source| {
        FetchError::one(Failure::Folder {
            action: "read",
            path: upload.folder.to_owned(),
            source,
        })
    };
    for name in beside(upload.folder).map_err(failed)? {
        let item = item(upload.folder.join(&name), &name).map_err(failed)?;
        files.insert(name, item);
    }
    let (mut projects, mut root) = (Vec::new(), Vec::new());
    if upload.layout == MirrorLayout::Simple {
        for (path, name) in entries(&upload.folder.join(SIMPLE), SIMPLE).map_err(failed)? {
            if path.is_dir() {
                for (path, name) in entries(&path, &name).map_err(failed)? {
                    projects.push(item(path, &name).map_err(failed)?);
                }
            } else {
                root.push(item(path, &name).map_err(failed)?);
            }
        }
    }
    Ok([files.into_values().collect(), projects, root])
}

/// What a folder has, with what it is called at the mirror.
fn entries(folder: &Path, name: &str) -> io::Result<Vec<(PathBuf, String)>> {
    let entries = fs::read_dir(folder)?.map(|entry| {
        let path = entry?.path();
        let last = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{name}/{last}");
        Ok((path, name))
    });
    let mut entries = entries.collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn item(path: PathBuf, name: &str) -> io::Result<Item> {
    let (sha256, size) = hash(&mut File::open(&path)?)?;
    Ok(Item {
        name: name.to_owned(),
        path,
        sha256,
        size,
    })
}
