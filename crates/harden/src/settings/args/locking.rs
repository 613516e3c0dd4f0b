//! The arguments that `harden` and `harden import` share.

use std::path::PathBuf;

use clap::Args;
use harden_requirements::Requirement;
use harden_target::MarkerVariable;

use super::{AllowSdist, BuildLimitArgs, Hashes, MarkerValue};

/// How a lock is written.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct WritingArgs {
    /// Replace an output file that harden did not write
    ///
    /// Its pins are kept while they are valid. Without this option, a requirements file that may have
    /// been written by hand is not replaced.
    #[arg(long)]
    pub adopt: bool,
    /// Show what would change, and write nothing
    ///
    /// With --build, lists the sdists and projects that would be built, and why, and builds none.
    #[arg(long)]
    pub dry_run: bool,
    /// Which files of a release to hash
    ///
    /// [default: selected]
    #[arg(
        long,
        value_name = "WHICH",
        env = "HARDEN_HASHES",
        hide_env_values = true,
        help_heading = "Versions"
    )]
    pub hashes: Option<Hashes>,
}

/// What the spelling of a target leaves open.
#[derive(Debug, Clone, Default, Args)]
pub struct TargetArgs {
    /// Interpreter that `current` means [default: python3]
    #[arg(
        long,
        value_name = "PYTHON",
        env = "HARDEN_PYTHON",
        hide_env_values = true
    )]
    pub python: Option<PathBuf>,
    /// Set an open marker variable of the targets
    ///
    /// For variables that a target does not define, as in `platform_release=6.1.0`.
    ///
    /// [env: HARDEN_MARKER, one per line]
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Versions")]
    pub marker: Vec<MarkerValue>,
}

impl TargetArgs {
    /// The values of open marker variables.
    pub fn markers(&self) -> Vec<(MarkerVariable, String)> {
        let given = self.marker.iter();
        given
            .map(|marker| (marker.variable, marker.value.clone()))
            .collect()
    }
}

/// Which sdists a lock may use, and how they are built.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Sdists")]
pub struct SdistArgs {
    /// Use the sdist of NAME if no wheel fits, or :all:
    ///
    /// `:all:` admits the sdist of every package.
    ///
    /// [env: HARDEN_ALLOW_SDIST]
    #[arg(long, value_name = "NAME")]
    pub allow_sdist: Vec<AllowSdist>,
    /// Build the sdist of NAME if no wheel fits
    ///
    /// The wheel is pinned beside the sdist. `:all:` stands for every package. Code of the package and
    /// of its build backend runs, in an isolated environment. Also admits a Git repository, and a project
    /// of yours whose dependencies only a build tells.
    ///
    /// [env: HARDEN_BUILD]
    #[arg(long, value_name = "NAME")]
    pub build: Vec<AllowSdist>,
    /// Constrain build requirements
    ///
    /// As in `setuptools<81`, for sdists that newer releases fail to build. May be repeated.
    ///
    /// [env: HARDEN_BUILD_CONSTRAINT, one per line]
    #[arg(long, value_name = "REQ")]
    pub build_constraint: Vec<Requirement>,
    /// How long builds may run and what they may write.
    #[command(flatten)]
    pub limits: BuildLimitArgs,
}

impl SdistArgs {
    /// The packages whose sdists may be used, built or not.
    pub fn usable(&self) -> impl Iterator<Item = &AllowSdist> {
        self.allow_sdist.iter().chain(&self.build)
    }
}
