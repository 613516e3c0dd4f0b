//! The arguments that limit builds.

use std::time::Duration;

use clap::Args;
use harden_fetch::build::Limits;

/// How long a build may run and how much it may write.
#[derive(Debug, Clone, Copy, Args)]
pub struct BuildLimitArgs {
    /// Time limit
    ///
    /// A build command that runs longer is stopped.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 3600,
        env = "HARDEN_BUILD_TIMEOUT",
        hide_env_values = true,
        help_heading = "Limits on builds"
    )]
    pub build_timeout: u32,
    /// Size limit
    ///
    /// A build command is stopped when its folder grows larger than this many megabytes.
    #[arg(
        long,
        value_name = "MB",
        default_value_t = 8000,
        env = "HARDEN_BUILD_MAX_SIZE",
        hide_env_values = true,
        help_heading = "Limits on builds"
    )]
    pub build_max_size: u32,
}

impl Default for BuildLimitArgs {
    fn default() -> Self {
        Self {
            build_timeout: 3600,
            build_max_size: 8000,
        }
    }
}

impl From<BuildLimitArgs> for Limits {
    fn from(args: BuildLimitArgs) -> Self {
        Self {
            time: Duration::from_secs(args.build_timeout.into()),
            bytes: u64::from(args.build_max_size) * 1_000_000,
        }
    }
}
