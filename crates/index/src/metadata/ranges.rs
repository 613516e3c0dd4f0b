//! `METADATA` by byte ranges of the wheel: its end first, then what that shows to be missing.

use std::ops::Range;

use harden_packaging::{DistFile, IndexError};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE};
use url::Url;

use super::unusable::of_file;
use super::wheel_member::{Look, Parts};
use crate::Freshness;
use crate::context::Context;
use crate::download::{Download, not_sent, other_bytes, read_content_range};
use crate::error::failed;
use crate::http::{Answer, Reply, Request};

/// How much of the end is asked for at first. An entry of the central directory takes about 100 bytes,
/// so this holds that of 300 members, or of 200 with the `.dist-info` before it, in one round trip.
const END: u64 = 32 << 10;

/// How much is asked for from where the metadata begins, and four times as much each further time.
const MEMBER: u64 = 64 << 10;

/// Beyond this, 100,000 members with names of 280 characters, the wheel is written to disk as a whole.
const LARGEST_DIRECTORY: u64 = 32 << 20;

/// How many parts are asked for before the whole wheel is: enough for the directory and 16 MiB of
/// metadata.
const MOST_PARTS: u32 = 8;

/// What came of it.
pub(super) enum Outcome {
    /// The text of the metadata.
    Read(Vec<u8>),
    /// The server gives no parts; the whole wheel must be read, which may be under way already.
    Whole(Option<Box<Download>>),
}

/// A reply to a question for a part.
enum Part {
    Here {
        start: u64,
        total: Option<u64>,
        bytes: Vec<u8>,
    },
    Whole(Option<Box<Download>>),
}

/// The metadata of the wheel `file` at `url`.
pub(super) async fn read(
    context: &Context,
    file: &DistFile,
    url: &Url,
) -> Result<Outcome, IndexError> {
    if url.scheme() == "file" {
        return Ok(Outcome::Whole(None));
    }
    let last = |size: Option<u64>| match size {
        Some(size) => bytes_of(&(size.saturating_sub(END)..size)),
        None => format!("bytes=-{END}"),
    };
    let end = match part(context, file, url, last(file.size)).await? {
        // The listed size may be wrong, or ranges from the end unknown: ask how large it is.
        Part::Whole(None) => match size(context, file, url).await {
            Some(size) => part(context, file, url, last(Some(size))).await?,
            None => return Ok(Outcome::Whole(None)),
        },
        end => end,
    };
    let Part::Here {
        start,
        total,
        bytes,
    } = end
    else {
        return Ok(whole(end));
    };
    if let (Some(listed), Some(found), true) = (file.size, total, file.sha256.is_none())
        && listed != found
    {
        let (found, listed) = (format!("{found} bytes"), format!("{listed} bytes"));
        return Err(other_bytes(file, &found, &listed));
    }
    let mut parts = Parts::of(total.unwrap_or(start + bytes.len() as u64));
    parts.add(start, bytes);
    let mut member = MEMBER;
    for _ in 0..MOST_PARTS {
        let missing = match parts.look(file).map_err(|why| of_file(file, &why))? {
            Look::Found(text) => return Ok(Outcome::Read(text)),
            Look::MissingDirectory(range) if range.end - range.start > LARGEST_DIRECTORY => break,
            Look::MissingDirectory(range) => range,
            Look::MissingMember(range) => {
                let end = range.end.min(range.start + member);
                member *= 4;
                range.start..end
            }
        };
        match part(context, file, url, bytes_of(&missing)).await? {
            Part::Here { start, bytes, .. } if !bytes.is_empty() => parts.add(start, bytes),
            other => return Ok(whole(other)),
        }
    }
    Ok(Outcome::Whole(None))
}

fn whole(part: Part) -> Outcome {
    match part {
        Part::Whole(opened) => Outcome::Whole(opened),
        Part::Here { .. } => Outcome::Whole(None),
    }
}

fn bytes_of(range: &Range<u64>) -> String {
    format!("bytes={}-{}", range.start, range.end.saturating_sub(1))
}

async fn part(
    context: &Context,
    file: &DistFile,
    url: &Url,
    range: String,
) -> Result<Part, IndexError> {
    // The whole file is asked for with patience, if the server does not send a part.
    let request = Request::get(url.clone())
        .range(range)
        .listed_by(&file.listed_by)
        .tries(1);
    let answer = match context.http.ask_part(&request).await {
        Ok(answer) => answer,
        Err(why) if context.freshness == Freshness::Offline => {
            let name = &file.filename;
            return Err(failed(format!("cannot read the metadata of {name}: {why}")));
        }
        Err(why) => {
            tracing::debug!("no part of {}: {why}", file.filename);
            return Ok(Part::Whole(None));
        }
    };
    let reply = match answer {
        Answer::Unread(response, permit) => {
            return Ok(Part::Whole(Some(Box::new(Download::of_response(
                context, response, permit,
            )))));
        }
        Answer::Read(reply) => reply,
    };
    match reply.status {
        StatusCode::PARTIAL_CONTENT => Ok(here(reply)),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(not_sent(url.as_str(), &reply)),
        _ => Ok(Part::Whole(None)),
    }
}

fn here(reply: Reply) -> Part {
    let range = reply
        .headers
        .get(CONTENT_RANGE)
        .and_then(|value| value.to_str().ok());
    match range.and_then(read_content_range) {
        Some(range) => Part::Here {
            start: range.start,
            total: range.total,
            bytes: reply.body,
        },
        None => Part::Whole(None),
    }
}

/// The size of the file at `url`, where its server says so.
async fn size(context: &Context, file: &DistFile, url: &Url) -> Option<u64> {
    let request = Request::head(url.clone())
        .listed_by(&file.listed_by)
        .tries(1);
    let reply = context.http.ask(&request).await.ok()?;
    let length = reply.headers.get(CONTENT_LENGTH)?.to_str().ok()?;
    (reply.status == StatusCode::OK).then(|| length.parse().ok())?
}
