//! The arguments of `harden export`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{CacheArgs, IndexArgs};

/// The strict file to write in another format.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
        harden export --format pylock strict.txt -o pylock.toml\n  \
        harden export --format cyclonedx -o sbom.json\n\n\
        pylock, nix and pex-lock name where files are, for which the index is asked if the cache does not know; \
        bills of materials are made of what strict file, cache and wheelhouse say.")]
pub struct ExportArgs {
    /// Strict file [default: the one of harden.toml, else strict.txt]
    #[arg(value_name = "STRICT")]
    pub strict: Option<PathBuf>,
    /// Format to write
    #[arg(long, value_name = "FORMAT")]
    pub format: ExportFormat,
    /// Requirements with their hashes, a line each
    ///
    /// For tools that do not read continued lines; with --format requirements.
    #[arg(long)]
    pub one_line: bool,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The wheelhouse, whose wheels say their licences
    #[arg(
        long,
        short = 'd',
        value_name = "FOLDER",
        env = "HARDEN_DEST",
        hide_env_values = true,
        default_value = "wheelhouse"
    )]
    pub dest: PathBuf,
    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
}

/// A format that strict files are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// pylock.toml (PEP 751), for all targets
    Pylock,
    /// CycloneDX 1.6, JSON
    Cyclonedx,
    /// SPDX 2.3, JSON
    Spdx,
    /// Pins without hashes and comments
    Requirements,
    /// Pins that require nothing
    Constraints,
    /// A list of fixed-output fetches for Nix
    Nix,
    /// The lock of pex, for pex --lock
    PexLock,
}
