//! Policies: what strict files record of the origin of their pins.

use harden_testindex::{Fault, Universe};
use insta::assert_snapshot;
use serde_json::json;

use crate::policy::CONFIGURATION;
use crate::sandbox::Sandbox;

const WORLD: &str = "
    lib 1.0 uploaded=2024-01-01 field='License-Expression: MIT'
    lib 2.0 uploaded=2024-02-02 field='License-Expression: MIT'
    lib 3.0 uploaded=2024-03-03 field='License-Expression: MIT'
    plain 1.0 uploaded=2024-04-04
";

/// A provenance document of a publisher on GitHub.
pub fn published_by(repository: &str, workflow: &str) -> String {
    let publisher = json!({
        "kind": "GitHub", "repository": repository, "workflow": workflow, "environment": null,
    });
    let bundle = json!({ "publisher": publisher, "attestations": [{ "version": 1 }] });
    json!({ "version": 1, "attestation_bundles": [bundle] }).to_string()
}

/// An index whose releases of `lib` are attested, except for the last, which is from elsewhere.
fn universe() -> Universe {
    let document = |repository| published_by(repository, "publish.yaml");
    Universe::new(WORLD)
        .with_provenance("lib-1.0-py3-none-any.whl", &document("team/lib"))
        .with_provenance("lib-2.0-py3-none-any.whl", &document("team/lib"))
        .with_provenance("lib-3.0-py3-none-any.whl", &document("stranger/lib"))
}

fn sandbox(loose: &str, record: &str) -> Sandbox {
    let sandbox = Sandbox::of(universe());
    sandbox.write("loose.txt", loose);
    record_in(&sandbox, record);
    sandbox
}

fn record_in(sandbox: &Sandbox, record: &str) {
    let policy =
        format!("{CONFIGURATION}[policy]\nrecord = {record}\nrules = {{ publisher = 'off' }}");
    sandbox.write("harden.toml", &policy);
}

const ALL: &str = "['publisher', 'uploaded', 'licence']";

