//! An index for messages: it tells what sdists require that are built for none of the targets.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use harden_packaging::{CoreMetadata, DistFile, Index, IndexError, IndexLayer, PackageName};

use super::builder::lock;
use super::building_index::BuildingIndex;

/// An index for messages: what is not built for any target has metadata all the same, so that the packages
/// that it would bring are named as well. For one sdist a package, since each takes time.
pub(super) struct Elsewhere<'a> {
    index: &'a BuildingIndex<'a>,
    asked: Mutex<BTreeSet<PackageName>>,
}

impl<'a> Elsewhere<'a> {
    pub(super) fn new(index: &'a BuildingIndex<'a>) -> Self {
        Self {
            index,
            asked: Mutex::default(),
        }
    }
}

impl IndexLayer for Elsewhere<'_> {
    fn below(&self) -> &dyn Index {
        self.index
    }

    fn metadata(&self, file: &DistFile) -> Result<Arc<CoreMetadata>, IndexError> {
        let metadata = Index::metadata(self.index, file);
        let is_first = || lock(&self.asked).insert(file.project.clone());
        let is_elsewhere = file.wheel_tags().is_none()
            && self.index.builds(&file.project)
            && self.index.is_native_elsewhere(file);
        match metadata {
            Err(_) if is_elsewhere && is_first() => self.index.metadata_elsewhere(file),
            metadata => metadata,
        }
    }
}
