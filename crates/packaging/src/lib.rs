//! The shared vocabulary: what an index serves, what a resolution is, and the trait that separates
//! resolving from input and output.
//!
//! Nothing here does IO. `resolver`, `hasher` and `index` share these types and so do not depend on
//! each other.

mod classifier_licences;
mod digest;
mod dist;
mod filename;
mod index;
mod index_layer;
mod licence;
mod licence_spelling;
mod listed;
mod listed_digest;
mod metadata;
mod name;
mod printable;
mod reference;
mod release;
mod resolution;
mod startup_code;

pub use digest::{ParseDigestError, Sha256};
pub use dist::{CoreMetadataFile, DistFile, DistKind, Project, ProjectStatus, StatusKind, Yanked};
pub use filename::{DistFilename, ParseDistFilenameError};
pub use index::{Completion, Index, IndexError, IndexErrorKind};
pub use index_layer::IndexLayer;
pub use licence::{Licence, LicenceFields, ParseLicenceError};
pub use listed::{Glance, Listed};
pub use listed_digest::{DigestAlgorithm, ListedDigest, ParseListedDigestError};
pub use metadata::CoreMetadata;
pub use name::{ExtraName, PackageName, ParseNameError};
pub use printable::{is_control, printable};
pub use reference::{ParseReferenceError, Reference};
pub use release::{LazyFiles, Release};
pub use resolution::{ChosenFile, EnvironmentId, Pin, Resolution, ResolvedFor, Via};
pub use startup_code::{path_as_entry_point, takeovers};
