//! The arguments of `harden diff`.

use clap::{Args, ValueEnum};

use super::FactsCacheArgs;

/// The files to compare, and the output format.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// Old strict file, or REVISION:PATH in git [default: HEAD:NEW]
    #[arg(value_name = "OLD")]
    pub old: Option<String>,
    /// New strict file [default: those of harden.toml, else strict.txt]
    #[arg(value_name = "NEW")]
    pub new: Option<String>,
    /// Output format
    #[arg(
        long,
        value_name = "FORMAT",
        env = "HARDEN_DIFF_FORMAT",
        hide_env_values = true,
        default_value = "text"
    )]
    pub format: DiffFormat,
    /// Print JSON (--format json)
    #[arg(long, overrides_with = "format")]
    pub json: bool,
    #[command(flatten)]
    pub cache: FactsCacheArgs,
}

/// The output format of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// Plain text
    Text,
    /// A Markdown table, for pull requests
    Markdown,
    /// JSON
    Json,
}
