//! Why a page of an index cannot be read, and the checks that every form of a page shares.

use std::str::Utf8Error;

use super::bounds;

/// Why a page cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// Not the JSON document that the specification describes.
    #[error("the JSON is not that of an index page: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON that is not UTF-8.
    #[error("the JSON is not valid UTF-8: {0}")]
    Text(#[from] Utf8Error),
    /// A page of a login or a captive portal.
    #[error(
        "it is a page for people, as of a login or a captive portal, and lists no files; open it in a browser, or give \
             the index a login"
    )]
    ForPeople,
    /// It lists more than anything real does.
    #[error("it has more than {0} {1}")]
    TooMuch(usize, &'static str),
    /// It has a tag longer than this, in KiB.
    #[error("it has a tag of more than {0} KiB")]
    LongTag(usize),
    /// A version of the simple API with an unknown major number (PEP 629).
    #[error("it uses version {0} of the simple API; only versions 1.x are supported")]
    ApiVersion(String),
}

/// The text of a page in JSON, validated once as a whole so that its parts need no check.
pub(super) fn text(body: &[u8]) -> Result<&str, PageError> {
    bounds::json(body)?;
    Ok(str::from_utf8(body)?)
}

/// Refuses versions of the simple API whose major number is not 1, as PEP 629 requires.
pub(super) fn check_api_version(version: &str) -> Result<(), PageError> {
    match version.split('.').next() {
        Some("1") => Ok(()),
        _ => Err(PageError::ApiVersion(version.to_owned())),
    }
}
