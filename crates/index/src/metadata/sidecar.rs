//! The `.metadata` file beside a wheel (PEP 658, PEP 714).

use std::sync::{Mutex, PoisonError};

use harden_packaging::{CoreMetadata, CoreMetadataFile, DistFile, IndexError, Sha256};
use reqwest::StatusCode;
use rustc_hash::FxHashMap;
use url::Url;

use super::parse_fields;
use super::unusable::{Unusable, of_file};
use crate::Freshness;
use crate::address::shown;
use crate::context::Context;
use crate::error::corrupt;
use crate::http::Request;
use crate::shared::may_be_shared;

/// No metadata is larger, in bytes.
const LARGEST: usize = 16 << 20;

/// Which file servers have been seen to serve `.metadata` files that their index does not announce.
#[derive(Default)]
pub(crate) struct Sidecars {
    served: Mutex<FxHashMap<String, bool>>,
}

impl Sidecars {
    /// Whether the server of `url` may have one: so long as it has not been found to have none.
    fn may_serve(&self, url: &Url) -> bool {
        let served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.get(&server(url)).copied().unwrap_or(true)
    }

    /// Takes note of what the server of `url` did. Once it has served one, a file without one
    /// says nothing of the others.
    fn note(&self, url: &Url, serves: bool) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        *served.entry(server(url)).or_insert(serves) |= serves;
    }
}

fn server(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The metadata beside the wheel `file` at `url`; `None` where there is none.
pub(super) async fn read(
    context: &Context,
    file: &DistFile,
    url: &Url,
) -> Result<Option<CoreMetadata>, IndexError> {
    let announced = match file.core_metadata {
        CoreMetadataFile::Served(digest) => Some(digest),
        CoreMetadataFile::Unknown => None,
    };
    if url.scheme() == "file" || (announced.is_none() && !context.sidecars.may_serve(url)) {
        return Ok(None);
    }
    let request = Request::get(beside(url))
        .accept("*/*")
        .at_most(LARGEST)
        .listed_by(&file.listed_by);
    let request = match announced {
        Some(_) => request,
        // A guess: a server that fails on it need not be asked again.
        None => request.tries(1),
    };
    let digest = announced.flatten();
    if let Some(text) = lent(context, file, &request, digest.as_ref()).await {
        let metadata = parse_fields::read(&text, file);
        return metadata
            .map(Some)
            .map_err(|why| of_file(file, &Unusable::Invalid(why)));
    }
    let reply = context.http.ask(&request).await;
    let mut is_lent = false;
    let text = match reply {
        Ok(reply) if reply.status == StatusCode::OK => {
            is_lent = may_be_shared(&reply.headers) && context.http.is_public(&request);
            Some(reply.body)
        }
        Ok(_) => None,
        Err(why) => {
            tracing::debug!("no .metadata file of {}: {why}", file.filename);
            None
        }
    };
    match (announced, text) {
        (Some(Some(digest)), Some(text)) => {
            check(&text, digest, file)?;
            if is_lent && context.is_of_public_index(file) {
                context.shared.lend_metadata(&digest, &text);
            }
            let metadata = parse_fields::read(&text, file);
            metadata
                .map(Some)
                .map_err(|why| of_file(file, &Unusable::Invalid(why)))
        }
        // Without a digest it may be anything, an error page for one: the wheel decides then.
        (Some(None), Some(text)) => Ok(parse_fields::read(&text, file).ok()),
        (Some(_), None) => Ok(None),
        (None, text) => {
            let metadata = text.and_then(|text| parse_fields::read(&text, file).ok());
            context.sidecars.note(url, metadata.is_some());
            Ok(metadata)
        }
    }
}

/// The metadata of this digest from the shared cache, if it needs no login.
async fn lent(
    context: &Context,
    file: &DistFile,
    request: &Request<'_>,
    digest: Option<&Sha256>,
) -> Option<Vec<u8>> {
    let is_refreshed = context.freshness_of(&file.project) == Freshness::Refresh;
    if is_refreshed || !context.shared.is_on() {
        return None;
    }
    if !(context.http.is_public(request) && context.is_of_public_index(file)) {
        return None;
    }
    context.shared.metadata(digest?).await
}

fn beside(url: &Url) -> Url {
    let mut url = url.clone();
    let path = format!("{}.metadata", url.path());
    url.set_path(&path);
    url
}

fn check(text: &[u8], listed: Sha256, file: &DistFile) -> Result<(), IndexError> {
    let found = Sha256::of(text);
    if found == listed {
        return Ok(());
    }
    Err(corrupt(format!(
        "{}.metadata from {} is not the file that was announced: it has sha256:{found}, {} lists \
         sha256:{listed}",
        file.filename,
        shown(&file.url),
        file.listed_by,
    )))
}
