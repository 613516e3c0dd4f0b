//! One index: which form it has, found out once, and its pages, from the cache or over the network.
//!
//! Every page of the simple API is asked for in JSON and read as what it comes as. Only where that
//! is HTML is there something to find out: whether PyPI's own JSON API stands beside it, which adds
//! upload times and sizes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use harden_packaging::{DistFile, IndexError, PackageName, Project, ProjectStatus};
use reqwest::StatusCode;
use sha2::Digest;
use tokio::sync::{OnceCell, Semaphore};
use url::Url;

use super::json_supplement::supplemented;
use super::page_search::SEARCHES;
use super::refusal::Evidence;
use super::release_api::ReleaseApi;
use crate::address::shown;
use crate::cache::{Kept, Key, PageHead, Payload, decode_page, encode_page, pack_at, split_page};
use crate::context::Context;
use crate::error::failed;
use crate::http::{LOGIN_HINT, Refusal, Reply, Request, Validators};
use crate::protocol::{ACCEPT_JSON, ACCEPT_SIMPLE, Form, ListedFile};
use crate::shared::{LentPage, SentPage};
use crate::single_flight::SingleFlight;
use crate::{Freshness, IndexUrl};

/// How long the form that an index had is taken for granted.
const FORM_KNOWN_FOR: Duration = Duration::from_hours(24);

/// How often PyPI's JSON API is asked for where it may not exist: its upload times are worth waiting 0.7 s.
const GUESS_TRIES: u32 = 4;

/// Bytes of a page that are read in less time than handing them to another thread takes: about
/// 0.1 ms (`cargo bench -p harden-index`).
const SMALL_PAGE: usize = 64 << 10;

/// An index and the form of its pages.
pub(crate) struct RemoteIndex {
    address: IndexUrl,
    /// The address as every file of the index names it.
    listed_by: Arc<str>,
    form: OnceCell<Form>,
    /// The form that the cache has.
    remembered: OnceLock<Option<Form>>,
    projects: SingleFlight<PackageName, Answer>,
    refreshed: SingleFlight<PackageName, Answer>,
    evidence: Evidence,
    release_api: ReleaseApi,
    /// Permits to search pages.
    searches: Semaphore,
    /// What was found on pages, by the name of the file.
    placed: SingleFlight<String, Option<Arc<DistFile>>>,
    /// The projects that the index refuses, with its status.
    refused: Mutex<BTreeMap<PackageName, StatusCode>>,
}

/// A project; `None` where the index does not have it.
type Answer = Result<Option<Arc<Project>>, IndexError>;

/// What an index answers for a project.
enum Page {
    /// Its page, with the form it came in.
    Listed(Project, Form),
    /// The index has no such project.
    Missing,
    /// The index refuses to say.
    Refused(StatusCode),
}

/// What came of asking an index.
enum Asked {
    /// Its reply.
    Reply(Reply),
    /// The page of the shared cache, which it has confirmed.
    Page(Page),
}

/// The two addresses that a project's page may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Api {
    Simple,
    Json,
}

/// Whether a page may come from the cache.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Cache,
    /// Not even what the index would confirm: it is known to lead to files that are not there.
    NetworkOnly,
}

impl RemoteIndex {
    pub(crate) fn new(address: IndexUrl) -> Self {
        Self {
            listed_by: address.to_string().into(),
            address,
            form: OnceCell::new(),
            remembered: OnceLock::new(),
            projects: SingleFlight::default(),
            refreshed: SingleFlight::default(),
            evidence: Evidence::default(),
            release_api: ReleaseApi::default(),
            searches: Semaphore::new(SEARCHES),
            placed: SingleFlight::default(),
            refused: Mutex::default(),
        }
    }

    pub(crate) fn address(&self) -> &IndexUrl {
        &self.address
    }

    /// The address as every file of the index names it.
    pub(super) fn listed_by(&self) -> &Arc<str> {
        &self.listed_by
    }

    /// What is known of the JSON API beside it.
    pub(super) fn release_api(&self) -> &ReleaseApi {
        &self.release_api
    }

