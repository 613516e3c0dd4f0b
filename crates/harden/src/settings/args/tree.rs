//! The arguments of `harden tree`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use harden_packaging::PackageName;

/// Which part of a lock to show as a tree.
#[derive(Debug, Clone, Args)]
pub struct TreeArgs {
    /// Package to begin with [default: what the loose files require]
    ///
    /// A strict file may stand before or after it, as with --output.
    #[arg(value_name = "NAME")]
    pub words: Vec<String>,
    /// Show what requires a package instead of what it requires
    #[arg(long, requires = "words")]
    pub invert: bool,
    /// Show only what this target installs
    #[arg(long, short, value_name = "TARGET")]
    pub platform: Option<String>,
    /// Strict file [default: those of harden.toml, else strict.txt]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Output format
    #[arg(
        long,
        value_name = "FORMAT",
        env = "HARDEN_TREE_FORMAT",
        hide_env_values = true,
        default_value = "text"
    )]
    pub format: TreeFormat,
    /// The package among the words
    #[arg(skip)]
    pub name: Option<PackageName>,
}

/// How a tree is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TreeFormat {
    /// Indented lines, for terminals
    Text,
    /// For Graphviz
    Dot,
    /// For Markdown that draws Mermaid
    Mermaid,
    /// For machines
    Json,
    /// A drawing
    Svg,
}
