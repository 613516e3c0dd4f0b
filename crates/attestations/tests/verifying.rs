//! Attestations that a Sigstore of the tests' own has signed: good ones, and what was changed.

use harden_attestations::{Predicate, Provenance, Publisher, Trust};
use harden_packaging::Sha256;
use harden_testindex::{
    File, Part, Signing, Sigstore, Universe, github_publisher, provenance, statement,
};
use insta::assert_snapshot;
use serde_json::{Value, json};

const REPOSITORY: &str = "octo/a";

struct Setup {
    sigstore: Sigstore,
    universe: Universe,
}

impl Setup {
    fn new() -> Self {
        Self {
            sigstore: Sigstore::new(),
            universe: Universe::new("a 1.0 sdist\nb 1.0"),
        }
    }

    fn file(&self) -> &File {
        self.universe.file("a-1.0-py3-none-any.whl").unwrap()
    }

    fn signing(&self) -> Signing {
        Signing::by_github(self.file(), REPOSITORY)
    }

    /// What is made of an attestation of the file by a publisher.
    fn judged(&self, publisher: &Value, attestation: &Value) -> String {
        self.judged_document(&provenance(publisher, std::slice::from_ref(attestation)))
    }

    fn judged_document(&self, document: &str) -> String {
        let trust = Trust::of_json(&self.sigstore.trusted_root()).unwrap();
        let provenance = match Provenance::read(document.as_bytes()) {
            Ok(provenance) => provenance,
            Err(error) => return format!("unreadable: {error}"),
        };
        let file = (self.file().filename(), &self.file().sha256());
        match trust.verify(&provenance, file) {
            Ok(attested) => {
                let attested = attested.iter();
                let lines = attested.map(|one| {
                    let reference = one.reference.as_deref().unwrap_or("no ref");
                    format!(
                        "{} by {}, {}, {reference}",
                        one.predicate, one.publisher, one.signed
                    )
                });
                lines.collect::<Vec<_>>().join("\n")
            }
            Err(error) => format!("invalid: {error}"),
        }
    }

    /// What is made of an attestation by the right publisher, after a change.
    fn changed(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut attestation = self.sigstore.sign(&self.signing());
        change(&mut attestation);
        self.judged(&github_publisher(REPOSITORY), &attestation)
    }

    /// What is made of something else that is signed.
    fn signed(&self, change: impl FnOnce(&mut Signing)) -> String {
        let mut signing = self.signing();
        change(&mut signing);
        let attestation = self.sigstore.sign(&signing);
        self.judged(&github_publisher(REPOSITORY), &attestation)
    }
}

/// Changes one digit of a text in base64, somewhere in the middle.
fn flip(value: &mut Value) {
    let text = value.as_str().unwrap().to_owned();
    let (before, rest) = text.split_at(text.len() / 2);
    let digit = if rest.starts_with('A') { 'B' } else { 'A' };
    *value = json!(format!("{before}{digit}{}", &rest[1..]));
}

fn entry(attestation: &mut Value) -> &mut Value {
    &mut attestation["verification_material"]["transparency_entries"][0]
}

#[test]
fn a_valid_attestation_says_who_published_the_file_and_when() {
    let setup = Setup::new();
    assert_snapshot!(setup.changed(|_| ()), @"publication by github.com/octo/a (release.yml), 2024-01-01T00:01:00Z, refs/tags/v1");
}