    /// What was found on pages, by the name of the file.
    pub(super) fn placed(&self) -> &SingleFlight<String, Option<Arc<DistFile>>> {
        &self.placed
    }

    /// Permits to search pages.
    pub(super) fn searches(&self) -> &Semaphore {
        &self.searches
    }

    /// The status with which the index refuses the project `name`, where it does.
    pub(crate) fn refusal(&self, name: &PackageName) -> Option<StatusCode> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.get(name).copied()
    }

    /// The project `name`, if the index has it.
    pub(crate) async fn project(&self, context: &Context, name: &PackageName) -> Answer {
        let read = async { self.read(context, name, Use::Cache).await };
        self.projects.get_or(name, Box::pin(read)).await
    }

    /// The same as the index has it now: for files that are not where its page said.
    pub(crate) async fn project_now(&self, context: &Context, name: &PackageName) -> Answer {
        // What the cache had until then may have been used, too.
        context.store.found().miss();
        let read = async { self.read(context, name, Use::NetworkOnly).await };
        self.refreshed.get_or(name, Box::pin(read)).await
    }

    async fn read(&self, context: &Context, name: &PackageName, from: Use) -> Answer {
        let known = self.form.get().copied();
        let known = known.or_else(|| self.remembered_form(context));
        let simple = self.page(context, name, Api::Simple, from);
        let (simple, api) = if known == Some(Form::JsonApi) {
            let (simple, api) = tokio::join!(simple, self.page(context, name, Api::Json, from));
            (simple?, api?)
        } else {
            (simple.await?, Page::Missing)
        };
        let (project, form) = match simple {
            Page::Listed(project, form) => (project, form),
            Page::Missing => return Ok(None),
            Page::Refused(status) => return self.judge_refusal(name, status).await,
        };
        let api = match (form, known) {
            (Form::Html, None) => self.find_out(context, name, from).await,
            (_, Some(form)) => {
                let _ = self.form.set(form);
                api
            }
            (form, None) => {
                self.remember(context, form);
                api
            }
        };
        Ok(Some(Arc::new(match api {
            Page::Listed(api, _) => supplemented(&project, api),
            _ => project,
        })))
    }

    /// A refused project is one that the index does not have, provided that it answers for others.
    async fn judge_refusal(&self, name: &PackageName, status: StatusCode) -> Answer {
        if !self.evidence.answers().await {
            let place = shown(self.address.project(name.as_str()).as_str());
            return Err(failed(format!(
                "cannot read the page of {name} at {place}: the server answers {status} and has not answered \
                 for any other project; {LOGIN_HINT}; if the index is for some packages only, name these \
                 with --index-package"
            )));
        }
        tracing::debug!("{} answers {status} for {name}: not there", self.address);
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.insert(name.clone(), status);
        Ok(None)
    }

    /// Finds out whether PyPI's JSON API stands beside an index that sent HTML; gives its page of
    /// `name` where that is so. Those who ask meanwhile wait.
    async fn find_out(&self, context: &Context, name: &PackageName, from: Use) -> Page {
        let mut own = None;
        let look = async {
            let (form, is_certain) = match self.page(context, name, Api::Json, from).await {
                Ok(Page::Listed(project, form)) => {
                    own = Some(Page::Listed(project, form));
                    (Form::JsonApi, true)
                }
                Ok(Page::Missing | Page::Refused(_)) => (Form::Html, true),
                Err(error) => {
                    tracing::debug!("no JSON API beside {}: {error}", self.address);
                    (Form::Html, false)
                }
            };
            if is_certain {
                self.write_form(context, form);
            }
            form
        };
        let form = *self.form.get_or_init(|| Box::pin(look)).await;
        match (own, form) {
            (Some(page), _) => page,
            (None, Form::JsonApi) => {
                let page = self.page(context, name, Api::Json, from).await;
                page.unwrap_or(Page::Missing)
            }
            (None, _) => Page::Missing,
        }
    }

    fn remember(&self, context: &Context, form: Form) {
        if self.form.set(form).is_ok() {
            self.write_form(context, form);
        }
    }

    fn write_form(&self, context: &Context, form: Form) {
        tracing::debug!("{} has pages in the form {form:?}", self.address);
        if let Ok(bytes) = postcard::to_stdvec(&form) {
            let key = Key::index(self.address.url());
            context.store.write(&key, &bytes);
            context.store.limit(&key, FORM_KNOWN_FOR);
        }
    }

    /// The project `name` as the cache has it, regardless of its age; `None` where it has no page of it.
    pub(crate) fn cached(&self, context: &Context, name: &PackageName) -> Option<Project> {
        let page = |api| {
            let url = self.page_url(name, api)?;
            let key = Key::page(&url, name.as_str());
            let kept = context.store.peek(&key)?;
            match CachedPage::of(kept, (name, &self.listed_by), &url)?.page {
                Page::Listed(project, _) => Some(project),
                Page::Missing | Page::Refused(_) => None,
            }
        };
        let simple = page(Api::Simple)?;
        Some(match page(Api::Json) {
            Some(api) => supplemented(&simple, api),
            None => simple,
        })
    }

    fn page_url(&self, name: &PackageName, api: Api) -> Option<Url> {
        match api {
            Api::Simple => Some(self.address.project(name.as_str())),
            Api::Json => self.address.json_api(name.as_str()),
        }
    }

    /// The entries of the cache that an answer about the project `name` may come from, with the pack of
    /// its metadata.
    pub(crate) fn entries(&self, name: &PackageName) -> Vec<PathBuf> {
        let pages = [Api::Simple, Api::Json]
            .into_iter()
            .filter_map(|api| self.page_url(name, api));
        let keys = pages.map(|url| Key::page(&url, name.as_str()));
        let keys = keys.chain([Key::index(self.address.url())]);
        let mut paths: Vec<PathBuf> = keys.map(|key| key.path().to_owned()).collect();
        paths.push(self.pack(name));
        paths
    }

    /// The entry of the cache for the page of the project `name`.
    pub(crate) fn page_entry(&self, name: &PackageName) -> PathBuf {
        let url = self.address.project(name.as_str());
        Key::page(&url, name.as_str()).path().to_owned()
    }

    /// The entry of the cache for the metadata of its files.
    pub(crate) fn pack(&self, name: &PackageName) -> PathBuf {
        pack_at(&self.listed_by, name)
    }

    fn remembered_form(&self, context: &Context) -> Option<Form> {
        *self
            .remembered
            .get_or_init(|| self.read_remembered_form(context))
    }

    fn read_remembered_form(&self, context: &Context) -> Option<Form> {
        let key = Key::index(self.address.url());
        let kept = context.store.read(&key)?;
        context.store.limit(&key, FORM_KNOWN_FOR);
        let is_recent = kept.age.is_some_and(|age| age < FORM_KNOWN_FOR);
        match context.freshness {
            Freshness::Http if is_recent => postcard::from_bytes(kept.payload()).ok(),
            Freshness::Offline => postcard::from_bytes(kept.payload()).ok(),
            Freshness::Http | Freshness::Refresh => None,
        }
    }

    /// The page of `name`: from the cache while that is fresh, else as the index sends it.
    async fn page(
        &self,
        context: &Context,
        name: &PackageName,
        api: Api,
        from: Use,
    ) -> Result<Page, IndexError> {
        let Some(url) = self.page_url(name, api) else {
            return Ok(Page::Missing);
        };
        let key = Key::page(&url, name.as_str());
        let kept = (from == Use::Cache).then(|| context.store.read(&key));
        let kept = kept.flatten();
        let kept = kept.and_then(|kept| CachedPage::of(kept, (name, &self.listed_by), &url));
        // Ends after the answer is noted: who waits for one must not find neither.
        let mut _under_way = None;
        if let Some(kept) = &kept {
            context.store.limit(&key, kept.validators.lifetime());
        }
        let page = match kept {
            Some(kept) if kept.is_fresh(context.freshness_of(name)) => {
                context.meter.cache_hit();
                kept.page
            }
            kept => {
                _under_way = Some(self.evidence.begin());
                // Boxed, as it is large and, where there is a cache, most often not needed.
                Box::pin(self.ask(context, name, api, (&key, &url), (from, kept))).await?
            }
        };
        if api == Api::Simple && matches!(page, Page::Listed(..)) {
            self.evidence.note_answer();
        }
        Ok(page)
    }

    /// The page of `name` as the index sends it, or as it is cached where the index confirms that.
    async fn ask(
        &self,
        context: &Context,
        name: &PackageName,
        api: Api,
        (key, url): (&Key, &Url),
        (from, kept): (Use, Option<CachedPage>),
    ) -> Result<Page, IndexError> {
        let failed_here = |why: String| {
            let place = shown(url.as_str());
            failed(format!("cannot read the page of {name} at {place}: {why}"))
        };
        let asked = match &kept {
            None if from == Use::Cache => self.ask_about_lent(context, name, api, (key, url)).await,
            kept => {
                let known = kept.as_ref().map(|kept| &kept.validators);
                let request = self.request(url, api, known);
                context.http.ask(&request).await.map(Asked::Reply)
            }
        };
        let reply = match asked.map_err(failed_here)? {
            Asked::Reply(reply) => reply,
            Asked::Page(page) => return Ok(page),
        };
        match (reply.status, kept) {
            (StatusCode::NOT_MODIFIED, Some(kept)) => {
                context.meter.revalidation();
                context.store.confirm(key);
                context.store.found().kept_answer();
                Ok(kept.page)
            }
            (StatusCode::OK, _) => {
                let is_public = context.http.is_public(&self.request(url, api, None));
                let sent = SentPage::of(&reply, is_public);
                let page = || self.decode(context, name, &sent, api, (key, url));
                // A large page would keep others on this thread waiting for milliseconds.
                let page = match reply.body.len() {
                    0..=SMALL_PAGE => page(),
                    _ => tokio::task::block_in_place(page),
                };
                match page {
                    Err(why) if api == Api::Json => {
                        tracing::debug!("{}: {why}", shown(url.as_str()));
                        Ok(Page::Missing)
                    }
                    page => page.map_err(failed_here),
                }
            }
            (StatusCode::NOT_FOUND | StatusCode::GONE, _) => {
                if context.store.is_kept() {
                    let head = head(url, Validators::read(&reply.headers), None);
                    keep(context, name, key, (&head, None));
                }
                Ok(Page::Missing)
            }
            (status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN), _) => {
                Ok(Page::Refused(status))
            }
            (status, _) if api == Api::Json && status.is_client_error() => Ok(Page::Missing),
            _ => Err(failed_here(reply.refusal())),
        }
    }

    /// Asks for the page of `name`, by the validators of the one that the shared cache has, if it has one. That
    /// counts if the index confirms it and it can be read; else the index is asked again.
    async fn ask_about_lent(
        &self,
        context: &Context,
        name: &PackageName,
        api: Api,
        (key, url): (&Key, &Url),
    ) -> Result<Asked, Refusal> {
        if let Some(lent) = self.lent(context, name, api, url).await {
            let request = self.request(url, api, Some(&lent.validators));
            let reply = context.http.ask(&request).await?;
            if reply.status != StatusCode::NOT_MODIFIED {
                return Ok(Asked::Reply(reply));
            }
            let page = lent.confirmed(&reply.headers);
            let decode = || self.decode(context, name, &page, api, (key, url));
            match tokio::task::block_in_place(decode) {
                Ok(page) => {
                    context.meter.revalidation();
                    return Ok(Asked::Page(page));
                }
                Err(why) => context.shared.refuse_page(url, &why),
            }
        }
        let request = self.request(url, api, None);
        context.http.ask(&request).await.map(Asked::Reply)
    }

    /// The page that the shared cache has, if it needs no login.
    async fn lent(
        &self,
        context: &Context,
        name: &PackageName,
        api: Api,
        url: &Url,
    ) -> Option<LentPage> {
        let is_refreshed = context.freshness_of(name) == Freshness::Refresh;
        let is_asked = context.shared.is_on() && !is_refreshed;
        if !is_asked || !context.http.is_public(&self.request(url, api, None)) {
            return None;
        }
        context.shared.page(url, name.as_str()).await
    }

    fn request<'a>(&self, url: &Url, api: Api, known: Option<&'a Validators>) -> Request<'a> {
        let request = Request::get(url.clone()).of_index(&self.address);
        let request = match api {
            Api::Simple => request.accept(ACCEPT_SIMPLE),
            // A guess: a server that fails on it may do so each time.
            Api::Json => request.accept(ACCEPT_JSON).tries(GUESS_TRIES),
        };
        match known {
            Some(known) => request.unless(known),
            None => request,
        }
    }

    /// The project on the page that the index sent, which is cached.
    ///
    /// It is read back from its cached form: what a run makes of a page does not depend on where it
    /// was, and of the thousands of files that a page may list few are looked at.
    fn decode(
        &self,
        context: &Context,
        name: &PackageName,
        sent: &SentPage<'_>,
        api: Api,
        (key, url): (&Key, &Url),
    ) -> Result<Page, String> {
        let media_type = &sent.media_type;
        let form = match api {
            Api::Json => Form::JsonApi,
            Api::Simple => Form::of_simple(media_type).ok_or_else(|| {
                format!("the server sends {media_type}, which is not a form of the simple API")
            })?,
        };
        let (files, status) = form
            .read(sent.body, sent.url)
            .map_err(|error| error.to_string())?;
        let head = PageHead {
            status: status.as_ref().map(stored_status),
            ..head(url, sent.validators.clone(), Some(form))
        };
        let entry = keep(context, name, key, (&head, Some(&files)));
        // A query may be a signature that lets its reader in.
        if sent.is_public && !files.iter().any(|file| file.url.contains('?')) {
            context.shared.lend_page(url, name.as_str(), sent);
        }
        drop(files);
        let start = split_page(entry.front()).map(|(_, start)| start);
        let listing = (name, &self.listed_by);
        let project = start.and_then(|start| decode_page(listing, entry, start));
        let mut project = project.ok_or("it cannot be read back from its compact form")?;
        project.status = status;
        Ok(Page::Listed(project, form))
    }
}

