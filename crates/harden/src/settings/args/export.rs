//! The arguments of `harden export`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

use super::{CacheArgs, IndexArgs, WheelhouseArgs};

/// The strict file to write in another format.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
        harden export --format pylock strict.txt -o pylock.toml\n  \
        harden export --format cyclonedx -o sbom.json\n\n\
        pylock, nix and pex-lock contain the URLs of files, from the cache or else from the index. Bills of \
        materials use only the strict file, the cache and the wheelhouse.")]
pub struct ExportArgs {
    /// Strict file [default: the one of harden.toml, else strict.txt]
    #[arg(value_name = "STRICT")]
    pub strict: Option<PathBuf>,
    /// Format to write
    #[arg(long, value_name = "FORMAT")]
    pub format: ExportFormat,
    /// One line per requirement, with its hashes
    ///
    /// For tools that do not read continuation lines; needs --format requirements.
    #[arg(long)]
    pub one_line: bool,
    /// Name files by their path in a folder NAME
    ///
    /// For a machine without a network: `pex --lock LOCK --path-mapping 'NAME|/FOLDER'` takes the files
    /// from that folder, a wheelhouse that `fetch` filled. With --format pex-lock.
    #[arg(long, value_name = "NAME")]
    pub path_mapping: Option<PathMapping>,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub wheelhouse: WheelhouseArgs,
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
    /// Pins as a constraints file
    Constraints,
    /// A list of fixed-output fetches for Nix
    Nix,
    /// The lock of pex, for pex --lock
    PexLock,
}

/// The name that pex maps to a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathMapping(String);

impl PathMapping {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PathMapping {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if text.is_empty() || !is_word(text) {
            return Err("expected a name of letters, digits and `_`, as in WHEELHOUSE");
        }
        Ok(Self(text.to_owned()))
    }
}