#[test]
fn a_document_may_have_attestations_of_several_kinds() {
    let setup = Setup::new();
    let slsa = |signing: &mut Signing| {
        let publish = "https://docs.pypi.org/attestations/publish/v1";
        signing.statement = signing
            .statement
            .replace(publish, Predicate::SlsaProvenance.uri());
    };
    let mut second = setup.signing();
    slsa(&mut second);
    let attestations = [setup.signing(), second].map(|signing| setup.sigstore.sign(&signing));
    let document = provenance(&github_publisher(REPOSITORY), &attestations);
    assert_snapshot!(setup.judged_document(&document), @r"
    publication by github.com/octo/a (release.yml), 2024-01-01T00:01:00Z, refs/tags/v1
    build provenance by github.com/octo/a (release.yml), 2024-01-01T00:01:00Z, refs/tags/v1
    ");
}

#[test]
fn whatever_is_changed_after_signing_is_noticed() {
    let setup = Setup::new();
    let signature = setup.changed(|it| flip(&mut it["envelope"]["signature"]));
    assert!(signature.starts_with("invalid: "), "{signature}");
    let body = setup.changed(|it| flip(&mut entry(it)["canonicalizedBody"]));
    assert!(body.starts_with("invalid: "), "{body}");
    let certificate = setup.changed(|it| flip(&mut it["verification_material"]["certificate"]));
    assert!(!certificate.starts_with("publication"), "{certificate}");

    let promise = setup.changed(|it| entry(it)["integratedTime"] = json!("1704067320"));
    assert_snapshot!(promise, @"invalid: invalid inclusion promise: SET verification failed: Verification error: invalid ECDSA_P256_SHA256 signature");
    let proof =
        setup.changed(|it| entry(it)["inclusionProof"]["hashes"] = json!(["A".repeat(43) + "="]));
    let expected = "invalid: invalid inclusion proof: ";
    assert!(proof.starts_with(expected), "{proof}");
    let checkpoint = setup.changed(|it| {
        let envelope = &mut entry(it)["inclusionProof"]["checkpoint"]["envelope"];
        *envelope = json!(
            envelope
                .as_str()
                .unwrap()
                .replace("example.invalid - 1", "example.invalid - 2")
        );
    });
    assert_snapshot!(checkpoint, @"invalid: invalid checkpoint: No valid Rekor signature found on checkpoint");
    let statement = setup.changed(|it| {
        let other = setup.signing().statement.replace("null", "{}");
        it["envelope"]["statement"] = setup.sigstore.sign(&Signing {
            statement: other,
            ..setup.signing()
        })["envelope"]["statement"]
            .clone();
    });
    assert_snapshot!(statement, @"invalid: invalid signature: DSSE signature verification failed: Verification error: invalid ECDSA_P256_SHA256 signature");
    let entry_of_another = setup.changed(|it| {
        *entry(it) = entry(&mut setup.sigstore.sign(&setup.signing())).clone();
    });
    assert_snapshot!(entry_of_another, @"invalid: log entry does not match the bundle: DSSE signature in bundle does not match any signature in Rekor entry (signature or verifier mismatch)");
    let without_proof =
        setup.changed(|it| drop(entry(it).as_object_mut().unwrap().remove("inclusionProof")));
    assert_snapshot!(without_proof, @"unreadable: it is malformed: a transparency entry has no inclusion proof");
    let without_promise = setup.changed(|it| {
        drop(
            entry(it)
                .as_object_mut()
                .unwrap()
                .remove("inclusionPromise"),
        );
    });
    assert_snapshot!(without_promise, @"invalid: no verified timestamp: No verified timestamp found. V1 bundles require either an RFC3161 timestamp or a tlog entry with both an integrated time and an inclusion_promise (SET).");
    let without_entry =
        setup.changed(|it| it["verification_material"]["transparency_entries"] = json!([]));
    assert_snapshot!(without_entry, @"unreadable: it is malformed: an attestation has 0 transparency entries, of 1 to 8");
}

#[test]
fn one_invalid_attestation_among_several_is_enough() {
    let setup = Setup::new();
    let good = setup.sigstore.sign(&setup.signing());
    let mut bad = good.clone();
    entry(&mut bad)["logIndex"] = json!("7");
    for pair in [[good.clone(), bad.clone()], [bad, good]] {
        let document = provenance(&github_publisher(REPOSITORY), &pair);
        let judged = setup.judged_document(&document);
        assert!(judged.starts_with("invalid: "), "{judged}");
    }
}

#[test]
fn a_certificate_counts_only_if_it_is_trusted_logged_and_valid_when_it_signs() {
    let setup = Setup::new();
    let by_other = |part| {
        let other = setup.sigstore.with_other(part);
        let attestation = other.sign(&setup.signing());
        setup.judged(&github_publisher(REPOSITORY), &attestation)
    };
    assert_snapshot!(by_other(Part::Authority), @"invalid: certificate chain is invalid: certificate chain validation failed: InvalidSignatureForPublicKey");
    let certificate_log = by_other(Part::CertificateLog);
    let expected = "invalid: invalid signed certificate timestamp: ";
    assert!(certificate_log.starts_with(expected), "{certificate_log}");
    let transparency_log = by_other(Part::TransparencyLog);
    let expected = "invalid: invalid inclusion promise: No log key valid";
    assert!(transparency_log.starts_with(expected), "{transparency_log}");
    assert_snapshot!(setup.signed(|signing| signing.is_logged = false), @"invalid: invalid signed certificate timestamp: certificate is missing SCT extension (Signed Certificate Timestamp)");
    assert_snapshot!(setup.signed(|signing| signing.after = 601), @"invalid: certificate chain is invalid: certificate chain validation failed: CertExpired { time: UnixTime(1704067801), not_after: UnixTime(1704067800) }");
    let in_future = setup.signed(|signing| signing.after = 40_000_000_000);
    assert!(in_future.starts_with("invalid: "), "{in_future}");
}

#[test]
fn an_attestation_of_another_file_is_refused() {
    let setup = Setup::new();
    let digest = setup.file().sha256().to_string();
    let other = setup.universe.file("b-1.0-py3-none-any.whl").unwrap();
    let sdist = setup.universe.file("a-1.0.tar.gz").unwrap();
    let is_for =
        |file: &File| setup.signed(|it| it.statement = statement(file.filename(), &digest));
    assert_snapshot!(is_for(other), @"invalid: it is for b-1.0-py3-none-any.whl, not for a-1.0-py3-none-any.whl");
    assert_snapshot!(is_for(sdist), @"invalid: it is for a-1.0.tar.gz, not for a-1.0-py3-none-any.whl");
    let bytes = setup.signed(|it| {
        it.statement = statement(setup.file().filename(), &"1".repeat(64));
    });
    assert_snapshot!(bytes, @"invalid: it is for a file with another SHA-256, 1111111111111111111111111111111111111111111111111111111111111111");
}

#[test]
fn the_certificate_is_that_of_the_publisher_whom_the_index_names() {
    let setup = Setup::new();
    let good = setup.sigstore.sign(&setup.signing());
    let refused = |publisher: Value| setup.judged(&publisher, &good);
    assert_snapshot!(refused(github_publisher("octo/b")), @"invalid: its certificate is not that of github.com/octo/b (release.yml): its repository is https://github.com/octo/a, not https://github.com/octo/b");
    let mut workflow = github_publisher(REPOSITORY);
    workflow["workflow"] = json!("other.yml");
    assert_snapshot!(refused(workflow), @"invalid: its certificate is not that of github.com/octo/a (other.yml): its workflow is https://github.com/octo/a/.github/workflows/release.yml@refs/tags/v1, not https://github.com/octo/a/.github/workflows/other.yml");
    assert_snapshot!(refused(json!({"kind": "GitLab", "repository": REPOSITORY, "workflow_filepath": "release.yml"})), @"invalid: its certificate is not that of gitlab.com/octo/a (release.yml): its identity provider is https://token.actions.githubusercontent.com, not https://gitlab.com");
    assert_snapshot!(refused(json!({"kind": "ActiveState", "project": "a"})), @"invalid: its certificate is not that of ActiveState: harden cannot verify publishers of the kind ActiveState");
    assert_snapshot!(refused(json!({"kind": "GitHub"})), @"unreadable: it is malformed: the publisher of kind GitHub: missing field `repository`");
    assert_snapshot!(setup.signed(|signing| signing.issuer = "https://example.invalid".to_owned()), @"invalid: its certificate is not that of github.com/octo/a (release.yml): its identity provider is https://example.invalid, not https://token.actions.githubusercontent.com");
    assert_snapshot!(setup.signed(|signing| signing.claims.retain(|(number, _)| *number != 14)), @"invalid: its certificate is not that of github.com/octo/a (release.yml): it does not say of which ref or commit the workflow is");
    let nowhere = setup.signed(|signing| {
        signing
            .claims
            .retain(|(number, _)| ![13, 14].contains(number));
    });
    assert_snapshot!(nowhere, @"invalid: its certificate is not that of github.com/octo/a (release.yml): it does not say of which ref or commit the workflow is");
}

#[test]
fn publishers_of_gitlab_google_and_circleci_are_known() {
    let setup = Setup::new();
    let judged = |publisher: Value, issuer: &str, identity: &str, claims: &[(u64, &str)]| {
        let claims = claims
            .iter()
            .map(|(number, claim)| (*number, (*claim).to_owned()));
        let signing = Signing {
            issuer: issuer.to_owned(),
            identity: identity.to_owned(),
            claims: claims.collect(),
            ..setup.signing()
        };
        setup.judged(&publisher, &setup.sigstore.sign(&signing))
    };
    let gitlab = |file: &str| {
        judged(
            json!({"kind": "GitLab", "repository": "group/sub/a", "workflow_filepath": ".gitlab-ci.yml"}),
            "https://gitlab.com",
            "https://gitlab.com/group/sub/a//.gitlab-ci.yml@refs/heads/main",
            &[
                (12, "https://gitlab.com/group/sub/a"),
                (13, "c0ffee"),
                (14, "refs/heads/main"),
                (
                    18,
                    &format!("https://gitlab.com/group/sub/a//{file}@c0ffee"),
                ),
            ],
        )
    };
    assert_snapshot!(gitlab(".gitlab-ci.yml"), @"publication by gitlab.com/group/sub/a (.gitlab-ci.yml), 2024-01-01T00:01:00Z, refs/heads/main");
    assert_snapshot!(gitlab("other.yml"), @"invalid: its certificate is not that of gitlab.com/group/sub/a (.gitlab-ci.yml): its workflow is https://gitlab.com/group/sub/a//other.yml@c0ffee, not https://gitlab.com/group/sub/a//.gitlab-ci.yml");
    let google = |email: &str| {
        judged(
            json!({"kind": "Google", "email": "builder@a.example.invalid"}),
            "https://accounts.google.com",
            email,
            &[],
        )
    };
    assert_snapshot!(google("builder@a.example.invalid"), @"publication by Google Cloud account builder@a.example.invalid, 2024-01-01T00:01:00Z, no ref");
    assert_snapshot!(google("other@a.example.invalid"), @"invalid: its certificate is not that of Google Cloud account builder@a.example.invalid: its account is other@a.example.invalid, not builder@a.example.invalid");
    let circleci = |reference: &str| {
        judged(
            json!({
                "kind": "CircleCI", "project_id": "p1", "pipeline_definition_id": "d1",
                "vcs_origin": "github.com/octo/a", "vcs_ref": "refs/heads/main",
            }),
            "https://oidc.circleci.com",
            "https://circleci.com/api/v2/projects/p1/pipeline-definitions/d1",
            &[
                (
                    9,
                    "https://circleci.com/api/v2/projects/p1/pipeline-definitions/d1",
                ),
                (12, "github.com/octo/a"),
                (14, reference),
            ],
        )
    };
    assert_snapshot!(circleci("refs/heads/main"), @"publication by github.com/octo/a (CircleCI, pipeline d1), 2024-01-01T00:01:00Z, refs/heads/main");
    assert_snapshot!(circleci("refs/heads/evil"), @"invalid: its certificate is not that of github.com/octo/a (CircleCI, pipeline d1): its git ref is refs/heads/evil, not refs/heads/main");
}

#[test]
fn a_root_without_authorities_or_logs_is_refused() {
    let refused = |text: &str| Trust::of_json(text).err().unwrap().to_string();
    assert_snapshot!(refused("{"), @"it is not a trusted root of Sigstore: failed to parse JSON: EOF while parsing an object at line 1 column 1");
    let root = Sigstore::new().trusted_root();
    for key in ["tlogs", "ctlogs", "certificateAuthorities"] {
        let mut root: Value = serde_json::from_str(&root).unwrap();
        root[key] = json!([]);
        let refused = refused(&root.to_string());
        assert!(refused.starts_with("it has no "), "{key}: {refused}");
    }
}

/// The public instance trusts nothing that a Sigstore of the tests' own signs.
#[test]
fn the_built_in_root_is_that_of_the_public_instance() {
    let setup = Setup::new();
    let document = setup.sigstore.published(setup.file(), REPOSITORY);
    let provenance = Provenance::read(document.as_bytes()).unwrap();
    let github = Publisher::GitHub {
        repository: REPOSITORY.to_owned(),
        workflow: "release.yml".to_owned(),
    };
    assert_eq!(provenance.bundles()[0].publisher, github);
    let file: (&str, &Sha256) = (setup.file().filename(), &setup.file().sha256());
    let refused = Trust::built_in().unwrap().verify(&provenance, file);
    let refused = refused.unwrap_err().to_string();
    let expected = "invalid inclusion promise: No log key valid";
    assert!(refused.starts_with(expected), "{refused}");
}
