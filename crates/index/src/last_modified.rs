//! When a file was last changed, by the `Last-Modified` of its server (RFC 9110, section 8.8.2).

use harden_packaging::{DistFile, IndexError};
use jiff::Timestamp;
use reqwest::header::LAST_MODIFIED;
use url::Url;

use crate::address::shown;
use crate::context::Context;
use crate::error::failed;
use crate::http::Request;

/// What the server of `file` says; `None` where it says nothing, or where a folder holds it, whose
/// times are those of copying.
pub(crate) async fn read(
    context: &Context,
    file: &DistFile,
) -> Result<Option<Timestamp>, IndexError> {
    let Ok(url) = Url::parse(&file.url) else {
        return Ok(None);
    };
    if url.scheme() == "file" {
        return Ok(None);
    }
    let place = shown(&file.url);
    let fails = |why: String| failed(format!("no answer about {place}: {why}"));
    let reply = context
        .http
        .ask(&Request::head(url).listed_by(&file.listed_by))
        .await
        .map_err(fails)?;
    if !reply.status.is_success() {
        return Err(fails(format!("the server says {}", reply.status)));
    }
    let said = reply.headers.get(LAST_MODIFIED);
    let date = said.and_then(|said| said.to_str().ok());
    Ok(date.and_then(|date| Some(jiff::fmt::rfc2822::parse(date).ok()?.timestamp())))
}
