//! A project's page, with what was found out about each release.

use std::cell::{Cell, OnceCell, RefCell};
use std::ops::{Bound, Range};
use std::sync::Arc;

use harden_packaging::{EnvironmentId, PackageName, Project, Release};
use harden_requirements::VersionSet;
use pep440_rs::Version;

use crate::catalog::availability::Availability;
use crate::catalog::direct_files::DirectFile;
use crate::report::version_text::set_of;
use crate::solver::places::Places;
use crate::wanted::Wanted;

/// A project's page, with what was found out about each release.
pub(crate) struct Listing {
    pub(crate) name: PackageName,
    /// `None`: the project does not exist, or the index was not asked.
    project: Option<Arc<Project>>,
    /// The files of the user's direct references.
    pub(crate) direct_files: Vec<DirectFile>,
    /// For each release, for each environment.
    pub(super) availability: RefCell<Vec<Option<Availability>>>,
    pub(super) only_prereleases: Cell<Option<bool>>,
    stable: OnceCell<Places>,
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
            stable: OnceCell::new(),
        }
    }

    /// The same page, without what was found out about its releases.
    pub(super) fn unjudged(&self) -> Self {
        Self {
            name: self.name.clone(),
            project: self.project.clone(),
            direct_files: self.direct_files.clone(),
            availability: RefCell::new(vec![None; self.availability.borrow().len()]),
            only_prereleases: Cell::new(None),
            stable: self.stable.clone(),
        }
    }

    /// The line of the user's that names the file of `release`, if the index does not list the release.
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

    /// Whether the project exists.
    pub(crate) fn exists(&self) -> bool {
        self.project.is_some()
    }

    /// The file that a line of the user's names for an environment; other files are not used there.
    pub(crate) fn direct_file(&self, environment: EnvironmentId) -> Option<&DirectFile> {
        let mut named = self.direct_files.iter();
        named.find(|named| named.environments.contains(environment))
    }

    /// The number of releases.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.releases().len()).unwrap_or(u32::MAX)
    }

    /// The releases that are not pre-releases.
    pub(crate) fn stable(&self) -> &Places {
        self.stable.get_or_init(|| {
            let places = (0..self.count()).zip(self.releases());
            let stable = places.filter(|(_, release)| !release.version.any_prerelease());
            Places::of(stable.map(|(place, _)| place).collect())
        })
    }

    /// The releases whose versions are in `versions`.
    pub(crate) fn places(&self, versions: &VersionSet) -> Places {
        let intervals = versions.iter().map(|(from, to)| {
            let range = self.range((from.as_ref(), to.as_ref()));
            let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
            (place(range.start), place(range.end))
        });
        Places::of_intervals(intervals.collect())
    }

    /// The releases that a requirement admits, in the spelling that it asks for.
    pub(crate) fn places_of(&self, wanted: &Wanted) -> Places {
        let places = self.places(wanted);
        if !wanted.is_spelled() {
            return places;
        }
        let version = |place: &u32| &self.releases()[*place as usize].version;
        let spelled = places.iter(self.count(), false);
        Places::of(
            spelled
                .filter(|place| wanted.contains(version(place)))
                .collect(),
        )
    }

    /// The versions at `places`.
    pub(crate) fn versions(&self, places: &Places) -> VersionSet {
        let versions: Vec<&Version> = places
            .iter(self.count(), false)
            .map(|place| &self.releases()[place as usize].version)
            .collect();
        set_of(&versions)
    }

    /// The places of the releases of an interval.
    fn range(&self, (from, to): (Bound<&Version>, Bound<&Version>)) -> Range<usize> {
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
    pub(crate) fn place(&self, version: &Version) -> Option<u32> {
        u32::try_from(self.position(version)?).ok()
    }

    /// The place of a version among the releases.
    pub(crate) fn position(&self, version: &Version) -> Option<usize> {
        self.releases()
            .binary_search_by(|release| version.cmp(&release.version))
            .ok()
    }
}
