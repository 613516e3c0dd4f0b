//! The `.metadata` file beside a wheel (PEP 658, PEP 714).

use std::sync::{Mutex, PoisonError};

use harden_packaging::{CoreMetadata, CoreMetadataFile, DistFile, IndexError, Sha256};
use reqwest::StatusCode;
use rustc_hash::FxHashMap;
use sha2::Digest;
use url::Url;

use super::fields;
use super::unusable::unusable;
use crate::context::Context;
use crate::error::failed;
use crate::http::Request;

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
    let reply = context
        .http
        .ask(&Request::get(beside(url)).accept("*/*"))
        .await
        .map_err(|why| {
            failed(format!(
                "cannot read the metadata of {}: {why}",
                file.filename
            ))
        })?;
    let text = (reply.status == StatusCode::OK).then_some(reply.body);
    match (announced, text) {
        (Some(digest), Some(text)) => {
            check(&text, digest).map_err(|why| unusable(file, &why))?;
            fields::read(&text, file)
                .map(Some)
                .map_err(|why| unusable(file, &why))
        }
        (Some(_), None) => Ok(None),
        // What a server sends that announced nothing may be anything.
        (None, text) => {
            let metadata = text.and_then(|text| fields::read(&text, file).ok());
            context.sidecars.note(url, metadata.is_some());
            Ok(metadata)
        }
    }
}

fn beside(url: &Url) -> Url {
    let mut url = url.clone();
    let path = format!("{}.metadata", url.path());
    url.set_path(&path);
    url
}

fn check(text: &[u8], listed: Option<Sha256>) -> Result<(), String> {
    let found = Sha256::from_bytes(sha2::Sha256::digest(text).into());
    match listed {
        Some(listed) if listed != found => Err(format!(
            "the SHA-256 of its .metadata file is {found}, the index lists {listed}"
        )),
        _ => Ok(()),
    }
}
