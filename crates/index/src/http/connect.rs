//! The HTTP client itself: TLS, its authorities, redirects, time-outs, HTTP/2 windows.

use std::path::Path;
use std::sync::Arc;

use harden_packaging::IndexError;
use reqwest::ClientBuilder;
use reqwest::redirect::{Action, Attempt, Policy};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tower::BoxError;
use tower::util::MapResultLayer;
use url::Url;

use crate::Settings;
use crate::error::{failed, in_one_line};

/// As many as pip follows.
const MOST_REDIRECTS: usize = 20;

/// Bytes in flight without acknowledgement: a page of PyPI's largest projects in one round trip, and
/// a large wheel alone at 160 MB/s over a line of 100 ms (`docs/fetch-performance.md`).
const STREAM_WINDOW: u32 = 16 << 20;

/// The same, for all streams of a connection together: what may lie in memory where the disk is
/// slower than the line.
const CONNECTION_WINDOW: u32 = 32 << 20;

/// Makes the one client; some milliseconds' work, for it reads the system's certificates.
///
/// `connected` is told of each connection that is made.
pub(super) fn client(
    settings: &Settings,
    connected: impl Fn() + Clone + Send + Sync + 'static,
) -> Result<reqwest::Client, String> {
    builder(settings)?
        .connector_layer(MapResultLayer::new(move |made: Result<_, BoxError>| {
            connected();
            made
        }))
        .http2_initial_stream_window_size(STREAM_WINDOW)
        .http2_initial_connection_window_size(CONNECTION_WINDOW)
        .build()
        .map_err(|error| not_set_up(&error))
}

/// A bare HTTP client for servers that are no index: it trusts the same authorities and waits as
/// long, and has neither logins, retries nor the cache. What it gets is as the server sends it.
///
/// With `encrypted_only` it refuses `http` URLs.
///
/// # Errors
///
/// When the authorities to trust cannot be read.
pub fn http_client(
    settings: &Settings,
    encrypted_only: bool,
) -> Result<reqwest::Client, IndexError> {
    let client = builder(settings).and_then(|builder| {
        let built = builder.no_gzip().https_only(encrypted_only).build();
        built.map_err(|error| not_set_up(&error))
    });
    client.map_err(failed)
}

fn builder(settings: &Settings) -> Result<ClientBuilder, String> {
    let roots = match &settings.trusted_certificates {
        Some(path) => certificates_in(path)?,
        None => certificates_of_system()?,
    };
    Ok(reqwest::Client::builder()
        .tls_backend_preconfigured(tls(roots)?)
        .user_agent(concat!("harden/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::custom(follow))
        // The path of an index may hold a token.
        .referer(false)
        .connect_timeout(settings.connect_timeout)
        .read_timeout(settings.read_timeout))
}

fn not_set_up(error: &reqwest::Error) -> String {
    format!("cannot set up HTTP: {}", in_one_line(error))
}

fn tls(roots: RootCertStore) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("cannot set up TLS: {error}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates_in(path: &Path) -> Result<RootCertStore, String> {
    let refused = |why: String| format!("no trusted certificates in {}: {why}", path.display());
    let text = fs_err::read(path).map_err(|error| refused(in_one_line(&error)))?;
    let certificates = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| refused(error.to_string()))?;
    store(certificates).ok_or_else(|| refused("it holds none".to_owned()))
}

fn certificates_of_system() -> Result<RootCertStore, String> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!("a certificate of the system cannot be read: {error}");
    }
    store(found.certs).ok_or_else(|| {
        "the system has no trusted certificates; name some by SSL_CERT_FILE".to_owned()
    })
}

/// The authorities among `certificates`, unless there is none.
fn store(certificates: Vec<CertificateDer<'static>>) -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    (!roots.is_empty()).then_some(roots)
}

/// Follows a redirect unless there is something against it.
fn follow(attempt: Attempt<'_>) -> Action {
    match objection(attempt.previous(), attempt.url()) {
        Some(why) => attempt.error(why),
        None => attempt.follow(),
    }
}

/// What is against following a redirect from the last of `previous` to `next`.
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
        assert!(objection(&vec![url.clone(); MOST_REDIRECTS + 1], &url).is_some());
    }
}
