//! The settings of the configuration for `harden import`.

use super::paths::PathPrefix;
use super::{Config, place, usable};
use crate::report::format::list;
use crate::report::{Error, Terminal};
use crate::settings::args::LockArgs;

/// The arguments of an import over the settings of the lock that writes its output, if the configuration
/// has one; its folder is then the current one. A policy outside of locks holds for any import.
pub fn importing(args: LockArgs, terminal: Terminal) -> Result<LockArgs, Error> {
    let Some(config) = usable(terminal)? else {
        return Ok(args);
    };
    let Some(lock) = config.writer(&args) else {
        config.tell_unused(&not_written(&args), terminal);
        return Ok(LockArgs {
            policy: config.policy,
            ..args
        });
    };
    warn_of_unused(&config, lock, &args, terminal);
    let way = config.way_here()?;
    let before = PathPrefix(&way);
    let loose = args.loose.iter().cloned().map(|file| before.file(file));
    let args = LockArgs {
        loose: loose.collect(),
        output: None,
        ..args.with_path_prefix(before)
    };
    let args = args.over(used(lock.clone()));
    config.enter()?;
    Ok(args)
}

impl Config {
    /// The lock that writes the output of the arguments.
    fn writer(&self, args: &LockArgs) -> Option<&LockArgs> {
        let wanted = place(args.output.as_ref()?);
        let writes = |lock: &&LockArgs| {
            let output = lock.output.as_ref();
            output.is_some_and(|output| place(&self.folder.join(output)) == wanted)
        };
        self.locks.iter().find(writes)
    }
}

/// Why none of the locks is meant.
fn not_written(args: &LockArgs) -> String {
    match &args.output {
        Some(output) => format!("none of its locks writes {}", output.display()),
        None => "name the file of one of its locks with -o".to_owned(),
    }
}

/// The settings of a lock that count for an import.
fn used(lock: LockArgs) -> LockArgs {
    LockArgs {
        output: lock.output,
        platform: lock.platform,
        extras: lock.extras,
        groups: lock.groups,
        exclude: lock.exclude,
        no_deps: lock.no_deps,
        sdists: lock.sdists,
        target: lock.target,
        writing: lock.writing,
        index: lock.index,
        policy: lock.policy,
        ..LockArgs::default()
    }
}

/// Warns of the settings of a lock that decide versions, which the imported lock does.
fn warn_of_unused(config: &Config, lock: &LockArgs, args: &LockArgs, terminal: Terminal) {
    let settings = [
        ("constraints", !lock.constraints.is_empty()),
        ("overrides", !lock.overrides.is_empty()),
        ("exclude-newer", lock.exclude_newer.is_some()),
        (
            "exclude-newer-package",
            !lock.exclude_newer_package.is_empty(),
        ),
        ("exempt", !lock.exempt.is_empty()),
        ("undated", lock.undated.is_some()),
        ("prerelease", lock.prerelease.is_some()),
        ("prerelease-package", !lock.prerelease_package.is_empty()),
        ("exhaustive", lock.exhaustive),
        ("resolution", lock.resolution.is_some()),
        ("metadata", !lock.metadata.is_empty()),
    ];
    let set = settings.iter().filter(|(_, is_set)| *is_set);
    let set: Vec<_> = set.map(|(name, _)| format!("`{name}`")).collect();
    if !set.is_empty() {
        let imported = list(&args.loose);
        let file = &config.file;
        let settings = list(&set);
        terminal.warning(&format!(
            "{file}: an import does not use {settings}, since {imported} decides the versions"
        ));
    }
}
