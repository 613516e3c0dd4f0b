//! The `harden` executable.

use std::process::ExitCode;

fn main() -> ExitCode {
    harden_cli::harden()
}
