//! Cutoffs of single packages, and exempt versions.

use insta::assert_snapshot;

use crate::sandbox::{FOREIGN, Sandbox};

const WORLD: &str = "
    app 1.0 requires=lib uploaded=2024-01-01
    lib 1.0 uploaded=2024-01-01
    lib 1.1 uploaded=2025-02-01
    lib 1.2 uploaded=2025-03-01
";

const CONFIGURATION: &str = "
    loose = 'loose.txt'
    platforms = 'manylinux2014_aarch64-cp311'
    exclude-newer = 2025-01-01
    exempt = [{ version = 'lib==1.1', reason = 'CVE-2026-1234', until = 2099-12-31 }]
";

/// A sandbox with this configuration.
fn configured(configuration: &str) -> Sandbox {
    let sandbox = Sandbox::new(WORLD);
    sandbox
        .write("loose.txt", "app")
        .write("harden.toml", configuration);
    sandbox
}

#[test]
fn an_exempt_version_is_the_only_one_chosen_despite_the_cutoff() {
    let sandbox = configured(CONFIGURATION);
    assert_snapshot!(sandbox.harden(""), @"
    exit 0
    --- stderr
    strict.txt: resolved 2 packages for 1 target in [time]
    ");
    assert_snapshot!(sandbox.shown("strict.txt"), @r"
    # Hardened by harden; change loose.txt and run this again, rather than edit:
    #     harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt --exclude-newer 2025-01-01T00:00:00Z --exempt 'lib==1.1 until 2099-12-31: CVE-2026-1234' --index-url [index]/simple/
    # harden: 1 inputs=sha256:[digest] pins=sha256:[digest] platforms=manylinux2014_aarch64-cp-311-cp311 exclude-newer=2025-01-01T00:00:00Z
    --index-url [index]/simple/
    app==1.0 \
        --hash=sha256:<app-1.0-py3-none-any.whl>
        # via -r loose.txt
        # app-1.0-py3-none-any.whl
        # metadata sha256:[digest]
    lib==1.1 \
        --hash=sha256:<lib-1.1-py3-none-any.whl>
        # via app
        # lib-1.1-py3-none-any.whl
        # metadata sha256:[digest]
    ");
    assert_snapshot!(sandbox.harden("check"), @"
    exit 0
    --- stderr
    strict.txt: 2 pins, 1 target, up to date
    ");
    assert_snapshot!(sandbox.harden("check strict.txt"), @"
    exit 0
    --- stderr
    strict.txt: 2 pins, 1 target, up to date
    ");
}

/// An exemption overrides the package's own cutoff as well as the general one, for all files of the
/// release.
#[test]
fn an_exemption_overrides_the_cutoff_of_its_package() {
    let sandbox = Sandbox::new("lib 1.0 uploaded=2024-01-01\nlib 1.1 uploaded=2025-02-01 sdist");
    sandbox.write("loose.txt", "lib");
    let variable = [("HARDEN_EXEMPT", "\n  lib==1.1 until 2099-12-31: CVE-1\n")];
    let command =
        format!("loose.txt -p {FOREIGN} --exclude-newer-package lib=2025-01-01 --hashes all");
    let strict = sandbox.harden_with(&variable, &command).good();
    assert!(strict.contains("# lib-1.1-py3-none-any.whl"), "{strict}");
    assert!(strict.contains("# lib-1.1.tar.gz"), "{strict}");
    assert!(
        strict.contains(" --exempt 'lib==1.1 until 2099-12-31: CVE-1' "),
        "{strict}"
    );
    assert!(
        strict.contains(" exclude-newer-package=lib=2025-01-01T00:00:00Z\n"),
        "{strict}"
    );
    let wrong = [("HARDEN_EXEMPT", "lib==1.1 for ever")];
    assert_snapshot!(sandbox.harden_with(&wrong, &command), @"
    exit 2
    --- stderr
    error: HARDEN_EXEMPT: expected `NAME==VERSION until DATE: REASON`, as in `urllib3==2.5.1 until 2026-12-31: CVE-2026-1234`
    ");
}

#[test]
fn an_expired_exemption_fails_check_and_harden() {
    let sandbox = configured(CONFIGURATION);
    sandbox.harden("-q").good();
    sandbox.write("harden.toml", &CONFIGURATION.replace("2099", "2020"));
    assert_snapshot!(sandbox.harden("check"), @"
    exit 1
    --- stdout
    strict.txt:3: harden.toml now says `--exempt 'lib==1.1 until 2020-12-31: CVE-2026-1234'`, but the file was made with `--exempt 'lib==1.1 until 2099-12-31: CVE-2026-1234'` [stale]
    strict.txt:3: the exemption of lib==1.1 ended with 2020-12-31: CVE-2026-1234; remove it, or extend its date [expired-exemption]
      fix: harden --output strict.txt
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
    assert_snapshot!(sandbox.harden("check --format github"), @"
    exit 1
    --- stdout
    ::error file=strict.txt,line=3,title=harden stale::harden.toml now says `--exempt 'lib==1.1 until 2020-12-31: CVE-2026-1234'`, but the file was made with `--exempt 'lib==1.1 until 2099-12-31: CVE-2026-1234'`; fix: harden --output strict.txt
    ::error file=strict.txt,line=3,title=harden expired-exemption::the exemption of lib==1.1 ended with 2020-12-31: CVE-2026-1234; remove it, or extend its date; fix: harden --output strict.txt
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
    assert_snapshot!(sandbox.harden(""), @"
    exit 2
    --- stderr
    error: the exemption of lib==1.1 ended with 2020-12-31: CVE-2026-1234
    hint: remove the exemption if the cutoff admits the version by now, or extend its date
    ");
    // By the header alone; the suggested command leaves the exemption out.
    let strict = sandbox.read("strict.txt").replace("2099", "2020");
    std::fs::write(sandbox.path("strict.txt"), strict).unwrap();
    assert_snapshot!(sandbox.harden("check strict.txt"), @r"
    exit 1
    --- stdout
    strict.txt:3: the file was edited after harden wrote it: its content does not match its digest [edited]
    strict.txt:3: the exemption of lib==1.1 ended with 2020-12-31: CVE-2026-1234; remove it, or extend its date [expired-exemption]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt # add your own --exclude-newer, --exempt, --index-url
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
}

#[test]
fn an_unused_exemption_is_reported() {
    let sandbox = configured(CONFIGURATION);
    sandbox.harden("-q").good();
    let exempt = |pins: &str| {
        let exemptions = pins
            .split(' ')
            .map(|pin| format!("{{ version = '{pin}', reason = 'x', until = 2099-12-31 }}"));
        let exemptions = exemptions.collect::<Vec<_>>().join(", ");
        let (before, _) = CONFIGURATION.split_once("exempt").unwrap();
        sandbox.write("harden.toml", &format!("{before}exempt = [{exemptions}]"));
        sandbox.harden("")
    };
    assert_snapshot!(exempt("lib==1.1 lib==1.2 app==1.0 other==3"), @"
    exit 0
    --- stderr
    warning: strict.txt: --exempt lib==1.2 has no effect: lib is pinned to 1.1; `-P lib==1.2` moves it
    warning: strict.txt: --exempt app==1.0 has no effect: it was uploaded before the cutoff, so no exemption is needed
    warning: strict.txt: --exempt other==3 has no effect: nothing requires other
    strict.txt: resolved 2 packages for 1 target in [time]
    ");
}

/// After an exemption is removed, the version stays if it is now old enough; otherwise the recorded
/// moment of the cooldown is kept.
#[test]
fn a_version_that_is_old_enough_stays_without_its_exemption() {
    let sandbox = configured(&CONFIGURATION.replace("2025-01-01", "'P7D'"));
    sandbox.harden("-q -P lib==1.1").good();
    let young = sandbox
        .read("strict.txt")
        .lines()
        .map(|line| match line.rsplit_once(" exclude-newer=") {
            Some((before, _)) => format!("{before} exclude-newer=2025-01-01T00:00:00Z\n"),
            None => format!("{line}\n"),
        })
        .collect::<String>();
    let is_kept = || sandbox.read("strict.txt").contains("=2025-01-01T00:00:00Z");
    std::fs::write(sandbox.path("strict.txt"), &young).unwrap();
    sandbox.harden("-q").good();
    assert!(is_kept());
    let without = CONFIGURATION.replace("2025-01-01", "'P7D'");
    let (without, _) = without.split_once("exempt").unwrap();
    sandbox.write("harden.toml", without);
    sandbox.harden("-q").good();
    assert!(!is_kept());
    assert!(sandbox.read("strict.txt").contains("lib==1.1 "));
}

#[test]
fn an_invalid_exemption_is_reported_with_its_line() {
    let sandbox = configured(
        "loose = 'loose.txt'
        exempt = [
        { version = 'lib==1.1', reson = 'CVE-1', until = 2099-12-31 },
        { version = 'lib>=1.1', reason = 'CVE-1', until = 2099-12-31 },
        { version = 'lib==1.1', reason = 'CVE-1', until = 2099-12-31T10:00:00Z },
        { version = 'lib==1.1', reason = '', until = 2099-12-31 },
        { version = 'lib==1.1', colour = 1 },
        { version = 'lib==1.1' },
        'lib==1.1',
        ]",
    );
    assert_snapshot!(sandbox.harden(""), @r#"
    exit 2
    --- stderr
    error: harden.toml:3: an exemption has no key `reson`; `reason` was probably meant
    harden.toml:4: `lib>=1.1` does not name one version: expected NAME==VERSION
    harden.toml:5: `2099-12-31T10:00:00Z` is not a date: expected YYYY-MM-DD
    harden.toml:6: expected a text that is not empty
    harden.toml:7: an exemption has no key `colour`; there are version, reason, until
    harden.toml:8: an exemption has a `version`, a `reason` and `until`
    harden.toml:9: expected a table, as `{ version = "urllib3==2.5.1", reason = "CVE-2026-1234", until = 2026-12-31 }`
    "#);
}

/// An age of a package is recorded as a moment and kept, like the one for all packages.
#[test]
fn a_cooldown_of_one_package_is_recorded_and_kept() {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", "app");
    let command =
        format!("loose.txt -q -p {FOREIGN} -o strict.txt --exclude-newer-package lib=P7D");
    sandbox.harden(&command).good();
    let strict = sandbox.read("strict.txt");
    assert!(
        strict.contains("--exclude-newer-package lib=P7D"),
        "{strict}"
    );
    let moment = |text: &str| {
        let (_, rest) = text
            .split_once(" exclude-newer-package=lib=")
            .expect("it is recorded");
        rest.lines().next().expect("a line").to_owned()
    };
    std::thread::sleep(std::time::Duration::from_millis(1100));
    sandbox.harden(&command).good();
    assert_eq!(sandbox.read("strict.txt"), strict);
    assert_snapshot!(sandbox.harden("check"), @"
    exit 0
    --- stderr
    strict.txt: 2 pins, 1 target, up to date
    ");
    sandbox.harden(&format!("{command} -U")).good();
    assert_ne!(moment(&sandbox.read("strict.txt")), moment(&strict));
}
