//! The `harden` executable.

use std::process::ExitCode;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[path = "../heap.rs"]
mod heap;

fn main() -> ExitCode {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    heap::use_one();
    harden_cli::harden()
}
