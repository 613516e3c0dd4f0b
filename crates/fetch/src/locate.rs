//! Where to find a file: at the place that its pin names, else everywhere an index lists it.

use std::collections::BTreeSet;
use std::sync::Arc;

use harden_index::{IndexClient, PinnedFile, file_at};
use harden_packaging::{DistFile, Sha256};

use crate::Failure;
use crate::choose::Wanted;

/// A file and the digests it may have: the listed one where there is one.
#[derive(Debug)]
pub(crate) struct Located {
    pub(crate) file: Arc<DistFile>,
    pub(crate) expected: BTreeSet<Sha256>,
}

impl Located {
    /// The digest that it must have, if there is only one.
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
    let mut files = release.files().iter().chain(release.repeated());
    files.find_map(|file| {
        let is_named = *file.filename == *wanted.file.name;
        let digest = file.sha256.filter(|digest| pin.hashes().contains(digest));
        let digest = digest.filter(|_| is_named)?;
        Some(Located {
            file: Arc::clone(file),
            expected: BTreeSet::from([digest]),
        })
    })
}

/// A file as the client of indexes looks for it; `None` if its pin says where it is.
pub(crate) fn pinned(wanted: &Wanted<'_>) -> Option<PinnedFile> {
    let pin = wanted.pin;
    pin.reference().is_none().then(|| PinnedFile {
        project: pin.name().clone(),
        version: pin.version().clone(),
        filename: wanted.file.name.clone(),
        digests: pin.hashes().clone(),
        has_metadata: pin.metadata_digest(&wanted.file.name).is_some(),
    })
}

/// Where a file is, if that can be told without reading all of the page of its project.
pub(crate) async fn look_up(wanted: &Wanted<'_>, client: &IndexClient) -> Option<Located> {
    let file = client.find_file(&pinned(wanted)?).await?;
    let digest = file.sha256?;
    Some(Located {
        file,
        expected: BTreeSet::from([digest]),
    })
}

/// The places where a file may be, those whose index lists a pinned digest first; at least one.
///
/// A pin is a name and a hash, so a file of that name with another digest is another file.
pub(crate) async fn locate(
    wanted: &Wanted<'_>,
    client: &IndexClient,
) -> Result<Vec<Located>, Failure> {
    let pin = wanted.pin;
    let name = &wanted.file.name;
    if let Some(reference) = pin.reference() {
        let file = file_at(reference).map_err(|source| Failure::Index {
            what: name.clone(),
            source,
        })?;
        return Ok(vec![Located {
            file: Arc::new(file),
            expected: pin.hashes().clone(),
        }]);
    }
    let project = client.find_project(pin.name()).await;
    let project = project.map_err(|source| Failure::Index {
        what: name.clone(),
        source,
    })?;
    let releases = project.releases.iter();
    let files = releases.flat_map(|release| release.files().iter().chain(release.repeated()));
    let (mut listed, mut unlisted, mut other) = (Vec::new(), Vec::new(), None);
    for file in files.filter(|file| *file.filename == **name) {
        let located = |expected| Located {
            file: Arc::clone(file),
            expected,
        };
        match file.sha256 {
            Some(digest) if pin.hashes().contains(&digest) => {
                listed.push(located(BTreeSet::from([digest])));
            }
            Some(digest) => other = other.or(Some(digest)),
            None => unlisted.push(located(pin.hashes().clone())),
        }
    }
    listed.extend(unlisted);
    match other {
        _ if !listed.is_empty() => Ok(listed),
        Some(actual) => Err(Failure::WrongHash {
            file: name.clone(),
            expected: pin.hashes().clone(),
            actual,
        }),
        None => Err(Failure::Vanished { file: name.clone() }),
    }
}
