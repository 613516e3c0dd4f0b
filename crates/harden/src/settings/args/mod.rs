//! The arguments of both executables.
//!
//! Every option has a `HARDEN_*` variable, used when the option is not given. The variable of a
//! repeatable option holds values separated by white space, or by line ends where values contain
//! spaces.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are help texts, shown on terminals as they are"
)]

mod audit;
mod build_limits;
mod check;
mod completion_values;
mod cutoff;
mod diff;
mod edit;
mod exemption;
mod explain;
mod export;
mod fetch;
mod harden;
mod import;
mod index;
mod locking;
mod merge_driver;
mod metadata;
mod outdated;
mod precedence;
mod report;
mod shared;
mod shell;
mod tree;
mod values;
mod vet;

pub use super::shard::ShardArgs;
pub use audit::{AuditArgs, AuditFormat};
pub use build_limits::BuildLimitArgs;
pub use check::{CheckArgs, VerifyArgs};
pub use cutoff::{Cutoff, PackageCutoff, UndatedFiles};
pub use diff::{DiffArgs, DiffFormat};
pub use edit::{AddArgs, PlaceArgs, RemoveArgs};
pub use exemption::Exemption;
pub use explain::ExplainArgs;
pub use export::{ExportArgs, ExportFormat, PathMapping};
pub use fetch::{FetchArgs, Layout};
pub use harden::{CacheCommand, Command, EditedText, HardenArgs, LockArgs, TargetsArgs};
pub use import::ImportArgs;
pub use index::{IndexStrategy, NamedIndex, TiedPackage};
pub use locking::{SdistArgs, TargetArgs, WritingArgs};
pub use merge_driver::MergeDriverArgs;
pub use metadata::StatedMetadata;
pub use outdated::OutdatedArgs;
pub use report::{FactsArgs, ReportArgs, ReportFormat};
pub use shared::{CacheArgs, FactsCacheArgs, IndexArgs, MessageArgs, WheelhouseArgs};
pub use shell::{COMPLETION_VARIABLE, Shell};
pub use tree::{TreeArgs, TreeFormat};
pub use values::{
    AllowSdist, Hashes, MarkerValue, PackagePrerelease, Prerelease, Resolution, UpgradePackage,
};

pub use vet::{VetAddArgs, VetArgs, VetCommand, VetDiffArgs, VetStatusArgs};

/// The values of a repeatable option: those given, else those of its variable.
pub(crate) fn words(given: &[String], variable: &str) -> Vec<String> {
    if !given.is_empty() {
        return given.to_vec();
    }
    let value = std::env::var(variable).unwrap_or_default();
    value.split_whitespace().map(str::to_owned).collect()
}
