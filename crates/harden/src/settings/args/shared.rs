//! The arguments that `harden` and `fetch` share.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};

use super::{FetchArgs, IndexStrategy, NamedIndex, TiedPackage};
use crate::report::terminal::{Color, Terminal};

/// Where distributions come from.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Index")]
pub struct IndexArgs {
    /// Index to use [default: PyPI]
    #[arg(
        long,
        short = 'i',
        value_name = "URL",
        env = "HARDEN_INDEX_URL",
        hide_env_values = true
    )]
    pub index_url: Option<String>,
    /// Additional index (repeatable)
    ///
    /// Each package comes from the first index that has it, in the order given. PyPI comes last if
    /// it is only the default.
    ///
    /// [env: HARDEN_EXTRA_INDEX_URL]
    #[arg(long, value_name = "URL")]
    pub extra_index_url: Vec<String>,
    /// Index for --index-package alone
    ///
    /// Used for the packages that --index-package assigns to it and for no others.
    ///
    /// [env: HARDEN_INDEX]
    #[arg(long, value_name = "NAME=URL")]
    pub index: Vec<NamedIndex>,
    /// Use only this --index for a package
    ///
    /// [env: HARDEN_INDEX_PACKAGE]
    #[arg(long, value_name = "PACKAGE=NAME")]
    pub index_package: Vec<TiedPackage>,
    /// How to combine several indexes
    ///
    /// [default: first-index]
    #[arg(
        long,
        value_name = "STRATEGY",
        env = "HARDEN_INDEX_STRATEGY",
        hide_env_values = true
    )]
    pub index_strategy: Option<IndexStrategy>,
    /// Folder or page of distributions
    ///
    /// A folder, or a page with links (repeatable).
    ///
    /// [env: HARDEN_FIND_LINKS]
    #[arg(long, short = 'f', value_name = "PATH|URL")]
    pub find_links: Vec<String>,
    /// Use only --find-links
    #[arg(long, env = "HARDEN_NO_INDEX", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub no_index: bool,
    /// Ignore pip's files and variables
    #[arg(long, env = "HARDEN_NO_PIP_CONFIG", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub no_pip_config: bool,
}

/// What is kept between runs.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Cache")]
pub struct CacheArgs {
    /// Cache folder
    #[arg(
        long,
        value_name = "FOLDER",
        env = "HARDEN_CACHE_DIR",
        hide_env_values = true
    )]
    pub cache_dir: Option<PathBuf>,
    /// Neither read nor write the cache
    #[arg(long, env = "HARDEN_NO_CACHE", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub no_cache: bool,
    /// Revalidate everything in the cache
    #[arg(long, env = "HARDEN_REFRESH", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub refresh: bool,
    /// Cache that other machines share
    ///
    /// s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER. Credentials come
    /// from the AWS_*, GOOGLE_* or AZURE_* variables. Holds pages, which the index confirms before they
    /// are used, and metadata, wheels and sdists by digest; nothing that needs a login.
    #[arg(
        long,
        value_name = "URL",
        env = "HARDEN_SHARED_CACHE",
        hide_env_values = true
    )]
    pub shared_cache: Option<String>,
    /// Use only the cache, no network
    #[arg(long, env = "HARDEN_OFFLINE", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub offline: bool,
}

/// The cache as a source of facts about locked files.
#[derive(Debug, Clone, Args)]
pub struct FactsCacheArgs {
    /// Cache folder, for upload times and sizes
    #[arg(
        long,
        value_name = "FOLDER",
        env = "HARDEN_CACHE_DIR",
        hide_env_values = true
    )]
    pub cache_dir: Option<PathBuf>,
}

/// The wheelhouse as a source of facts about locked files.
#[derive(Debug, Clone, Args)]
pub struct WheelhouseArgs {
    /// Wheelhouse, for installed sizes and licences
    #[arg(
        long,
        short = 'd',
        value_name = "FOLDER",
        env = "HARDEN_DEST",
        hide_env_values = true,
        default_value = FetchArgs::DEST
    )]
    pub dest: PathBuf,
}

/// Which messages to print, and in which colours.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Messages")]
pub struct MessageArgs {
    /// Print only errors
    #[arg(long, short, global = true, env = "HARDEN_QUIET", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub quiet: bool,
    /// Print timings and counts; `-vv` adds a debug log
    #[arg(long, short, global = true, env = "HARDEN_VERBOSE", hide_env_values = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use colours
    ///
    /// NO_COLOR turns them off, unless this is `always`.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        env = "HARDEN_COLOR",
        hide_env_values = true,
        default_value = "auto"
    )]
    pub color: Color,
}

impl MessageArgs {
    /// The terminal that these arguments ask for.
    pub fn terminal(self) -> Terminal {
        Terminal::new(self.color, self.quiet, self.verbose)
    }
}
