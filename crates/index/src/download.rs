//! A file as it arrives, piece by piece, from a server or from a folder; and all of it, on disk.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::sync::Arc;

use bytes::Bytes;
use harden_packaging::{DistFile, IndexError, IndexErrorKind, Sha256};
use reqwest::header::CONTENT_RANGE;
use reqwest::{Response, StatusCode};
use sha2::Digest;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use crate::address::shown;
use crate::context::Context;
use crate::digests::other_digests;
use crate::error::{corrupt, failed, in_one_line, no_such_file};
use crate::http::{Answer, Pace, Refusal, Reply, Request, Validators};
use crate::shared::may_be_shared;
use crate::statistics::Meter;

/// How often a file is asked for again from where it broke off.
const RESUMPTIONS: u32 = 5;

/// How much of a local file is read at once.
const LOCAL_CHUNK: usize = 256 << 10;

/// A file on its way here.
///
/// Its bytes are not verified: the reader compares digests. While it exists it counts as one of the
/// concurrent requests.
pub struct Download {
    shown: String,
    start: u64,
    total: Option<u64>,
    validator: Option<String>,
    /// How many bytes may still come.
    left: u64,
    /// How many bytes a file may have whose size nobody states.
    largest_unsized: u64,
    /// Whether its server lets caches keep it that others use.
    may_be_shared: bool,
    source: Source,
}

enum Source {
    Server {
        response: Response,
        meter: Meter,
        pace: Pace,
        _permit: OwnedSemaphorePermit,
    },
    Local(tokio::fs::File),
}

/// All of a file, on disk under no name, with its digest.
pub(crate) struct Whole {
    pub(crate) file: File,
    pub(crate) sha256: Sha256,
    /// Whether the server that sent it lets caches keep it that others use.
    pub(crate) may_be_shared: bool,
}

/// The part of a file that a reply holds, as `Content-Range` says (RFC 9110, section 14.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub(crate) start: u64,
    pub(crate) total: Option<u64>,
}

impl Download {
    /// The offset in the file of the first byte to come: what was asked for, or 0 where the
    /// server sends the whole file regardless.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The size of the whole file in bytes, where the server says so.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// What changes when the server's file does: its strong `ETag`, else its `Last-Modified`
    /// (RFC 9110, section 8.8).
    pub fn validator(&self) -> Option<&str> {
        self.validator.as_deref()
    }

    /// Whether its server lets caches keep it that others use.
    pub fn may_be_shared(&self) -> bool {
        self.may_be_shared
    }

    /// The next bytes, or `None` at the end.
    ///
    /// # Errors
    ///
    /// When the connection fails or the body is cut short. Asking for the rest again may do better.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, IndexError> {
        let chunk = match &mut self.source {
            Source::Server {
                response,
                meter,
                pace,
                ..
            } => {
                let chunk = response.chunk().await;
                let chunk = chunk.map_err(|error| in_one_line(&error.without_url()));
                chunk.and_then(|chunk| {
                    let length = chunk.as_ref().map_or(0, Bytes::len);
                    meter.received(length);
                    match chunk {
                        Some(_) => pace.note(length).map(|()| chunk),
                        None => Ok(None),
                    }
                })
            }
            Source::Local(file) => local_chunk(file).await.map_err(|error| in_one_line(&error)),
        };
        let chunk = chunk.map_err(|why| cannot_download(&self.shown, &why))?;
        let length = chunk.as_ref().map_or(0, Bytes::len) as u64;
        match self.left.checked_sub(length) {
            Some(left) => self.left = left,
            None => return Err(self.too_long()),
        }
        Ok(chunk)
    }

    fn too_long(&self) -> IndexError {
        let why = match self.total {
            Some(total) => format!("its server sends more than the {total} bytes that it has"),
            None => format!(
                "its server sends more than {} MiB without stating a size",
                self.largest_unsized >> 20
            ),
        };
        corrupt(cannot_download(&self.shown, &why).message)
    }

    /// The same, if no more may come than `size` bytes of the whole file.
    fn of_size(mut self, size: Option<u64>) -> Self {
        self.total = self.total.or(size);
        let most = self.total.unwrap_or(self.largest_unsized);
        self.left = most.saturating_sub(self.start);
        self
    }

    /// The body of a response that was opened already, and is a success.
    pub(crate) fn of_response(
        context: &Context,
        response: Response,
        permit: OwnedSemaphorePermit,
    ) -> Self {
        let range = content_range(&response);
        let start = match (response.status(), range) {
            (StatusCode::PARTIAL_CONTENT, Some(range)) => range.start,
            _ => 0,
        };
        let total = match response.status() {
            StatusCode::PARTIAL_CONTENT => range.and_then(|range| range.total),
            _ => response.content_length(),
        };
        let download = Self {
            shown: shown(response.url().as_str()),
            start,
            total,
            validator: Validators::read(response.headers()).strong(),
            left: 0,
            largest_unsized: context.largest_unsized,
            may_be_shared: may_be_shared(response.headers()),
            source: Source::Server {
                response,
                meter: context.meter.clone(),
                pace: Pace::start(),
                _permit: permit,
            },
        };
        download.of_size(None)
    }
}

