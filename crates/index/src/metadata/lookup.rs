//! Where the metadata of a file is looked for, in order.

use std::fs::File;

use harden_packaging::{CoreMetadata, DistFile, DistKind, IndexError, Sha256};
use url::Url;

use super::unusable::unusable;
use super::{fields, ranges, sdist, sidecar, wheel_member};
use crate::cache::{Key, decode_metadata, encode_metadata};
use crate::context::Context;
use crate::download::{self, Download, Whole};

/// The core metadata of `file`.
pub(crate) async fn read(context: &Context, file: &DistFile) -> Result<CoreMetadata, IndexError> {
    let kept = file.sha256.and_then(|digest| kept(context, &digest, file));
    if let Some(metadata) = kept {
        context.meter.cache_hit();
        return Ok(metadata);
    }
    // Boxed, as it is large and most often not needed.
    let metadata = Box::pin(find(context, file)).await?;
    keep(context, file, &metadata);
    Ok(metadata)
}

/// The core metadata of `file`, all of which is here as `whole`; its digest is known.
pub(crate) fn of_whole(
    context: &Context,
    file: &DistFile,
    whole: &File,
) -> Result<CoreMetadata, IndexError> {
    let metadata = match file.kind {
        DistKind::Wheel(_) => {
            wheel_member::read_file(whole, file).and_then(|text| fields::read(&text, file))
        }
        DistKind::Sdist => sdist::read(whole, file),
    };
    let metadata = metadata.map_err(|why| unusable(file, &why))?;
    keep(context, file, &metadata);
    Ok(metadata)
}

/// The core metadata that is kept of `file`, whose digest is `sha256`.
pub(crate) fn kept(context: &Context, sha256: &Sha256, file: &DistFile) -> Option<CoreMetadata> {
    let entry = context.store.read(&Key::metadata(sha256))?;
    decode_metadata(entry.payload()).filter(|kept| fields::fits(kept, file))
}

/// Keeps what was found, if the file's digest is known.
fn keep(context: &Context, file: &DistFile, metadata: &CoreMetadata) {
    if let Some(digest) = &file.sha256
        && context.store.is_kept()
    {
        context
            .store
            .write(&Key::metadata(digest), &encode_metadata(metadata));
    }
}

async fn find(context: &Context, file: &DistFile) -> Result<CoreMetadata, IndexError> {
    let url = Url::parse(&file.url).map_err(|error| unusable(file, &error.to_string()))?;
    if file.wheel_tags().is_none() {
        let whole = verified(context, file, None).await?;
        return sdist::read(&whole.file, file).map_err(|why| unusable(file, &why));
    }
    if let Some(metadata) = sidecar::read(context, file, &url).await? {
        return Ok(metadata);
    }
    let text = match ranges::read(context, file, &url).await? {
        ranges::Outcome::Read(text) => text,
        ranges::Outcome::Whole(opened) => {
            let whole = verified(context, file, opened.map(|opened| *opened)).await?;
            wheel_member::read_file(&whole.file, file).map_err(|why| unusable(file, &why))?
        }
    };
    fields::read(&text, file).map_err(|why| unusable(file, &why))
}

/// All of `file`, with the digest that the index lists, if it lists one.
async fn verified(
    context: &Context,
    file: &DistFile,
    opened: Option<Download>,
) -> Result<Whole, IndexError> {
    let whole = download::whole(context, &file.url, opened).await?;
    match file.sha256 {
        Some(listed) if listed != whole.sha256 => {
            let found = whole.sha256;
            Err(unusable(
                file,
                &format!("its SHA-256 is {found}, the index lists {listed}"),
            ))
        }
        _ => Ok(whole),
    }
}
