//! Why the metadata of a file cannot be used.

use harden_packaging::{DistFile, IndexError};

use crate::address::shown;
use crate::error::{bad_metadata, corrupt};

/// Why the metadata of a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unusable {
    /// The bytes are not an archive: an error page, or a file that was cut short. Nothing follows for
    /// the release.
    Corrupt(String),
    /// The file is well-formed, and its metadata violates the specification.
    Invalid(String),
}

/// The error for the metadata of `file`.
pub(super) fn of_file(file: &DistFile, why: &Unusable) -> IndexError {
    let name = &file.filename;
    match why {
        Unusable::Invalid(why) => {
            bad_metadata(format!("the metadata of {name} cannot be used: {why}"))
        }
        Unusable::Corrupt(why) => {
            let place = shown(&file.url);
            let lister = match &*file.listed_by {
                "" => String::new(),
                index => format!(", listed by {index},"),
            };
            corrupt(format!(
                "{name} from {place}{lister} is not a distribution: {why}"
            ))
        }
    }
}
