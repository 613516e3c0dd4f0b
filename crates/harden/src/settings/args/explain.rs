//! The arguments of `harden explain`.

use clap::Args;
use clap::builder::FalseyValueParser;
use harden_packaging::PackageName;

use super::LockArgs;

/// What to explain, and the lock it is in.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Without LOOSE, the lock is made anew as the strict file of --output says, \
                        or those of harden.toml, or strict.txt; nothing is written."
)]
pub struct ExplainArgs {
    /// The package
    #[arg(value_name = "NAME")]
    pub name: PackageName,
    /// Write JSON
    #[arg(long, env = "HARDEN_JSON", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub json: bool,
    #[command(flatten)]
    pub lock: LockArgs,
}