/// The comments of a strict file that record something.
fn records(sandbox: &Sandbox) -> String {
    let strict = sandbox.read("strict.txt");
    let lines = strict
        .lines()
        .filter_map(|line| line.strip_prefix("    # "));
    let recorded = lines.filter(|line| {
        let begins = ["published ", "uploaded ", "licence: ", "owned "];
        begins.iter().any(|begin| line.starts_with(begin))
    });
    recorded.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_pin_says_who_published_it_when_and_under_which_licence() {
    let recorded = |record: &str| {
        let sandbox = sandbox("lib<2\nplain", record);
        sandbox.harden("").good();
        sandbox.harden("check").good();
        records(&sandbox)
    };
    assert_snapshot!(recorded(ALL), @r"
    published by github.com/team/lib (publish.yaml), 2024-01-01; MIT
    published without attestation, 2024-04-04; licence unknown
    ");
    assert_snapshot!(recorded("'publisher'"), @r"
    published by github.com/team/lib (publish.yaml)
    published without attestation
    ");
    assert_snapshot!(recorded("'uploaded'"), @r"
    uploaded 2024-01-01
    uploaded 2024-04-04
    ");
    assert_snapshot!(recorded("['licence']"), @r"
    licence: MIT
    licence: unknown
    ");
    assert_snapshot!(recorded("[]"), @"");
}

#[test]
fn a_lock_that_is_made_again_has_the_same_bytes_and_asks_nothing_again() {
    let sandbox = sandbox("lib<2\nplain", ALL);
    sandbox.harden("").good();
    let strict = sandbox.read("strict.txt");
    assert_eq!(sandbox.server().count("/provenance"), 1);
    sandbox.harden("").good();
    sandbox.harden("-U").good();
    assert_eq!(sandbox.read("strict.txt"), strict);
    assert_eq!(sandbox.server().count("/provenance"), 1);
    // Without the file, the answer for this digest is in the cache.
    std::fs::remove_file(sandbox.path("strict.txt")).unwrap();
    sandbox.harden("").good();
    assert_eq!(sandbox.read("strict.txt"), strict);
    assert_eq!(sandbox.server().count("/provenance"), 1);
    sandbox.harden("verify").good();
    // What is no longer asked for goes.
    record_in(&sandbox, "[]");
    sandbox.harden("").good();
    assert_eq!(records(&sandbox), "");
}

#[test]
fn an_edited_record_is_an_edit_of_the_file() {
    let sandbox = sandbox("lib<2", ALL);
    sandbox.harden("").good();
    let edited = sandbox
        .read("strict.txt")
        .replace("team/lib", "stranger/lib");
    std::fs::write(sandbox.path("strict.txt"), edited).unwrap();
    let outcome = sandbox.harden("check");
    assert!(outcome.stdout.contains("[edited]"), "{outcome}");
    // The next lock does not take it over.
    sandbox.harden("").good();
    assert!(records(&sandbox).contains("team/lib"));
}

#[test]
fn a_change_of_the_publisher_is_a_changed_line() {
    let sandbox = sandbox("lib<3", ALL);
    sandbox.harden("").good();
    std::fs::rename(sandbox.path("strict.txt"), sandbox.path("old.txt")).unwrap();
    sandbox.write("loose.txt", "lib");
    sandbox.harden("").good();
    assert_snapshot!(sandbox.harden("diff old.txt strict.txt"), @r"
    exit 0
    --- stdout
    ~ lib 2.0 (2024-02-02, [size]) → 3.0 (2024-03-03, [size])
    ~ lib publisher by github.com/team/lib (publish.yaml) → by github.com/stranger/lib (publish.yaml)
    1 changed
    ");
    assert_snapshot!(sandbox.harden("diff --format markdown old.txt strict.txt"), @r"
    exit 0
    --- stdout
    **1 changed**

    | package | before | after | targets |
    | --- | --- | --- | --- |
    | lib | 2.0 (2024-02-02, [size]) | 3.0 (2024-03-03, [size]) | all |

    publisher of lib: by github.com/team/lib (publish.yaml) before, by github.com/stranger/lib (publish.yaml) now
    ");
    let json = sandbox.harden("diff --json old.txt strict.txt").good();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["records"][0]["record"], "publisher");
    assert_snapshot!(records(&sandbox), @"published by github.com/stranger/lib (publish.yaml), 2024-03-03; MIT");
}

#[test]
fn records_survive_an_export_to_pylock_and_its_import() {
    let sandbox = sandbox("lib<2\nplain", ALL);
    sandbox.harden("").good();
    let strict = sandbox.read("strict.txt");
    sandbox
        .harden("export --format pylock -o pylock.toml")
        .good();
    sandbox.harden("check pylock.toml").good();
    std::fs::remove_file(sandbox.path("strict.txt")).unwrap();
    sandbox.harden("import pylock.toml -o strict.txt").good();
    assert_eq!(sandbox.read("strict.txt"), strict);
}

/// A document that cannot be read is a warning that says why, and the next lock asks again.
#[test]
fn a_broken_attestation_is_a_warning() {
    let sandbox = sandbox("lib<2", "'publisher'");
    for (fault, why) in [
        (
            Fault::Body(b"{\"version\": 1, \"attest".to_vec()),
            "it is not a provenance document",
        ),
        (
            Fault::Body(b"{\"version\": 9, \"attestation_bundles\": []}".to_vec()),
            "version 9",
        ),
        (Fault::Body(vec![b' '; 5 << 20]), "larger"),
        (Fault::Body(vec![0xff; 9]), "UTF-8"),
        (Fault::Status(404), "the server has none"),
        (Fault::Status(400), "400"),
    ] {
        sandbox.forget_cache();
        sandbox.server().fault("/provenance", fault);
        let outcome = sandbox.harden("");
        assert_eq!(outcome.code, Some(0), "{outcome}");
        let warning = "warning: the attestation of lib-1.0-py3-none-any.whl cannot be read: ";
        assert!(outcome.stderr.contains(warning), "{outcome}");
        assert!(outcome.stderr.contains(why), "{why}: {outcome}");
        assert_eq!(records(&sandbox), "published by an unknown publisher");
        sandbox.server().heal();
    }
    sandbox.forget_cache();
    sandbox.harden("").good();
    assert_eq!(
        records(&sandbox),
        "published by github.com/team/lib (publish.yaml)"
    );
}

/// The merge driver takes a pin with all that is recorded of it.
#[test]
fn a_merge_takes_the_record_of_the_pin_that_it_takes() {
    let sandbox = sandbox("lib<3\nplain", ALL);
    sandbox.harden("").good();
    let base = sandbox.read("strict.txt");
    std::fs::write(sandbox.path("base.txt"), &base).unwrap();
    sandbox.write("loose.txt", "lib\nplain");
    sandbox.harden("-U").good();
    std::fs::rename(sandbox.path("strict.txt"), sandbox.path("theirs.txt")).unwrap();
    std::fs::write(sandbox.path("strict.txt"), &base).unwrap();
    sandbox
        .harden("merge-driver base.txt strict.txt theirs.txt")
        .good();
    let published = "published by github.com/stranger/lib (publish.yaml), 2024-03-03; MIT";
    assert!(records(&sandbox).contains(published));
}

/// Whether the line was never written or was taken out, with the digest in the header made again.
#[test]
fn a_record_that_the_policy_asks_for_and_that_is_missing_is_a_finding() {
    let sandbox = sandbox("lib<2\nplain", "[]");
    sandbox.harden("").good();
    record_in(&sandbox, "['publisher', 'owners']");
    for command in ["check", "verify"] {
        let outcome = sandbox.harden(command);
        assert_eq!(outcome.code, Some(1), "{outcome}");
        assert_eq!(outcome.stdout.matches("[record]").count(), 2, "{outcome}");
    }
    assert_snapshot!(sandbox.harden("check"), @r"
    exit 1
    --- stdout
    strict.txt:5: the file does not record the publisher and the owners of lib 1.0, as the policy asks; lock again to record it [record]
    strict.txt:10: the file does not record the publisher and the owners of plain 1.0, as the policy asks; lock again to record it [record]
      fix: harden --output strict.txt
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
    let fetched = sandbox.fetch("");
    assert!(fetched.stderr.contains("[record]"), "{fetched}");
    sandbox.harden("").good();
    for command in ["check", "verify"] {
        sandbox.harden(command).good();
    }
    record_in(&sandbox, "['uploaded', 'licence']");
    let outcome = sandbox.harden("check");
    let missing = "the file does not record the day of the upload and the licence of lib 1.0";
    assert!(outcome.stdout.contains(missing), "{outcome}");
    // What an index does not say is recorded as such.
    let silent = Sandbox::new("lib 1.0 uploaded=none");
    silent.write("loose.txt", "lib");
    record_in(&silent, "['publisher', 'uploaded', 'owners']");
    silent.harden("").good();
    assert_snapshot!(records(&silent), @r"
    published without attestation, on an unknown day
    owned by unknown owners
    ");
    for command in ["check", "verify"] {
        silent.harden(command).good();
    }
}

/// A line that says less than the index is no way out.
#[test]
fn verify_compares_weaker_records_with_the_index_too() {
    let sandbox = sandbox("lib<2", ALL);
    record_in(&sandbox, ALL);
    let policy = sandbox
        .read("harden.toml")
        .replace("publisher = 'off'", "publisher = 'deny'");
    std::fs::write(sandbox.path("harden.toml"), policy).unwrap();
    sandbox.harden("").good();
    let strict = sandbox.read("strict.txt");
    let verified = |other: &str| {
        let line = "published by github.com/team/lib (publish.yaml), 2024-01-01";
        let edited = strict.replace(line, other);
        assert_ne!(edited, strict);
        std::fs::write(sandbox.path("strict.txt"), edited).unwrap();
        let outcome = sandbox.harden("verify");
        assert_eq!(outcome.code, Some(1), "{outcome}");
        outcome.stdout.lines().next().unwrap_or_default().to_owned()
    };
    let by = "published by github.com/team/lib (publish.yaml)";
    let found = [
        verified("published without attestation, 2024-01-01"),
        verified("published by an unknown publisher, 2024-01-01"),
        verified(&format!("{by}, 2024-01-02")),
    ];
    assert_snapshot!(found.join("\n"), @r"
    strict.txt:3: the file was edited after harden wrote it: its content does not match its digest [edited]
    strict.txt:3: the file was edited after harden wrote it: its content does not match its digest [edited]
    strict.txt:3: the file was edited after harden wrote it: its content does not match its digest [edited]
    ");
}
