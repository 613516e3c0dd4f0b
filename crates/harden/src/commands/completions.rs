//! `harden completions SHELL`: the script that makes a shell complete `harden` and `fetch`.
//!
//! The scripts ask the executable itself while you type, through the variable `HARDEN_COMPLETE`, so that
//! they offer targets and the packages of the current lock. Nushell has no such protocol; its script
//! offers commands and options only.

use clap::CommandFactory;
use clap_complete::env::Shells;
use clap_complete_nushell::Nushell;

use crate::report::Error;
use crate::report::output::print;
use crate::settings::args::{COMPLETION_VARIABLE, FetchArgs, HardenArgs, Shell};

/// Prints the script for both executables.
pub fn completions(shell: Shell) -> Result<(), Error> {
    let mut script = Vec::new();
    if let Some(name) = shell.protocol() {
        let shells = Shells::builtins();
        let shell = shells.completer(name).expect("clap knows its own shells");
        for name in ["harden", "fetch"] {
            shell
                .write_registration(COMPLETION_VARIABLE, name, name, name, &mut script)
                .expect("writing to memory does not fail");
        }
    } else {
        clap_complete::generate(Nushell, &mut HardenArgs::command(), "harden", &mut script);
        clap_complete::generate(Nushell, &mut FetchArgs::command(), "fetch", &mut script);
    }
    print(&String::from_utf8_lossy(&script))
}
