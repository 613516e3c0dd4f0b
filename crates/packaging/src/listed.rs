//! A file of a release, of which no more is decoded than is looked at.

use std::sync::Arc;

use harden_target::WheelTags;
use jiff::Timestamp;

use crate::{DistFile, IndexError, Release, Yanked};

/// What a resolution asks of every file of a release, also of those that it does not choose.
#[derive(Debug, Clone)]
pub struct Glance {
    /// The tags of a wheel, `None` for an sdist.
    pub tags: Option<Arc<WheelTags>>,
    /// See [`DistFile::requires_python`].
    pub requires_python: Option<Arc<str>>,
    /// See [`DistFile::upload_time`].
    pub upload_time: Option<Timestamp>,
    /// Whether it is yanked.
    pub is_yanked: bool,
    /// Whether its entry on the page can be used.
    pub is_usable: bool,
    /// Where the source of the release finds the file, see [`LazyFiles::read_one`](crate::LazyFiles::read_one).
    pub place: usize,
}

/// A file of a release.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'r>(Source<'r>);

#[derive(Debug, Clone, Copy)]
enum Source<'r> {
    Whole(&'r Arc<DistFile>),
    Glance(&'r Glance, (&'r Release, usize)),
}

impl Glance {
    /// A glance at a file, which its source finds at `place`.
    pub(crate) fn at(file: &DistFile, place: usize) -> Self {
        Self {
            tags: file.wheel_tags().cloned().map(Arc::new),
            requires_python: file.requires_python.clone(),
            upload_time: file.upload_time,
            is_yanked: file.yanked != Yanked::No,
            is_usable: file.unusable.is_none(),
            place,
        }
    }
}

impl<'r> Listed<'r> {
    /// A file that is decoded.
    pub fn whole(file: &'r Arc<DistFile>) -> Self {
        Self(Source::Whole(file))
    }

    /// The file at `place` among those of a release.
    pub(crate) fn at(glance: &'r Glance, release: &'r Release, place: usize) -> Self {
        Self(Source::Glance(glance, (release, place)))
    }

    /// All of it.
    ///
    /// # Errors
    ///
    /// When the source of the release cannot be read any more.
    pub fn file(self) -> Result<&'r Arc<DistFile>, IndexError> {
        match self.0 {
            Source::Whole(file) => Ok(file),
            Source::Glance(_, (release, place)) => release.file(place),
        }
    }

    /// The tags of a wheel, `None` for an sdist.
    pub fn wheel_tags(self) -> Option<&'r WheelTags> {
        match self.0 {
            Source::Whole(file) => file.wheel_tags(),
            Source::Glance(glance, _) => glance.tags.as_deref(),
        }
    }

    /// See [`DistFile::requires_python`].
    pub fn requires_python(self) -> Option<&'r Arc<str>> {
        match self.0 {
            Source::Whole(file) => file.requires_python.as_ref(),
            Source::Glance(glance, _) => glance.requires_python.as_ref(),
        }
    }

    /// See [`DistFile::upload_time`].
    pub fn upload_time(self) -> Option<Timestamp> {
        match self.0 {
            Source::Whole(file) => file.upload_time,
            Source::Glance(glance, _) => glance.upload_time,
        }
    }

    /// Whether it is yanked.
    pub fn is_yanked(self) -> bool {
        match self.0 {
            Source::Whole(file) => file.yanked != Yanked::No,
            Source::Glance(glance, _) => glance.is_yanked,
        }
    }

    /// Whether its entry on the page can be used.
    pub fn is_usable(self) -> bool {
        match self.0 {
            Source::Whole(file) => file.unusable.is_none(),
            Source::Glance(glance, _) => glance.is_usable,
        }
    }
}
