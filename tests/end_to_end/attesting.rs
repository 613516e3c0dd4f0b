//! Attestations (PEP 740): verified in `verify`, required by a policy, from an index with a Sigstore of the
//! tests' own.

use harden_testindex::{Fault, Signing, Sigstore, Universe, github_publisher, provenance};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::sandbox::{FOREIGN, Sandbox};

const WORLD: &str = "
    app 1.0 requires=lib wheels=cp311-cp311-manylinux2014_aarch64,cp311-cp311-manylinux2014_x86_64
    lib 1.0
    plain 1.0
";

const LIB: &str = "lib-1.0-py3-none-any.whl";
const APP: &str = "app-1.0-cp311-cp311-manylinux2014_aarch64.whl";

/// A sandbox in which `app`, `lib` and `plain` are locked, with these documents on the index.
fn locked(sigstore: &Sigstore, documents: &[(&str, String)]) -> Sandbox {
    let mut universe = Universe::new(WORLD);
    for (file, document) in documents {
        universe = universe.with_provenance(file, document);
    }
    let sandbox = Sandbox::of(universe);
    sandbox.write("loose.txt", "app\nplain");
    sandbox.write("root.json", &sigstore.trusted_root());
    let command = format!("loose.txt -p {FOREIGN} -o strict.txt");
    sandbox.harden(&command).good();
    sandbox
}

/// The document of a file that a workflow of `octo/lib` has published.
fn published(sigstore: &Sigstore, file: &str) -> (&'static str, String) {
    let universe = Universe::new(WORLD);
    let name = if file == LIB { LIB } else { APP };
    let file = universe.file(file).unwrap();
    (name, sigstore.published(file, "octo/lib"))
}

const VERIFY: &str = "verify --attestations --trusted-root root.json";

