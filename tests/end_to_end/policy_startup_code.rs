//! Policies: the rule `startup-code`, in `fetch`.

use insta::assert_snapshot;

use crate::policy::CONFIGURATION;
use crate::sandbox::Sandbox;

/// A sandbox with a lock of a wheel that has a `.pth` file, and this policy.
fn locked(policy: &str) -> Sandbox {
    let sandbox = Sandbox::new("lib 1.0 member='lib.pth'\nother 1.0");
    sandbox.write("loose.txt", "lib\nother");
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{policy}"));
    sandbox.harden("").good();
    sandbox
}

#[test]
fn code_that_runs_when_python_starts_is_a_warning_an_error_or_nothing() {
    let warned = locked("[policy]").fetch("");
    assert_snapshot!(warned, @r"
    exit 0
    --- stderr
    warning: lib-1.0-py3-none-any.whl runs code when Python starts or replaces an interpreter or installer: lib.pth
    fetched 2 files, [size] in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    assert_eq!(locked("").fetch("").stderr, warned.stderr);
    let denied = locked("[policy.rules]\nstartup-code = 'deny'");
    assert_snapshot!(denied.fetch(""), @r"
    exit 1
    --- stderr
    fetched 1 file, [size] in [time]: wheelhouse
    error: lib-1.0-py3-none-any.whl runs code when Python starts or replaces an interpreter or installer: lib.pth; the policy denies this [startup-code]
    ");
    assert_eq!(denied.list("wheelhouse"), ["other-1.0-py3-none-any.whl"]);
    let off = locked("[policy.rules]\nstartup-code = 'off'");
    assert_eq!(off.fetch("").stderr.matches("warning").count(), 0);
}

#[test]
fn a_file_that_is_there_or_in_the_cache_is_held_to_the_rule_as_well() {
    let sandbox = locked("[policy.rules]\nstartup-code = 'off'");
    sandbox.fetch("").good();
    let deny = "[policy.rules]\nstartup-code = 'deny'";
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{deny}"));
    assert_eq!(sandbox.fetch("").code, Some(1));
    assert_eq!(sandbox.fetch("-d elsewhere").code, Some(1));
    assert_eq!(sandbox.list("elsewhere"), ["other-1.0-py3-none-any.whl"]);
}

#[test]
fn an_exemption_admits_the_startup_code_of_one_package() {
    let exempt = "[policy]\nrules = { startup-code = 'deny' }\n[[policy.exempt]]\npackage = 'lib'\nrule = 'startup-code'\nreason = 'read it'\nuntil = 2099-12-31";
    let sandbox = locked(exempt);
    assert_snapshot!(sandbox.fetch(""), @r"
    exit 0
    --- stderr
    fetched 2 files, [size] in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
    // It has an effect that only `fetch` sees.
    assert_eq!(sandbox.harden("check").good(), "");
}

#[test]
fn what_replaces_an_interpreter_a_shell_or_the_library_is_found_in_every_scheme() {
    for member in [
        "lib-1.0.data/data/lib/python3.11/site.py",
        "lib-1.0.data/data/python311._pth",
        "lib-1.0.data/scripts/activate",
        "lib-1.0.data/purelib/sitecustomize.py",
        "lib.start",
    ] {
        let sandbox = Sandbox::new(&format!("lib 1.0 member='{member}'"));
        sandbox.write("loose.txt", "lib");
        let deny = "[policy.rules]\nstartup-code = 'deny'";
        sandbox.write("harden.toml", &format!("{CONFIGURATION}{deny}"));
        sandbox.harden("").good();
        let outcome = sandbox.fetch("");
        assert_eq!(outcome.code, Some(1), "{member}: {outcome}");
        assert!(outcome.stderr.contains(member), "{outcome}");
    }
}
