//! Where the page of a project says that one file is, found while the page comes: the other entries are not
//! read, and the page is not kept. Of the 137 pages of `lockfiles/airflow`, 55 MB of JSON, this takes half of the
//! time of reading them, and hardly any memory (`docs/fetch-performance.md`).

use std::sync::Arc;

use harden_packaging::DistFile;
use reqwest::{Response, StatusCode, Version};

use super::RemoteIndex;
use crate::context::Context;
use crate::http::{Answer, Inflater, LARGEST_PAGE, Pace, Request, media_type};
use crate::pinned_file::PinnedFile;
use crate::protocol::{ACCEPT_SIMPLE, EntrySearch, Form, ListedFile, ProjectBuilder};

/// How many pages are searched at once; each takes about 100 KB of memory.
pub(super) const SEARCHES: usize = 32;

impl RemoteIndex {
    /// Where `wanted` is, as the page of its project says; `None` if that takes reading the page as a whole.
    pub(crate) async fn file_on_page(
        &self,
        context: &Context,
        wanted: &PinnedFile,
    ) -> Option<Arc<DistFile>> {
        let search = Box::pin(self.ask_page(context, wanted));
        self.placed().get_or(&*wanted.filename, search).await
    }

    async fn ask_page(&self, context: &Context, wanted: &PinnedFile) -> Option<Arc<DistFile>> {
        let _permit = self.searches().acquire().await.ok()?;
        let url = self.address().project(wanted.project.as_str());
        let request = Request::get(url.clone()).of_index(self.address());
        // Whoever reads the page as a whole then tries again.
        let request = request.accept(ACCEPT_SIMPLE).tries(1);
        let answer = context.http.open(&request).await;
        let answer = answer.inspect_err(|why| tracing::debug!("no answer from {url}: {why}"));
        let Ok(Answer::Unread(response, _permit)) = answer else {
            return None;
        };
        let found = self.search(context, response, wanted).await;
        found.unwrap_or_else(|why| {
            tracing::debug!("{} is not found on {url}: {why}", wanted.filename);
            None
        })
    }

    async fn search(
        &self,
        context: &Context,
        mut response: Response,
        wanted: &PinnedFile,
    ) -> Result<Option<Arc<DistFile>>, String> {
        let media_type = media_type(response.headers());
        let form = Form::of_simple(&media_type).filter(|_| response.status() == StatusCode::OK);
        let form = form.ok_or_else(|| format!("{} {media_type}", response.status()))?;
        let base = response.url().clone();
        let mut inflater = Inflater::new(response.headers())?;
        let mut search = EntrySearch::new(form, &wanted.filename);
        let (mut pace, mut length) = (Pace::start(), 0);
        loop {
            let chunk = response.chunk().await;
            let chunk = chunk.map_err(|error| error.without_url().to_string())?;
            let is_end = chunk.is_none();
            let chunk = chunk.unwrap_or_default();
            context.meter.received(chunk.len());
            pace.note(chunk.len())?;
            let inflated = inflater.inflate(&chunk, is_end)?;
            length += inflated.len();
            if length > LARGEST_PAGE {
                return Err(format!(
                    "the page is larger than {} MiB",
                    LARGEST_PAGE >> 20
                ));
            }
            let mut place = None;
            let mut is_it = |listed: ListedFile<'_>| {
                place = self.pinned(&listed, wanted);
                place.is_some()
            };
            match search.look_at(inflated, &base, &mut is_it) {
                Ok(true) => {
                    finish(response).await;
                    return Ok(place);
                }
                Ok(false) if is_end => return Ok(None),
                Ok(false) => {}
                Err(_) => return Err("the page has to be read as a whole".to_owned()),
            }
        }
    }

    /// What is listed, if it is the file that is wanted.
    pub(super) fn pinned(
        &self,
        listed: &ListedFile<'_>,
        wanted: &PinnedFile,
    ) -> Option<Arc<DistFile>> {
        let mut project = ProjectBuilder::new(wanted.project.clone());
        project.add(listed, self.listed_by());
        wanted.among(&project.finish())
    }
}

/// Reads the rest of a page where that is what lets its connection be used again. Over HTTP/2 the server is told
/// to stop.
async fn finish(mut response: Response) {
    if response.version() < Version::HTTP_2 {
        while let Ok(Some(_)) = response.chunk().await {}
    }
}
