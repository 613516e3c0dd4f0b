//! The commands with which pex builds from a wheelhouse, and the complete platforms that some targets
//! need.

use std::path::Path;

use harden_fetch::{Lock, PexPlatform, complete_target, pex_platforms};
use harden_target::Target;

use super::job::plain;
use crate::report::output::Output;
use crate::report::{Error, Terminal};
use crate::settings::args::FetchArgs;

/// Writes the complete platform of each target into the wheelhouse, if the arguments ask for it.
pub fn write_platforms(lock: &Lock<'_>, args: &FetchArgs, terminal: Terminal) -> Result<(), Error> {
    if !args.complete_platform {
        return Ok(());
    }
    for target in lock.targets {
        // Where pins depend on the patch release, pex itself reports a wrong one.
        let complete = complete_target(lock, target).unwrap_or_else(|| target.clone());
        let text = format!("{:#}\n", complete.complete_platform());
        Output::new(Some(args.dest.join(file_name(target))))?.write(&text, terminal)?;
    }
    Ok(())
}

/// Prints the pex command for each target of each lock, and for `--verbose` those of pip and uv. They run
/// in `folder`, which is relative to the one that the user is in.
pub fn print_commands(
    locks: &[Lock<'_>],
    folder: &Path,
    args: &FetchArgs,
    terminal: Terminal,
) -> Result<(), Error> {
    let before = if folder.as_os_str().is_empty() {
        String::new()
    } else {
        format!("cd {} && ", folder.display())
    };
    let is_only = matches!(locks, [lock] if lock.targets.len() == 1);
    for lock in locks {
        let platforms = pex_platforms(lock, &args.dest)?;
        for (target, platform) in lock.targets.iter().zip(platforms) {
            let output = match locks {
                _ if is_only => "app.pex".to_owned(),
                [_] => format!("app-{target}.pex"),
                _ => format!("{}-{target}.pex", plain(lock.name)),
            };
            let strict = lock.name;
            terminal.summary(&command_text(
                target,
                &platform,
                (&before, strict),
                args,
                &output,
            ));
        }
    }
    for lock in locks {
        let (strict, wheelhouse) = (lock.name, args.dest.display());
        for installer in ["pip", "uv pip"] {
            terminal.detail(&format!(
                "{before}{installer} install --require-hashes --no-index --find-links {wheelhouse} -r {strict}"
            ));
        }
    }
    Ok(())
}

fn command_text(
    target: &Target,
    platform: &PexPlatform,
    (before, strict): (&str, &str),
    args: &FetchArgs,
    output: &str,
) -> String {
    let command = |option: &str, value: &str| {
        let wheelhouse = args.dest.display();
        format!(
            "{before}pex --no-index --find-links {wheelhouse} -r {strict} {option} {value} -o {output}"
        )
    };
    let complete = args.dest.join(file_name(target));
    let complete = command("--complete-platform", &complete.display().to_string());
    let why = match platform {
        PexPlatform::Patch => {
            return format!(
                "some pins depend on the patch release of {target}; name one to build with pex, as in \
                 manylinux2014_aarch64-cp-3.11.9-cp311"
            );
        }
        PexPlatform::Sdist(file) => {
            return format!(
                "pex builds no sdist for {target}, and {file} is one: `fetch --build` builds the wheel, and prints the \
                 command"
            );
        }
        _ if args.complete_platform => return complete,
        PexPlatform::Name(name) => return command("--platform", name),
        PexPlatform::NoName => "pex has no platform name for this target".to_owned(),
        PexPlatform::Refused(file) => {
            format!("`pex --platform` refuses {file}, which {target} takes")
        }
    };
    format!(
        "{why}; `fetch --complete-platform` writes the file that this command needs:\n    {complete}"
    )
}

fn file_name(target: &Target) -> String {
    format!("{target}.complete-platform.json")
}
