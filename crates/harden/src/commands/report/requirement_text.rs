//! The text of the requirements between packages, as far as the cache has their metadata.

use std::collections::BTreeMap;

use harden_packaging::PackageName;
use harden_requirements::Requirement;

use super::files::Files;
use super::local_facts::LocalFacts;

/// What each package requires, read from the metadata of one of its files.
#[derive(Default)]
pub(super) struct Required(BTreeMap<PackageName, Vec<Requirement>>);

impl Required {
    /// Adds what the files of a pin require.
    pub(super) fn add(&mut self, name: &PackageName, files: &Files, known: &LocalFacts) {
        let metadata = files.listed.iter().find_map(|file| known.metadata(file));
        let lines = metadata.iter().flat_map(|metadata| &metadata.requires_dist);
        let requirements = lines.filter_map(|line| line.parse().ok());
        self.0.entry(name.clone()).or_default().extend(requirements);
    }

    /// What `by` requires of `name`; those that stand under an extra come last.
    pub(super) fn of<'r>(
        &'r self,
        by: &PackageName,
        name: &'r PackageName,
    ) -> Vec<&'r Requirement> {
        let all = self.0.get(by).into_iter().flatten();
        let mut all: Vec<_> = all
            .filter(|requirement| requirement.name == *name)
            .collect();
        let is_extra = |requirement: &Requirement| {
            requirement
                .marker
                .as_ref()
                .is_some_and(harden_requirements::Marker::mentions_extra)
        };
        all.sort_by_key(|requirement| is_extra(requirement));
        all
    }
}
