//! The arguments of `harden`.

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand};
use clap_complete::engine::ArgValueCompleter;
use harden_packaging::{ExtraName, PackageName};
use harden_policy::Policy;

use super::completion_values::targets;
use super::metadata::StatedMetadata;
use super::shell::Shell;
use super::values::{PackagePrerelease, Prerelease, Resolution, UpgradePackage};
use super::{
    AddArgs, AuditArgs, CacheArgs, CheckArgs, Cutoff, DiffArgs, Exemption, ExplainArgs, ExportArgs,
    ExportFormat, FetchArgs, ImportArgs, IndexArgs, MergeDriverArgs, MessageArgs, OutdatedArgs,
    PackageCutoff, RemoveArgs, ReportArgs, SdistArgs, ShardArgs, TargetArgs, TreeArgs,
    UndatedFiles, VerifyArgs, VetArgs, WritingArgs,
};

/// Lock loose Python requirements in a strict, hash-pinned file
///
/// Resolves the whole dependency chain to one version of each package, for this machine or for other
/// platforms, and records the SHA-256 of each file that may be installed. `fetch` then downloads
/// exactly these files into a folder from which pip, uv and pex install without a network.
#[derive(Debug, Parser)]
#[command(
    name = "harden",
    version,
    args_conflicts_with_subcommands = true,
    max_term_width = 80,
    subcommand_help_heading = "Other commands",
    after_help = "Examples:\n  \
        harden loose.txt -o strict.txt\n  \
        harden loose.txt -p debian-12-arm64 -p win_amd64-cp311 -o strict.txt\n  \
        harden targets lambda-3.12-arm64\n\n\
        Exit codes: 0 success; 1 no resolution, or a check failed; 2 invalid usage or input; \
        3 network or index failure"
)]
pub struct HardenArgs {
    #[command(flatten)]
    pub lock: LockArgs,
    /// Print a report of the locks as JSON; needs --output
    ///
    /// The report holds the pins, warnings, what holds packages back, timings and counts.
    #[arg(long, env = "HARDEN_JSON", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Output")]
    pub json: bool,
    #[command(flatten)]
    pub part: ShardArgs,
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub messages: MessageArgs,
}

/// The commands beside locking.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add requirements to a loose file, and lock
    Add(AddArgs),
    /// Remove requirements from a loose file, and lock
    Remove(RemoveArgs),
    /// Check, offline, that a strict file matches its requirements
    Check(CheckArgs),
    /// Compare every hash of a strict file with the index
    ///
    /// Finds files that were replaced, yanked or removed, and files newer than the cutoff.
    Verify(Box<VerifyArgs>),
    /// Report known vulnerabilities of what a strict file pins
    ///
    /// Asks OSV, or reads its export, and says which release is fixed and whether the lock can use it.
    Audit(Box<AuditArgs>),
    /// Record and list who has looked at which pinned files
    ///
    /// Without a command, lists which pins are vetted.
    Vet(Box<VetArgs>),
    /// Explain why a package is locked, and at that version
    Explain(Box<ExplainArgs>),
    /// Convert the lock of another tool to a strict file
    ///
    /// Keeps exactly the versions of the lock, and compares its digests with those of the index. The result
    /// is proven like any other.
    Import(Box<ImportArgs>),
    /// Write a strict file for other tools
    ///
    /// As pylock.toml, a bill of materials, plain requirements, constraints, or for Nix or pex.
    Export(Box<ExportArgs>),
    /// Show what changed between two strict files
    Diff(DiffArgs),
    /// Show what is in a lock, as a page to look at
    ///
    /// Packages by target, the dependency graph, upload dates, sizes, and what changed since another
    /// strict file. Reads strict files, cache and wheelhouse; contacts no index.
    Report(ReportArgs),
    /// Show the packages of a strict file as a tree
    Tree(TreeArgs),
    /// List pins that have newer releases
    Outdated(OutdatedArgs),
    /// Download what a strict file pins; the same as `fetch`
    Fetch(Box<FetchArgs>),
    /// Create a harden.toml from the files in this folder
    Init,
    /// Merge strict files pin by pin, for git
    MergeDriver(MergeDriverArgs),
    /// List platforms and presets, or describe a target
    Targets(TargetsArgs),
    /// Show, clean or prune the cache
    Cache {
        /// What to do
        #[command(subcommand)]
        command: CacheCommand,
        /// Cache folder
        #[arg(
            long,
            global = true,
            value_name = "FOLDER",
            env = "HARDEN_CACHE_DIR",
            hide_env_values = true
        )]
        cache_dir: Option<PathBuf>,
    },
    /// Print the script for completion in a shell
    Completions {
        /// Shell to write the script for
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands
    Manual {
        /// Folder to write the pages into
        #[arg(long, short, value_name = "FOLDER")]
        output: Option<PathBuf>,
    },
}

