//! The formats in which an index may list files: how each is requested, recognised and read.

use serde::{Deserialize, Serialize};
use url::Url;

use super::listed_file::Listing;
use super::page_error::PageError;
use super::{html, json_api, simple_json};

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

    /// The files on the page `body` from `base`, and the status of its project.
    pub(crate) fn read<'a>(self, body: &'a [u8], base: &Url) -> Result<Listing<'a>, PageError> {
        match self {
            Self::SimpleJson => simple_json::read(body, base),
            Self::JsonApi => Ok((json_api::read(body, base)?, None)),
            Self::Html => Ok((html::read(body, base)?, html::status(body))),
        }
    }
}

fn is_simple(media_type: &str, suffix: &str) -> bool {
    media_type.starts_with("application/vnd.pypi.simple.") && media_type.ends_with(suffix)
}
