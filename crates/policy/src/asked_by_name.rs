//! What a user asked for by name, which rules against surprises ignore.

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::PackageName;
use harden_requirements::{Entry, Input, Inputs, Source};
use pep440_rs::Version;

/// What the loose files and options of a lock ask for by name.
#[derive(Debug, Clone, Default)]
pub struct AskedByName {
    /// Whether pre-releases of all packages are asked for.
    pub all_prereleases: bool,
    /// The same for single packages, which takes precedence.
    pub prereleases: BTreeMap<PackageName, bool>,
    /// Packages whose sdists, or builds of them, are asked for.
    pub sdists: BTreeSet<PackageName>,
    /// Whether sdists of any package are accepted, without being named.
    pub all_sdists: bool,
    /// Whether files that fit no target are asked for.
    pub all_files: bool,
    named_prereleases: BTreeSet<PackageName>,
    named_versions: BTreeSet<(PackageName, Version)>,
}

impl AskedByName {
    /// Adds what loose files name: packages with a specifier that names a pre-release, and exact
    /// versions.
    pub fn add(&mut self, inputs: &Inputs) {
        for input in inputs.requirements.iter().chain(&inputs.constraints) {
            self.add_line(input);
        }
    }

    fn add_line(&mut self, input: &Input) {
        if let Some(Ok(reference)) = input.entry.reference() {
            let file = reference.file();
            self.named_prereleases.insert(file.name().clone());
            let named = (file.name().clone(), file.version().clone());
            self.named_versions.insert(named);
        }
        let Entry::Named(requirement) = &input.entry else {
            return;
        };
        let Source::Specifiers(specifiers) = &requirement.source else {
            return;
        };
        if specifiers.names_prerelease() {
            self.named_prereleases.insert(requirement.name.clone());
        }
        if let Some(version) = specifiers.exact() {
            let named = (requirement.name.clone(), version.clone());
            self.named_versions.insert(named);
        }
    }

    /// Whether pre-releases of a package are asked for.
    pub(crate) fn has_prerelease(&self, name: &PackageName) -> bool {
        let own = self.prereleases.get(name).copied();
        own.unwrap_or(self.all_prereleases) || self.named_prereleases.contains(name)
    }

    /// Whether this very version is asked for.
    pub(crate) fn has_version(&self, name: &PackageName, version: &Version) -> bool {
        self.named_versions
            .contains(&(name.clone(), version.clone()))
    }
}
