//! Commands of a build: without the user's environment, their output kept for when they fail.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use super::BuildError;

/// What a build may know of the environment: where programs, compilers and their settings are. No
/// credentials, no configuration of Python or pip.
const PASSED_ON: [&str; 28] = [
    "PATH",
    "TMPDIR",
    "TEMP",
    "TMP",
    "LANG",
    "LD_LIBRARY_PATH",
    "CC",
    "CXX",
    "AR",
    "LD",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "LDFLAGS",
    "PKG_CONFIG_PATH",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTFLAGS",
    "ARCHFLAGS",
    "MACOSX_DEPLOYMENT_TARGET",
    "SDKROOT",
    "DEVELOPER_DIR",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "COMSPEC",
    "PATHEXT",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
];

/// How much of its output is told of a command that failed.
const LINES_TOLD: usize = 16;

/// Makes a command that has no environment but what a build may know, and `home` for its home.
pub(super) fn clean(program: &OsStr, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().stdin(Stdio::null());
    for name in PASSED_ON {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("HOME", home)
        .env("USERPROFILE", home)
        .env("TZ", "UTC")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Backends may write sets in the order of their hashes.
        .env("PYTHONHASHSEED", "0")
        .env("PYTHONIOENCODING", "utf-8")
        .env("PYTHONNOUSERSITE", "1");
    command
}

/// Runs a command that is to do `what`, its output going to the file `log`.
pub(super) fn run(command: &mut Command, what: &str, log: &Path) -> Result<(), BuildError> {
    let failed = |status: String, said: Vec<String>| BuildError::Failed {
        what: what.to_owned(),
        status,
        said,
    };
    let output = File::create(log).and_then(|file| Ok((file.try_clone()?, file)));
    let (out, err) = output.map_err(BuildError::io("write", log))?;
    let ended = command.stdout(out).stderr(err).status();
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(status.to_string(), last_lines(log))),
        Err(error) => Err(failed(error.to_string(), Vec::new())),
    }
}

/// The last lines of a log that say something, printable.
fn last_lines(log: &Path) -> Vec<String> {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().map(str::trim_end);
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let first = lines.len().saturating_sub(LINES_TOLD);
    let printable = |line: &&str| line.replace(char::is_control, " ");
    lines[first..].iter().map(printable).collect()
}
