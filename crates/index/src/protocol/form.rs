//! The forms that an index may list its files in: how each is asked for, told and read.

use std::str::Utf8Error;

use serde::{Deserialize, Serialize};
use url::Url;

use super::{Listed, html, json_api, simple_json};

/// The media types of the simple API, the JSON form preferred (PEP 691).
pub(crate) const ACCEPT_SIMPLE: &str = "application/vnd.pypi.simple.v1+json, \
    application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";

/// The media type of PyPI's own JSON API, which some indexes also give the simple API's JSON form.
pub(crate) const ACCEPT_JSON: &str = "application/json";

/// The media type of a page of links.
pub(crate) const ACCEPT_HTML: &str = "text/html";

/// The forms that an index may list its files in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Form {
    /// The JSON form of the simple API.
    SimpleJson,
    /// PyPI's own JSON API, beside a simple API that has only the HTML form.
    JsonApi,
    /// The HTML form of the simple API, or a page of links.
    Html,
}

impl Form {
    /// The form that a page of the simple API came in, by its media type.
    pub(crate) fn of_simple(media_type: &str) -> Option<Self> {
        if media_type == ACCEPT_JSON || is_simple(media_type, "+json") {
            Some(Self::SimpleJson)
        } else if matches!(media_type, "" | "text/html" | "application/xhtml+xml")
            || is_simple(media_type, "+html")
        {
            Some(Self::Html)
        } else {
            None
        }
    }

    /// The files on the page `body` from `base`.
    pub(crate) fn read<'a>(self, body: &'a [u8], base: &Url) -> Result<Vec<Listed<'a>>, PageError> {
        match self {
            Self::SimpleJson => simple_json::read(body, base),
            Self::JsonApi => json_api::read(body, base),
            Self::Html => html::read(body, base),
        }
    }
}

fn is_simple(media_type: &str, suffix: &str) -> bool {
    media_type.starts_with("application/vnd.pypi.simple.") && media_type.ends_with(suffix)
}

/// Why a page cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// Not the JSON that it should be.
    #[error("it is not the JSON that it should be: {0}")]
    Json(#[from] serde_json::Error),
    /// Bytes that are no text.
    #[error("it is not the UTF-8 that JSON has to be: {0}")]
    Text(#[from] Utf8Error),
    /// A version of the simple API that nobody knows yet (PEP 629).
    #[error("it speaks version {0} of the simple API, and only versions 1.x are known")]
    ApiVersion(String),
}

/// The text of a page: checked once as a whole, so that its parts need not be.
pub(super) fn text(body: &[u8]) -> Result<&str, Utf8Error> {
    str::from_utf8(body)
}

/// Refuses versions of the simple API whose major number is not 1, as PEP 629 demands.
pub(super) fn check_api_version(version: &str) -> Result<(), PageError> {
    match version.split('.').next() {
        Some("1") => Ok(()),
        _ => Err(PageError::ApiVersion(version.to_owned())),
    }
}
