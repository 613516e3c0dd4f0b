//! The HTTP client itself: TLS, proxies, redirects, time-outs, HTTP/2 windows.

use std::sync::Arc;

use harden_packaging::IndexError;
use reqwest::ClientBuilder;
use reqwest::redirect::{Action, Attempt, Policy};
use tower::BoxError;
use tower::util::MapResultLayer;
use url::Url;

use super::proxy::Proxies;
use super::{Refusal, tls};
use crate::Settings;
use crate::error::{failed, in_one_line};

/// The most redirects that are followed, as in pip.
const MOST_REDIRECTS: usize = 20;

/// The receive window of a stream, in bytes: a page of PyPI's largest projects in one round trip, and
/// a large wheel alone at 100 MB/s with a round trip of 100 ms (`docs/fetch-performance.md`).
const STREAM_WINDOW: u32 = 16 << 20;

/// The receive window of a connection, in bytes: what may be in memory if the disk is slower than the
/// network, as on loopback.
const CONNECTION_WINDOW: u32 = 16 << 20;

/// What sends requests, and the proxies that it sends them through.
pub(super) struct Client {
    pub(super) http: reqwest::Client,
    pub(super) proxies: Option<Arc<Proxies>>,
}

/// Makes the one client; some milliseconds' work, for it reads the system's certificates.
///
/// `connected` is called for each new connection.
pub(super) fn client(
    settings: &Settings,
    connected: impl Fn() + Clone + Send + Sync + 'static,
) -> Result<Client, Refusal> {
    let (builder, proxies) = builder(settings)?;
    let http = builder
        .connector_layer(MapResultLayer::new(move |made: Result<_, BoxError>| {
            connected();
            made
        }))
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .build()
        .map_err(|error| not_set_up(&error))?;
    Ok(Client { http, proxies })
}

/// A bare HTTP client for servers other than indexes: it has the same authorities, proxies and time-outs,
/// and neither logins, retries nor the cache. What it gets is as the server sends it.
///
/// With `encrypted_only` it refuses `http` URLs.
///
/// # Errors
///
/// When the certificates cannot be read, or a proxy is malformed.
pub fn http_client(
    settings: &Settings,
    encrypted_only: bool,
) -> Result<reqwest::Client, IndexError> {
    let client = builder(settings).and_then(|(builder, _)| {
        let built = builder.no_gzip().https_only(encrypted_only).build();
        built.map_err(|error| not_set_up(&error))
    });
    client.map_err(failed)
}

fn builder(settings: &Settings) -> Result<(ClientBuilder, Option<Arc<Proxies>>), Refusal> {
    let variable = |name: &str| std::env::var(name).ok();
    let proxies = Proxies::read(settings.proxy.as_deref(), variable)?.map(Arc::new);
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls::config(settings)?)
        .user_agent(concat!("harden/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::custom(follow))
        // The path of an index may hold a token.
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout);
    let builder = match proxies.clone() {
        Some(proxies) => builder.proxy(reqwest::Proxy::custom(move |url| {
            proxies.of(url).map(|proxy| proxy.url().clone())
        })),
        None => builder,
    };
    Ok((builder, proxies))
}

fn not_set_up(error: &reqwest::Error) -> String {
    format!("cannot set up HTTP: {}", in_one_line(error))
}

/// Follows a redirect unless [`objection`] has a reason not to.
fn follow(attempt: Attempt<'_>) -> Action {
    match objection(attempt.previous(), attempt.url()) {
        Some(why) => attempt.error(why),
        None => attempt.follow(),
    }
}

/// The reason not to follow a redirect from the last of `previous` to `next`, if there is one.
fn objection(previous: &[Url], next: &Url) -> Option<&'static str> {
    let was_encrypted = previous.iter().any(|url| url.scheme() == "https");
    if was_encrypted && next.scheme() != "https" {
        Some("a redirect from https to http is not followed")
    } else if previous.len() > MOST_REDIRECTS {
        Some("too many redirects")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_never_leaves_encryption_behind() {
        let url = |text: &str| Url::parse(text).unwrap();
        let (plain, encrypted) = (url("http://index.test/"), url("https://index.test/"));
        let refused = Some("a redirect from https to http is not followed");
        assert_eq!(objection(std::slice::from_ref(&encrypted), &plain), refused);
        assert_eq!(
            objection(&[encrypted.clone(), encrypted.clone()], &plain),
            refused
        );
        assert_eq!(objection(std::slice::from_ref(&plain), &encrypted), None);
        assert_eq!(objection(std::slice::from_ref(&plain), &plain), None);
    }

    #[test]
    fn redirects_in_a_circle_end() {
        let url = Url::parse("https://index.test/").unwrap();
        assert!(objection(&vec![url.clone(); 20], &url).is_none());
        assert!(objection(&vec![url.clone(); 21], &url).is_some());
    }
}
