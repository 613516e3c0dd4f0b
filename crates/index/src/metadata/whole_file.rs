//! A file that is needed as a whole for its metadata, from the shared cache; and lent to it.

use std::io::{Seek, Write};

use harden_packaging::{DistFile, Sha256};
use sha2::Digest;

use crate::context::Context;
use crate::download::{Whole, temporary};
use crate::shared::FilePlace;
use crate::{Freshness, LentFile};

/// All of `file`, if the shared cache has it, verified by the digest that its index lists; on disk under no name.
pub(super) async fn borrow(context: &Context, file: &DistFile) -> Option<Whole> {
    let sha256 = file.sha256?;
    let is_refreshed = context.freshness_of(&file.project) == Freshness::Refresh;
    if is_refreshed || !context.shared.is_readable() || !context.is_public(file) {
        return None;
    }
    let most = file.size.unwrap_or(context.largest_unsized);
    let lent = context.shared.file(&sha256, &file.filename, most).await?;
    stored(context, lent, sha256).await
}

/// What is lent, if it is right and there is room for it.
async fn stored(context: &Context, mut lent: LentFile, sha256: Sha256) -> Option<Whole> {
    let mut stored = temporary(context).ok()?;
    let mut hasher = sha2::Sha256::new();
    while let Some(bytes) = lent.chunk().await.ok()? {
        stored.write_all(&bytes).ok()?;
        hasher.update(&bytes);
    }
    stored.rewind().ok()?;
    let found = Sha256::from_bytes(hasher.finalize().into());
    lent.is_right(&found).then_some(Whole {
        file: stored,
        sha256,
        may_be_shared: false,
    })
}

/// Lends a file that its server has sent, if anyone may have it.
pub(super) fn lend(context: &Context, file: &DistFile, whole: Whole) {
    if context.shared.is_on() && whole.may_be_shared && context.is_public(file) {
        let place = FilePlace::Open(whole.file);
        context
            .shared
            .lend_file(&whole.sha256, &file.filename, place);
    }
}
