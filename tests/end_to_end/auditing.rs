//! `harden audit`: advisories from an export, from OSV's API and from the JSON API of an index.

use insta::assert_snapshot;

use crate::osv::{Osv, record};
use crate::sandbox::{FOREIGN, Sandbox};

const WORLD: &str = "
    app 1.0 requires=lib<2 uploaded=2024-01-01
    lib 1.0 uploaded=2024-01-01
    lib 1.1 uploaded=2024-06-01
    lib 2.0 uploaded=2024-07-01
    old 1.0
    tied 1.0
    tied 2.0
";

/// A sandbox in which this is locked, at the versions of 2024-01-01 where an argument says so.
fn locked(loose: &str, options: &str) -> Sandbox {
    let sandbox = Sandbox::new(WORLD);
    sandbox.write("loose.txt", loose);
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt {options}");
    sandbox.harden(&command).good();
    sandbox
}

/// A sandbox in which lib 1.0 is pinned, and nothing keeps it there.
fn with_old_lib() -> Sandbox {
    let sandbox = locked("app\nlib==1.0", "");
    sandbox.write("loose.txt", "app");
    sandbox
        .harden(&format!("loose.txt -p {FOREIGN} -o strict.txt"))
        .good();
    assert!(sandbox.read("strict.txt").contains("\nlib==1.0 "));
    sandbox
}

