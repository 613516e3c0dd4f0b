//! The error for metadata that cannot be used, with the file it belongs to.

use harden_packaging::{DistFile, IndexError};

use crate::error::bad_metadata;

/// The metadata of `file` cannot be used because of `why`.
pub(super) fn unusable(file: &DistFile, why: &str) -> IndexError {
    bad_metadata(format!(
        "the metadata of {} cannot be used: {why}",
        file.filename
    ))
}
