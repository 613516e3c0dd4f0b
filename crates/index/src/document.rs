//! Documents beside the simple API: JSON of services about packages, asked for by POST or kept by their
//! validators.

use std::sync::Arc;
use std::time::Duration;

use harden_packaging::{DistFile, IndexError};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Freshness;
use crate::address::shown;
use crate::cache::Key;
use crate::client::IndexClient;
use crate::context::Context;
use crate::error::failed;
use crate::http::{Reply, Request, Validators};

const JSON: &str = "application/json";

/// The forms of provenance that are read: that of PyPI, and what other servers call it.
const PROVENANCE: &str = "application/vnd.pypi.integrity.v1+json, application/json;q=0.9";

/// The largest document that is read, in bytes.
const LARGEST: usize = 64 << 20;

/// The largest provenance of a file that is read, in bytes: an attestation has some 10 KB.
const LARGEST_PROVENANCE: usize = 4 << 20;

/// What stands before a document that is kept.
#[derive(Serialize, Deserialize)]
struct Head {
    url: String,
    validators: Validators,
}

impl IndexClient {
    /// What the service at `url` answers to each of the JSON texts `bodies`, in their order; all are sent
    /// at once.
    pub fn post_json(&self, url: &str, bodies: Vec<String>) -> Vec<Result<String, IndexError>> {
        let tasks = bodies.into_iter().map(|body| {
            let (engine, url) = (Arc::clone(self.engine()), url.to_owned());
            async move { post(engine.context(), &url, body).await }
        });
        self.all(tasks.collect())
    }

    /// The JSON documents at `urls`, in their order, from the cache while they are fresh or the server
    /// confirms them; `None` where the server has none there.
    pub fn json(&self, urls: Vec<String>) -> Vec<Result<Option<String>, IndexError>> {
        let tasks = urls.into_iter().map(|url| {
            let engine = Arc::clone(self.engine());
            async move { document(engine.context(), &Asked::anew(&url)).await }
        });
        self.all(tasks.collect())
    }

    /// The provenance of each file (PEP 740), a JSON text, in their order; `None` where its index lists
    /// none, or the server has none there. All are asked for at once; what is known of a file's digest is
    /// believed, unless the cache is to be refreshed.
    pub fn provenances(
        &self,
        files: Vec<Arc<DistFile>>,
    ) -> Vec<Result<Option<String>, IndexError>> {
        let tasks = files.into_iter().map(|file| {
            let engine = Arc::clone(self.engine());
            async move {
                let Some(url) = &file.provenance else {
                    return Ok(None);
                };
                let asked = Asked {
                    url,
                    name: file
                        .sha256
                        .map_or_else(String::new, |digest| digest.to_string()),
                    is_final: file.sha256.is_some(),
                    accept: PROVENANCE,
                    at_most: LARGEST_PROVENANCE,
                    listed_by: Arc::clone(&file.listed_by),
                };
                document(engine.context(), &asked).await
            }
        });
        self.all(tasks.collect())
    }

    /// The results of tasks that run at once, in their order.
    pub(crate) fn all<T: Send + 'static>(
        &self,
        tasks: Vec<impl Future<Output = Result<T, IndexError>> + Send + 'static>,
    ) -> Vec<Result<T, IndexError>> {
        // What services say is kept, but not as what an answer rests on.
        if !tasks.is_empty() {
            self.asked().more();
        }
        let tasks = tasks.into_iter().map(|task| self.handle().spawn(task));
        let tasks: Vec<_> = tasks.collect();
        let results = tasks.into_iter().map(|task| {
            let result = self.block_on(task);
            result.unwrap_or_else(|error| Err(failed(error)))
        });
        results.collect()
    }

    /// What was kept of the service at `url` under `name`, regardless of its age.
    pub fn kept_answer(&self, url: &str, name: &str) -> Option<String> {
        let key = Key::document(&Url::parse(url).ok()?, name);
        let (_, body, _) = kept(self.context(), &key, url)?;
        Some(body)
    }

    /// Keeps an answer of the service at `url` under `name`.
    pub fn keep_answer(&self, url: &str, name: &str, body: &str) {
        if let Ok(address) = Url::parse(url) {
            let key = Key::document(&address, name);
            keep(self.context(), &key, url, Validators::default(), body);
        }
    }
}

