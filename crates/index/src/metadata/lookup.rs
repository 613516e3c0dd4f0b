//! The sources of the metadata of a file, in the order in which they are tried.

use std::fs::File;

use harden_packaging::{CoreMetadata, DistFile, DistKind, IndexError, Sha256};
use url::Url;

use super::unusable::{Unusable, of_file};
use super::{difference, parse_fields, ranges, sdist, sidecar, wheel_member, whole_file};
use crate::Freshness;
use crate::cache::{decode_metadata, encode_metadata};
use crate::context::Context;
use crate::download::{self, Download};
use crate::error::corrupt;

/// The core metadata of `file`.
pub(crate) async fn read(context: &Context, file: &DistFile) -> Result<CoreMetadata, IndexError> {
    if let Some(metadata) = cached(context, file) {
        context.meter.cache_hit();
        return Ok(metadata);
    }
    // Boxed, as it is large and most often not needed.
    Box::pin(find(context, file)).await
}

/// The core metadata of `file`, all of which is `whole`, of the digest `sha256`.
pub(crate) fn of_whole(
    context: &Context,
    file: &DistFile,
    (whole, sha256): (&File, &Sha256),
) -> Result<CoreMetadata, IndexError> {
    let metadata = match file.kind {
        DistKind::Wheel(_) => wheel_member::read_file(whole, file)
            .and_then(|text| parse_fields::read(&text, file).map_err(Unusable::Invalid)),
        DistKind::Sdist => sdist::of_archive(whole, file),
    };
    let metadata = metadata.map_err(|why| of_file(file, &why))?;
    if context.store.is_kept() {
        let entry = encode_metadata(&metadata);
        context.store.write_verified_metadata(sha256, &entry);
    }
    Ok(metadata)
}

/// Compares the metadata in `wheel`, all of `file`, with what the index gave for it before, if the
/// cache still has that: a lock was made over it.
pub(crate) fn compare(
    context: &Context,
    file: &DistFile,
    wheel: (&File, &Sha256),
) -> Result<(), IndexError> {
    let actual = of_whole(context, file, wheel)?;
    let sha256 = file.sha256.as_ref();
    let given = sha256.and_then(|sha256| listed(context, file, sha256));
    match given.and_then(|given| difference::between(&given, &actual)) {
        None => Ok(()),
        Some(differs) => Err(corrupt(format!(
            "{} is not what it was locked as: {} gave other metadata than it contains: {differs}; lock again",
            file.filename, file.listed_by
        ))),
    }
}

/// The core metadata that was read from verified bytes of `file`, whose digest is `sha256`.
pub(crate) fn verified(
    context: &Context,
    sha256: &Sha256,
    file: &DistFile,
) -> Option<CoreMetadata> {
    let entry = context.store.read_verified_metadata(sha256)?;
    decode_metadata(entry.payload()).filter(|metadata| parse_fields::fits(metadata, file))
}

/// The core metadata of `file` in the cache.
///
/// What was read from bytes of the file's digest is true whoever lists the file. A `.metadata` file or
/// a part of a wheel may be anything that its index likes, so it counts for that index alone, and
/// `--refresh` asks again.
fn cached(context: &Context, file: &DistFile) -> Option<CoreMetadata> {
    let sha256 = file.sha256?;
    verified(context, &sha256, file).or_else(|| match context.freshness_of(&file.project) {
        Freshness::Refresh => None,
        Freshness::Http | Freshness::Offline => listed(context, file, &sha256),
    })
}

/// The core metadata that the index of `file` gave for it, of the digest `sha256`.
fn listed(context: &Context, file: &DistFile, sha256: &Sha256) -> Option<CoreMetadata> {
    let entry = context.store.read_listed_metadata(file, sha256)?;
    decode_metadata(&entry).filter(|metadata| parse_fields::fits(metadata, file))
}

async fn find(context: &Context, file: &DistFile) -> Result<CoreMetadata, IndexError> {
    let invalid = |why: String| of_file(file, &Unusable::Invalid(why));
    let url = Url::parse(&file.url).map_err(|error| invalid(error.to_string()))?;
    if file.wheel_tags().is_none() {
        return whole(context, file, None).await;
    }
    let metadata = match sidecar::read(context, file, &url).await? {
        Some(metadata) => metadata,
        None => match ranges::read(context, file, &url).await? {
            ranges::Outcome::Read(text) => parse_fields::read(&text, file).map_err(invalid)?,
            ranges::Outcome::Whole(opened) => {
                return whole(context, file, opened.map(|opened| *opened)).await;
            }
        },
    };
    if let Some(sha256) = &file.sha256
        && context.store.is_kept()
    {
        let entry = encode_metadata(&metadata);
        context.store.write_listed_metadata(file, sha256, &entry);
    }
    Ok(metadata)
}

/// The metadata of a file that is needed as a whole, and verified: from the shared cache, else from its server.
async fn whole(
    context: &Context,
    file: &DistFile,
    opened: Option<Download>,
) -> Result<CoreMetadata, IndexError> {
    if opened.is_none()
        && let Some(whole) = whole_file::borrow(context, file).await
    {
        return of_whole(context, file, (&whole.file, &whole.sha256));
    }
    let whole = download::verified(context, file, opened).await?;
    let metadata = of_whole(context, file, (&whole.file, &whole.sha256));
    whole_file::lend(context, file, whole);
    metadata
}
