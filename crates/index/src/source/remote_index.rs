//! One index: which form it speaks, found out once, and its pages, from the cache or over the network.
//!
//! Every page of the simple API is asked for in JSON, and read as what it comes as. Only where that
//! is HTML is there something to find out: whether PyPI's own JSON API stands beside, which says
//! more (upload times, sizes, which files have their metadata beside them).

use std::time::Duration;

use harden_packaging::{IndexError, PackageName, Project};
use reqwest::StatusCode;
use tokio::sync::OnceCell;
use url::Url;

use crate::address::shown;
use crate::cache::{Kept, Key, PageHead, decode_page, encode_page, split_page};
use crate::context::Context;
use crate::error::failed;
use crate::http::{Reply, Request, Validators};
use crate::protocol::{ACCEPT_JSON, ACCEPT_SIMPLE, Form};
use crate::{Freshness, IndexUrl};

/// How long the form that an index spoke is taken for granted.
const FORM_KNOWN_FOR: Duration = Duration::from_hours(24);

/// Bytes of a page that are read in less time than handing them to another thread takes.
const SMALL_PAGE: usize = 64 << 10;

/// An index and the form it speaks.
pub(crate) struct RemoteIndex {
    address: IndexUrl,
    form: OnceCell<Form>,
}

/// A project's page, with the form it came in; `None` where the index has no such project.
type Page = Option<(Project, Form)>;

/// The two addresses that a project's page may have.
#[derive(Clone, Copy)]
enum Api {
    Simple,
    Json,
}

impl RemoteIndex {
    pub(crate) fn new(address: IndexUrl) -> Self {
        Self {
            address,
            form: OnceCell::new(),
        }
    }

    pub(crate) fn address(&self) -> &IndexUrl {
        &self.address
    }

    /// The project `name`, if the index has it.
    pub(crate) async fn project(
        &self,
        context: &Context,
        name: &PackageName,
    ) -> Result<Option<Project>, IndexError> {
        let known = self.form.get().copied();
        let Some(form) = known.or_else(|| self.remembered_form(context)) else {
            return self.project_in_any_form(context, name).await;
        };
        let _ = self.form.set(form);
        let better = match form {
            Form::JsonApi => self.page(context, name, Api::Json).await?,
            Form::SimpleJson | Form::Html => None,
        };
        let page = match better {
            None => self.page(context, name, Api::Simple).await?,
            page => page,
        };
        Ok(page.map(|(project, _)| project))
    }

    /// The same as long as the form is not known: the JSON form is asked for, which is right nearly
    /// always; where HTML comes, those who asked wait until it is found out what else the index speaks.
    async fn project_in_any_form(
        &self,
        context: &Context,
        name: &PackageName,
    ) -> Result<Option<Project>, IndexError> {
        let Some((simple, form)) = self.page(context, name, Api::Simple).await? else {
            return Ok(None);
        };
        if form != Form::Html {
            self.remember(context, form);
            return Ok(Some(simple));
        }
        let mut own = None;
        let find_out = async {
            let (page, form) = self.better_page(context, name).await;
            own = Some(page);
            form
        };
        let form = self.form.get_or_init(|| Box::pin(find_out)).await;
        let better = match (own, form) {
            (Some(page), _) => page,
            (None, Form::JsonApi) => self.page(context, name, Api::Json).await?,
            (None, _) => None,
        };
        Ok(Some(better.map_or(simple, |(project, _)| project)))
    }

    /// The page of `name` on PyPI's JSON API, if that stands beside an index that sent HTML, and what
    /// the index therefore speaks.
    async fn better_page(&self, context: &Context, name: &PackageName) -> (Page, Form) {
        let page = match self.page(context, name, Api::Json).await {
            Ok(page) => page,
            Err(error) => {
                tracing::debug!("no JSON API beside {}: {error}", self.address);
                return (None, Form::Html);
            }
        };
        let form = page.as_ref().map_or(Form::Html, |(_, form)| *form);
        self.write_form(context, form);
        (page, form)
    }

    fn remember(&self, context: &Context, form: Form) {
        if self.form.set(form).is_ok() {
            self.write_form(context, form);
        }
    }

    fn write_form(&self, context: &Context, form: Form) {
        tracing::debug!("{} speaks {form:?}", self.address);
        if let Ok(bytes) = postcard::to_stdvec(&form) {
            context.store.write(&Key::index(self.address.url()), &bytes);
        }
    }

    /// The project `name` as the cache has it, of whatever age; `None` where it has no page of it.
    pub(crate) fn kept(&self, context: &Context, name: &PackageName) -> Option<Project> {
        let simple = self.address.project(name.as_str());
        let urls = [self.address.json_api(name.as_str()), Some(simple)];
        urls.into_iter().flatten().find_map(|url| {
            let kept = context.store.read(&Key::page(&url, name.as_str()))?;
            let (project, _) = KeptPage::of(kept, name, &url)?.page?;
            Some(project)
        })
    }

    fn remembered_form(&self, context: &Context) -> Option<Form> {
        let kept = context.store.read(&Key::index(self.address.url()))?;
        let is_recent = kept.age.is_some_and(|age| age < FORM_KNOWN_FOR);
        match context.freshness {
            Freshness::Http if is_recent => postcard::from_bytes(kept.payload()).ok(),
            Freshness::Offline => postcard::from_bytes(kept.payload()).ok(),
            Freshness::Http | Freshness::Refresh => None,
        }
    }

