//! The reply of a server.

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Response, StatusCode};
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

/// A reply, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    /// Its status, redirects followed.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Where it came from, after redirects.
    pub(crate) url: Url,
    /// Its body, decompressed; only the beginning where the status is not a success.
    pub(crate) body: Vec<u8>,
    /// Counts the body among those in memory.
    pub(super) _memory: Option<OwnedSemaphorePermit>,
}

/// A reply, or one whose body is still to come.
pub(crate) enum Answer {
    /// All of it.
    Read(Reply),
    /// Its head; the permit counts it among those under way.
    Unread(Response, OwnedSemaphorePermit),
}

/// Why there is no reply: one line without URL and credentials.
pub(crate) type Refusal = String;

impl Reply {
    /// The media type of the body, as [`media_type`] reads it.
    pub(crate) fn media_type(&self) -> String {
        media_type(&self.headers)
    }

    /// What to say of a status that is not an answer.
    pub(crate) fn refusal(&self) -> Refusal {
        refusal_of(self.status)
    }
}

/// The media type that headers state, in lower case, without parameters; empty if they state none.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let text = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = text.unwrap_or_default().split(';').next();
    essence.unwrap_or_default().trim().to_ascii_lowercase()
}

/// Where logins come from, for the end of a message.
pub(crate) const LOGIN_HINT: &str = "a login is taken from the URL of the index, from \
    HARDEN_INDEX_<NAME>_USERNAME and _PASSWORD, from netrc or from keyring";

/// What to say of a status that is not an answer.
pub(super) fn refusal_of(status: StatusCode) -> Refusal {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            format!("the server answers {status}; {LOGIN_HINT}")
        }
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            format!("the proxy answers {status}; its login belongs into its URL")
        }
        _ => format!("the server answers {status}"),
    }
}