/// The text that a file is to be read with, whatever it has on disk.
#[derive(Debug, Clone)]
pub struct EditedText {
    /// The file, where it really is.
    pub place: PathBuf,
    /// The text.
    pub text: String,
}

/// What to lock, for what, and by which rules.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own on the command line"
)]
#[derive(Debug, Clone, Default, Args)]
pub struct LockArgs {
    /// Whether the loose file is the lock of another tool, as `harden import` takes it.
    #[arg(skip)]
    pub imports: bool,
    /// A loose file with other text than it has on disk, as `harden add --dry-run` would edit it.
    #[arg(skip)]
    pub edited: Option<EditedText>,
    /// Requirements files, pyproject.toml, PEP 723 scripts, or `-`
    ///
    /// `-` reads standard input.
    ///
    /// Without any, the locks in harden.toml or in [tool.harden] of pyproject.toml are made.
    #[arg(value_name = "LOOSE")]
    pub loose: Vec<String>,
    /// Target to lock for (repeatable), e.g. debian-12-arm64
    ///
    /// A platform and a Python (manylinux2014_aarch64-cp311, win_amd64-cp312), a preset
    /// (debian-12-arm64), a complete-platform file, or `current`, the interpreter of --python, which
    /// is the default. `harden targets` lists platforms and presets.
    ///
    /// [env: HARDEN_PLATFORM]
    #[arg(long, short, value_name = "TARGET", add = ArgValueCompleter::new(targets))]
    pub platform: Vec<String>,
    /// Strict file to write [default: standard output]
    ///
    /// Pins that the file already holds are kept while they are valid.
    #[arg(
        long,
        short,
        alias = "output-file",
        value_name = "FILE",
        env = "HARDEN_OUTPUT",
        hide_env_values = true
    )]
    pub output: Option<PathBuf>,
    /// Format to write in place of a strict file
    ///
    /// As with `harden export`. Only pylock.toml contains everything that a strict file does: harden keeps its
    /// pins, and `harden check` reads it.
    #[arg(
        long,
        value_name = "FORMAT",
        env = "HARDEN_FORMAT",
        hide_env_values = true
    )]
    pub format: Option<ExportFormat>,
    /// Requirements file, as pip and uv name it
    #[arg(short = 'r', long = "requirement", value_name = "FILE", hide = true)]
    pub requirement: Vec<String>,
    /// Accepted, because every pin has hashes
    #[arg(long, hide = true)]
    pub generate_hashes: bool,
    /// Accepted, because only --allow-sdist admits sdists
    #[arg(long, value_name = "NAME", hide = true)]
    pub only_binary: Vec<String>,
    /// Prefer the versions of this lock (repeatable)
    ///
    /// The lock of any tool that `harden import` reads. Its pins are kept while they are valid. Pins of the
    /// output file come first.
    ///
    /// [env: HARDEN_PREFER]
    #[arg(long, value_name = "LOCK", help_heading = "Versions")]
    pub prefer: Vec<String>,
    #[command(flatten)]
    pub writing: WritingArgs,
    /// Constraints file: limits versions, adds no package
    ///
    /// [env: HARDEN_CONSTRAINT]
    #[arg(long = "constraint", short, value_name = "FILE")]
    pub constraints: Vec<String>,
    /// Extra of pyproject.toml to include (repeatable)
    ///
    /// [env: HARDEN_EXTRA]
    #[arg(long = "extra", value_name = "NAME")]
    pub extras: Vec<ExtraName>,
    /// Dependency group of pyproject.toml to include
    ///
    /// [env: HARDEN_GROUP]
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<PackageName>,
    #[command(flatten)]
    pub target: TargetArgs,
    /// Ignore existing pins and take the newest versions
    #[arg(long, short = 'U', env = "HARDEN_UPGRADE", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Versions")]
    pub upgrade: bool,
    /// Ignore the pin of this package (repeatable)
    ///
    /// NAME ignores the pin, NAME==VERSION moves it to that version.
    ///
    /// [env: HARDEN_UPGRADE_PACKAGE]
    #[arg(long, short = 'P', value_name = "PIN", help_heading = "Versions")]
    pub upgrade_package: Vec<UpgradePackage>,
    /// Ignore files uploaded since then
    ///
    /// A date (2026-11-14, from midnight UTC), a time (2026-11-14T12:00:00Z), or a span before now
    /// (`7 days`, P7D), as a cooldown for new releases.
    #[arg(
        long,
        value_name = "WHEN",
        env = "HARDEN_EXCLUDE_NEWER",
        hide_env_values = true,
        help_heading = "Upload times"
    )]
    pub exclude_newer: Option<Cutoff>,
    /// Own cutoff of a package, or false
    ///
    /// Replaces --exclude-newer for this package; `false` lifts it.
    ///
    /// [env: HARDEN_EXCLUDE_NEWER_PACKAGE]
    #[arg(long, value_name = "NAME=WHEN", help_heading = "Upload times")]
    pub exclude_newer_package: Vec<PackageCutoff>,
    /// Admit one version despite the cutoff
    ///
    /// With a reason and an expiry date, as in `urllib3==2.5.1 until 2026-12-31: CVE-2026-1234`.
    /// `harden check` fails from the day after.
    ///
    /// [env: HARDEN_EXEMPT, one per line]
    #[arg(long, value_name = "EXEMPTION", help_heading = "Upload times")]
    pub exempt: Vec<Exemption>,
    /// Rule for files without upload time
    ///
    /// How to treat files without an upload time when a cutoff is set. Without this option they are an
    /// error.
    #[arg(
        long,
        value_name = "RULE",
        env = "HARDEN_UNDATED",
        hide_env_values = true,
        help_heading = "Upload times"
    )]
    pub undated: Option<UndatedFiles>,
    /// Which pre-releases to admit
    ///
    /// [default: if-necessary]
    #[arg(
        long,
        value_name = "MODE",
        env = "HARDEN_PRERELEASE",
        hide_env_values = true,
        help_heading = "Pre-releases"
    )]
    pub prerelease: Option<Prerelease>,
    /// Own mode of a package
    ///
    /// Replaces --prerelease for this package.
    ///
    /// [env: HARDEN_PRERELEASE_PACKAGE]
    #[arg(long, value_name = "NAME=MODE", help_heading = "Pre-releases")]
    pub prerelease_package: Vec<PackagePrerelease>,
    /// Same as --prerelease allow
    #[arg(long, help_heading = "Pre-releases", conflicts_with = "prerelease")]
    pub pre: bool,
    /// Which of the matching versions to choose
    ///
    /// [default: highest]
    #[arg(
        long,
        value_name = "MODE",
        env = "HARDEN_RESOLUTION",
        hide_env_values = true,
        help_heading = "Versions"
    )]
    pub resolution: Option<Resolution>,
    /// Read every release if necessary
    ///
    /// Without this option, some releases of a package are skipped after 5,000 of them were read, and its
    /// other sdists are not built after two failed builds, 16 builds for metadata, or one that gives native
    /// code for another platform. A warning names such a package.
    #[arg(long, env = "HARDEN_EXHAUSTIVE", hide_env_values = true, value_parser = clap::builder::BoolishValueParser::new(), help_heading = "Versions")]
    pub exhaustive: bool,
    /// Requirements that replace all others
    ///
    /// A file of requirements, each of which replaces all other requirements for its package.
    ///
    /// [env: HARDEN_OVERRIDE]
    #[arg(long = "override", value_name = "FILE", help_heading = "Versions")]
    pub overrides: Vec<String>,
    /// Leave this package out (repeatable)
    ///
    /// Requirements for it have no effect.
    ///
    /// [env: HARDEN_EXCLUDE]
    #[arg(long, value_name = "NAME", help_heading = "Versions")]
    pub exclude: Vec<PackageName>,
    /// Pin direct requirements only
    #[arg(long, env = "HARDEN_NO_DEPS", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Versions")]
    pub no_deps: bool,
    #[command(flatten)]
    pub sdists: SdistArgs,
    /// State the metadata of sdists
    ///
    /// harden then builds nothing to read it. May be repeated. Written as in `name = "docopt", version =
    /// "0.6.2", requires-dist = []`; in a configuration file as a table `[[metadata]]`. Further keys are
    /// `requires-python` and `provides-extras`.
    ///
    /// [env: HARDEN_METADATA, one per line]
    #[arg(long, value_name = "ENTRY", help_heading = "Sdists")]
    pub metadata: Vec<StatedMetadata>,

    #[command(flatten)]
    pub index: IndexArgs,
    #[command(flatten)]
    pub cache: CacheArgs,
    /// Resolve again even if nothing has changed
    ///
    /// Without this option, a lock with the same inputs, options and output file as the last time, over
    /// cached pages that are the same and still fresh, is answered as it was then.
    #[arg(long, env = "HARDEN_NO_REUSE", hide_env_values = true, value_parser = FalseyValueParser::new(), help_heading = "Cache")]
    pub no_reuse: bool,
    /// What the configuration says of what the lock may hold
    #[arg(skip)]
    pub policy: Option<Policy>,
}

/// The target to describe, and the form of the description.
#[derive(Debug, Clone, Args)]
pub struct TargetsArgs {
    /// Target to describe; without one, lists platforms and presets
    #[arg(value_name = "TARGET", add = ArgValueCompleter::new(targets))]
    pub target: Option<String>,
    /// List all wheel tags, best first
    #[arg(long, requires = "target", conflicts_with_all = ["complete_platform", "json"])]
    pub tags: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Print the JSON that `pex --complete-platform` takes
    #[arg(long, requires = "target", conflicts_with = "json")]
    pub complete_platform: bool,
    /// Interpreter that `current` means [default: python3]
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
    /// Print the folder
    Dir,
    /// Print the size
    Size,
    /// Delete everything
    Clean,
    /// Delete what was not used for 30 days
    Prune,
}
