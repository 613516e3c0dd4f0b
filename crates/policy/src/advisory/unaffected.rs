//! Denies the releases of a package that advisories affect, so that the resolver finds an unaffected one.

use std::sync::Arc;

use harden_packaging::{CoreMetadata, DistFile, PackageName};
use harden_resolver::Denials;

use super::Database;

/// Denies the releases of one package that an advisory affects, besides what `others` deny.
#[derive(Debug)]
pub struct Unaffected {
    /// The package; releases of others are not looked at.
    pub package: PackageName,
    /// The advisories.
    pub database: Arc<Database>,
    /// What else is denied.
    pub others: Option<Arc<dyn Denials>>,
}

impl Denials for Unaffected {
    fn denies(&self, file: &DistFile) -> Option<Arc<str>> {
        if file.project == self.package {
            let hits = self.database.of(&file.project, &file.version);
            if let Some(advisory) = hits.first() {
                return Some(format!("because of {}", advisory.id).into());
            }
        }
        self.others.as_ref()?.denies(file)
    }

    fn denies_metadata(&self, file: &DistFile, metadata: &CoreMetadata) -> Option<Arc<str>> {
        self.others.as_ref()?.denies_metadata(file, metadata)
    }

    fn reads_metadata(&self) -> bool {
        let others = self.others.as_ref();
        others.is_some_and(|others| others.reads_metadata())
    }
}
