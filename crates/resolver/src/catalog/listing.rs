//! A project's page, with what is known of each release.

use std::cell::{Cell, RefCell};
use std::ops::{Bound, Range};
use std::sync::Arc;

use harden_packaging::{EnvironmentId, PackageName, Project, Release};
use harden_requirements::VersionSet;
use pep440_rs::Version;

use crate::catalog::availability::Availability;
use crate::catalog::direct_files::DirectFile;

/// A project's page with what was found out about it.
pub(crate) struct Listing {
    pub(crate) name: PackageName,
    /// `None`: no index has such a project, or none was asked.
    project: Option<Arc<Project>>,
    /// The files that direct references of the user's lead to.
    pub(crate) direct_files: Vec<DirectFile>,
    /// For each release, for each environment.
    pub(super) availability: RefCell<Vec<Option<Availability>>>,
    pub(super) only_prereleases: Cell<Option<bool>>,
    /// Whether all of its releases are looked at for [`Catalog::existing`].
    is_looked_through: Cell<bool>,
}

impl Listing {
    /// The page of a project, for a number of environments.
    pub(super) fn new(
        name: PackageName,
        project: Option<Arc<Project>>,
        direct_files: Vec<DirectFile>,
        environments: usize,
    ) -> Self {
        let releases = project.as_ref().map_or(0, |project| project.releases.len());
        Self {
            name,
            project,
            direct_files,
            availability: RefCell::new(vec![None; releases * environments]),
            only_prereleases: Cell::new(None),
            is_looked_through: Cell::new(false),
        }
    }

    /// The line of the user's that names a file of `release`, where the index does not list it.
    pub(super) fn only_direct(&self, release: &Release) -> Option<Arc<str>> {
        let is_file = |direct: &&DirectFile| {
            let mut files = release.files().iter();
            files.any(|file| Arc::ptr_eq(file, &direct.file))
        };
        let direct = self.direct_files.iter().find(is_file)?;
        Some(Arc::clone(&direct.place))
    }

    /// The releases, newest first.
    pub(crate) fn releases(&self) -> &[Release] {
        self.project
            .as_ref()
            .map_or(&[], |project| &project.releases)
    }

    /// Has [`Catalog::existing`] look at all of its releases; whether that is news.
    pub(crate) fn look_through(&self) -> bool {
        !self.is_looked_through.replace(true)
    }

    /// Whether [`Catalog::existing`] looks at all of its releases.
    pub(crate) fn is_looked_through(&self) -> bool {
        self.is_looked_through.get()
    }

    /// Whether an index has the project at all.
    pub(crate) fn exists(&self) -> bool {
        self.project.is_some()
    }

    /// The file that a line of the user's names for an environment, which is all there is in it then.
    pub(crate) fn direct_file(&self, environment: EnvironmentId) -> Option<&DirectFile> {
        let mut named = self.direct_files.iter();
        named.find(|named| named.environments.contains(environment))
    }

    /// Whether a line of the user's names the file of a pre-release, which opens the project to them.
    pub(crate) fn is_named_prerelease(&self) -> bool {
        let mut named = self.direct_files.iter();
        named.any(|named| named.file.version.any_prerelease())
    }

    /// The places of the releases that `range` holds, newest first, or oldest first.
    ///
    /// What lies between the intervals of a range is not looked at: one that conflicts have riddled
    /// with holes costs no more than what is left of it.
    pub(crate) fn within<'l>(
        &'l self,
        range: &'l VersionSet,
        oldest_first: bool,
    ) -> Box<dyn Iterator<Item = usize> + 'l> {
        let intervals = range.iter().map(|(from, to)| (from.as_ref(), to.as_ref()));
        if oldest_first {
            Box::new(intervals.flat_map(|interval| self.places(interval).rev()))
        } else {
            let intervals: Vec<_> = intervals.collect();
            let newest_first = intervals.into_iter().rev();
            Box::new(newest_first.flat_map(|interval| self.places(interval)))
        }
    }

    /// The places of the releases of an interval.
    fn places(&self, (from, to): (Bound<&Version>, Bound<&Version>)) -> Range<usize> {
        let releases = self.releases();
        let first = releases.partition_point(|release| match to {
            Bound::Unbounded => false,
            Bound::Included(last) => release.version > *last,
            Bound::Excluded(end) => release.version >= *end,
        });
        let length = releases[first..].partition_point(|release| match from {
            Bound::Unbounded => true,
            Bound::Included(start) => release.version >= *start,
            Bound::Excluded(before) => release.version > *before,
        });
        first..first + length
    }

    /// The place of a version among the releases.
    pub(crate) fn position(&self, version: &Version) -> Option<usize> {
        self.releases()
            .binary_search_by(|release| version.cmp(&release.version))
            .ok()
    }
}
