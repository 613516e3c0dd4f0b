//! The arguments of `harden check` and `harden verify`.

use clap::Args;
use clap::builder::FalseyValueParser;

use super::{CacheArgs, IndexArgs};
use crate::report::findings::FindingsFormat;

/// Which files to check, and how to tell.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// The strict file, and before it the requirements files it is to answer, where these are not
    /// those that its header names. Without any, all locks of harden.toml or of [tool.harden] in
    /// pyproject.toml are checked, else strict.txt
    #[arg(value_name = "LOOSE... STRICT")]
    pub files: Vec<String>,
    /// How to tell
    #[arg(
        long,
        value_name = "FORMAT",
        env = "HARDEN_CHECK_FORMAT",
        hide_env_values = true,
        default_value = "text"
    )]
    pub format: FindingsFormat,
    /// Write JSON, as --format json
    #[arg(long, overrides_with = "format")]
    pub json: bool,
}

impl CheckArgs {
    /// How to tell.
    pub fn format(&self) -> FindingsFormat {
        if self.json {
            FindingsFormat::Json
        } else {
            self.format
        }
    }
}

/// Which file to verify, and whom to ask.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// The strict file; without one, those of the locks of harden.toml or of [tool.harden] in
    /// pyproject.toml, else strict.txt
    #[arg(value_name = "STRICT")]
    pub strict: Option<String>,
    /// Write JSON
    #[arg(long, env = "HARDEN_JSON", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub json: bool,
    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
}
