//! Locks of other tools, and records of advisories.

use harden_interchange::Lock;
use harden_policy::advisory;
use harden_requirements::Chosen;
use harden_target::Target;

use crate::seeds::{files_in, texts};

/// A lock: what it installs on a target can be told, or why not.
pub(crate) fn lock(text: &str) {
    let Ok(lock) = Lock::read("lock", text) else {
        return;
    };
    let target: Target = "manylinux2014_x86_64-cp-3.12.4-cp312"
        .parse()
        .expect("it is a target");
    let _ = lock.select(&target, &target.environment(), &Chosen::default());
}

pub(crate) fn locks() -> Vec<Vec<u8>> {
    files_in("interchange/tests/samples")
}

/// Records of advisories, in each form in which services give them.
pub(crate) fn advisories(text: &str) {
    let package = "a".parse().expect("it is a name");
    let version = "1.0".parse().expect("it is a version");
    for found in advisory::read_osv(text).iter().flatten() {
        let _ = (found.affects(&version), found.names());
    }
    let _ = advisory::read_batch(text, 1);
    let _ = advisory::read_package(text);
    let _ = advisory::read_pypi(text, (&package, &version));
}

/// What policies read: who published a file, who owns a project, which files were seen.
pub(crate) fn policy_records(text: &str) {
    let _ = harden_policy::read_provenance(text);
    let _ = harden_policy::read_owners(text);
    if let Ok(log) = harden_policy::FileLog::read(text) {
        let written = log.to_string();
        assert_eq!(harden_policy::FileLog::read(&written), Ok(log));
    }
}

pub(crate) fn policy_record_seeds() -> Vec<Vec<u8>> {
    let digest = "0".repeat(64);
    let seeds = [
        r#"{"version": 1, "attestation_bundles": [{"publisher": {"kind": "GitHub", "repository": "a/b", "workflow": "c.yml"}, "attestations": [{}]}]}"#.to_owned(),
        r#"{"ownership": {"organization": "a", "roles": [{"role": "Owner", "user": "b"}]}}"#.to_owned(),
        format!("# seen\na 1.0 a-1.0.tar.gz sha256:{digest}\n"),
    ];
    seeds.map(String::into_bytes).to_vec()
}

pub(crate) fn osv_records() -> Vec<Vec<u8>> {
    texts(&[
        r#"{"id": "GHSA-0000-0000-0000", "modified": "2026-01-02T03:04:05Z", "aliases": ["CVE-2026-0001"], "summary": "bad",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [{"package": {"name": "a", "ecosystem": "PyPI"}, "versions": ["1.0"],
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}, {"last_affected": "1.5"}]}]}]}"#,
        r#"{"results": [{"vulns": [{"id": "PYSEC-2026-1", "modified": "2026-01-02T03:04:05Z"}], "next_page_token": "x"}]}"#,
        r#"{"vulns": [{"id": "MAL-2026-1", "modified": "2026-01-02T03:04:05Z", "affected": []}]}"#,
        r#"{"vulnerabilities": [{"id": "PYSEC-2026-1", "aliases": null, "fixed_in": ["2.0"], "summary": null, "details": "x"}]}"#,
    ])
}
