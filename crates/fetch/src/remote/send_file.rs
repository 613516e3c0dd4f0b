//! Uploads one file to a mirror, completely or not at all: hashed on the way, in parts if it is large.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use harden_packaging::Sha256;
use object_store::{
    Attribute, Attributes, MultipartUpload, PutMultipartOptions, PutOptions, PutPayload,
};
use sha2::Digest;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::error::MirrorErrorKind;
use super::mirror::{Mirror, SHA256};
use crate::hash::finish;
use crate::{Failure, Progress};

/// The size of a part in MiB: S3 takes no less than 5, and no more than 10,000 parts.
const PART: u32 = 8;

/// A file that goes to a mirror.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// Its name at the mirror, folders parted by `/`.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) sha256: Sha256,
    /// In bytes.
    pub(super) size: u64,
}

/// The outcome for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// It was there.
    AlreadyThere,
    /// There was none of its name.
    Added,
    /// What had its name was another file, or not known to be the same.
    Replaced,
}

impl Mirror {
    /// Sends a file unless it is there.
    pub(super) fn send(&self, item: &Item, progress: &dyn Progress) -> Result<Sent, Failure> {
        let sent = match self.has(item)? {
            Some(true) => return Ok(Sent::AlreadyThere),
            Some(false) => Sent::Replaced,
            None => Sent::Added,
        };
        progress.begun(&item.name, Some(item.size));
        let opened = File::open(&item.path);
        let mut file = opened.map_err(|source| unreadable(&item.path, source))?;
        self.runtime.block_on(async {
            if item.size <= u64::from(PART) << 20 {
                self.send_whole(&mut file, item).await
            } else {
                self.send_parts(&mut file, item, progress).await
            }
        })?;
        progress.reached(&item.name, item.size);
        Ok(sent)
    }

    /// Whether what the mirror has under the name of an item is the same; `None` where it has
    /// nothing of that name.
    fn has(&self, item: &Item) -> Result<Option<bool>, Failure> {
        let Some(found) = self.find(&item.name)? else {
            return Ok(None);
        };
        if found.size != item.size {
            return Ok(Some(false));
        }
        if !self.is_folder() {
            return Ok(Some(found.sha256 == Some(item.sha256)));
        }
        let mut hasher = sha2::Sha256::new();
        let take = |bytes: &[u8]| {
            hasher.update(bytes);
            Ok::<_, Failure>(())
        };
        self.read(&item.name, |_| Ok(()), take)?;
        Ok(Some(finish(hasher) == item.sha256))
    }

    async fn send_whole(&self, file: &mut File, item: &Item) -> Result<(), Failure> {
        let _room = self.room(item.size.div_ceil(1 << 20)).await;
        let bytes = next_part(file, item)?;
        verify(Sha256::of(&bytes), item)?;
        let options = PutOptions {
            attributes: self.attributes(item),
            ..PutOptions::default()
        };
        let (path, payload) = (self.address.object(&item.name), PutPayload::from(bytes));
        let put = self.objects.put_opts(&path, payload, options).await;
        put.map_err(|error| self.failed(MirrorErrorKind::of(&error)))?;
        Ok(())
    }

    async fn send_parts(
        &self,
        file: &mut File,
        item: &Item,
        progress: &dyn Progress,
    ) -> Result<(), Failure> {
        let failed = |error| Failure::Mirror(self.failed(MirrorErrorKind::of(&error)));
        let options = PutMultipartOptions {
            attributes: self.attributes(item),
            ..PutMultipartOptions::default()
        };
        let path = self.address.object(&item.name);
        let begun = self.objects.put_multipart_opts(&path, options).await;
        let mut parts = begun.map_err(failed)?;
        let sent = match self.send_each(&mut *parts, file, item, progress).await {
            Ok(()) => parts.complete().await.map(drop).map_err(failed),
            Err(failure) => Err(failure),
        };
        if sent.is_err() {
            // What cannot be taken back is never seen as an object.
            let _ = parts.abort().await;
        }
        sent
    }

    async fn send_each(
        &self,
        parts: &mut dyn MultipartUpload,
        file: &mut File,
        item: &Item,
        progress: &dyn Progress,
    ) -> Result<(), Failure> {
        let mut hasher = sha2::Sha256::new();
        let mut under_way = JoinSet::new();
        let mut read = 0;
        loop {
            let room = self.room(u64::from(PART)).await;
            let bytes = next_part(file, item)?;
            if bytes.is_empty() {
                break;
            }
            read += bytes.len() as u64;
            hasher.update(&bytes);
            let part = parts.put_part(bytes.into());
            under_way.spawn(async move {
                let sent = part.await;
                drop(room);
                sent
            });
            while let Some(sent) = under_way.try_join_next() {
                self.joined(sent)?;
            }
            progress.reached(&item.name, read);
        }
        while let Some(sent) = under_way.join_next().await {
            self.joined(sent)?;
        }
        verify(finish(hasher), item)
    }

    fn joined(
        &self,
        sent: Result<object_store::Result<()>, tokio::task::JoinError>,
    ) -> Result<(), Failure> {
        let fault = match sent {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => MirrorErrorKind::of(&error),
            Err(error) => MirrorErrorKind::Failed(error.to_string()),
        };
        Err(self.failed(fault).into())
    }

    /// Waits until so many MiB more may be in memory.
    async fn room(&self, mebibytes: u64) -> OwnedSemaphorePermit {
        let permits = u32::try_from(mebibytes).unwrap_or(PART).clamp(1, PART);
        let room = Arc::clone(&self.room).acquire_many_owned(permits).await;
        room.expect("the semaphore is never closed")
    }

    /// What stands beside an object: its digest, and what it is served as over HTTP.
    fn attributes(&self, item: &Item) -> Attributes {
        let mut attributes = Attributes::new();
        if self.is_folder() {
            return attributes;
        }
        let sha256 = item.sha256.to_string();
        attributes.insert(Attribute::Metadata(SHA256.into()), sha256.into());
        let kind = match item.name.rsplit_once('.') {
            Some((_, "html")) => Some("text/html"),
            Some((page, "json")) if page.ends_with("index") => {
                Some("application/vnd.pypi.simple.v1+json")
            }
            _ => None,
        };
        if let Some(kind) = kind {
            attributes.insert(Attribute::ContentType, kind.into());
        }
        attributes
    }
}

/// What comes next in a file, as much as a part holds.
fn next_part(file: &mut File, item: &Item) -> Result<Vec<u8>, Failure> {
    let most = u64::from(PART) << 20;
    let size = usize::try_from(item.size.min(most)).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size);
    let read = file.take(most).read_to_end(&mut bytes);
    read.map_err(|source| unreadable(&item.path, source))?;
    Ok(bytes)
}

/// Someone else may have written to the file since it was hashed.
fn verify(actual: Sha256, item: &Item) -> Result<(), Failure> {
    if actual == item.sha256 {
        return Ok(());
    }
    let changed = io::Error::other("it changed during the upload");
    Err(unreadable(&item.path, changed))
}

fn unreadable(path: &Path, source: io::Error) -> Failure {
    Failure::Folder {
        action: "read",
        path: path.to_owned(),
        source,
    }
}
