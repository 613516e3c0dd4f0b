//! The arguments of `harden report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What to report on, and how.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
        harden report -o report.html\n  \
        harden report HEAD:strict.txt strict.txt --format markdown\n  \
        harden report strict.txt dev.strict.txt --together -o report.html\n\n\
        Nothing is asked of an index: what strict file, cache and wheelhouse do not say is unknown.")]
pub struct ReportArgs {
    /// The strict file: a path, or REVISION:PATH in git; two are compared, the older one first.
    /// Without any, those of harden.toml, or strict.txt
    #[arg(value_name = "STRICT")]
    pub strict: Vec<String>,
    /// Show the files side by side rather than compare them
    #[arg(long)]
    pub together: bool,
    /// How to tell
    #[arg(
        long,
        value_name = "FORMAT",
        env = "HARDEN_REPORT_FORMAT",
        hide_env_values = true,
        default_value = "html"
    )]
    pub format: ReportFormat,
    /// Where to write it; without it, to standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub known: KnownArgs,
}

/// How a report is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// A page to look at, complete in itself
    Html,
    /// For pull requests and job summaries
    Markdown,
    /// For terminals
    Text,
}

/// What is known beside the strict files.
#[derive(Debug, Clone, Args)]
pub struct KnownArgs {
    /// The wheelhouse, which says what wheels take once they are installed, and their licences
    #[arg(
        long,
        short = 'd',
        value_name = "FOLDER",
        env = "HARDEN_DEST",
        hide_env_values = true,
        default_value = "wheelhouse"
    )]
    pub dest: PathBuf,
    /// The folder of the cache, which may know when files were uploaded and how large they are
    #[arg(
        long,
        value_name = "FOLDER",
        env = "HARDEN_CACHE_DIR",
        hide_env_values = true
    )]
    pub cache_dir: Option<PathBuf>,
}
