//! The arguments of `harden diff`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What to compare, and how to tell.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// The strict file before: a path, or REVISION:PATH in git, as HEAD:strict.txt
    #[arg(value_name = "OLD")]
    pub old: String,
    /// The strict file after, written likewise
    #[arg(value_name = "NEW")]
    pub new: String,
    /// How to tell
    #[arg(
        long,
        value_name = "FORMAT",
        env = "HARDEN_DIFF_FORMAT",
        hide_env_values = true,
        default_value = "text"
    )]
    pub format: DiffFormat,
    /// Write JSON, as --format json
    #[arg(long, overrides_with = "format")]
    pub json: bool,
    /// The folder of the cache, which may know when files were uploaded and how large they are
    #[arg(
        long,
        value_name = "FOLDER",
        env = "HARDEN_CACHE_DIR",
        hide_env_values = true
    )]
    pub cache_dir: Option<PathBuf>,
}

/// How differences are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For terminals
    Text,
    /// For pull requests
    Markdown,
    /// For machines
    Json,
}
