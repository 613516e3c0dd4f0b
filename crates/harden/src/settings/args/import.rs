//! The arguments of `harden import`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use harden_packaging::{ExtraName, PackageName};
use harden_requirements::Requirement;

use super::completing::targets;
use super::{AllowSdist, CacheArgs, Hashes, IndexArgs, LockArgs, MarkerValue};
use crate::report::Error;

/// The lock to import, and for what.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
        harden import uv.lock -p debian-12-arm64 -p win_amd64-cp312 -o strict.txt\n  \
        harden import poetry.lock --group dev -p lambda-3.12-arm64 -o dev.strict.txt\n\n\
        Exit codes: 0 success; 1 the lock cannot be taken as it is; 2 invalid usage or input; \
        3 network or index failure")]
pub struct ImportArgs {
    /// Lock of another tool
    ///
    /// uv.lock, poetry.lock, pdm.lock, Pipfile.lock, pylock.toml, the lock of pex, conda-lock.yml (what pip
    /// installs), pinned requirements (pip-compile, uv, pip freeze), or a report of pip (--report).
    #[arg(value_name = "LOCK")]
    pub lock: String,
    /// Target to lock for (repeatable), e.g. debian-12-arm64
    ///
    /// As for `harden` itself.
    ///
    /// [env: HARDEN_PLATFORM]
    #[arg(long, short, value_name = "TARGET", add = ArgValueCompleter::new(targets))]
    pub platform: Vec<String>,
    /// Strict file to write [default: standard output]
    #[arg(
        long,
        short,
        value_name = "FILE",
        env = "HARDEN_OUTPUT",
        hide_env_values = true
    )]
    pub output: Option<PathBuf>,
    /// Extra of the lock to include (repeatable)
    ///
    /// [env: HARDEN_EXTRA]
    #[arg(long = "extra", value_name = "NAME")]
    pub extras: Vec<ExtraName>,
    /// Dependency group of the lock to include
    ///
    /// Beside the groups that its tool installs unasked.
    ///
    /// [env: HARDEN_GROUP]
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<PackageName>,
    /// Leave this package out (repeatable)
    ///
    /// [env: HARDEN_EXCLUDE]
    #[arg(long, value_name = "NAME")]
    pub exclude: Vec<PackageName>,
    /// Take the lock as it is
    ///
    /// Without comparing it with what its packages require.
    #[arg(long)]
    pub no_deps: bool,
    /// Replace an output file that harden did not write
    #[arg(long)]
    pub adopt: bool,
    /// Show what would change, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Use the sdist of NAME if no wheel fits, or :all:
    ///
    /// [env: HARDEN_ALLOW_SDIST]
    #[arg(long, value_name = "NAME", help_heading = "Sdists")]
    pub allow_sdist: Vec<AllowSdist>,
    /// Build the sdist of NAME if no wheel fits
    ///
    /// Code of the package and of its build backend runs, in an isolated environment.
    ///
    /// [env: HARDEN_BUILD]
    #[arg(long, value_name = "NAME", help_heading = "Sdists")]
    pub build: Vec<AllowSdist>,
    /// Constrain build requirements
    ///
    /// [env: HARDEN_BUILD_CONSTRAINT, one per line]
    #[arg(long, value_name = "REQ", help_heading = "Sdists")]
    pub build_constraint: Vec<Requirement>,
    /// Set an open marker variable of the targets
    ///
    /// [env: HARDEN_MARKER, one per line]
    #[arg(long, value_name = "NAME=VALUE")]
    pub marker: Vec<MarkerValue>,
    /// Which files of a release to hash
    ///
    /// [default: selected]
    #[arg(
        long,
        value_name = "WHICH",
        env = "HARDEN_HASHES",
        hide_env_values = true
    )]
    pub hashes: Option<Hashes>,
    /// Interpreter that `current` means [default: python3]
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
}

impl ImportArgs {
    /// The arguments of the lock that is made, as given.
    pub fn given(&self) -> LockArgs {
        LockArgs {
            imports: true,
            loose: vec![self.lock.clone()],
            platform: self.platform.clone(),
            output: self.output.clone(),
            extras: self.extras.clone(),
            groups: self.groups.clone(),
            exclude: self.exclude.clone(),
            no_deps: self.no_deps,
            adopt: self.adopt,
            dry_run: self.dry_run,
            allow_sdist: self.allow_sdist.clone(),
            build: self.build.clone(),
            build_constraint: self.build_constraint.clone(),
            marker: self.marker.clone(),
            hashes: self.hashes,
            python: self.python.clone(),
            index: self.index.clone(),
            cache: self.cache.clone(),
            ..LockArgs::default()
        }
    }

    /// The same, with what the environment says of what is not given.
    ///
    /// # Errors
    ///
    /// A variable holds a value that is not valid.
    pub fn with_environment(&self) -> Result<LockArgs, Error> {
        let given = self.given();
        let all = given.clone().with_environment()?;
        // What a lock fixes, no option of `harden` decides.
        Ok(LockArgs {
            platform: all.platform,
            extras: all.extras,
            groups: all.groups,
            exclude: all.exclude,
            allow_sdist: all.allow_sdist,
            build: all.build,
            build_constraint: all.build_constraint,
            marker: all.marker,
            index: all.index,
            ..given
        })
    }
}
