//! Which settings count where a configuration and the command line meet.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new("lib 1.0\nlib 2.0\ntool 1.0");
    sandbox.write(
        "harden.toml",
        &format!(
            "platforms = ['{FOREIGN}']
            [[lock]]
            loose = 'loose.txt'
            constraints = 'limits.txt'
            [[lock]]
            loose = ['dev.txt', 'tools.txt']
            strict = 'dev.strict.txt'"
        ),
    );
    sandbox.write("limits.txt", "lib<2");
    sandbox.write("loose.txt", "lib");
    sandbox.write("dev.txt", "lib");
    sandbox.write("tools.txt", "tool");
    sandbox
}

#[test]
fn naming_a_loose_file_or_an_output_of_a_lock_uses_its_settings() {
    let sandbox = sandbox();
    for arguments in ["loose.txt", "-o strict.txt", "loose.txt -o strict.txt"] {
        sandbox.harden(arguments).good();
        assert!(
            sandbox.read("strict.txt").contains("lib==1.0 "),
            "{arguments}"
        );
        std::fs::remove_file(sandbox.path("strict.txt")).unwrap();
    }
    assert_snapshot!(sandbox.harden_in("", "./loose.txt"), @"
    exit 0
    --- stderr
    strict.txt: resolved 1 package for 1 target in [time]
    ");
}

#[test]
fn a_configuration_that_is_not_used_is_said_with_the_reason() {
    let sandbox = sandbox();
    let p = format!("-q -p {FOREIGN}");
    assert_snapshot!(sandbox.harden(&format!("loose.txt -o other.txt {}", &p[3..])).stderr, @"
    harden.toml is not used: its lock of loose.txt writes strict.txt, not other.txt
    resolved 1 package for 1 target in [time]
    ");
    assert_snapshot!(sandbox.harden(&format!("dev.txt -o other.txt {}", &p[3..])).stderr, @"
    harden.toml is not used: it locks dev.txt and tools.txt together
    resolved 1 package for 1 target in [time]
    ");
    assert_snapshot!(sandbox.harden(&format!("limits.txt -o other.txt {}", &p[3..])).stderr, @"
    harden.toml is not used: none of its locks reads limits.txt
    resolved 1 package for 1 target in [time]
      ~ lib 2.0 → 1.0, which is older
    ");
}

#[test]
fn a_version_of_python_completes_a_platform_and_contradicts_another() {
    let sandbox = Sandbox::new("lib 1.0");
    sandbox.write("loose.txt", "lib");
    assert_snapshot!(sandbox.harden("loose.txt -p win_amd64 --python 3.12 -o a.txt"), @"
    exit 0
    --- stderr
    resolved 1 package for 1 target in [time]
    ");
    assert!(
        sandbox
            .read("a.txt")
            .contains("platforms=win_amd64-cp-312-cp312")
    );
    assert_snapshot!(sandbox.harden("loose.txt -p win_amd64-cp311 --python 3.12"), @"
    exit 2
    --- stderr
    error: --python 3.12 contradicts the target win_amd64-cp311
    hint: leave out --python, or the Python of the target
    ");
    assert_snapshot!(sandbox.harden("loose.txt -p win_amd64-cp311 --python python3.11 -o b.txt"), @"
    exit 0
    --- stderr
    warning: --python python3.11 has no effect: none of the targets is `current`
    resolved 1 package for 1 target in [time]
    ");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let sandbox = Sandbox::new("lib 1.0");
    sandbox.write("loose.txt", "lib");
    let empty = [
        ("HARDEN_OUTPUT", ""),
        ("HARDEN_EXCLUDE_NEWER", ""),
        ("HARDEN_PLATFORM", ""),
        ("HARDEN_CACHE_DIR", ""),
        ("HARDEN_VERBOSE", ""),
        ("HARDEN_COLOR", ""),
        ("HARDEN_INDEX_STRATEGY", ""),
    ];
    let outcome = sandbox.harden_with(&empty, &format!("loose.txt -p {FOREIGN}"));
    assert!(outcome.good().contains("lib==1.0 "));
}
