//! The arguments of `harden import`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use harden_packaging::{ExtraName, PackageName};

use super::completion_values::targets;
use super::{CacheArgs, IndexArgs, LockArgs, SdistArgs, TargetArgs, WritingArgs};
use crate::report::Error;

/// The lock to import, and for what.
#[derive(Debug, Clone, Args)]
#[command(after_help = "Examples:\n  \
        harden import uv.lock -p debian-12-arm64 -p win_amd64-cp312 -o strict.txt\n  \
        harden import poetry.lock --group dev -p lambda-3.12-arm64 -o dev.strict.txt\n\n\
        Exit codes: 0 success; 1 the lock cannot be imported as it is; 2 invalid usage or input; \
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
    /// In addition to the groups that its tool installs by default.
    ///
    /// [env: HARDEN_GROUP]
    #[arg(long = "group", value_name = "NAME")]
    pub groups: Vec<PackageName>,
    /// Leave this package out (repeatable)
    ///
    /// [env: HARDEN_EXCLUDE]
    #[arg(long, value_name = "NAME")]
    pub exclude: Vec<PackageName>,
    /// Import the lock unchecked
    ///
    /// Does not compare it with what its packages require.
    #[arg(long)]
    pub no_deps: bool,
    #[command(flatten)]
    pub writing: WritingArgs,
    #[command(flatten)]
    pub target: TargetArgs,
    #[command(flatten)]
    pub sdists: SdistArgs,
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
            writing: self.writing,
            target: self.target.clone(),
            sdists: self.sdists.clone(),
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
            target: all.target,
            sdists: all.sdists,
            index: all.index,
            ..given
        })
    }
}
