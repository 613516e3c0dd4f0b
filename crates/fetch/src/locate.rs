//! Where a file is: as its pin says, else where the index has it, and what that lists of the digest.

use std::collections::BTreeSet;
use std::sync::Arc;

use harden_index::{IndexClient, file_at};
use harden_packaging::{DistFile, Index, Release, Sha256};

use crate::Failure;
use crate::choose::Wanted;

/// A file and the digests it may have: the listed one where there is one.
#[derive(Debug)]
pub(crate) struct Located {
    pub(crate) file: Arc<DistFile>,
    pub(crate) expected: BTreeSet<Sha256>,
}

impl Located {
    /// The digest that it shall have, if there is but one.
    pub(crate) fn only_digest(&self) -> Option<Sha256> {
        match self.expected.len() {
            1 => self.expected.first().copied(),
            _ => None,
        }
    }
}

/// Where a file was when its page was read last, if it was listed there with a digest that is
/// pinned: then it is the right one wherever it is now, and no page need be read.
pub(crate) fn recall(wanted: &Wanted<'_>, client: &IndexClient) -> Option<Located> {
    let pin = wanted.pin;
    if pin.reference().is_some() {
        return None;
    }
    let project = client.cached_project(pin.name())?;
    let mut releases = project.releases.iter();
    let release = releases.find(|release| release.version == *pin.version())?;
    let mut files = release.files().iter();
    let file = files.find(|file| *file.filename == *wanted.file.name)?;
    let digest = file.sha256.filter(|digest| pin.hashes().contains(digest))?;
    Some(Located {
        file: Arc::clone(file),
        expected: BTreeSet::from([digest]),
    })
}

/// Finds out where a file is.
pub(crate) fn locate(wanted: &Wanted<'_>, index: &dyn Index) -> Result<Located, Failure> {
    let pin = wanted.pin;
    let name = &wanted.file.name;
    if let Some(reference) = pin.reference() {
        let file = file_at(reference).map_err(|source| Failure::Index {
            what: name.clone(),
            source,
        })?;
        return Ok(Located {
            file: Arc::new(file),
            expected: pin.hashes().clone(),
        });
    }
    let project = index.project(pin.name()).map_err(|source| Failure::Index {
        what: name.clone(),
        source,
    })?;
    let mut files = project.releases.iter().flat_map(Release::files);
    let file = files
        .find(|file| *file.filename == **name)
        .ok_or_else(|| Failure::Vanished { file: name.clone() })?;
    let expected = match file.sha256 {
        Some(listed) if pin.hashes().contains(&listed) => BTreeSet::from([listed]),
        Some(actual) => {
            return Err(Failure::WrongHash {
                file: name.clone(),
                expected: pin.hashes().clone(),
                actual,
            });
        }
        None => pin.hashes().clone(),
    };
    Ok(Located {
        file: file.clone(),
        expected,
    })
}
