//! A page from the cache, whose files are decoded when they are looked at.
//!
//! Of the 26,000 files that a lock of 600 exact pins looks at, most do not fit its target, so
//! [`LazyFiles::glances`] does no more for each than it has to.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use harden_packaging::{
    DistFile, Glance, IndexError, LazyFiles, PackageName, Project, Release, printable,
};
use harden_target::WheelTags;
use pep440_rs::Version;

use super::super::payload::Payload;
use super::StoredPage;
use super::file::Files;
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
    let place = |text: &&str| {
        // They are parts of the entry.
        let start = text.as_ptr().addr() - bytes.as_ptr().addr();
        start..start + text.len()
    };
    let page = Arc::new(CachedPage {
        name: name.clone(),
        listed_by: Arc::clone(listed_by),
        base: page.base.to_owned(),
        provenance_base: page.provenance_base.to_owned(),
        texts: page.texts.iter().map(place).map(Late::new).collect(),
        tags: page.tags.iter().map(place).map(Late::new).collect(),
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

/// A text in the front of the entry, and what is made of it when it is first asked for: most of a page's are not.
struct Late<T> {
    place: Range<usize>,
    made: OnceLock<T>,
}

impl<T: Clone> Late<T> {
    fn new(place: Range<usize>) -> Self {
        let made = OnceLock::new();
        Self { place, made }
    }

    fn get(&self, entry: &Payload, make: impl FnOnce(&str) -> T) -> T {
        let made = || {
            let bytes = entry.front().get(self.place.clone());
            let text = bytes.and_then(|bytes| str::from_utf8(bytes).ok());
            make(text.unwrap_or_default())
        };
        self.made.get_or_init(made).clone()
    }
}

/// A page whose files are still encoded.
pub(super) struct CachedPage {
    pub(super) name: PackageName,
    pub(super) listed_by: Arc<str>,
    pub(super) base: String,
    pub(super) provenance_base: String,
    texts: Vec<Late<Arc<str>>>,
    tags: Vec<Late<Option<Arc<WheelTags>>>>,
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
        let bytes = self.files(place)?;
        let mut names = FilenameReader::default();
        let files = Files::of(&bytes)?;
        let mut read = Vec::with_capacity(files.most());
        for file in files {
            let (at, file) = file?;
            if let Some((version, glance)) = file.glance(self, (place, at), &mut names)? {
                read.push(file.restore(self, version, glance)?);
            }
        }
        Ok(read)
    }

    fn glances(&self, place: usize) -> Result<Vec<Glance>, IndexError> {
        let bytes = self.files(place)?;
        let mut names = FilenameReader::default();
        let files = Files::of(&bytes)?;
        let mut glances = Vec::with_capacity(files.most());
        let mut last = None;
        for file in files {
            let (at, file) = file?;
            // Further listings of a name are not glanced at.
            if last == Some(file.filename()) {
                continue;
            }
            if let Some((_, glance)) = file.glance(self, (place, at), &mut names)? {
                last = Some(file.filename());
                glances.push(glance);
            }
        }
        Ok(glances)
    }

    fn read_one(&self, place: usize, glance: usize) -> Result<Option<Arc<DistFile>>, IndexError> {
        let bytes = self.files(place)?;
        let Some(file) = Files::at(&bytes, glance).next() else {
            return Ok(None);
        };
        let (at, file) = file?;
        let seen = file.glance(self, (place, at), &mut FilenameReader::default())?;
        seen.map(|(version, glance)| file.restore(self, version, glance))
            .transpose()
    }
}

impl CachedPage {
    pub(super) fn text(&self, place: u32) -> Result<Arc<str>, IndexError> {
        let text = self.texts.get(place as usize).ok_or_else(malformed)?;
        Ok(text.get(&self.entry, |text| printable(text).into()))
    }

    pub(super) fn tags(&self, place: u32) -> Result<Arc<WheelTags>, IndexError> {
        let tags = self.tags.get(place as usize).ok_or_else(malformed)?;
        let tags = tags.get(&self.entry, |tags| WheelTags::of_plain(tags).map(Arc::new));
        tags.ok_or_else(malformed)
    }

    /// The encoded files of a release.
    fn files(&self, place: usize) -> Result<Cow<'_, [u8]>, IndexError> {
        self.entry.get(self.ends[place]..self.ends[place + 1])
    }
}

/// The checksum of an entry excludes this, unless the entry was forged.
pub(super) fn malformed() -> IndexError {
    corrupt(
        "a page in the cache is malformed; `harden cache clean` makes the cache anew".to_owned(),
    )
}
