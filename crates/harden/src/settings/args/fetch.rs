//! The arguments of `fetch`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Parser, ValueEnum};
use clap_complete::engine::ArgValueCompleter;
use harden_fetch::Depth;

use super::completion_values::targets;
use super::{BuildLimitArgs, CacheArgs, IndexArgs, MessageArgs};

/// Download the files that a strict file pins, verified by SHA-256
///
/// A file that the folder already holds is not downloaded again; a file with a wrong hash is never
/// kept.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own on the command line"
)]
#[derive(Debug, Clone, Parser)]
#[command(
    name = "fetch",
    version,
    max_term_width = 80,
    after_help = "Examples:\n  \
        fetch\n  \
        fetch strict.txt -p manylinux2014_aarch64-cp311 -d wheelhouse\n  \
        fetch --check\n  \
        fetch --build\n\n\
        Exit codes: 0 success; 1 a wrong hash, a missing file, a failed build or check; 2 invalid \
        usage or input; 3 network or index failure"
)]
pub struct FetchArgs {
    /// Strict file [default: those of harden.toml, else strict.txt]
    ///
    /// [env: HARDEN_STRICT]
    #[arg(value_name = "STRICT")]
    pub strict: Option<PathBuf>,
    /// Strict file, as pip and uv name it
    #[arg(
        short = 'r',
        long = "requirement",
        value_name = "FILE",
        hide = true,
        conflicts_with = "strict"
    )]
    pub requirement: Option<PathBuf>,
    /// Target to fetch for (repeatable) [default: all]
    ///
    /// Must be one of the targets that the strict file is for.
    ///
    /// [env: HARDEN_PLATFORM]
    #[arg(long, short, value_name = "TARGET", add = ArgValueCompleter::new(targets))]
    pub platform: Vec<String>,
    /// Folder to fill
    #[arg(
        long,
        short,
        value_name = "FOLDER",
        default_value = Self::DEST,
        env = "HARDEN_DEST",
        hide_env_values = true
    )]
    pub dest: PathBuf,
    /// Only compare the folder with the strict file
    ///
    /// Works offline; exits with 1 if anything is missing, wrong or extra.
    #[arg(long)]
    pub check: bool,
    /// Decompress and compare all of each wheel
    ///
    /// Each member is compared with its checksum and with RECORD, also in wheels that are in the folder or the
    /// cache already. Without it, wheels are inspected as far as that takes no decompressing.
    #[arg(long, env = "HARDEN_FETCH_DEEP", hide_env_values = true, value_parser = FalseyValueParser::new(), conflicts_with = "dry_run")]
    pub deep: bool,
    /// Write complete platforms for pex
    ///
    /// Writes TARGET.complete-platform.json into the folder, for `pex --complete-platform`.
    #[arg(long, conflicts_with_all = ["check", "dry_run"])]
    pub complete_platform: bool,
    /// Write a pylock.toml into the folder
    ///
    /// It names the files by their path. Several strict files get one each.
    #[arg(long, conflicts_with_all = ["check", "dry_run"])]
    pub pylock: bool,
    /// Whether to add a static index
    ///
    /// `simple` writes one into the folder, for `--index-url file://FOLDER/simple`.
    #[arg(long, value_name = "LAYOUT", default_value = "flat", conflicts_with_all = ["check", "dry_run"])]
    pub layout: Layout,
    /// Pack the folder: .tar, .tar.zst or .zip
    ///
    /// The same files give the same bytes each time.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["check", "dry_run"])]
    pub archive: Option<PathBuf>,
    /// Remove files that are not pinned
    ///
    /// Removes distributions from the folder that no strict file pins.
    #[arg(long, conflicts_with_all = ["check", "dry_run"])]
    pub prune: bool,
    /// Mirror to try before the index
    ///
    /// A mirror that --to filled. Its files are verified like all others. With --no-index or
    /// --offline, files come from the mirror only.
    #[arg(
        long,
        value_name = "URL",
        env = "HARDEN_FROM",
        hide_env_values = true,
        help_heading = "Mirror"
    )]
    pub from: Option<String>,
    /// Mirror to upload the folder to
    ///
    /// s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER. Credentials
    /// come from the AWS_*, GOOGLE_* or AZURE_* variables. Files that the mirror already holds are not
    /// sent again; --check and --dry-run send nothing.
    #[arg(
        long,
        value_name = "URL",
        env = "HARDEN_TO",
        hide_env_values = true,
        help_heading = "Mirror"
    )]
    pub to: Option<String>,
    /// Only list what would be downloaded
    #[arg(long, conflicts_with = "check")]
    pub dry_run: bool,
    /// Build sdists into wheels; runs their code
    ///
    /// Each build runs in its own environment with pinned build requirements, isolated from this
    /// machine where the system supports it. A requirements.txt that pins the wheels is written into the
    /// folder, for installers.
    ///
    /// With --check, --prune and --dry-run, wheels that were built before count as pinned.
    #[arg(long, env = "HARDEN_FETCH_BUILD", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub build: bool,
    /// Also build your own project (repeatable)
    ///
    /// A folder with a pyproject.toml whose dependencies the strict file locks. Its wheel is listed in
    /// the folder's requirements.txt. With --check, --prune and --dry-run, wheels that were built before
    /// count as pinned.
    #[arg(long, value_name = "FOLDER")]
    pub project: Vec<PathBuf>,
    /// Interpreter of `current` and --build
    ///
    /// [default: python3, else python]
    #[arg(
        long,
        value_name = "PYTHON",
        env = "HARDEN_PYTHON",
        hide_env_values = true
    )]
    pub python: Option<PathBuf>,

    #[command(flatten)]
    pub limits: BuildLimitArgs,
    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
    #[command(flatten)]
    pub messages: MessageArgs,
}

impl FetchArgs {
    /// How much of wheels is inspected.
    pub fn depth(&self) -> Depth {
        if self.deep {
            Depth::Contents
        } else {
            Depth::Structure
        }
    }

    /// These arguments, with the shared cache that a configuration names, if they name none.
    #[must_use]
    pub fn sharing(mut self, configured: Option<String>) -> Self {
        self.cache.shared_cache = self.cache.shared_cache.or(configured);
        self
    }

    /// The folder that is filled where none is named.
    pub const DEST: &str = "wheelhouse";
}

/// The layout of a wheelhouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// Files only, for `--find-links`
    Flat,
    /// Files and a static index
    Simple,
}
