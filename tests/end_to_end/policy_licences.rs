//! Policies: the rule `licence`, while locking, in `check`, in `fetch` and in `verify`.

use insta::assert_snapshot;

use crate::policy::CONFIGURATION;
use crate::sandbox::{FOREIGN, Sandbox};

const WORLD: &str = "
    lib 1.0 field='License-Expression: MIT OR GPL-3.0-only'
    lib 2.0 field='License-Expression: GPL-3.0-only'
    old 1.0 field='Classifier: License :: OSI Approved :: ISC License (ISCL)' field='License: see LICENSE'
    vague 1.0 field='Classifier: License :: OSI Approved :: BSD License' field='License: BSD'
    silent 1.0
    both 1.0 wheels=py3-none-any,cp311-cp311-manylinux2014_aarch64 field='License-Expression: MIT'
";

const POLICY: &str = "[policy]\nlicences = ['MIT', 'ISC']\n";

fn sandbox(loose: &str, policy: &str) -> Sandbox {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", loose);
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{policy}"));
    sandbox
}

#[test]
fn a_release_whose_licence_is_not_on_the_list_is_unavailable_while_locking() {
    let sandbox = sandbox("lib\nold", POLICY);
    assert_snapshot!(sandbox.harden(""), @r"
    exit 0
    --- stderr
    warning: strict.txt: lib 1.0 is pinned, since the policy denies 2.0: its licence GPL-3.0-only is not allowed [licence]; to admit it, extend `licences` or add an exemption
    strict.txt: resolved 2 packages for 1 target in [time]
    ");
    assert_snapshot!(sandbox.shown("strict.txt"), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311
    --index-url [index]/simple/
    lib==1.0 \
        --hash=sha256:<lib-1.0-py3-none-any.whl>
        # via -r loose.txt
        # lib-1.0-py3-none-any.whl
        # metadata sha256:[digest]
        # licence: MIT OR GPL-3.0-only
    old==1.0 \
        --hash=sha256:<old-1.0-py3-none-any.whl>
        # via -r loose.txt
        # old-1.0-py3-none-any.whl
        # metadata sha256:[digest]
        # licence: ISC
    ");
    for command in ["check", "verify"] {
        assert_eq!(sandbox.harden(command).code, Some(0), "{command}");
    }
    assert_eq!(sandbox.fetch("").code, Some(0));
    sandbox.write("loose.txt", "lib>=2");
    assert_snapshot!(sandbox.harden(""), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires lib>=2
      2. lib 2.0 cannot be used: the policy denies it: its licence GPL-3.0-only is not allowed [licence]
    hint: lib 1.0 would work: change `lib>=2` in loose.txt:1
    ");
}

#[test]
fn an_unknown_licence_is_denied_with_what_the_metadata_says() {
    assert_snapshot!(sandbox("vague", POLICY).harden(""), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires vague
      2. vague 1.0 cannot be used: the policy denies it: its licence is unknown: its metadata has no License-Expression, and no SPDX licence follows from License `BSD` and classifier `License :: OSI Approved :: BSD License` [licence]
    ");
    assert_snapshot!(sandbox("silent", POLICY).harden(""), @r"
    exit 1
    --- stderr
    error: no resolution for manylinux2014_aarch64-cp-311-cp311
      1. loose.txt:1 requires silent
      2. silent 1.0 cannot be used: the policy denies it: its licence is unknown: its metadata states none [licence]
    ");
    // Without a list, only unknown licences are findings.
    let warn = "[policy.rules]\nlicence = 'warn'";
    assert_snapshot!(sandbox("vague\nlib", warn).harden(""), @r"
    exit 0
    --- stderr
    warning: strict.txt: vague 1.0: its licence is unknown: its metadata has no License-Expression, and no SPDX licence follows from License `BSD` and classifier `License :: OSI Approved :: BSD License` [licence]
    strict.txt: resolved 2 packages for 1 target in [time]
    ");
}

#[test]
fn an_exemption_admits_a_licence_for_one_package() {
    let exempt = "[[policy.exempt]]\npackage = 'vague'\nrule = 'licence'\nreason = 'it is BSD-3-Clause'\nuntil = 2099-12-31";
    let sandbox = sandbox("vague", &format!("{POLICY}{exempt}"));
    assert_eq!(sandbox.harden("").code, Some(0));
    for command in ["check", "verify"] {
        assert_eq!(sandbox.harden(command).good(), "", "{command}");
    }
    assert_eq!(sandbox.fetch("").code, Some(0));
}

#[test]
fn the_rule_is_off_by_default() {
    let sandbox = sandbox("vague\nlib", "[policy]");
    assert_eq!(sandbox.harden("").code, Some(0));
    assert!(!sandbox.read("strict.txt").contains("licence"));
    for command in ["check", "verify"] {
        assert_eq!(sandbox.harden(command).good(), "", "{command}");
    }
}

/// A policy never passes because it could not be judged.
#[test]
fn a_strict_file_without_licences_is_judged_by_its_files_or_does_not_pass() {
    let sandbox = sandbox("lib", "");
    assert_eq!(sandbox.harden("").code, Some(0));
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{POLICY}"));
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:5: the file does not record the licence of lib 2.0; lock again to record it [licence]
      fix: harden --output strict.txt
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    assert_snapshot!(sandbox.harden("verify"), @r#"
    exit 1
    --- stdout
    strict.txt:5: lib 2.0: its licence GPL-3.0-only is not allowed [licence]
      hint: if you may use it, add it to `licences` in the policy: "GPL-3.0-only"
    --- stderr
    error: strict.txt does not pass: 1 finding
    "#);
    assert_snapshot!(sandbox.fetch(""), @r"
    exit 1
    --- stderr
    error: lib-2.0-py3-none-any.whl is denied by the policy: its licence GPL-3.0-only is not allowed [licence]
    ");
    assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
    // The same if another project has put the file into the cache.
    sandbox.write("harden.toml", CONFIGURATION);
    assert_eq!(sandbox.fetch("-d elsewhere").code, Some(0));
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{POLICY}"));
    assert_eq!(sandbox.fetch("").code, Some(1));
    assert_eq!(sandbox.list("wheelhouse"), [""; 0]);
    let warn = format!("{POLICY}rules = {{ licence = 'warn' }}");
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{warn}"));
    assert_snapshot!(sandbox.fetch(""), @r"
    exit 0
    --- stderr
    warning: lib-2.0-py3-none-any.whl: its licence GPL-3.0-only is not allowed [licence]
    fetched 0 files; 1 from the cache in [time]: wheelhouse
    pex --no-index --find-links wheelhouse -r strict.txt --platform manylinux2014_aarch64-cp-311-cp311 -o app.pex
    ");
}

#[test]
fn a_recorded_licence_is_compared_with_the_index() {
    let sandbox = sandbox("lib", POLICY);
    assert_eq!(sandbox.harden("").code, Some(0));
    let strict = sandbox.read("strict.txt");
    let edited = strict.replace("MIT OR GPL-3.0-only", "MIT");
    assert_ne!(edited, strict);
    std::fs::write(sandbox.path("strict.txt"), edited).unwrap();
    let outcome = sandbox.harden("check");
    assert!(outcome.stdout.contains("[edited]"), "{outcome}");
    let outcome = sandbox.harden("verify");
    let finding = "the file records the licence MIT for lib 1.0, and its metadata says MIT OR GPL-3.0-only [licence]";
    assert!(outcome.stdout.contains(finding), "{outcome}");
}

#[test]
fn fetch_refuses_a_recorded_licence_before_it_downloads() {
    let sandbox = sandbox("lib>=2", "[policy]\nrecord = 'licence'");
    assert_eq!(sandbox.harden("").code, Some(0));
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{POLICY}"));
    sandbox.server().forget_requests();
    assert_snapshot!(sandbox.fetch(""), @r#"
    exit 1
    --- stderr
    error: the policy denies what strict.txt pins: 1 finding
    lib 2.0: its licence GPL-3.0-only is not allowed [licence]
      hint: if you may use it, add it to `licences` in the policy: "GPL-3.0-only"
    hint: change what is required, or accept it for a time in the configuration (docs/policy.md):
        [[policy.exempt]]
        package = "lib"
        rule = "licence"
        reason = "WHY"
        until = YYYY-MM-DD
    "#);
    assert_eq!(sandbox.server().requests().len(), 0);
}

#[test]
fn exports_have_the_recorded_licence() {
    let sandbox = sandbox("old", POLICY);
    assert_eq!(sandbox.harden("").code, Some(0));
    let bill = sandbox.harden("export --format cyclonedx").good();
    assert!(bill.contains("\"expression\": \"ISC\""), "{bill}");
    let bill = sandbox.harden("export --format spdx").good();
    assert!(bill.contains("\"licenseDeclared\": \"ISC\""), "{bill}");
}

#[test]
fn a_list_names_spdx_licences() {
    let sandbox = sandbox("lib", "[policy]\nlicences = ['MIT', 'BSD']");
    assert_snapshot!(sandbox.harden(""), @r"
    exit 2
    --- stderr
    error: harden.toml:4: `BSD` is not an SPDX licence expression: unknown term; `BSD-2-Clause` or `BSD-3-Clause` may be meant
    ");
    let command = format!("loose.txt -p {FOREIGN}");
    assert_eq!(sandbox.harden(&command).code, Some(2));
}

/// What a licence excludes is not said to be excluded by the pin, or by what it would require.
#[test]
fn explain_and_outdated_say_that_a_licence_holds_a_package_back() {
    let sandbox = sandbox("lib\nold", POLICY);
    assert_eq!(sandbox.harden("").code, Some(0));
    assert_snapshot!(sandbox.harden("explain lib"), @r"
    exit 0
    --- stdout
    lib 1.0 in strict.txt
      for manylinux2014_aarch64-cp-311-cp311
      required by
        loose.txt:1 requires lib
      newer releases
        lib 2.0 cannot be used: the policy denies it: its licence GPL-3.0-only is not allowed [licence]
    ");
    let outdated = sandbox.harden("outdated").good();
    let held = "lib 2.0 cannot be used: the policy denies it: its licence GPL-3.0-only is not allowed [licence]\n";
    assert!(outdated.ends_with(held), "{outdated}");
    // One that the policy admits is held back by the pin alone.
    sandbox.write("loose.txt", "lib<2");
    let open = format!("{CONFIGURATION}[policy]\n");
    sandbox.write("harden.toml", &open);
    assert_eq!(sandbox.harden("").code, Some(0));
    sandbox.write("loose.txt", "lib");
    let outcome = sandbox.harden("explain lib").good();
    assert!(outcome.contains("--upgrade ignores it"), "{outcome}");
}

/// Of other packages, nothing is read for an explanation that nobody asks for.
#[test]
fn explain_reads_the_newer_releases_of_its_package_alone() {
    let mit = "field='License-Expression: MIT'";
    let gpl = "field='License-Expression: GPL-3.0-only'";
    let world = format!("one 1.0 {mit}\none 2.0 {gpl}\ntwo 1.0 {mit}\ntwo 2.0 {gpl}");
    let sandbox = Sandbox::new(&world);
    sandbox.write("loose.txt", "one\ntwo");
    sandbox.write("harden.toml", &format!("{CONFIGURATION}{POLICY}"));
    sandbox.harden("").good();
    sandbox.forget_cache();
    sandbox.server().forget_requests();
    let outcome = sandbox.harden("explain one").good();
    assert!(outcome.contains("one 2.0 cannot be used"), "{outcome}");
    let requests = sandbox.server().requests();
    let asked = |name: &str| requests.iter().any(|request| request.path.contains(name));
    assert!(asked("one-2.0"));
    assert!(!asked("two-2.0"));
}
