//! The arguments that `harden` and `fetch` share.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args};

use super::{IndexStrategy, NamedIndex, TiedPackage};
use crate::report::terminal::{Color, Terminal};

/// Where distributions are looked for.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Index")]
pub struct IndexArgs {
    /// The index to ask; PyPI where none is named
    #[arg(
        long,
        short = 'i',
        value_name = "URL",
        env = "HARDEN_INDEX_URL",
        hide_env_values = true
    )]
    pub index_url: Option<String>,
    /// Another index; each package comes from the first index that has it, in the order in which
    /// they are named, PyPI being the last where it is only the default
    ///
    /// [env: HARDEN_EXTRA_INDEX_URL]
    #[arg(long, value_name = "URL")]
    pub extra_index_url: Vec<String>,
    /// An index for the packages that --index-package ties to it, and for no other
    ///
    /// [env: HARDEN_INDEX]
    #[arg(long, value_name = "NAME=URL")]
    pub index: Vec<NamedIndex>,
    /// Take this package from the --index of this name, and from nowhere else
    ///
    /// [env: HARDEN_INDEX_PACKAGE]
    #[arg(long, value_name = "PACKAGE=NAME")]
    pub index_package: Vec<TiedPackage>,
    /// What counts where several indexes have a package [default: first-index]
    #[arg(
        long,
        value_name = "STRATEGY",
        env = "HARDEN_INDEX_STRATEGY",
        hide_env_values = true
    )]
    pub index_strategy: Option<IndexStrategy>,
    /// A folder of distributions, or a page with links to some
    ///
    /// [env: HARDEN_FIND_LINKS]
    #[arg(long, short = 'f', value_name = "PATH|URL")]
    pub find_links: Vec<String>,
    /// Ask no index; take what --find-links has
    #[arg(long, env = "HARDEN_NO_INDEX", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub no_index: bool,
    /// Obey neither pip's configuration files nor its environment variables
    #[arg(long, env = "HARDEN_NO_PIP_CONFIG", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub no_pip_config: bool,
}

/// What is kept between runs.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Cache")]
pub struct CacheArgs {
    /// The folder of the cache
    #[arg(
        long,
        value_name = "FOLDER",
        env = "HARDEN_CACHE_DIR",
        hide_env_values = true
    )]
    pub cache_dir: Option<PathBuf>,
    /// Keep nothing between runs, and use nothing that was kept
    #[arg(long, env = "HARDEN_NO_CACHE", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub no_cache: bool,
    /// Ask the index whether what the cache holds is still so
    #[arg(long, env = "HARDEN_REFRESH", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub refresh: bool,
    /// Use the cache alone, and no network
    #[arg(long, env = "HARDEN_OFFLINE", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub offline: bool,
}

/// How much is said, and how.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Messages")]
pub struct TalkArgs {
    /// Say nothing but errors
    #[arg(long, short, global = true, env = "HARDEN_QUIET", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub quiet: bool,
    /// Say what it takes; twice, all that is done
    #[arg(long, short, global = true, env = "HARDEN_VERBOSE", hide_env_values = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to use colours; NO_COLOR is obeyed
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

impl TalkArgs {
    /// The terminal that these arguments ask for.
    pub fn terminal(self) -> Terminal {
        Terminal::new(self.color, self.quiet, self.verbose)
    }
}
