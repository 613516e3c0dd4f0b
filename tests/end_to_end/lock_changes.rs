//! Changing a lock: what a run changes is said, and what nobody asked to change stays.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const UNIVERSE: &str = "
    app 1.0 requires=lib
    app 1.1 requires=lib,new
    lib 1.0
    lib 2.0rc1
    new 1.0
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new(UNIVERSE);
    sandbox.write("loose.txt", "app<1.1");
    assert_eq!(lock(&sandbox, "").code, Some(0));
    sandbox
}

fn lock(sandbox: &Sandbox, more: &str) -> crate::sandbox::Outcome {
    sandbox.harden(&format!("loose.txt -p {FOREIGN} -o strict.txt {more}"))
}

#[test]
fn what_changes_is_said() {
    let sandbox = sandbox();
    sandbox.write("loose.txt", "app");
    assert_snapshot!(lock(&sandbox, "-U"), @"
    exit 0
    --- stderr
    resolved 3 packages for 1 target in [time]
      ~ app 1.0 → 1.1
      + new 1.0
    ");
    assert_snapshot!(lock(&sandbox, ""), @"
    exit 0
    --- stderr
    resolved 3 packages for 1 target in [time]
    ");
}

#[test]
fn a_dry_run_says_what_would_change_and_writes_nothing() {
    let sandbox = sandbox();
    let before = sandbox.read("strict.txt");
    sandbox.write("loose.txt", "app");
    assert_snapshot!(lock(&sandbox, "--dry-run -P app"), @"
    exit 0
    --- stderr
    resolved 3 packages for 1 target in [time]
      ~ app 1.0 → 1.1
      + new 1.0
    strict.txt was not written, because of --dry-run
    ");
    assert_eq!(sandbox.read("strict.txt"), before);
    assert_snapshot!(sandbox.harden(&format!("loose.txt -p {FOREIGN} --dry-run")), @"
    exit 0
    --- stderr
    resolved 3 packages for 1 target in [time]
    the lock was not written, because of --dry-run
    ");
}

#[test]
fn a_pin_that_was_moved_to_a_prerelease_stays_there() {
    let sandbox = sandbox();
    assert_snapshot!(lock(&sandbox, "-P lib==2.0rc1").stderr, @"
    warning: lib 2.0rc1 is a pre-release: no stable release meets the requirements
    resolved 2 packages for 1 target in [time]
      ~ lib 1.0 → 2.0rc1
    ");
    let moved = sandbox.read("strict.txt");
    assert!(moved.contains("lib==2.0rc1 "), "{moved}");
    assert_eq!(lock(&sandbox, "").code, Some(0));
    assert_eq!(sandbox.read("strict.txt"), moved);
    assert_eq!(lock(&sandbox, "-U").code, Some(0));
    assert!(sandbox.read("strict.txt").contains("lib==1.0 "));
}
