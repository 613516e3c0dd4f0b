//! The arguments of `harden explain`.

use clap::Args;
use clap::builder::FalseyValueParser;
use clap_complete::engine::ArgValueCompleter;

use super::LockArgs;
use super::completion_values::locked_packages;

/// The package to explain, and the lock that holds it.
#[derive(Debug, Clone, Args)]
#[command(
    after_help = "Without LOOSE, resolves again as recorded in the strict file of --output, \
                        in those of harden.toml, or in strict.txt. Writes nothing."
)]
pub struct ExplainArgs {
    /// Package to explain, before or after the files
    #[arg(value_name = "NAME", add = ArgValueCompleter::new(locked_packages))]
    pub word: String,
    /// Print JSON
    #[arg(long, env = "HARDEN_JSON", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub json: bool,
    #[command(flatten)]
    pub lock: LockArgs,
}
