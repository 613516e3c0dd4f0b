//! `METADATA` by byte ranges of the wheel: its end first, then what the end shows to be wanting.

use std::ops::Range;

use harden_packaging::{DistFile, IndexError};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE};
use url::Url;

use super::unusable::unusable;
use super::wheel_member::{Look, Parts};
use crate::context::Context;
use crate::download::{Download, read_content_range};
use crate::error::failed;
use crate::http::{Answer, Refusal, Reply, Request};

/// How much of the end is asked for at first: most wheels' central directory and `.dist-info`.
const END: u64 = 32 << 10;

/// How much more is asked for at least, and so many times as much again each further time.
const MORE: u64 = 64 << 10;

/// How many parts are asked for before the whole wheel is.
const MOST_PARTS: u32 = 6;

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
    let failed_here = |why: Refusal| {
        failed(format!(
            "cannot read the metadata of {}: {why}",
            file.filename
        ))
    };
    let end = match file.size {
        Some(size) => {
            part(
                context,
                file,
                url,
                bytes_of(&(size.saturating_sub(END)..size)),
            )
            .await?
        }
        None => part(context, file, url, format!("bytes=-{END}")).await?,
    };
    let end = match end {
        // The listed size may be wrong, or ranges from the end unknown: ask how large it is.
        Part::Whole(None) => match size(context, url).await.map_err(failed_here)? {
            Some(size) => {
                part(
                    context,
                    file,
                    url,
                    bytes_of(&(size.saturating_sub(END)..size)),
                )
                .await?
            }
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
    let mut parts = Parts::of(total.unwrap_or(start + bytes.len() as u64));
    parts.add(start, bytes);
    for round in 0..MOST_PARTS {
        let wanting = match parts.look(file).map_err(|why| unusable(file, &why))? {
            Look::Found(text) => return Ok(Outcome::Read(text)),
            Look::Wanting(range) => range,
        };
        let end = wanting.end.min(wanting.start + (MORE << round));
        match part(context, file, url, bytes_of(&(wanting.start..end))).await? {
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
    let ask = Request::get(url.clone()).range(range);
    let answer = context.http.ask_part(&ask).await.map_err(|why| {
        failed(format!(
            "cannot read the metadata of {}: {why}",
            file.filename
        ))
    })?;
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
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(unusable(
            file,
            &format!("the index lists the file, but {}", reply.refusal()),
        )),
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

async fn size(context: &Context, url: &Url) -> Result<Option<u64>, Refusal> {
    let reply = context.http.ask(&Request::head(url.clone())).await?;
    let length = reply
        .headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    Ok(match reply.status {
        StatusCode::OK => length.and_then(|text| text.parse().ok()),
        _ => None,
    })
}
