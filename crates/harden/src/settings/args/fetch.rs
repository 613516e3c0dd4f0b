//! The arguments of `fetch`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Parser, ValueEnum};

use super::{CacheArgs, IndexArgs, TalkArgs};

/// Fill a folder with the files that a strict file pins, each verified by its SHA-256.
///
/// A file that is there and right is not fetched again; one that is wrong is never kept.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own on the command line"
)]
#[derive(Debug, Clone, Parser)]
#[command(
    name = "fetch",
    version,
    after_help = "Examples:\n  \
        fetch\n  \
        fetch strict.txt -p manylinux2014_aarch64-cp311 -d wheelhouse\n  \
        fetch --check\n  \
        fetch --build\n\n\
        Exit codes: 0 done; 1 a wrong hash, no such file, a build that failed, or --check found something; 2 wrong usage or input; \
        3 the network or the index failed"
)]
pub struct FetchArgs {
    /// The strict file [default: those that harden.toml names, else strict.txt]
    #[arg(value_name = "STRICT", env = "HARDEN_STRICT", hide_env_values = true)]
    pub strict: Option<PathBuf>,
    /// What to fetch for, once for each; all that the strict file was made for where none is named
    ///
    /// [env: HARDEN_PLATFORM]
    #[arg(long, short, value_name = "TARGET")]
    pub platform: Vec<String>,
    /// The folder to fill
    #[arg(
        long,
        short,
        value_name = "FOLDER",
        default_value = "wheelhouse",
        env = "HARDEN_DEST",
        hide_env_values = true
    )]
    pub dest: PathBuf,
    /// Fetch nothing; say offline whether the folder is what the strict file says, and exit with 1
    /// where it is not
    #[arg(long)]
    pub check: bool,
    /// Write what `pex --complete-platform` takes into the folder, as TARGET.complete-platform.json
    #[arg(long, conflicts_with_all = ["check", "dry_run"])]
    pub complete_platform: bool,
    /// Write a pylock.toml into the folder, which names its files by their path; one for each strict
    /// file where there are several
    #[arg(long, conflicts_with_all = ["check", "dry_run"])]
    pub pylock: bool,
    /// `simple` writes a static index into the folder too, for `--index-url file://FOLDER/simple`
    #[arg(long, value_name = "LAYOUT", default_value = "flat", conflicts_with_all = ["check", "dry_run"])]
    pub layout: Layout,
    /// Pack the folder into a file, by its name a .tar, .tar.zst or .zip, the same bytes each time
    #[arg(long, value_name = "FILE", conflicts_with_all = ["check", "dry_run"])]
    pub archive: Option<PathBuf>,
    /// Remove distributions from the folder that the strict file does not ask for
    #[arg(long, conflicts_with_all = ["check", "dry_run"])]
    pub prune: bool,
    /// Take files from a mirror, as --to fills one, before an index is asked, verified in the same way;
    /// with --no-index or --offline, from there alone
    #[arg(
        long,
        value_name = "URL",
        env = "HARDEN_FROM",
        hide_env_values = true,
        help_heading = "Mirror"
    )]
    pub from: Option<String>,
    /// Put the wheelhouse on a mirror, too: s3://BUCKET/PREFIX, gs://BUCKET/PREFIX,
    /// az://CONTAINER/PREFIX or file:///FOLDER, credentials being those of AWS_*, GOOGLE_* or AZURE_*
    /// variables; what is there already is not sent again, and --check and --dry-run send nothing
    #[arg(
        long,
        value_name = "URL",
        env = "HARDEN_TO",
        hide_env_values = true,
        help_heading = "Mirror"
    )]
    pub to: Option<String>,
    /// Fetch nothing; list what would come, with its size
    #[arg(long, conflicts_with = "check")]
    pub dry_run: bool,
    /// Build sdists into wheels, which runs their code: in an environment of their own that holds
    /// their build requirements, with no network where the system can cut it off; and write
    /// requirements.txt into the folder, which pins the wheels, for installers to go by
    ///
    /// With --check, --prune and --dry-run: take wheels that were built before for what the folder's
    /// requirements.txt says
    #[arg(long, env = "HARDEN_BUILD", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub build: bool,
    /// The interpreter that `current` stands for, and that --build builds with [default: python3,
    /// else python]
    #[arg(
        long,
        value_name = "PYTHON",
        env = "HARDEN_PYTHON",
        hide_env_values = true
    )]
    pub python: Option<PathBuf>,

    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
    #[command(flatten)]
    pub talk: TalkArgs,
}

/// What the wheelhouse is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// A folder of files, for `--find-links`
    Flat,
    /// And an index
    Simple,
}
