//! The `harden` executable.

use std::process::ExitCode;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[path = "../heap.rs"]
mod heap;

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn main() -> ExitCode {
    heap::prepare();
    harden_cli::harden(heap::use_one)
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn main() -> ExitCode {
    harden_cli::harden(|| {})
}
