//! The `fetch` executable: starts the `harden` beside it, which acts as `fetch`.
//!
//! Both executables need the same code. Only `harden` holds it, so that a wheel or an image with both is
//! half as large. Therefore nothing but the standard library is used here.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

#[path = "../../crates/harden/src/as_fetch.rs"]
mod as_fetch;

use as_fetch::AS_FETCH;

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("error: {error}");
        eprintln!("hint: `fetch` starts the `harden` in its own folder; install both there");
        ExitCode::from(2)
    })
}

fn run() -> Result<ExitCode, String> {
    let fetch = env::current_exe().map_err(|why| format!("cannot find this executable: {why}"))?;
    let harden = harden_beside(&fetch);
    let mut command = Command::new(&harden);
    command.arg(AS_FETCH).args(env::args_os().skip(1));
    start(&mut command).map_err(|why| format!("cannot start {}: {why}", harden.display()))
}

/// The `harden` in the folder of `fetch`, or of the link by which `fetch` was started.
fn harden_beside(fetch: &Path) -> PathBuf {
    let name = format!("harden{}", env::consts::EXE_SUFFIX);
    let beside_link = fetch.with_file_name(&name);
    let beside_file = fs::canonicalize(fetch).map(|file| file.with_file_name(&name));
    beside_file
        .ok()
        .filter(|file| file.exists())
        .unwrap_or(beside_link)
}

/// Replaces this process; returns only if that fails.
#[cfg(unix)]
fn start(command: &mut Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;

    Err(command.exec())
}

/// Windows cannot replace a process: waits for it, and ends with its exit code.
#[cfg(not(unix))]
fn start(command: &mut Command) -> io::Result<ExitCode> {
    let code = command.status()?.code().unwrap_or(1);
    std::process::exit(code)
}
