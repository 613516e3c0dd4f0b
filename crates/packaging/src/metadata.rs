//! The core metadata of a distribution: the fields that a resolution needs, and the licence.
//!
//! <https://packaging.python.org/en/latest/specifications/core-metadata/>

use std::sync::Arc;

use pep440_rs::Version;

use crate::{ExtraName, LicenceFields, PackageName};

/// The fields of `METADATA` or `PKG-INFO` that affect a resolution, and those that name the licence.
///
/// Requirements are kept as text: the crate `requirements` parses them leniently, and most
/// prefetched metadata is never used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreMetadata {
    /// `Name`.
    pub name: PackageName,
    /// `Version`.
    pub version: Version,
    /// Each `Requires-Dist`, as written.
    pub requires_dist: Vec<Arc<str>>,
    /// `Requires-Python`, as written.
    pub requires_python: Option<Arc<str>>,
    /// Each `Provides-Extra` that is a valid name.
    pub provides_extra: Vec<ExtraName>,
    /// `Metadata-Version`, as written.
    pub metadata_version: Arc<str>,
    /// Each `Dynamic` field's name in lower case (PEP 643).
    pub dynamic: Vec<Arc<str>>,
    /// What names its licence.
    pub licence: LicenceFields,
}
