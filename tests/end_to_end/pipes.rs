//! Outputs that are not plain files.

use std::process::Command;

use crate::sandbox::{FOREIGN, Sandbox};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new("lib 1.0");
    sandbox.write("loose.txt", "lib");
    sandbox
}

/// Runs a script of bash in which `$LOCK` is the command that locks, up to its `-o`.
#[cfg(unix)]
fn bash(sandbox: &Sandbox, script: &str) -> crate::sandbox::Outcome {
    let mut bash = Command::new("timeout");
    let lock = format!(
        "{} loose.txt -p {FOREIGN} -q -o",
        env!("CARGO_BIN_EXE_harden")
    );
    bash.args(["20", "bash", "-c", &script.replace("$LOCK", &lock)]);
    sandbox.run_here(bash)
}

#[cfg(unix)]
#[test]
fn a_lock_goes_to_pipes_and_devices() {
    let sandbox = sandbox();
    for script in [
        "$LOCK - | cat",
        "$LOCK /dev/stdout | cat",
        "$LOCK >(cat > written.txt); sleep 0.5; cat written.txt",
        "mkfifo fifo; cat fifo & $LOCK fifo; wait",
    ] {
        let text = bash(&sandbox, script).good();
        assert!(text.contains("lib==1.0 "), "{script}: {text}");
        // Nobody could repeat a lock into a pipe that is gone.
        assert!(!text.contains("--output"), "{script}: {text}");
    }
    assert!(!sandbox.path("-").exists());
}

#[cfg(unix)]
#[test]
fn a_reader_that_stops_early_is_not_a_failure() {
    let sandbox = sandbox();
    for output in ["-", "/dev/stdout"] {
        let script = format!("set -o pipefail; $LOCK {output} | head -c 1 > first");
        bash(&sandbox, &script).good();
    }
}