/// A page from the cache.
struct CachedPage {
    page: Page,
    validators: Validators,
    age: Option<Duration>,
}

impl CachedPage {
    /// Reads an entry, unless it is malformed or that of another page.
    fn of(kept: Kept, listing: (&PackageName, &Arc<str>), url: &Url) -> Option<Self> {
        let age = kept.age;
        let (head, start) = split_page(kept.payload())?;
        if head.url != fingerprint(url) {
            return None;
        }
        let page = match head.form {
            Some(form) => {
                let mut project = decode_page(listing, kept.into_payload(), start)?;
                let status = head.status.as_ref();
                project.status = status.and_then(|(name, reason)| ProjectStatus::of(name, reason));
                Page::Listed(project, form)
            }
            None => Page::Missing,
        };
        Some(Self {
            page,
            validators: head.validators,
            age,
        })
    }

    fn is_fresh(&self, freshness: Freshness) -> bool {
        match freshness {
            Freshness::Http => self.age.is_some_and(|age| self.validators.is_fresh(age)),
            Freshness::Refresh => false,
            Freshness::Offline => true,
        }
    }
}

/// Keeps a page, and returns its compact form.
fn keep(
    context: &Context,
    name: &PackageName,
    key: &Key,
    (head, files): (&PageHead, Option<&[ListedFile<'_>]>),
) -> Payload {
    let (entry, needed) = encode_page(head, name, files);
    let entry = context.store.write_page(key, entry, needed);
    context.store.limit(key, head.validators.lifetime());
    context.store.found().kept_answer();
    entry
}

fn head(url: &Url, validators: Validators, form: Option<Form>) -> PageHead {
    PageHead {
        url: fingerprint(url),
        validators,
        form,
        status: None,
    }
}

fn stored_status(status: &ProjectStatus) -> (String, String) {
    (status.name().to_owned(), status.reason.to_string())
}

fn fingerprint(url: &Url) -> [u8; 32] {
    sha2::Sha256::digest(url.as_str()).into()
}
