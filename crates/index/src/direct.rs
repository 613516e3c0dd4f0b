//! The file of a direct reference: brought here, hashed on the way, its metadata read from its bytes;
//! brought again in a later run only where its server does not say that it is the same.

use std::path::Path;
use std::sync::Arc;

use harden_packaging::{CoreMetadata, DistFile, IndexError, Reference, Sha256};
use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::address::shown;
use crate::cache::Key;
use crate::context::Context;
use crate::download::{self, Download, cannot_download, not_sent};
use crate::error::{failed, in_one_line, no_such_file};
use crate::http::{Answer, Request, Validators};
use crate::{Freshness, metadata};

/// A file and what its metadata says, or why that is of no use.
pub(crate) struct Found {
    pub(crate) file: DistFile,
    pub(crate) metadata: Result<Arc<CoreMetadata>, IndexError>,
}

/// Brings the file that `reference` leads to.
pub(crate) async fn read(context: &Context, reference: &Reference) -> Result<Found, IndexError> {
    let mut file = file_at(reference)?;
    if reference.is_path() && !Path::new(&reference.location()).exists() {
        return Err(no_such_file(format!("there is no file {reference}")));
    }
    let url = Url::parse(&file.url).map_err(|error| failed(error.to_string()))?;
    let mut opened = None;
    let mut validators = None;
    if url.scheme() != "file" {
        // What is kept is known by its SHA-256 alone: another digest is verified on the bytes.
        let kept = Kept::read(context, &url, &file).filter(|kept| {
            file.other_digests.is_empty() || reference.sha256() == Some(kept.sha256)
        });
        match (fetch(context, &url, reference, kept.as_ref()).await?, kept) {
            (Some((download, read)), _) => (opened, validators) = (Some(download), Some(read)),
            (None, Some(kept)) => return Ok(kept.found(file)),
            (None, None) => {}
        }
    }
    let whole = download::verified(context, &file, opened).await?;
    file.sha256 = Some(whole.sha256);
    file.size = whole.file.metadata().ok().map(|found| found.len());
    let metadata = metadata::of_whole(context, &file, (&whole.file, &whole.sha256)).map(Arc::new);
    if let Ok(metadata) = &metadata {
        file.requires_python.clone_from(&metadata.requires_python);
    }
    if let Some(validators) = validators.filter(Validators::can_be_asked_about) {
        keep(context, &url, &file, validators);
    }
    Ok(Found { file, metadata })
}

/// Asks for the file at `url`; `None` where what is kept of it will do.
///
/// That is so where the reference prescribes its digest, or its server confirms it: what a URL leads
/// to may change at any time, and a wrong pin is worse than a request.
async fn fetch(
    context: &Context,
    url: &Url,
    reference: &Reference,
    kept: Option<&Kept>,
) -> Result<Option<(Download, Validators)>, IndexError> {
    let is_prescribed = |kept: &Kept| reference.sha256() == Some(kept.sha256);
    let is_offline = context.freshness == Freshness::Offline;
    if kept.is_some_and(|kept| is_offline || is_prescribed(kept)) {
        context.meter.cache_hit();
        return Ok(None);
    }
    let ask = Request::get(url.clone());
    let ask = match kept {
        Some(kept) => ask.unless(&kept.validators),
        None => ask,
    };
    let answer = context.http.open(&ask).await;
    match answer.map_err(|why| cannot_download(&shown(url.as_str()), &why))? {
        Answer::Unread(response, permit) => {
            let validators = Validators::read(response.headers());
            let download = Download::of_response(context, response, permit);
            Ok(Some((download, validators)))
        }
        Answer::Read(reply) if reply.status == StatusCode::NOT_MODIFIED && kept.is_some() => {
            context.meter.revalidation();
            context.store.confirm(&Key::direct(url));
            Ok(None)
        }
        Answer::Read(reply) => Err(not_sent(url.as_str(), &reply)),
    }
}

/// What is known of a file from an earlier run.
struct Kept {
    sha256: Sha256,
    size: Option<u64>,
    validators: Validators,
    metadata: CoreMetadata,
}

/// The same as it is written; the metadata is kept by the digest.
#[derive(Serialize, Deserialize)]
struct Written {
    url: String,
    sha256: String,
    size: Option<u64>,
    validators: Validators,
}

impl Kept {
    /// What is kept of `file`, the one at `url`, unless it is malformed or of another URL.
    fn read(context: &Context, url: &Url, file: &DistFile) -> Option<Self> {
        let entry = context.store.read(&Key::direct(url))?;
        let written: Written = postcard::from_bytes(entry.payload()).ok()?;
        let sha256 = written.sha256.parse().ok()?;
        let metadata = metadata::verified(context, &sha256, file)?;
        (written.url == shown(url.as_str())).then_some(Self {
            sha256,
            size: written.size,
            validators: written.validators,
            metadata,
        })
    }

    fn found(self, file: DistFile) -> Found {
        let file = DistFile {
            sha256: Some(self.sha256),
            size: self.size,
            requires_python: self.metadata.requires_python.clone(),
            ..file
        };
        Found {
            file,
            metadata: Ok(Arc::new(self.metadata)),
        }
    }
}

fn keep(context: &Context, url: &Url, file: &DistFile, validators: Validators) {
    let (Some(sha256), true) = (file.sha256, context.store.is_kept()) else {
        return;
    };
    let written = Written {
        url: shown(url.as_str()),
        sha256: sha256.to_string(),
        size: file.size,
        validators,
    };
    if let Ok(bytes) = postcard::to_stdvec(&written) {
        context.store.write(&Key::direct(url), &bytes);
    }
}

/// The file that `reference` leads to, of which nothing is known but its name and where it is.
///
/// # Errors
///
/// When its path cannot be written as a URL.
pub fn file_at(reference: &Reference) -> Result<DistFile, IndexError> {
    let url = url_of(reference).map_err(|why| failed(format!("cannot read {reference}: {why}")))?;
    let name = reference.file();
    let release = (name.name().clone(), name.version().clone());
    Ok(DistFile {
        other_digests: Arc::clone(reference.other_digests()),
        ..DistFile::new(
            release,
            name.as_str(),
            name.kind().clone(),
            String::from(url),
        )
    })
}

/// Where the file is, as a URL: a path is relative to the working folder.
fn url_of(reference: &Reference) -> Result<Url, String> {
    let location = reference.location();
    if !reference.is_path() {
        return Url::parse(&location).map_err(|error| error.to_string());
    }
    let path = std::path::absolute(Path::new(&location)).map_err(|error| in_one_line(&error))?;
    Url::from_file_path(&path).map_err(|()| "its path cannot be written as a URL".to_owned())
}
