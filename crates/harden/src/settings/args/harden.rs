//! The arguments of `harden`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand};
use harden_packaging::{ExtraName, PackageName};

use super::values::{AllowSdist, Hashes, MarkerValue, Prerelease, Resolution, UpgradePackage};
use super::{
    CacheArgs, CheckArgs, Cutoff, DiffArgs, Exemption, ExplainArgs, IndexArgs, PackageCutoff,
    ReportArgs, TalkArgs, TreeArgs, UndatedFiles, VerifyArgs,
};

/// Turn loose Python requirements into a strict file: every distribution of the whole dependency
/// chain at one version, with the SHA-256 of each file that may be installed, for this machine or
/// for others.
///
/// `fetch` then fills a folder with exactly those files, for `pip`, `uv` or `pex` to install with no
/// network.
#[derive(Debug, Parser)]
#[command(
    name = "harden",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_help_heading = "Other commands",
    after_help = "Examples:\n  \
        harden loose.txt -o strict.txt\n  \
        harden loose.txt -p manylinux2014_aarch64-cp311 -p macosx_12_0_arm64-cp311 -o strict.txt\n  \
        harden targets lambda-3.12-arm64\n\n\
        Exit codes: 0 done; 1 no resolution; 2 wrong usage or input; 3 the network or the index failed"
)]
pub struct HardenArgs {
    #[command(flatten)]
    pub lock: LockArgs,
    /// Say on standard output, as JSON, what was locked, what to look at, and what it took; the strict
    /// file needs --output then
    #[arg(long, env = "HARDEN_JSON", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub json: bool,
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub talk: TalkArgs,
}

/// What else `harden` does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say whether a strict file still answers its requirements, offline and in milliseconds
    Check(CheckArgs),
    /// Ask the index about every hash of a strict file: swapped, replaced, yanked, vanished, late
    Verify(Box<VerifyArgs>),
    /// Say why a package is in a lock, at that version, and what keeps newer releases out
    Explain(Box<ExplainArgs>),
    /// Say what changed between two strict files
    Diff(DiffArgs),
    /// Make a page of a lock to look at: packages by target, graph, dates, weight, what changed
    Report(ReportArgs),
    /// Show who needs whom in a lock
    Tree(TreeArgs),
    /// Write a first harden.toml from what this folder holds
    Init,
    /// List platforms and presets, or say what one means: tags, markers, complete platform
    Targets(TargetsArgs),
    /// Say where the cache is and how large, or clean it
    Cache {
        /// What to do.
        #[command(subcommand)]
        command: CacheCommand,
        /// The folder of the cache
        #[arg(
            long,
            global = true,
            value_name = "FOLDER",
            env = "HARDEN_CACHE_DIR",
            hide_env_values = true
        )]
        cache_dir: Option<PathBuf>,
    },
}

