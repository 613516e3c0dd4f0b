//! Which packages must come with attestations (PEP 740).

use std::collections::BTreeMap;

use harden_packaging::PackageName;

/// The packages whose files must be attested.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequiredAttestations {
    /// Whether that holds for all.
    pub all: bool,
    /// Those for which it holds in any case, with their lines in the configuration.
    pub packages: BTreeMap<PackageName, usize>,
}

impl RequiredAttestations {
    /// Whether the files of a package must be attested.
    pub fn of(&self, package: &PackageName) -> bool {
        self.all || self.packages.contains_key(package)
    }

    /// Whether no package needs attestations.
    pub fn is_empty(&self) -> bool {
        !self.all && self.packages.is_empty()
    }

    /// Adds what another policy requires.
    pub(crate) fn extend(&mut self, other: Self) {
        self.all |= other.all;
        for (name, line) in other.packages {
            self.packages.entry(name).or_insert(line);
        }
    }
}
