//! A file taken from a mirror, if it is the right one.

use std::fmt;

use harden_packaging::Sha256;

use super::mirror::Mirror;
use crate::choose::Wanted;
use crate::partial::{Partial, Parts};
use crate::{Failure, Progress};

/// Why a file was not taken from a mirror, which is no reason to give up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// The file.
    pub file: String,
    /// The address of the mirror.
    pub mirror: String,
    /// The digest of what it has under the name of the file; `None` where it has nothing.
    pub actual: Option<Sha256>,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            mirror,
            actual,
        } = self;
        match actual {
            None => write!(f, "{mirror} has no {file}"),
            Some(actual) => write!(f, "{file} at {mirror} has the wrong hash, sha256:{actual}"),
        }
    }
}

impl Mirror {
    /// Brings a file, which has one of the digests that are pinned, or says why there is none.
    pub(crate) fn pull<'p>(
        &self,
        wanted: &Wanted<'_>,
        parts: &'p Parts,
        progress: &dyn Progress,
    ) -> Result<Result<Partial<'p>, PassedOver>, Failure> {
        let name = &wanted.file.name;
        // What was left of a download is kept for the index.
        let mut partial = parts.take_up(name, None);
        partial.begin(None)?;
        let begin = |size| {
            progress.begun(name, Some(size));
            Ok::<_, Failure>(())
        };
        let mut here = 0;
        let is_there = self.read(name, begin, |bytes| {
            here += bytes.len() as u64;
            progress.reached(name, here);
            partial.append(bytes)
        })?;
        let digest = partial.digest();
        if is_there && wanted.pin.hashes().contains(&digest) {
            return Ok(Ok(partial));
        }
        Ok(Err(PassedOver {
            file: name.clone(),
            mirror: self.address().to_string(),
            actual: is_there.then_some(digest),
        }))
    }
}