/// What to lock, for what, and by which rules.
#[derive(Debug, Clone, Default, Args)]
pub struct LockArgs {
    /// Requirements files, pyproject.toml, scripts with a PEP 723 block; `-` is standard input.
    /// Without any, the locks of harden.toml or of [tool.harden] in pyproject.toml are made
    #[arg(value_name = "LOOSE")]
    pub loose: Vec<String>,
    /// What to lock for, once for each: a platform and a Python, as
    /// manylinux2014_aarch64-cp-311-cp311 or win_amd64-cp312, a preset, as debian-12-arm64, a
    /// complete-platform file, or `current`, the interpreter of --python, which is the default
    ///
    /// [env: HARDEN_PLATFORM]
    #[arg(long, short, value_name = "TARGET")]
    pub platform: Vec<String>,
    /// The strict file to write; pins that it holds are kept where they are still valid. Without
    /// it, the result goes to standard output
    #[arg(
        long,
        short,
        value_name = "FILE",
        env = "HARDEN_OUTPUT",
        hide_env_values = true
    )]
    pub output: Option<PathBuf>,
    /// A file of constraints: they limit versions and require nothing
    ///
    /// [env: HARDEN_CONSTRAINT]
    #[arg(long = "constraint", short, value_name = "FILE")]
    pub constraints: Vec<String>,
    /// An extra of pyproject.toml to lock too
    ///
    /// [env: HARDEN_EXTRA]
    #[arg(long = "extra", value_name = "NAME")]
    pub extras: Vec<ExtraName>,
    /// A dependency group of pyproject.toml to lock too
    ///
    /// [env: HARDEN_GROUP]
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<PackageName>,
    /// The interpreter that `current` stands for [default: python3, else python]
    #[arg(
        long,
        value_name = "PYTHON",
        env = "HARDEN_PYTHON",
        hide_env_values = true
    )]
    pub python: Option<PathBuf>,

    /// Let all pins of the output file go
    #[arg(long, short = 'U', env = "HARDEN_UPGRADE", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Versions")]
    pub upgrade: bool,
    /// Let the pin of this package go, or move it to a version
    ///
    /// [env: HARDEN_UPGRADE_PACKAGE]
    #[arg(
        long,
        short = 'P',
        value_name = "NAME[==VERSION]",
        help_heading = "Versions"
    )]
    pub upgrade_package: Vec<UpgradePackage>,
    /// Ignore files uploaded at this moment or later: 2026-11-14 (which begins at midnight, UTC),
    /// 2026-11-14T12:00:00Z, or `7 days` ago (P7D), a cooldown
    #[arg(
        long,
        value_name = "WHEN",
        env = "HARDEN_EXCLUDE_NEWER",
        hide_env_values = true,
        help_heading = "Versions"
    )]
    pub exclude_newer: Option<Cutoff>,
    /// What holds for one package in place of --exclude-newer; `false` lifts it
    ///
    /// [env: HARDEN_EXCLUDE_NEWER_PACKAGE]
    #[arg(long, value_name = "NAME=WHEN", help_heading = "Versions")]
    pub exclude_newer_package: Vec<PackageCutoff>,
    /// A version that no cutoff keeps out, up to the end of a day, and why, as `urllib3==2.5.1 until
    /// 2026-12-31: CVE-2026-1234`; `harden check` fails from the next day on
    ///
    /// [env: HARDEN_EXEMPT, a line each]
    #[arg(long, value_name = "PIN until DATE: REASON", help_heading = "Versions")]
    pub exempt: Vec<Exemption>,
    /// What becomes of files whose upload time the index does not give, where there is a cutoff
    /// [default: an error]
    #[arg(
        long,
        value_name = "WHAT",
        env = "HARDEN_UNDATED",
        hide_env_values = true,
        help_heading = "Versions"
    )]
    pub undated: Option<UndatedFiles>,
    /// Which pre-releases may be chosen [default: if-necessary-or-explicit]
    #[arg(
        long,
        value_name = "MODE",
        env = "HARDEN_PRERELEASE",
        hide_env_values = true,
        help_heading = "Versions"
    )]
    pub prerelease: Option<Prerelease>,
    /// Allow all pre-releases, as --prerelease allow
    #[arg(long, help_heading = "Versions", conflicts_with = "prerelease")]
    pub pre: bool,
    /// Which of the versions that fit is chosen [default: highest]
    #[arg(
        long,
        value_name = "MODE",
        env = "HARDEN_RESOLUTION",
        hide_env_values = true,
        help_heading = "Versions"
    )]
    pub resolution: Option<Resolution>,
    /// A file of requirements that take the place of all others of their packages
    ///
    /// [env: HARDEN_OVERRIDE]
    #[arg(long = "override", value_name = "FILE", help_heading = "Versions")]
    pub overrides: Vec<String>,
    /// A package that no requirement is to bring in
    ///
    /// [env: HARDEN_EXCLUDE]
    #[arg(long, value_name = "NAME", help_heading = "Versions")]
    pub exclude: Vec<PackageName>,
    /// Pin what is required directly, and nothing that it requires
    #[arg(long, env = "HARDEN_NO_DEPS", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Versions")]
    pub no_deps: bool,
    /// Take the sdist of this package where no wheel fits; `:all:` for every package
    ///
    /// [env: HARDEN_ALLOW_SDIST]
    #[arg(long, value_name = "NAME", help_heading = "Versions")]
    pub allow_sdist: Vec<AllowSdist>,
    /// A value for what a target leaves open, as platform_release=6.1.0
    ///
    /// [env: HARDEN_MARKER, a line each]
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Versions")]
    pub marker: Vec<MarkerValue>,
    /// Which files of a release installers may take [default: selected]
    #[arg(
        long,
        value_name = "WHICH",
        env = "HARDEN_HASHES",
        hide_env_values = true,
        help_heading = "Versions"
    )]
    pub hashes: Option<Hashes>,

    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
}

/// Which target to describe, and how.
#[derive(Debug, Clone, Args)]
pub struct TargetsArgs {
    /// The target to describe; without one, platforms and presets are listed
    #[arg(value_name = "TARGET")]
    pub target: Option<String>,
    /// List all tags, best first
    #[arg(long, requires = "target", conflicts_with_all = ["complete_platform", "json"])]
    pub tags: bool,
    /// Write JSON
    #[arg(long)]
    pub json: bool,
    /// Write the JSON that `pex --complete-platform` takes
    #[arg(long, requires = "target", conflicts_with = "json")]
    pub complete_platform: bool,
    /// The interpreter that `current` stands for [default: python3, else python]
    #[arg(
        long,
        value_name = "PYTHON",
        env = "HARDEN_PYTHON",
        hide_env_values = true
    )]
    pub python: Option<PathBuf>,
}

/// What to do with the cache.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum CacheCommand {
    /// Print its folder
    Dir,
    /// Print how much it holds
    Size,
    /// Delete it
    Clean,
    /// Delete what has not been needed for 30 days
    Prune,
}