async fn post(context: &Context, url: &str, body: String) -> Result<String, IndexError> {
    let request = Request::post(parsed(url)?, body)
        .accept(JSON)
        .at_most(LARGEST);
    let reply = context.http.ask(&request).await;
    text(url, reply.map_err(|why| no_answer(url, &why))?)
}

/// A document to ask for.
struct Asked<'u> {
    url: &'u str,
    /// What it is about; empty for what is at the URL.
    name: String,
    /// Whether a kept one stays true.
    is_final: bool,
    /// The media types that are read.
    accept: &'static str,
    /// How large it may be, in bytes.
    at_most: usize,
    /// The index whose login counts for it.
    listed_by: Arc<str>,
}

impl<'u> Asked<'u> {
    fn anew(url: &'u str) -> Self {
        Self {
            url,
            name: String::new(),
            is_final: false,
            accept: JSON,
            at_most: LARGEST,
            listed_by: Arc::default(),
        }
    }
}

async fn document(context: &Context, asked: &Asked<'_>) -> Result<Option<String>, IndexError> {
    let url = asked.url;
    let address = parsed(url)?;
    let key = Key::document(&address, &asked.name);
    let known = kept(context, &key, url);
    if let Some((head, body, age)) = &known {
        let is_fresh = age.is_some_and(|age| head.validators.is_fresh(age));
        let is_believed = match context.freshness {
            Freshness::Offline => true,
            Freshness::Http => is_fresh || asked.is_final,
            Freshness::Refresh => false,
        };
        if is_believed {
            return Ok(Some(body.clone()));
        }
    }
    let mut request = Request::get(address)
        .accept(asked.accept)
        .at_most(asked.at_most)
        .listed_by(&asked.listed_by);
    if let Some((head, ..)) = &known {
        request = request.unless(&head.validators);
    }
    let reply = context.http.ask(&request).await;
    let reply = reply.map_err(|why| no_answer(url, &why))?;
    match (reply.status, known) {
        (StatusCode::NOT_MODIFIED, Some((_, body, _))) => {
            context.store.confirm(&key);
            Ok(Some(body))
        }
        (StatusCode::NOT_FOUND | StatusCode::GONE, _) => Ok(None),
        _ => {
            let validators = Validators::read(&reply.headers);
            let body = text(url, reply)?;
            keep(context, &key, url, validators, &body);
            Ok(Some(body))
        }
    }
}

fn parsed(url: &str) -> Result<Url, IndexError> {
    Url::parse(url).map_err(|error| failed(format!("{} is not a URL: {error}", shown(url))))
}

fn no_answer(url: &str, why: &str) -> IndexError {
    failed(format!("no answer from {}: {why}", shown(url)))
}

fn text(url: &str, reply: Reply) -> Result<String, IndexError> {
    if !reply.status.is_success() {
        return Err(no_answer(url, &reply.refusal()));
    }
    String::from_utf8(reply.body).map_err(|_| no_answer(url, "what it sends is not UTF-8"))
}

type Known = (Head, String, Option<Duration>);

fn kept(context: &Context, key: &Key, url: &str) -> Option<Known> {
    context.store.found().miss();
    let kept = context.store.peek(key)?;
    let text = std::str::from_utf8(kept.payload()).ok()?;
    let (head, body) = text.split_once('\n')?;
    let head: Head = serde_json::from_str(head).ok()?;
    (head.url == url).then(|| (head, body.to_owned(), kept.age))
}

fn keep(context: &Context, key: &Key, url: &str, validators: Validators, body: &str) {
    let url = url.to_owned();
    if let Ok(head) = serde_json::to_string(&Head { url, validators }) {
        let payload = format!("{head}\n{body}");
        context.store.write(key, payload.as_bytes());
    }
}
