//! The arguments of `harden check` and `harden verify`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use super::{CacheArgs, IndexArgs, ShardArgs};
use crate::report::findings::FindingsFormat;

/// The files to check, and the output format.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// Strict file to check, after the loose files to compare it with
    ///
    /// Without loose files, those that its header names. Without any file, all locks of harden.toml
    /// or of [tool.harden] in pyproject.toml, else strict.txt.
    #[arg(value_name = "LOOSE... STRICT")]
    pub files: Vec<String>,
    /// Do not read URLs that loose files name
    ///
    /// The digests in the strict file count. Without this option, the same holds for a URL that cannot
    /// be read, with a warning.
    #[arg(long, env = "HARDEN_OFFLINE", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub offline: bool,
    /// Output format
    #[arg(
        long,
        value_name = "FORMAT",
        env = "HARDEN_CHECK_FORMAT",
        hide_env_values = true,
        default_value = "text"
    )]
    pub format: FindingsFormat,
    /// Print JSON (--format json)
    #[arg(long, overrides_with = "format")]
    pub json: bool,
    #[command(flatten)]
    pub part: ShardArgs,
}

impl CheckArgs {
    /// The output format.
    pub fn format(&self) -> FindingsFormat {
        if self.json {
            FindingsFormat::Json
        } else {
            self.format
        }
    }
}

/// The file to verify, and the indexes to compare it with.
#[derive(Debug, Clone, Args)]
pub struct VerifyArgs {
    /// Strict file [default: those of harden.toml, else strict.txt]
    #[arg(value_name = "STRICT")]
    pub strict: Option<String>,
    /// Print JSON
    #[arg(long, env = "HARDEN_JSON", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub json: bool,
    /// Verify the attestations of all files
    ///
    /// Says who published each pinned file (PEP 740). Attestations that the policy requires are always
    /// verified.
    #[arg(long, env = "HARDEN_ATTESTATIONS", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub attestations: bool,
    /// Sigstore's trusted_root.json
    ///
    /// The authorities and logs that attestations are verified against [default: those of the policy,
    /// else the public instance of Sigstore, as of this version of harden].
    #[arg(
        long,
        value_name = "FILE",
        env = "HARDEN_TRUSTED_ROOT",
        hide_env_values = true
    )]
    pub trusted_root: Option<PathBuf>,
    #[command(flatten)]
    pub part: ShardArgs,
    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
}
