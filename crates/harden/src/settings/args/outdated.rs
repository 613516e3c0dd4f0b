//! The arguments of `harden outdated`.

use std::path::PathBuf;

use clap::Args;

use super::{CacheArgs, ShardArgs};

/// Which lock to compare with the index.
#[derive(Debug, Clone, Args)]
pub struct OutdatedArgs {
    /// Strict file [default: those of harden.toml, else strict.txt]
    #[arg(value_name = "STRICT")]
    pub strict: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub part: ShardArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
}
