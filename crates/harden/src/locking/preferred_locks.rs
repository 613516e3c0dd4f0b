//! The locks of `--prefer`: their versions are preferences, like the pins of the output file.

use std::collections::BTreeSet;
use std::path::Path;

use harden_interchange::Lock;

use crate::locking::existing_output::Versions;
use crate::report::Error;
use crate::report::format::count;
use crate::settings::imported_lock;
use crate::settings::side_by_side::before_reading;

/// The versions of locks.
#[derive(Debug, Default)]
pub struct Preferred {
    locks: Vec<(String, Versions)>,
    /// For each package those of the first lock that has it.
    versions: Versions,
}

impl Preferred {
    /// Reads locks of any tool.
    pub fn read(files: &[String]) -> Result<Self, Error> {
        let mut preferred = Self::default();
        for file in files {
            before_reading(file);
            let lock = Lock::read(file, &imported_lock::text(Path::new(file))?)?;
            let mut versions = Versions::new();
            for package in &lock.packages {
                let known = versions.entry(package.name.clone()).or_default();
                known.extend(package.version.clone());
            }
            versions.retain(|_, versions: &mut BTreeSet<_>| !versions.is_empty());
            for (name, of_lock) in &versions {
                let known = preferred.versions.entry(name.clone());
                known.or_insert_with(|| of_lock.clone());
            }
            preferred.locks.push((file.clone(), versions));
        }
        Ok(preferred)
    }

    /// The versions to prefer.
    pub fn versions(&self) -> &Versions {
        &self.versions
    }

    /// What was kept of each lock in one with these versions: `poetry.lock: kept the versions of 40 of
    /// the 45 packages that are locked`.
    pub fn taken(&self, locked: &Versions) -> Vec<String> {
        let locks = self.locks.iter().map(|(file, versions)| {
            if versions.is_empty() {
                return format!("{file} has no versions to keep");
            }
            let shared = versions.iter().filter_map(|(name, versions)| {
                let locked = locked.get(name)?;
                Some(locked.iter().all(|version| versions.contains(version)))
            });
            let shared: Vec<bool> = shared.collect();
            let kept = shared.iter().filter(|is_kept| **is_kept).count();
            let shared = count(shared.len(), "package");
            format!("{file}: kept the versions of {kept} of the {shared} that are locked")
        });
        locks.collect()
    }
}