    /// The page of `name`: from the cache while that will do, else as the index sends it.
    async fn page(
        &self,
        context: &Context,
        name: &PackageName,
        api: Api,
    ) -> Result<Page, IndexError> {
        let url = match api {
            Api::Simple => self.address.project(name.as_str()),
            Api::Json => match self.address.json_api(name.as_str()) {
                Some(url) => url,
                None => return Ok(None),
            },
        };
        let key = Key::page(&url, name.as_str());
        let kept = context.store.read(&key);
        let kept = kept.and_then(|kept| KeptPage::of(kept, name, &url));
        match kept {
            Some(kept) if kept.will_do(context.freshness_of(name)) => {
                context.meter.cache_hit();
                Ok(kept.page)
            }
            // Boxed, as it is large and, where there is a cache, most often not needed.
            kept => Box::pin(ask(context, name, api, (&key, &url), kept)).await,
        }
    }
}

/// The page of `name` as the index sends it, or as it is kept where the index says it still holds.
async fn ask(
    context: &Context,
    name: &PackageName,
    api: Api,
    (key, url): (&Key, &Url),
    kept: Option<KeptPage>,
) -> Result<Page, IndexError> {
    let failed_here = |why: String| {
        let place = shown(url.as_str());
        failed(format!("cannot read the page of {name} at {place}: {why}"))
    };
    let question = question(url, api, kept.as_ref());
    let reply = context.http.ask(&question).await.map_err(failed_here)?;
    match (reply.status, kept) {
        (StatusCode::NOT_MODIFIED, Some(kept)) => {
            context.meter.revalidation();
            context.store.confirm(key);
            Ok(kept.page)
        }
        (StatusCode::OK, _) => {
            let page = || read(context, name, &reply, api, (key, url));
            // A large page would keep others on this thread waiting for milliseconds.
            let page = match reply.body.len() {
                0..=SMALL_PAGE => page(),
                _ => tokio::task::block_in_place(page),
            };
            page.map(Some).map_err(failed_here)
        }
        (StatusCode::NOT_FOUND | StatusCode::GONE, _) => {
            if context.store.is_kept() {
                let entry = encode_page(&head(url, &reply, None), name, None);
                context.store.write(key, &entry);
            }
            Ok(None)
        }
        _ => Err(failed_here(reply.refusal())),
    }
}

/// A page from the cache.
struct KeptPage {
    page: Page,
    validators: Validators,
    age: Option<Duration>,
}

impl KeptPage {
    /// Reads an entry, unless it is malformed or that of another page.
    fn of(kept: Kept, name: &PackageName, url: &Url) -> Option<Self> {
        let age = kept.age;
        let (head, start) = split_page(kept.payload())?;
        if head.url != url.as_str() {
            return None;
        }
        let page = match head.form {
            Some(form) => {
                let (bytes, payload) = kept.into_bytes();
                Some((decode_page(name, bytes, payload + start)?, form))
            }
            None => None,
        };
        Some(Self {
            page,
            validators: head.validators,
            age,
        })
    }

    fn will_do(&self, freshness: Freshness) -> bool {
        match freshness {
            Freshness::Http => self.age.is_some_and(|age| self.validators.is_fresh(age)),
            Freshness::Refresh => false,
            Freshness::Offline => true,
        }
    }
}

fn question<'a>(url: &Url, api: Api, kept: Option<&'a KeptPage>) -> Request<'a> {
    let ask = Request::get(url.clone()).accept(match api {
        Api::Simple => ACCEPT_SIMPLE,
        Api::Json => ACCEPT_JSON,
    });
    match kept {
        Some(kept) => ask.unless(&kept.validators),
        None => ask,
    }
}

/// The project on the page that the index sent, which is kept.
///
/// It is read back from the form that it is kept in: what a run makes of a page does not depend on
/// where it was, and of the thousands of files that a page may list few are looked at.
fn read(
    context: &Context,
    name: &PackageName,
    reply: &Reply,
    api: Api,
    (key, url): (&Key, &Url),
) -> Result<(Project, Form), String> {
    let media_type = reply.media_type();
    let form = match api {
        Api::Json => Form::JsonApi,
        Api::Simple => Form::of_simple(&media_type).ok_or_else(|| {
            format!("the server sends {media_type}, which is no form of the simple API")
        })?,
    };
    let files = form
        .read(&reply.body, &reply.url)
        .map_err(|error| error.to_string())?;
    let entry = encode_page(&head(url, reply, Some(form)), name, Some(&files));
    drop(files);
    context.store.write(key, &entry);
    let start = split_page(&entry).map(|(_, start)| start);
    let project = start.and_then(|start| decode_page(name, entry, start));
    let project = project.ok_or("what it says cannot be read back from its compact form")?;
    Ok((project, form))
}

fn head(url: &Url, reply: &Reply, form: Option<Form>) -> PageHead {
    PageHead {
        url: url.to_string(),
        validators: Validators::read(&reply.headers),
        form,
    }
}