async fn local_chunk(file: &mut tokio::fs::File) -> io::Result<Option<Bytes>> {
    let mut chunk = Vec::with_capacity(LOCAL_CHUNK);
    let read = file.read_buf(&mut chunk).await?;
    Ok((read > 0).then(|| chunk.into()))
}

/// Opens `file` from the byte `from` on.
pub(crate) async fn open(
    context: &Context,
    file: &DistFile,
    from: u64,
) -> Result<Download, IndexError> {
    let download = open_at(context, &file.url, &file.listed_by, from).await?;
    let size = match (download.total, file.size) {
        (None, None) => stated_size(context, file).await,
        (_, listed) => listed,
    };
    Ok(download.of_size(size))
}

/// The size of `file`, if its server states it with a range.
async fn stated_size(context: &Context, file: &DistFile) -> Option<u64> {
    let url = Url::parse(&file.url).ok()?;
    let request = Request::get(url).listed_by(&file.listed_by);
    let request = request.range("bytes=0-0".to_owned());
    let (status, headers) = context.http.headers_beside(&request).await?;
    let range = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    (status == StatusCode::PARTIAL_CONTENT).then(|| read_content_range(range)?.total)?
}

/// Opens what is at `url` from the byte `from` on; `listed_by` is the index whose login may apply.
pub(crate) async fn open_at(
    context: &Context,
    url: &str,
    listed_by: &Arc<str>,
    from: u64,
) -> Result<Download, IndexError> {
    let refused = |why: Refusal| cannot_download(&shown(url), &why);
    let parsed = Url::parse(url).map_err(|error| refused(error.to_string()))?;
    if parsed.scheme() == "file" {
        return open_local(&parsed, from).await.map_err(|error| {
            let is_gone = error.kind() == io::ErrorKind::NotFound;
            let error = refused(in_one_line(&error));
            if is_gone {
                no_such_file(error.message)
            } else {
                error
            }
        });
    }
    let mut ask = Request::get(parsed).listed_by(listed_by);
    if from > 0 {
        ask = ask.range(format!("bytes={from}-"));
    }
    match context.http.open(&ask).await.map_err(refused)? {
        Answer::Unread(response, permit) => Ok(Download::of_response(context, response, permit)),
        // All that there is was asked for before, or what there is has changed.
        Answer::Read(reply) if reply.status == StatusCode::RANGE_NOT_SATISFIABLE && from > 0 => {
            Box::pin(open_at(context, url, listed_by, 0)).await
        }
        Answer::Read(reply) => Err(not_sent(url, &reply)),
    }
}

/// Why the file at `url` was not sent.
pub(crate) fn not_sent(url: &str, reply: &Reply) -> IndexError {
    let error = cannot_download(&shown(url), &reply.refusal());
    match reply.status {
        StatusCode::NOT_FOUND | StatusCode::GONE => no_such_file(error.message),
        _ => error,
    }
}

async fn open_local(url: &Url, from: u64) -> io::Result<Download> {
    let path = url
        .to_file_path()
        .map_err(|()| io::Error::new(io::ErrorKind::InvalidInput, "the URL names no path here"))?;
    let mut file = tokio::fs::File::open(&path).await?;
    let total = file.metadata().await?.len();
    file.seek(io::SeekFrom::Start(from)).await?;
    Ok(Download {
        shown: path.display().to_string(),
        start: from,
        total: Some(total),
        validator: None,
        // What a folder holds may grow meanwhile; its digest is compared in any case.
        left: u64::MAX,
        largest_unsized: u64::MAX,
        may_be_shared: false,
        source: Source::Local(file),
    })
}

