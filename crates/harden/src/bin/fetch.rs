//! The `fetch` executable.

use std::process::ExitCode;

fn main() -> ExitCode {
    harden_cli::fetch()
}
