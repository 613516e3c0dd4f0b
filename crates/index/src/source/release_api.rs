//! Where PyPI's own JSON API says that a file is: what it says of one release is a small part of the page of a
//! project (of the 137 wheels of `lockfiles/airflow`: 3 MB in place of 55 MB, `docs/fetch-performance.md`).
//!
//! It only says where to look: who asks has the digest. An index that is a proxy may pass on the API of
//! another and have its own copies of the files, which alone can be reached. So, unless the index is PyPI, its
//! API counts once its page of one project has a file at the same place.
//!
//! The API does not tell the digest of the metadata beside a file, so it is asked only for files that were locked
//! with a digest of theirs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use harden_packaging::{DistFile, Project};
use reqwest::StatusCode;
use tokio::sync::{OnceCell, Semaphore};
use url::Url;

use super::RemoteIndex;
use crate::cache::Key;
use crate::context::Context;
use crate::http::Request;
use crate::pinned_file::PinnedFile;
use crate::protocol::{ACCEPT_JSON, read_release};
use crate::{DEFAULT_INDEX_URL, Freshness};

/// How long it is remembered whether an index has the API.
const KNOWN_FOR: Duration = Duration::from_hours(24);

/// How many releases are asked for before it is known whether there is an answer.
const EARLY: usize = 32;

/// The largest answer that is read, in bytes. Those of PyPI have some 10 KB; beyond this the page will do.
const LARGEST: usize = 4 << 20;

/// The API of one index.
pub(crate) struct ReleaseApi {
    /// Whether it is there and tells of the index's own files.
    counts: OnceCell<bool>,
    early: Semaphore,
    has_answered: AtomicBool,
}

impl Default for ReleaseApi {
    fn default() -> Self {
        Self {
            counts: OnceCell::new(),
            early: Semaphore::new(EARLY),
            has_answered: AtomicBool::new(false),
        }
    }
}

impl RemoteIndex {
    /// Where `wanted` is, as the API beside this index says; `None` where there is none, or it does not know.
    pub(crate) async fn file_of_release(
        &self,
        context: &Context,
        wanted: &PinnedFile,
    ) -> Option<Arc<DistFile>> {
        let url = self.release_url(wanted)?;
        let api = self.release_api();
        if api.counts.get().is_none()
            && let Some(remembered) = self.remembered_api(context)
        {
            let _ = api.counts.set(remembered);
        }
        let early = match api.counts.get() {
            Some(_) => None,
            None => api.early.try_acquire().ok(),
        };
        if early.is_none() && !self.api_counts(context, wanted).await {
            return None;
        }
        let ask = self.ask_release(context, &url, wanted);
        let (found, counts) = tokio::join!(ask, self.api_counts(context, wanted));
        found.filter(|_| counts)
    }

    /// Whether the API counts; found out with `wanted` if need be.
    async fn api_counts(&self, context: &Context, wanted: &PinnedFile) -> bool {
        let find_out = async {
            if self.is_pypi() {
                return true;
            }
            let Some(url) = self.release_url(wanted) else {
                return false;
            };
            let page = self.file_on_page(context, wanted);
            let (listed, api) = tokio::join!(page, self.ask_release(context, &url, wanted));
            let counts = match (&listed, &api) {
                (Some(listed), Some(found)) => listed.url == found.url,
                _ => false,
            };
            // Where the page lacks the file, another project may tell more, another day.
            if listed.is_some() {
                self.remember_api(context, counts);
            }
            counts
        };
        *self
            .release_api()
            .counts
            .get_or_init(|| Box::pin(find_out))
            .await
    }

    fn is_pypi(&self) -> bool {
        let pypi = DEFAULT_INDEX_URL.parse();
        pypi.is_ok_and(|pypi| self.address().is_same_place(&pypi))
    }

    fn release_url(&self, wanted: &PinnedFile) -> Option<Url> {
        let version = wanted.version.to_string();
        let url = self
            .address()
            .release_json(wanted.project.as_str(), &version)?;
        Url::parse(&url).ok()
    }

    /// What the API says, asked once: the page tells the same.
    async fn ask_release(
        &self,
        context: &Context,
        url: &Url,
        wanted: &PinnedFile,
    ) -> Option<Arc<DistFile>> {
        let request = Request::get(url.clone()).of_index(self.address());
        let request = request.accept(ACCEPT_JSON).tries(1).at_most(LARGEST);
        let reply = context.http.ask(&request).await;
        let reply = reply.inspect_err(|why| tracing::debug!("no answer from {url}: {why}"));
        let reply = reply.ok()?;
        let api = self.release_api();
        if reply.status != StatusCode::OK {
            tracing::debug!("{url} answers {}", reply.status);
            if reply.status.is_client_error() && !api.has_answered.load(Ordering::Relaxed) {
                self.remember_api(context, false);
            }
            return None;
        }
        let listed = read_release(&reply.body, &reply.url, &wanted.filename);
        let listed = listed.inspect_err(|why| tracing::debug!("{url}: {why}"));
        if !api.has_answered.swap(true, Ordering::Relaxed) && self.is_pypi() {
            self.remember_api(context, true);
        }
        listed
            .ok()?
            .iter()
            .find_map(|file| self.pinned(file, wanted))
    }

    fn remembered_api(&self, context: &Context) -> Option<bool> {
        let kept = context.store.peek(&self.api_key())?;
        let is_recent = kept.age.is_some_and(|age| age < KNOWN_FOR);
        if !is_recent || context.freshness != Freshness::Http {
            return None;
        }
        postcard::from_bytes(kept.payload()).ok()
    }

    fn remember_api(&self, context: &Context, counts: bool) {
        if let Ok(bytes) = postcard::to_stdvec(&counts) {
            context.store.write(&self.api_key(), &bytes);
        }
    }

    fn api_key(&self) -> Key {
        Key::release_api(self.address().url())
    }
}

impl PinnedFile {
    /// The file among those of its project, if it is listed with a digest that is pinned.
    pub(crate) fn among(&self, project: &Project) -> Option<Arc<DistFile>> {
        let releases = project.releases.iter();
        let of_version = releases.filter(|release| release.version == self.version);
        let mut files =
            of_version.flat_map(|release| release.files().iter().chain(release.repeated()));
        let is_pinned = |file: &&Arc<DistFile>| {
            *file.filename == *self.filename
                && file
                    .sha256
                    .is_some_and(|digest| self.digests.contains(&digest))
        };
        files.find(is_pinned).cloned()
    }
}
