//! The arguments of `harden vet`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Subcommand};
use harden_packaging::PackageName;
use jiff::civil::Date;
use pep440_rs::Version;

use super::{CacheArgs, IndexArgs, WheelhouseArgs};

/// What to do; without a command, the list of what is vetted.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct VetArgs {
    /// What to do
    #[command(subcommand)]
    pub command: Option<VetCommand>,
    #[command(flatten)]
    pub status: VetStatusArgs,
}

/// What to do with audits.
#[derive(Debug, Clone, Subcommand)]
pub enum VetCommand {
    /// List the pins that are vetted, and those that are not
    Status(Box<VetStatusArgs>),
    /// Record that you have looked at the files of a pin
    Add(Box<VetAddArgs>),
    /// Show what changed between two wheels of a package
    ///
    /// Files, native code, entry points, requirements, and lines that may reach the network, start
    /// processes or run other code. The wheels come from the wheelhouse, the cache or the index.
    Diff(Box<VetDiffArgs>),
}

/// The strict files, and the audits of their pins.
#[derive(Debug, Clone, Args)]
pub struct VetStatusArgs {
    /// Strict file [default: those of harden.toml, else strict.txt]
    #[arg(value_name = "STRICT")]
    pub strict: Option<String>,
    #[command(flatten)]
    pub audits: AuditsArgs,
    /// Print JSON
    #[arg(long, env = "HARDEN_JSON", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub json: bool,
    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
}

/// The file of audits.
#[derive(Debug, Clone, Args)]
pub struct AuditsArgs {
    /// Audits [default: those of the policy, else audits.toml]
    ///
    /// `audits.toml` is the one beside the strict file.
    #[arg(
        long,
        value_name = "FILE",
        env = "HARDEN_AUDITS",
        hide_env_values = true
    )]
    pub audits: Option<PathBuf>,
}

/// The pin, and what to record of it.
#[derive(Debug, Clone, Args)]
pub struct VetAddArgs {
    /// Package whose pinned files you have looked at
    #[arg(value_name = "NAME")]
    pub name: PackageName,
    /// Strict file [default: those of harden.toml, else strict.txt]
    #[arg(value_name = "STRICT")]
    pub strict: Option<String>,
    /// Who you are, e.g. `Ada <ada@example.org>`
    #[arg(long, value_name = "WHO", env = "HARDEN_WHO", hide_env_values = true)]
    pub who: String,
    /// What the files are (repeatable) [default: safe-to-deploy]
    #[arg(long, value_name = "CRITERION")]
    pub criteria: Vec<String>,
    /// What else there is to say
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// The day [default: today, UTC]
    #[arg(long, value_name = "DATE")]
    pub when: Option<Date>,
    #[command(flatten)]
    pub audits: AuditsArgs,
    /// Print JSON
    #[arg(long, env = "HARDEN_JSON", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub json: bool,
}

/// The wheels to compare.
#[derive(Debug, Clone, Args)]
pub struct VetDiffArgs {
    /// Package to compare wheels of
    #[arg(value_name = "NAME")]
    pub name: PackageName,
    /// Strict file [default: those of harden.toml, else strict.txt]
    #[arg(value_name = "STRICT")]
    pub strict: Option<String>,
    /// Version to compare with [default: the pinned one]
    #[arg(long, value_name = "VERSION")]
    pub from: Option<Version>,
    /// Version that is new
    ///
    /// [default: the newest release of the index; the pinned one, with --from]
    #[arg(long, value_name = "VERSION")]
    pub to: Option<Version>,
    /// Target whose wheels to compare [default: the first]
    #[arg(long, short, value_name = "TARGET")]
    pub platform: Option<String>,
    #[command(flatten)]
    pub wheelhouse: WheelhouseArgs,
    /// Print JSON
    #[arg(long, env = "HARDEN_JSON", hide_env_values = true, value_parser = FalseyValueParser::new())]
    pub json: bool,
    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
}