#[test]
fn a_vulnerable_pin_is_reported_with_the_command_that_fixes_it() {
    let sandbox = with_old_lib();
    sandbox.write("osv/GHSA-1.json", &record("GHSA-1", "lib", "1.1"));
    assert_snapshot!(sandbox.harden("audit --osv osv"), @r"
    exit 1
    --- stdout
    strict.txt:10: lib 1.0 has GHSA-1 (CVE-GHSA-1), high 7.5: It reads all files; 2.0 is fixed, and 1.1 is the newest such release that this lock can use [vulnerability]
      fix: harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt -P lib==1.1 # add your own --index-url
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    let findings = sandbox.harden("audit --osv osv").stdout;
    let mut lines = findings.lines();
    let fix = lines.find_map(|line| line.strip_prefix("  fix: harden "));
    let fix = fix.and_then(|fix| fix.split(" # ").next());
    assert_eq!(sandbox.harden(fix.expect("the fix is shown")).code, Some(0));
    assert_snapshot!(sandbox.harden("audit --osv osv"), @r"
    exit 0
    --- stderr
    strict.txt: 2 pins, 1 target, no known vulnerability
    ");
}

#[test]
fn the_lock_is_tried_with_each_fixed_release() {
    let sandbox = with_old_lib();
    // The newest fixed release does not go with app; the one before is vulnerable, too.
    sandbox.write("osv/GHSA-1.json", &record("GHSA-1", "lib", "2.0"));
    assert_snapshot!(sandbox.harden("audit --osv osv"), @r"
    exit 1
    --- stdout
    strict.txt:10: lib 1.0 has GHSA-1 (CVE-GHSA-1), high 7.5: It reads all files; 2.0 is fixed, but this lock can use no fixed release: loose.txt:1 requires app, app 1.0 requires lib<2, lib 1.0 to 1.1 are denied because of GHSA-1 [vulnerability]
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    // No release is fixed.
    sandbox.write("osv/GHSA-1.json", &record("GHSA-1", "lib", "3.0"));
    assert_snapshot!(sandbox.harden("audit --osv osv"), @r"
    exit 1
    --- stdout
    strict.txt:10: lib 1.0 has GHSA-1 (CVE-GHSA-1), high 7.5: It reads all files; every newer release has advisories, too [vulnerability]
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
    let sandbox = locked("app", "--exclude-newer 2024-03-01");
    sandbox.write("osv/GHSA-1.json", &record("GHSA-1", "lib", "1.1"));
    assert_snapshot!(sandbox.harden("audit --osv osv"), @r"
    exit 1
    --- stdout
    strict.txt:10: lib 1.0 has GHSA-1 (CVE-GHSA-1), high 7.5: It reads all files; 1.1 is fixed, but the cutoff of this lock excludes it: an exemption admits it [vulnerability]
      hint: to admit it, lock again with `--exempt 'lib==1.1 until YYYY-MM-DD: GHSA-1'`
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
}

#[test]
fn withdrawn_advisories_and_those_of_other_packages_are_not_reported() {
    let sandbox = with_old_lib();
    let other = record("GHSA-1", "other", "2.0");
    let withdrawn = record("GHSA-2", "lib", "2.0").replace(
        "\"affected\"",
        "\"withdrawn\": \"2026-01-01T00:00:00Z\", \"affected\"",
    );
    sandbox.write("osv/all.json", &format!("[{other}, {withdrawn}]"));
    assert_snapshot!(sandbox.harden("audit strict.txt --osv osv/all.json"), @r"
    exit 0
    --- stderr
    strict.txt: 2 pins, 1 target, no known vulnerability
    ");
}

#[test]
fn an_exempt_vulnerability_does_not_fail_until_its_last_day_is_over() {
    let sandbox = with_old_lib();
    sandbox.write("osv/GHSA-1.json", &record("GHSA-1", "lib", "1.1"));
    let configured = |advisory: &str, until: &str| {
        let exempt = format!(
            "[[policy.exempt]]\npackage = 'lib'\nrule = 'vulnerability'\nadvisory = '{advisory}'\nreason = 'not reachable'\nuntil = {until}\n"
        );
        let platforms = format!("loose = 'loose.txt'\nplatforms = '{FOREIGN}'\n");
        sandbox.write("harden.toml", &format!("{platforms}{exempt}"));
        sandbox.harden("audit --osv osv")
    };
    assert_snapshot!(configured("CVE-GHSA-1", "2099-12-31"), @r"
    exit 0
    --- stderr
    strict.txt: 2 pins, 1 target, no known vulnerability except 1 exempt one
    ");
    assert_snapshot!(configured("GHSA-1", "2024-12-31"), @r"
    exit 1
    --- stdout
    strict.txt:10: lib 1.0 has GHSA-1 (CVE-GHSA-1), high 7.5: It reads all files; 2.0 is fixed, and 1.1 is the newest such release that this lock can use [vulnerability]
      fix: harden --output strict.txt -P lib==1.1
    harden.toml:3: the exemption of lib from vulnerability (GHSA-1) ended with 2024-12-31: not reachable; remove it, or extend its date [expired-exemption]
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
    assert_snapshot!(configured("GHSA-2", "2099-12-31"), @r"
    exit 1
    --- stdout
    strict.txt:10: lib 1.0 has GHSA-1 (CVE-GHSA-1), high 7.5: It reads all files; 2.0 is fixed, and 1.1 is the newest such release that this lock can use [vulnerability]
      fix: harden --output strict.txt -P lib==1.1
    harden.toml:3: warning: the exemption of lib from vulnerability (GHSA-2) has no effect: the rule finds nothing that it would exempt; remove it [unused-exemption]
    --- stderr
    error: strict.txt does not pass: 1 finding
    ");
}

#[test]
fn a_policy_can_make_vulnerabilities_warnings_and_malware_stays_an_error() {
    let sandbox = with_old_lib();
    sandbox.write(
        "harden.toml",
        "loose = 'loose.txt'\npolicy = { rules = { vulnerability = 'warn' } }",
    );
    sandbox.write("osv/GHSA-1.json", &record("GHSA-1", "lib", "1.1"));
    let outcome = sandbox.harden("audit strict.txt --osv osv");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(
        outcome.stdout.contains("warning: lib 1.0 has GHSA-1"),
        "{outcome}"
    );
    sandbox.write("osv/MAL-1.json", &record("MAL-1", "app", "9"));
    let outcome = sandbox.harden("audit strict.txt --osv osv");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert!(outcome.stdout.contains("[malware]"), "{outcome}");
}

#[test]
#[expect(clippy::too_many_lines, reason = "what the user sees is long")]
fn an_audit_has_formats_for_machines() {
    let sandbox = with_old_lib();
    sandbox.write("osv/GHSA-1.json", &record("GHSA-1", "lib", "1.1"));
    assert_snapshot!(sandbox.harden("audit --osv osv --json"), @r#"
    exit 1
    --- stdout
    {
      "findings": [
        {
          "file": "strict.txt",
          "fix": "harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt -P lib==1.1 # add your own --index-url",
          "hint": null,
          "level": "error",
          "line": 10,
          "message": "lib 1.0 has GHSA-1 (CVE-GHSA-1), high 7.5: It reads all files; 2.0 is fixed, and 1.1 is the newest such release that this lock can use",
          "rule": "vulnerability"
        }
      ],
      "ok": false,
      "vulnerabilities": [
        {
          "aliases": [
            "CVE-GHSA-1"
          ],
          "exemption": null,
          "file": "strict.txt",
          "fits": "1.1",
          "fix": "harden loose.txt --platform manylinux2014_aarch64-cp-311-cp311 --output strict.txt -P lib==1.1 # add your own --index-url",
          "fixed": [
            "1.1"
          ],
          "id": "GHSA-1",
          "level": "error",
          "line": 10,
          "newest_fixed": "2.0",
          "package": "lib",
          "rule": "vulnerability",
          "severity": {
            "level": "high",
            "score": 7.5,
            "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
          },
          "summary": "It reads all files",
          "version": "1.0"
        }
      ]
    }
    --- stderr
    error: strict.txt does not pass: 1 finding
    "#);
    assert_snapshot!(sandbox.harden("audit --osv osv --format vex"), @r#"
    exit 1
    --- stdout
    {
      "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
      "bomFormat": "CycloneDX",
      "components": [
        {
          "bom-ref": "pkg:pypi/app@1.0",
          "name": "app",
          "purl": "pkg:pypi/app@1.0",
          "type": "library",
          "version": "1.0"
        },
        {
          "bom-ref": "pkg:pypi/lib@1.0",
          "name": "lib",
          "purl": "pkg:pypi/lib@1.0",
          "type": "library",
          "version": "1.0"
        }
      ],
      "metadata": {
        "tools": {
          "components": [
            {
              "name": "harden",
              "type": "application",
              "version": "0.1.0"
            }
          ]
        }
      },
      "specVersion": "1.6",
      "version": 1,
      "vulnerabilities": [
        {
          "affects": [
            {
              "ref": "pkg:pypi/lib@1.0",
              "versions": [
                {
                  "status": "affected",
                  "version": "1.0"
                }
              ]
            }
          ],
          "analysis": {
            "state": "in_triage"
          },
          "bom-ref": "GHSA-1/lib@1.0",
          "description": "It reads all files",
          "id": "GHSA-1",
          "ratings": [
            {
              "method": "CVSSv31",
              "score": 7.5,
              "severity": "high",
              "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
            }
          ],
          "recommendation": "2.0 is fixed, and 1.1 is the newest such release that this lock can use",
          "references": [
            {
              "id": "CVE-GHSA-1",
              "source": {
                "name": "OSV"
              }
            }
          ],
          "source": {
            "name": "OSV"
          }
        }
      ]
    }
    --- stderr
    error: strict.txt does not pass: 1 finding
    "#);
    let sarif = sandbox.harden("audit --osv osv --format sarif");
    assert!(
        sarif.stdout.contains("\"ruleId\": \"vulnerability\""),
        "{sarif}"
    );
    let github = sandbox.harden("audit --osv osv --format github");
    assert!(
        github.stdout.starts_with("::error file=strict.txt,line="),
        "{github}"
    );
}

#[test]
fn osv_is_asked_once_a_package_and_only_for_what_changed() {
    let sandbox = with_old_lib();
    let osv = Osv::start(&[
        record("GHSA-1", "lib", "1.1"),
        record("GHSA-2", "lib", "1.1"),
    ]);
    let audit = || sandbox.harden(&format!("audit --osv-url {}", osv.url()));
    let first = audit();
    assert_eq!(first.code, Some(1), "{first}");
    assert_eq!(
        osv.asked(),
        ["/v1/querybatch", "/v1/query lib", "/v1/query lib page"]
    );
    assert_eq!(audit().stdout, first.stdout);
    assert_eq!(osv.asked(), ["/v1/querybatch"]);
    osv.replace(&[record("GHSA-1", "lib", "1.1").replace("2026-01-01", "2026-02-02")]);
    let changed = audit();
    assert!(!changed.stdout.contains("GHSA-2"), "{changed}");
    assert_eq!(osv.asked(), ["/v1/querybatch", "/v1/query lib"]);
}

/// "No vulnerabilities" is never the answer where nobody answers.
#[test]
fn a_server_that_fails_is_not_a_good_answer() {
    let sandbox = with_old_lib();
    let osv = Osv::start(&[record("GHSA-1", "lib", "1.1")]);
    let url = osv.url();
    for body in [
        "",
        "<html>",
        "{}",
        "{\"results\": []}",
        "{\"results\": [{}]}",
    ] {
        osv.answer(body);
        let outcome = sandbox.harden(&format!("audit --osv-url {url}"));
        assert_eq!(outcome.code, Some(3), "{body}: {outcome}");
        assert_eq!(outcome.stdout, "");
    }
    drop(osv);
    let outcome = sandbox.harden(&format!("audit --osv-url {url}"));
    assert_eq!(outcome.code, Some(3), "{outcome}");
    let outcome = sandbox.harden(&format!("audit --offline --osv-url {url}"));
    assert_eq!(outcome.code, Some(3), "{outcome}");
}

#[test]
fn an_export_that_cannot_be_read_is_an_error() {
    let sandbox = with_old_lib();
    assert_snapshot!(sandbox.harden("audit --osv none"), @r"
    exit 2
    --- stderr
    error: cannot read none: no such file or directory
    ");
    sandbox.write("empty/readme.txt", "");
    assert_snapshot!(sandbox.harden("audit --osv empty"), @r"
    exit 2
    --- stderr
    error: empty holds no advisories: no file in it ends in .json
    hint: name the folder into which the export was unpacked
    ");
    sandbox.write("osv/cut.json", &record("GHSA-1", "lib", "1.1")[..60]);
    assert_snapshot!(sandbox.harden("audit --osv osv"), @r"
    exit 2
    --- stderr
    error: cannot read the advisory in osv/cut.json: it is not an OSV record: control character (\u0000-\u001F) found while parsing a string at line 2 column 0
    hint: download the export again
    ");
    sandbox.write("all.zip", "no archive");
    assert_snapshot!(sandbox.harden("audit --osv all.zip"), @r"
    exit 2
    --- stderr
    error: cannot read the archive all.zip: invalid Zip archive: Could not find EOCD
    hint: download the export again
    ");
}

#[test]
fn the_index_is_asked_for_vulnerabilities_of_each_release() {
    let sandbox = with_old_lib();
    let osv = Osv::start(&[]);
    osv.pypi("lib", "1.0", r#"[{"id": "PYSEC-1", "aliases": ["CVE-1"], "details": "It leaks.", "fixed_in": ["1.1"], "withdrawn": null}]"#);
    osv.pypi("app", "1.0", "[]");
    let strict = sandbox
        .read("strict.txt")
        .replace(&sandbox.server().url(""), &osv.url());
    std::fs::write(sandbox.path("other.txt"), strict).unwrap();
    let audit = || {
        sandbox.harden(&format!(
            "audit other.txt --pypi --index-url {}/simple/",
            osv.url()
        ))
    };
    let outcome = audit();
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert!(
        outcome
            .stdout
            .contains("lib 1.0 has PYSEC-1 (CVE-1): It leaks"),
        "{outcome}"
    );
    osv.pypi("lib", "1.0", "null");
    let outcome = sandbox.harden(&format!(
        "audit other.txt --pypi --refresh --index-url {}/simple/",
        osv.url()
    ));
    assert_eq!(outcome.code, Some(3), "{outcome}");
    let outcome = sandbox.harden(&format!(
        "audit other.txt --pypi --index-url {}/other/",
        osv.url()
    ));
    assert_eq!(outcome.code, Some(2), "{outcome}");
}

#[test]
fn releases_that_the_index_does_not_list_are_not_called_safe() {
    let sandbox = with_old_lib();
    let osv = Osv::start(&[]);
    let strict = sandbox
        .read("strict.txt")
        .replace(&sandbox.server().url(""), &osv.url());
    std::fs::write(sandbox.path("other.txt"), strict).unwrap();
    let audit = format!("audit other.txt --pypi --index-url {}/simple/", osv.url());
    let outcome = sandbox.harden(&audit);
    assert_eq!(outcome.code, Some(3), "{outcome}");
    let none = "lists the vulnerabilities of no pinned release: each is 404 in its JSON API";
    assert!(outcome.stderr.contains(none), "{outcome}");
    osv.pypi("app", "1.0", "[]");
    let outcome = sandbox.harden(&format!("{audit} --refresh"));
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let some = "warning: no index lists the vulnerabilities of lib 1.0: not audited";
    assert!(outcome.stderr.contains(some), "{outcome}");
}

#[test]
fn an_audit_reads_the_advisories_of_the_policy_unless_it_is_told_others() {
    let sandbox = with_old_lib();
    sandbox.write("ours/GHSA-1.json", &record("GHSA-1", "lib", "1.1"));
    let policy = format!("loose = 'loose.txt'\nplatforms = '{FOREIGN}'\n[policy]\nosv = 'ours'");
    sandbox.write("harden.toml", &policy);
    let outcome = sandbox.harden("audit");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert!(outcome.stdout.contains("lib 1.0 has GHSA-1"), "{outcome}");
    sandbox.write("none/GHSA-2.json", &record("GHSA-2", "other", "1.1"));
    sandbox.harden("audit --osv none").good();
    let osv = Osv::start(&[]);
    sandbox
        .harden(&format!("audit --osv-url {}", osv.url()))
        .good();
    assert_eq!(osv.asked(), ["/v1/querybatch"]);
}

#[test]
fn a_server_of_advisories_that_does_not_answer_names_the_options_for_it() {
    let sandbox = with_old_lib();
    assert_snapshot!(sandbox.harden("audit --osv-url http://127.0.0.1:9"), @r"
    exit 3
    --- stderr
    error: the advisories cannot be had from http://127.0.0.1:9: no answer from http://127.0.0.1:9/v1/querybatch: the server refuses the connection (tried 4 times)
    hint: check the address of --osv-url, or read an export with --osv PATH or `osv` in the policy
    ");
    assert_snapshot!(sandbox.harden("audit --osv-url http://127.0.0.1:9 --offline"), @r"
    exit 3
    --- stderr
    error: the advisories cannot be had from http://127.0.0.1:9: no answer from http://127.0.0.1:9/v1/querybatch: it is not in the cache, and the network is not to be used
    hint: advisories change, so no answer is kept: leave out --offline, or read an export with --osv PATH or `osv` in the policy
    ");
}