#[test]
fn verify_says_who_published_each_pin_and_what_has_no_attestations() {
    let sigstore = Sigstore::new();
    let documents = [published(&sigstore, LIB), published(&sigstore, APP)];
    let sandbox = locked(&sigstore, &documents);
    assert_snapshot!(sandbox.harden(VERIFY), @r"
    exit 0
    --- stdout
    app 1.0: github.com/octo/lib (release.yml)
    lib 1.0: github.com/octo/lib (release.yml)
    no attestations: 1 of 3 pins: plain
    --- stderr
    strict.txt: 2 of 3 pins attested, 2 of 3 files
    strict.txt: 3 pins, 1 target, as the index has them
    ");
    let outcome = sandbox.harden(&format!("{VERIFY} --json"));
    let document: Value = serde_json::from_str(&outcome.good()).unwrap();
    let lib = &document["attestations"][1];
    assert_eq!(lib["filename"], LIB);
    assert_eq!(lib["invalid"], Value::Null);
    assert_eq!(
        lib["attested"],
        json!([{
            "publisher": "github.com/octo/lib (release.yml)",
            "predicate": "https://docs.pypi.org/attestations/publish/v1",
            "signed": "2024-01-01T00:01:00Z",
            "ref": "refs/tags/v1",
            "commit": "1234567890abcdef1234567890abcdef12345678",
        }])
    );
    assert_eq!(document["attestations"][2]["attested"], json!([]));
}

/// Once the documents are there, nothing is asked for again.
#[test]
fn attestations_are_verified_offline_from_the_cache() {
    let sigstore = Sigstore::new();
    let sandbox = locked(&sigstore, &[published(&sigstore, LIB)]);
    let offline = format!("{VERIFY} --offline");
    let outcome = sandbox.harden(&offline);
    assert_eq!(outcome.code, Some(3), "{outcome}");
    sandbox.harden(VERIFY).good();
    let before = sandbox.server().requests().len();
    assert_snapshot!(sandbox.harden(&offline), @r"
    exit 0
    --- stdout
    lib 1.0: github.com/octo/lib (release.yml)
    no attestations: 2 of 3 pins: app, plain
    --- stderr
    strict.txt: 1 of 3 pins attested, 1 of 3 files
    strict.txt: 3 pins, 1 target, as the index has them
    ");
    assert_eq!(sandbox.server().requests().len(), before);
}

#[test]
fn an_attestation_that_the_trusted_root_does_not_vouch_for_is_an_error() {
    let documents = [published(&Sigstore::new(), LIB)];
    let sandbox = locked(&Sigstore::new(), &documents);
    let outcome = sandbox.harden(VERIFY);
    assert_eq!(outcome.code, Some(1), "{outcome}");
    let expected =
        format!("{LIB}: an attestation is not valid: invalid inclusion promise: No log key valid");
    assert!(outcome.stdout.contains(&expected), "{outcome}");
    // Nor does the public instance.
    let outcome = sandbox.harden("verify --attestations");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert!(
        outcome.stdout.contains("[invalid-attestation]"),
        "{outcome}"
    );
    // Without the option, nothing is said of attestations that no policy requires.
    sandbox.harden("verify").good();
}

#[test]
fn an_attestation_of_another_file_or_publisher_is_an_error() {
    let sigstore = Sigstore::new();
    let (_, of_app) = published(&sigstore, APP);
    let sandbox = locked(&sigstore, &[(LIB, of_app)]);
    assert_snapshot!(sandbox.harden(VERIFY), @r"
    exit 1
    --- stdout
    strict.txt:10: lib-1.0-py3-none-any.whl: an attestation is not valid: it is for app-1.0-cp311-cp311-manylinux2014_aarch64.whl, not for lib-1.0-py3-none-any.whl [invalid-attestation]
      hint: do not install it before you know why; no setting and no exemption admits it
    no attestations: 2 of 3 pins: app, plain
    --- stderr
    strict.txt: 0 of 3 pins attested, 0 of 3 files
    error: strict.txt does not pass: 1 finding
    ");
    let universe = Universe::new(WORLD);
    let signing = Signing::by_github(universe.file(LIB).unwrap(), "mallory/lib");
    let document = provenance(&github_publisher("octo/lib"), &[sigstore.sign(&signing)]);
    let sandbox = locked(&sigstore, &[(LIB, document)]);
    assert_snapshot!(sandbox.harden(VERIFY), @r"
    exit 1
    --- stdout
    strict.txt:10: lib-1.0-py3-none-any.whl: an attestation is not valid: its certificate is not that of github.com/octo/lib (release.yml): its repository is https://github.com/mallory/lib, not https://github.com/octo/lib [invalid-attestation]
      hint: do not install it before you know why; no setting and no exemption admits it
    no attestations: 2 of 3 pins: app, plain
    --- stderr
    strict.txt: 0 of 3 pins attested, 0 of 3 files
    error: strict.txt does not pass: 1 finding
    ");
}

#[test]
fn what_cannot_be_judged_does_not_pass() {
    let sigstore = Sigstore::new();
    let (_, good) = published(&sigstore, LIB);
    let judged = |document: &str| {
        let sandbox = locked(&sigstore, &[(LIB, document.to_owned())]);
        let outcome = sandbox.harden(VERIFY);
        assert_eq!(outcome.code, Some(1), "{outcome}");
        let line = outcome.stdout.lines().next().unwrap_or_default();
        line.to_owned()
    };
    assert_snapshot!(judged(&good[..100]), @"strict.txt:10: lib-1.0-py3-none-any.whl: the provenance document is not valid: it is not JSON, or incomplete: EOF while parsing a string at line 1 column 100 [invalid-attestation]");
    assert_snapshot!(judged(&good.replace(r#""version":1"#, r#""version":2"#)), @"strict.txt:10: lib-1.0-py3-none-any.whl: the provenance document is not valid: its version is 2, and only version 1 is known [invalid-attestation]");
    assert_snapshot!(judged("null"), @"strict.txt:10: lib-1.0-py3-none-any.whl: the provenance document is not valid: it is malformed: it has no version [invalid-attestation]");
    assert_snapshot!(judged(r#"{"version": 1, "attestation_bundles": []}"#), @"strict.txt:10: lib-1.0-py3-none-any.whl: the provenance document is not valid: it has no attestations [invalid-attestation]");

    // A document that is listed and cannot be had is an error of the index.
    let sandbox = locked(&sigstore, &[(LIB, good.clone())]);
    sandbox.server().fault("/provenance", Fault::Status(503));
    let outcome = sandbox.harden(VERIFY);
    assert_eq!(outcome.code, Some(3), "{outcome}");
    let huge = format!("{good}{}", " ".repeat(5 << 20));
    let sandbox = locked(&sigstore, &[(LIB, huge)]);
    assert_snapshot!(sandbox.harden(VERIFY), @r"
    exit 3
    --- stderr
    error: no answer from [index]/integrity/lib/1.0/lib-1.0-py3-none-any.whl/provenance: the reply is larger than 4 MiB
    hint: use another index with --index-url, or what the cache holds with --offline
    ");
    let sandbox = locked(&sigstore, &[(LIB, good)]);
    sandbox.server().fault("/provenance", Fault::Status(404));
    assert_snapshot!(sandbox.harden(VERIFY), @r"
    exit 1
    --- stdout
    strict.txt:10: lib-1.0-py3-none-any.whl: the index lists attestations, but does not have them [invalid-attestation]
      hint: do not install it before you know why; no setting and no exemption admits it
    no attestations: 2 of 3 pins: app, plain
    --- stderr
    strict.txt: 0 of 3 pins attested, 0 of 3 files
    error: strict.txt does not pass: 1 finding
    ");
}

#[test]
fn a_policy_requires_attestations_of_some_packages_or_of_all() {
    let sigstore = Sigstore::new();
    let sandbox = locked(&sigstore, &[published(&sigstore, LIB)]);
    let policy = |lines: &str| {
        let text = format!(
            "loose = 'loose.txt'\nplatforms = '{FOREIGN}'\n[policy]\ntrusted-root = 'root.json'\n\
             rules = {{ cooldown = 'off', unattested = 'LEVEL' }}\n{lines}"
        );
        sandbox.write("harden.toml", &text.replace("LEVEL", "deny"));
        text
    };
    policy("require-attestations = 'lib'");
    assert_snapshot!(sandbox.harden("verify"), @r"
        exit 0
        --- stderr
        strict.txt: 3 pins, 1 target, as the index has them
        ");
    let text = policy("require-attestations = ':all:'");
    assert_snapshot!(sandbox.harden("verify"), @r"
    exit 1
    --- stdout
    strict.txt:5: app-1.0-cp311-cp311-manylinux2014_aarch64.whl has no attestations, and the policy requires them [unattested]
      hint: lock a release that is attested, or take app out of `require-attestations`
    strict.txt:15: plain-1.0-py3-none-any.whl has no attestations, and the policy requires them [unattested]
      hint: lock a release that is attested, or take plain out of `require-attestations`
    --- stderr
    error: strict.txt does not pass: 2 findings
    ");
    sandbox.write("harden.toml", &text.replace("LEVEL", "warn"));
    sandbox.harden("verify").good();
    let exempt = "require-attestations = ['lib', 'plain']\n[[policy.exempt]]\npackage = 'plain'\n\
                  rule = 'unattested'\nreason = 'our own'\nuntil = 2999-01-01";
    policy(exempt);
    assert_snapshot!(sandbox.harden("verify"), @r"
    exit 0
    --- stderr
    strict.txt: 3 pins, 1 target, as the index has them
    ");
}

#[test]
fn a_lock_is_not_written_if_a_required_attestation_is_missing_or_invalid() {
    let sigstore = Sigstore::new();
    let configuration = |root: &str, packages: &str| {
        format!(
            "loose = 'loose.txt'\nplatforms = '{FOREIGN}'\nstrict = 'new.txt'\n[policy]\n\
             trusted-root = '{root}'\nrequire-attestations = [{packages}]\nrules = {{ cooldown = 'off' }}"
        )
    };
    let sandbox = locked(&sigstore, &[published(&sigstore, LIB)]);
    sandbox.write("harden.toml", &configuration("root.json", "'lib', 'plain'"));
    assert_snapshot!(sandbox.harden(""), @r#"
    exit 1
    --- stderr
    error: the policy denies what new.txt pins: 1 finding
    plain-1.0-py3-none-any.whl has no attestations, and the policy requires them [unattested]
      hint: lock a release that is attested, or take plain out of `require-attestations`
    hint: change what is required, or accept it for a time in the configuration (docs/policy.md):
        [[policy.exempt]]
        package = "plain"
        rule = "unattested"
        reason = "WHY"
        until = YYYY-MM-DD
    "#);
    assert!(!sandbox.path("new.txt").exists());
    sandbox.write("harden.toml", &configuration("root.json", "'lib'"));
    sandbox.harden("").good();
    assert!(sandbox.path("new.txt").exists());
    sandbox.write("other.json", &Sigstore::new().trusted_root());
    sandbox.write("harden.toml", &configuration("other.json", "'lib'"));
    let outcome = sandbox.harden("");
    assert_eq!(outcome.code, Some(1), "{outcome}");
    assert!(
        outcome.stderr.contains("[invalid-attestation]"),
        "{outcome}"
    );
}

#[test]
fn a_trusted_root_that_cannot_be_used_is_an_error() {
    let sigstore = Sigstore::new();
    let sandbox = locked(&sigstore, &[]);
    assert_snapshot!(sandbox.harden("verify --attestations --trusted-root none.json"), @r"
exit 2
--- stderr
error: cannot read [folder]/project/none.json: no such file or directory
");
    sandbox.write("root.json", "{}");
    assert_snapshot!(sandbox.harden(VERIFY), @r"
    exit 2
    --- stderr
    error: cannot use [folder]/project/root.json as a trusted root: it is not a trusted root of Sigstore: failed to parse JSON: missing field `mediaType` at line 1 column 2
    hint: name the trusted_root.json of a Sigstore instance; without --trusted-root and `trusted-root`, the public one is used
    ");
    sandbox.write("root.json", &"[".repeat(1 << 21));
    assert_snapshot!(sandbox.harden(VERIFY), @r"
    exit 2
    --- stderr
    error: cannot read [folder]/project/root.json: it has more than 1048576 bytes
    ");
}
