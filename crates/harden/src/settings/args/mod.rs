//! The arguments of both executables.
//!
//! Every option has a `HARDEN_*` variable, which counts where the option is not given. A variable of
//! an option that may be repeated holds its values parted by white space, or by lines where they are
//! sentences.

#![expect(
    clippy::doc_markdown,
    reason = "these comments are help texts, shown on terminals as they are"
)]

mod check;
mod cutoff;
mod diff;
mod exemption;
mod explain;
mod fetch;
mod harden;
mod index;
mod layers;
mod report;
mod shared;
mod values;

pub use check::{CheckArgs, VerifyArgs};
pub use cutoff::{Cutoff, PackageCutoff, UndatedFiles};
pub use diff::{DiffArgs, DiffFormat};
pub use exemption::Exemption;
pub use explain::ExplainArgs;
pub use fetch::{FetchArgs, Layout};
pub use harden::{CacheCommand, Command, HardenArgs, LockArgs, TargetsArgs};
pub use index::{IndexStrategy, NamedIndex, TiedPackage};
pub use report::{KnownArgs, ReportArgs, ReportFormat, TreeArgs, TreeFormat};
pub use shared::{CacheArgs, IndexArgs, TalkArgs};
pub use values::{AllowSdist, Hashes, MarkerValue, Prerelease, Resolution, UpgradePackage};

/// The values of a repeated option: those given, else those of its variable.
pub(crate) fn words(given: &[String], variable: &str) -> Vec<String> {
    if !given.is_empty() {
        return given.to_vec();
    }
    let value = std::env::var(variable).unwrap_or_default();
    value.split_whitespace().map(str::to_owned).collect()
}
