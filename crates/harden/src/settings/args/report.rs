//! The arguments of `harden report`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{FactsCacheArgs, WheelhouseArgs};

/// What to report on, and how.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
        harden report -o report.html\n  \
        harden report HEAD:strict.txt strict.txt --format markdown\n  \
        harden report strict.txt dev.strict.txt --together -o report.html\n\n\
        Uses the strict files, the cache and the wheelhouse, and no index. What they do not\n\
        contain is shown as unknown.")]
pub struct ReportArgs {
    /// Strict files: paths, or REVISION:PATH in git
    ///
    /// Two are compared, the older one first. Without any, those of harden.toml, else strict.txt.
    #[arg(value_name = "STRICT")]
    pub strict: Vec<String>,
    /// Show the files side by side, not compared
    #[arg(long)]
    pub together: bool,
    /// Output format
    #[arg(
        long,
        value_name = "FORMAT",
        env = "HARDEN_REPORT_FORMAT",
        hide_env_values = true,
        default_value = "html"
    )]
    pub format: ReportFormat,
    /// File to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// What an audit found: the JSON of pip-audit or osv-scanner, or OSV advisories
    #[arg(long, value_name = "FILE")]
    pub audit: Option<PathBuf>,
    #[command(flatten)]
    pub known: FactsArgs,
}

/// The output format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// A self-contained page
    Html,
    /// For pull requests and job summaries
    Markdown,
    /// For terminals
    Text,
}

/// Where facts beyond the strict files come from.
#[derive(Debug, Clone, Args)]
pub struct FactsArgs {
    #[command(flatten)]
    pub wheelhouse: WheelhouseArgs,
    #[command(flatten)]
    pub cache: FactsCacheArgs,
}
