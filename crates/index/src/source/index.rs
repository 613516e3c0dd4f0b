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
use crate::core::Core;
use crate::error::failed;
use crate::http::{Ask, Reply, Validators};
use crate::protocol::{ACCEPT_JSON, ACCEPT_SIMPLE, Form, ProjectBuilder};
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

    /// The project `name`, if the index has it. The first who asks finds out the form; those who
    /// ask meanwhile wait for that.
    pub(crate) async fn project(
        &self,
        core: &Core,
        name: &PackageName,
    ) -> Result<Option<Project>, IndexError> {
        let mut own = None;
        let find_out = async {
            if let Some(form) = self.remembered_form(core) {
                return Ok(form);
            }
            let (page, form) = self.first_page(core, name).await;
            own = Some(page);
            form.ok_or(())
        };
        let form = self.form.get_or_try_init(|| Box::pin(find_out)).await;
        let page = match (own, form) {
            (Some(page), _) => page?,
            (None, Ok(Form::JsonApi)) => match self.page(core, name, Api::Json).await? {
                None => self.page(core, name, Api::Simple).await?,
                page => page,
            },
            (None, _) => self.page(core, name, Api::Simple).await?,
        };
        Ok(page.map(|(project, _)| project))
    }

    /// The project `name` as the cache has it, of whatever age; `None` where it has no page of it.
    pub(crate) fn kept(&self, core: &Core, name: &PackageName) -> Option<Project> {
        let simple = self.address.project(name.as_str());
        let urls = [self.address.json_api(name.as_str()), Some(simple)];
        urls.into_iter().flatten().find_map(|url| {
            let kept = core.store.read(&Key::page(&url, name.as_str()))?;
            let (project, _) = KeptPage::of(kept, name, &url)?.page?;
            Some(project)
        })
    }

    fn remembered_form(&self, core: &Core) -> Option<Form> {
        let kept = core.store.read(&Key::index(self.address.url()))?;
        let is_recent = kept.age.is_some_and(|age| age < FORM_KNOWN_FOR);
        match core.freshness {
            Freshness::Http if is_recent => postcard::from_bytes(kept.payload()).ok(),
            Freshness::Offline => postcard::from_bytes(kept.payload()).ok(),
            Freshness::Http | Freshness::Refresh => None,
        }
    }

    /// The page of `name` and what it shows of the index, if anything.
    async fn first_page(
        &self,
        core: &Core,
        name: &PackageName,
    ) -> (Result<Page, IndexError>, Option<Form>) {
        let simple = match self.page(core, name, Api::Simple).await {
            Ok(Some(page)) => page,
            other => return (other, None),
        };
        let better = match simple.1 {
            Form::Html => self.page(core, name, Api::Json).await,
            _ => Ok(None),
        };
        let page = match better {
            Ok(Some(page)) => page,
            Ok(None) => simple,
            Err(error) => {
                tracing::debug!("no JSON API beside {}: {error}", self.address);
                return (Ok(Some(simple)), Some(Form::Html));
            }
        };
        let form = page.1;
        tracing::debug!("{} speaks {form:?}", self.address);
        if let Ok(bytes) = postcard::to_stdvec(&form) {
            core.store.write(&Key::index(self.address.url()), &bytes);
        }
        (Ok(Some(page)), Some(form))
    }

    /// The page of `name`: from the cache while that will do, else as the index sends it.
    async fn page(&self, core: &Core, name: &PackageName, api: Api) -> Result<Page, IndexError> {
        let url = match api {
            Api::Simple => self.address.project(name.as_str()),
            Api::Json => match self.address.json_api(name.as_str()) {
                Some(url) => url,
                None => return Ok(None),
            },
        };
        let key = Key::page(&url, name.as_str());
        let kept = core.store.read(&key);
        let kept = kept.and_then(|kept| KeptPage::of(kept, name, &url));
        let kept = match kept {
            Some(kept) if kept.will_do(core.freshness) => {
                core.meter.cache_hit();
                return Ok(kept.page);
            }
            kept => kept,
        };
        let failed_here = |why: String| {
            let place = shown(url.as_str());
            failed(format!("cannot read the page of {name} at {place}: {why}"))
        };
        let reply = core
            .http
            .ask(&question(&url, api, kept.as_ref()))
            .await
            .map_err(failed_here)?;
        match (reply.status, kept) {
            (StatusCode::NOT_MODIFIED, Some(kept)) => {
                core.meter.revalidation();
                core.store.confirm(&key);
                Ok(kept.page)
            }
            (StatusCode::OK, _) => {
                let page = || {
                    let page = read(name, &reply, api)?;
                    keep(core, &key, &url, &reply, Some(&page));
                    Ok(page)
                };
                // A large page would keep others on this thread waiting for milliseconds.
                let page = match reply.body.len() {
                    0..=SMALL_PAGE => page(),
                    _ => tokio::task::block_in_place(page),
                };
                page.map(Some).map_err(failed_here)
            }
            (StatusCode::NOT_FOUND | StatusCode::GONE, _) => {
                keep(core, &key, &url, &reply, None);
                Ok(None)
            }
            _ => Err(failed_here(reply.refusal())),
        }
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

fn question<'a>(url: &Url, api: Api, kept: Option<&'a KeptPage>) -> Ask<'a> {
    let ask = Ask::get(url.clone()).accept(match api {
        Api::Simple => ACCEPT_SIMPLE,
        Api::Json => ACCEPT_JSON,
    });
    match kept {
        Some(kept) => ask.unless(&kept.validators),
        None => ask,
    }
}

/// The project on the page that the index sent.
fn read(name: &PackageName, reply: &Reply, api: Api) -> Result<(Project, Form), String> {
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
    let mut builder = ProjectBuilder::new(name.clone());
    for file in &files {
        if !builder.add(file) {
            tracing::debug!("passed over {}: no wheel or sdist of {name}", file.filename);
        }
    }
    Ok((builder.finish(), form))
}

fn keep(core: &Core, key: &Key, url: &Url, reply: &Reply, page: Option<&(Project, Form)>) {
    if !core.store.is_kept() {
        return;
    }
    let head = PageHead {
        url: url.to_string(),
        validators: Validators::read(&reply.headers),
        form: page.map(|(_, form)| *form),
    };
    core.store
        .write(key, &encode_page(&head, page.map(|(project, _)| project)));
}
