//! A page from the cache, whose files are decoded when they are looked at.
//!
//! Of the 26,000 files that a lock of 600 exact pins looks at, most do not fit its target, so
//! [`LazyFiles::glances`] does no more for each than it has to.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use harden_packaging::{
    DistFile, Glance, IndexError, LazyFiles, PackageName, Project, Release, printable,
};
use harden_target::WheelTags;
use pep440_rs::Version;

use super::super::payload::Payload;
use super::StoredPage;
use super::file::StoredFile;
use crate::error::corrupt;
use crate::protocol::FilenameReader;

/// The project `name` of the index `listed_by`, from an entry from `start` on; `None` if that is
/// malformed.
///
/// Only versions are decoded now, files when they are looked at.
pub(crate) fn decode(
    (name, listed_by): (&PackageName, &Arc<str>),
    entry: Payload,
    start: usize,
) -> Option<Project> {
    let bytes = entry.front();
    let (page, files) = postcard::take_from_bytes::<StoredPage<'_>>(bytes.get(start..)?).ok()?;
    if page.name != name.as_str() {
        return None;
    }
    let mut versions: Vec<Version> = Vec::with_capacity(page.releases.len());
    let mut ends = Vec::with_capacity(page.releases.len() + 1);
    let mut end = bytes.len() - files.len();
    ends.push(end);
    for (version, length) in &page.releases {
        versions.push(version.parse().ok()?);
        end = end.checked_add(*length)?;
        ends.push(end);
    }
    if end > entry.len() {
        return None;
    }
    let tags = page.tags.iter();
    let tags = tags.map(|tags| WheelTags::of_plain(tags).map(Arc::new));
    let page = Arc::new(CachedPage {
        name: name.clone(),
        listed_by: Arc::clone(listed_by),
        base: page.base.to_owned(),
        provenance_base: page.provenance_base.to_owned(),
        texts: page
            .texts
            .iter()
            .map(|text| printable(text).into())
            .collect(),
        tags: tags.collect::<Option<_>>()?,
        versions: versions.clone(),
        ends,
        entry,
    });
    let release = |(place, version)| Release::lazy(version, Arc::clone(&page) as _, place);
    Some(Project {
        name: name.clone(),
        releases: versions.into_iter().enumerate().map(release).collect(),
        status: None,
    })
}

/// A page whose files are still encoded.
pub(super) struct CachedPage {
    pub(super) name: PackageName,
    pub(super) listed_by: Arc<str>,
    pub(super) base: String,
    pub(super) provenance_base: String,
    texts: Vec<Arc<str>>,
    pub(super) tags: Vec<Arc<WheelTags>>,
    /// The version of each release.
    pub(super) versions: Vec<Version>,
    /// The entry that holds the files of all releases, one release after the other.
    entry: Payload,
    /// Where the files of the first release begin, and where those of each release end.
    ends: Vec<usize>,
}

impl fmt::Debug for CachedPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the kept page of {}", self.name)
    }
}

impl LazyFiles for CachedPage {
    fn read(&self, place: usize) -> Result<Vec<Arc<DistFile>>, IndexError> {
        let files = self.files(place)?;
        let files = stored(&files)?;
        let mut names = FilenameReader::default();
        let mut read = Vec::with_capacity(files.len());
        for file in &files {
            if let Some((version, glance)) = file.glance(self, place, &mut names) {
                read.push(file.restore(self, version, glance)?);
            }
        }
        Ok(read)
    }

    fn glances(&self, place: usize) -> Result<Vec<Glance>, IndexError> {
        let files = self.files(place)?;
        let files = stored(&files)?;
        let mut glances = Vec::with_capacity(files.len());
        self.look(place, &files, |_, _, glance| {
            glances.push(glance);
            true
        });
        Ok(glances)
    }

    fn read_one(&self, place: usize, glance: usize) -> Result<Option<Arc<DistFile>>, IndexError> {
        let files = self.files(place)?;
        let files = stored(&files)?;
        let mut left = glance;
        let mut found = None;
        self.look(place, &files, |file, version, glance| {
            if left == 0 {
                found = Some(file.restore(self, version, glance));
                return false;
            }
            left -= 1;
            true
        });
        found.transpose()
    }
}

impl CachedPage {
    pub(super) fn text(&self, place: u32) -> Option<Arc<str>> {
        self.texts.get(place as usize).cloned()
    }

    /// The encoded files of a release.
    fn files(&self, place: usize) -> Result<Cow<'_, [u8]>, IndexError> {
        self.entry.get(self.ends[place]..self.ends[place + 1])
    }

    /// Calls `each` with the first file of each name, until it says that this is enough.
    fn look(
        &self,
        place: usize,
        files: &[StoredFile<'_>],
        mut each: impl FnMut(&StoredFile<'_>, Version, Glance) -> bool,
    ) {
        let mut names = FilenameReader::default();
        let mut last = None;
        for file in files {
            if last == Some(file.filename) {
                continue;
            }
            if let Some((version, glance)) = file.glance(self, place, &mut names) {
                last = Some(file.filename);
                if !each(file, version, glance) {
                    return;
                }
            }
        }
    }
}

fn stored(files: &[u8]) -> Result<Vec<StoredFile<'_>>, IndexError> {
    postcard::from_bytes(files).map_err(|_| malformed())
}

/// The checksum of an entry excludes this, unless the entry was forged.
pub(super) fn malformed() -> IndexError {
    corrupt(
        "a page in the cache is malformed; `harden cache clean` makes the cache anew".to_owned(),
    )
}
