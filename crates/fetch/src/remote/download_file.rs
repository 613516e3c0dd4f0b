//! Downloads one file from a mirror, accepted only with a pinned digest.

use super::MirrorMiss;
use super::mirror::Mirror;
use crate::choose::Wanted;
use crate::partial::{Partial, Parts};
use crate::{Failure, Progress};

impl Mirror {
    /// Brings a file, which has one of the digests that are pinned, or says why there is none.
    pub(crate) fn pull<'p>(
        &self,
        wanted: &Wanted<'_>,
        parts: &'p Parts,
        progress: &dyn Progress,
    ) -> Result<Result<Partial<'p>, MirrorMiss>, Failure> {
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
        Ok(Err(MirrorMiss {
            file: name.clone(),
            mirror: self.address().to_string(),
            actual: is_there.then_some(digest),
        }))
    }
}
