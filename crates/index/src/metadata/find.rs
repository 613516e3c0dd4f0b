//! Where the metadata of a file is looked for, in order.

use std::fs::File;

use harden_packaging::{CoreMetadata, DistFile, DistKind, IndexError, Sha256};
use url::Url;

use super::{archive, fields, ranges, sdist, sidecar};
use crate::cache::{Key, decode_metadata, encode_metadata};
use crate::core::Core;
use crate::download::{self, Download, Whole};
use crate::error::bad_metadata;

/// The core metadata of `file`.
pub(crate) async fn read(core: &Core, file: &DistFile) -> Result<CoreMetadata, IndexError> {
    let kept = file.sha256.and_then(|digest| kept(core, &digest, file));
    if let Some(metadata) = kept {
        core.meter.cache_hit();
        return Ok(metadata);
    }
    // Boxed, as it is large and most often not needed.
    let metadata = Box::pin(find(core, file)).await?;
    keep(core, file, &metadata);
    Ok(metadata)
}

/// The core metadata of `file`, all of which is here as `whole`; its digest is known.
pub(crate) fn of_whole(
    core: &Core,
    file: &DistFile,
    whole: &File,
) -> Result<CoreMetadata, IndexError> {
    let metadata = match file.kind {
        DistKind::Wheel(_) => {
            archive::read_file(whole, file).and_then(|text| fields::read(&text, file))
        }
        DistKind::Sdist => sdist::read(whole, file),
    };
    let metadata = metadata.map_err(|why| useless(file, &why))?;
    keep(core, file, &metadata);
    Ok(metadata)
}

/// The core metadata that is kept of `file`, whose digest is `sha256`.
pub(crate) fn kept(core: &Core, sha256: &Sha256, file: &DistFile) -> Option<CoreMetadata> {
    let entry = core.store.read(&Key::metadata(sha256))?;
    decode_metadata(entry.payload()).filter(|kept| fields::fits(kept, file))
}

/// Keeps what was found, if the file's digest is known.
fn keep(core: &Core, file: &DistFile, metadata: &CoreMetadata) {
    if let Some(digest) = &file.sha256
        && core.store.is_kept()
    {
        core.store
            .write(&Key::metadata(digest), &encode_metadata(metadata));
    }
}

async fn find(core: &Core, file: &DistFile) -> Result<CoreMetadata, IndexError> {
    let url = Url::parse(&file.url).map_err(|error| useless(file, &error.to_string()))?;
    if file.wheel_tags().is_none() {
        let whole = verified(core, file, None).await?;
        return sdist::read(&whole.file, file).map_err(|why| useless(file, &why));
    }
    if let Some(metadata) = sidecar::read(core, file, &url).await? {
        return Ok(metadata);
    }
    let text = match ranges::read(core, file, &url).await? {
        ranges::Outcome::Read(text) => text,
        ranges::Outcome::Whole(opened) => {
            let whole = verified(core, file, opened.map(|opened| *opened)).await?;
            archive::read_file(&whole.file, file).map_err(|why| useless(file, &why))?
        }
    };
    fields::read(&text, file).map_err(|why| useless(file, &why))
}

/// All of `file`, with the digest that the index lists, if it lists one.
async fn verified(
    core: &Core,
    file: &DistFile,
    opened: Option<Download>,
) -> Result<Whole, IndexError> {
    let whole = download::whole(core, &file.url, opened).await?;
    match file.sha256 {
        Some(listed) if listed != whole.sha256 => {
            let found = whole.sha256;
            Err(useless(
                file,
                &format!("its SHA-256 is {found}, the index lists {listed}"),
            ))
        }
        _ => Ok(whole),
    }
}

pub(super) fn useless(file: &DistFile, why: &str) -> IndexError {
    bad_metadata(format!(
        "the metadata of {} is of no use: {why}",
        file.filename
    ))
}