/// All of `file`, begun with `opened` where that is there already; its size and every digest that is
/// listed are verified.
pub(crate) async fn verified(
    context: &Context,
    file: &DistFile,
    opened: Option<Download>,
) -> Result<Whole, IndexError> {
    let mut whole = whole(context, file, opened).await?;
    let differs = match file.sha256 {
        Some(listed) if listed != whole.sha256 => Some((
            format!("sha256:{}", whole.sha256),
            format!("sha256:{listed}"),
        )),
        Some(_) => None,
        None => {
            let others = other_digests(&mut whole.file, &file.other_digests);
            let others = others.map_err(|error| cannot_store(&file.url, &error))?;
            let mut pairs = others.into_iter().zip(file.other_digests.iter());
            let differing = pairs.find(|(found, listed)| found != *listed);
            differing.map(|(found, listed)| (found.to_string(), listed.to_string()))
        }
    };
    let length = whole.file.metadata().map_or(0, |found| found.len());
    let differs = differs.or_else(|| match file.size {
        Some(listed) if file.sha256.is_none() && listed != length => {
            Some((format!("{length} bytes"), format!("{listed} bytes")))
        }
        _ => None,
    });
    match differs {
        None => Ok(whole),
        Some((found, listed)) => Err(other_bytes(file, &found, &listed)),
    }
}

/// The error for bytes other than those that the index lists.
pub(crate) fn other_bytes(file: &DistFile, found: &str, listed: &str) -> IndexError {
    let lister = match &*file.listed_by {
        "" => "its URL prescribes",
        index => &format!("{index} lists"),
    };
    corrupt(format!(
        "{} from {} is not the file that was announced: it has {found}, {lister} {listed}",
        file.filename,
        shown(&file.url)
    ))
}

/// All of `file`; resumed where it breaks off.
async fn whole(
    context: &Context,
    file: &DistFile,
    opened: Option<Download>,
) -> Result<Whole, IndexError> {
    let cannot_write = |error: io::Error| cannot_store(&file.url, &error);
    let mut stored = temporary(context).map_err(cannot_write)?;
    let mut hasher = sha2::Sha256::new();
    let mut received = 0;
    let mut validator: Option<String> = None;
    let mut opened = opened;
    let mut broken = 0;
    loop {
        // The rest may be that of another file, unless the server says that it is the same.
        let from = if validator.is_some() { received } else { 0 };
        let mut download = match opened.take() {
            Some(download) => download,
            None => open(context, file, from).await?,
        };
        let is_rest = from > 0 && download.start() == from;
        if is_rest && download.validator() != validator.as_deref() {
            download = open(context, file, 0).await?;
        }
        if download.start() == 0 {
            stored
                .set_len(0)
                .and_then(|()| stored.rewind())
                .map_err(cannot_write)?;
            hasher = sha2::Sha256::new();
            received = 0;
        }
        validator = download.validator().map(str::to_owned);
        let error = loop {
            match download.chunk().await {
                Ok(Some(chunk)) => {
                    stored.write_all(&chunk).map_err(cannot_write)?;
                    hasher.update(&chunk);
                    received += chunk.len() as u64;
                }
                Ok(None) => {
                    stored.rewind().map_err(cannot_write)?;
                    let sha256 = Sha256::from_bytes(hasher.finalize().into());
                    return Ok(Whole {
                        file: stored,
                        sha256,
                        may_be_shared: download.may_be_shared,
                    });
                }
                Err(error) => break error,
            }
        };
        broken += 1;
        if broken > RESUMPTIONS || error.kind == IndexErrorKind::Corrupt {
            return Err(error);
        }
    }
}

fn cannot_store(url: &str, error: &io::Error) -> IndexError {
    failed(format!(
        "cannot write {} to a temporary file: {}",
        shown(url),
        in_one_line(error)
    ))
}

/// A file without a name, beside the cache, where there is room for large ones, or else where
/// the system has them.
pub(crate) fn temporary(context: &Context) -> io::Result<File> {
    match context.store.root().map(tempfile::tempfile_in) {
        Some(Ok(file)) => Ok(file),
        _ => tempfile::tempfile(),
    }
}

fn content_range(response: &Response) -> Option<ContentRange> {
    read_content_range(response.headers().get(CONTENT_RANGE)?.to_str().ok()?)
}

/// Reads `bytes 0-99/1000`.
pub(crate) fn read_content_range(text: &str) -> Option<ContentRange> {
    let (range, total) = text
        .trim()
        .strip_prefix("bytes")?
        .trim_start()
        .split_once('/')?;
    Some(ContentRange {
        start: range.split_once('-')?.0.trim().parse().ok()?,
        total: total.trim().parse().ok(),
    })
}

pub(crate) fn cannot_download(shown: &str, why: &str) -> IndexError {
    failed(format!("cannot download {shown}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_range_says_where_a_part_begins() {
        let range = |start, total| Some(ContentRange { start, total });
        assert_eq!(read_content_range("bytes 5-9/10"), range(5, Some(10)));
        assert_eq!(read_content_range("bytes 5-9/*"), range(5, None));
        for text in ["", "bytes */10", "items 5-9/10", "bytes 5-9"] {
            assert_eq!(read_content_range(text), None, "{text}");
        }
    }
}
