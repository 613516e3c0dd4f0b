//! A Sigstore of the tests' own: an authority, a log of certificates and a transparency log, which sign
//! attestations as the public instance does (PEP 740).
//!
//! The formats: <https://github.com/sigstore/architecture-docs/blob/main/client-spec.md>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData as _, SanType,
    SerialNumber, SigningKey as _, date_time_ymd,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::der::{content, tagged, with_length};
use crate::{File, Signing, github_publisher, provenance};

/// 2024-01-01T00:00:00Z, when certificates begin to be valid, in seconds.
const START: u64 = 1_704_067_200;

/// How long certificates are valid, in seconds.
const LIFETIME: u64 = 600;

/// The type of payload that attestations sign.
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// An authority and logs, new in each test.
pub struct Sigstore {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
    certificate_log: KeyPair,
    transparency_log: KeyPair,
}

/// A part of a [`Sigstore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What signs certificates.
    Authority,
    /// The log of certificates.
    CertificateLog,
    /// The log of signatures.
    TransparencyLog,
}

impl Sigstore {
    /// A new one.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    pub fn new() -> Self {
        Self::of(new_key(), new_key(), new_key())
    }

    /// The same with a new key in place of one.
    ///
    /// # Panics
    ///
    /// If the system has no random numbers.
    #[must_use]
    pub fn with_other(&self, part: Part) -> Self {
        let key = |own: &KeyPair, of: Part| {
            if of == part {
                new_key()
            } else {
                KeyPair::from_pem(&own.serialize_pem()).expect("it is a key")
            }
        };
        Self::of(
            key(self.issuer.key(), Part::Authority),
            key(&self.certificate_log, Part::CertificateLog),
            key(&self.transparency_log, Part::TransparencyLog),
        )
    }

    fn of(key: KeyPair, certificate_log: KeyPair, transparency_log: KeyPair) -> Self {
        let mut params = params();
        params
            .distinguished_name
            .push(DnType::CommonName, "sigstore of tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let certificate = params.self_signed(&key).expect("the key is valid");
        Self {
            certificate,
            issuer: Issuer::new(params, key),
            certificate_log,
            transparency_log,
        }
    }

    /// Its `trusted_root.json`.
    pub fn trusted_root(&self) -> String {
        let start = json!({"start": "2023-01-01T00:00:00Z"});
        let log = |key: &KeyPair, host: &str| {
            json!([{
                "baseUrl": format!("https://{host}.example.invalid"),
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": STANDARD.encode(key.subject_public_key_info()),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": start,
                },
                "logId": {"keyId": STANDARD.encode(key_id(key))},
            }])
        };
        let root = json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": log(&self.transparency_log, "log"),
            "ctlogs": log(&self.certificate_log, "certificates"),
            "certificateAuthorities": [{
                "subject": {"organization": "tests", "commonName": "sigstore of tests"},
                "uri": "https://ca.example.invalid",
                "certChain": {"certificates": [{"rawBytes": STANDARD.encode(self.certificate.der())}]},
                "validFor": start,
            }],
            "timestampAuthorities": [],
        });
        root.to_string()
    }

    /// The provenance document of a file that the workflow `release.yml` of `repository` publishes.
    pub fn published(&self, file: &File, repository: &str) -> String {
        let publisher = github_publisher(repository);
        provenance(
            &publisher,
            &[self.sign(&Signing::by_github(file, repository))],
        )
    }

    /// Signs an attestation.
    ///
    /// # Panics
    ///
    /// If a claim does not fit into a certificate.
    pub fn sign(&self, signing: &Signing) -> Value {
        let key = new_key();
        let certificate = self.certify(&key, signing);
        let statement = signing.statement.as_bytes();
        let (kind, length) = (IN_TOTO.len(), statement.len());
        let mut signed = format!("DSSEv1 {kind} {IN_TOTO} {length} ").into_bytes();
        signed.extend(statement);
        let signature = STANDARD.encode(sign(&key, &signed));
        let digest = hex(&Sha256::digest(statement));
        let body = json!({
            "apiVersion": "0.0.1",
            "kind": "dsse",
            "spec": {
                "envelopeHash": {"algorithm": "sha256", "value": digest},
                "payloadHash": {"algorithm": "sha256", "value": digest},
                "signatures": [{
                    "signature": signature,
                    "verifier": STANDARD.encode(certificate.pem()),
                }],
            },
        });
        json!({
            "version": 1,
            "verification_material": {
                "certificate": STANDARD.encode(certificate.der()),
                "transparency_entries": [self.logged(&body.to_string(), START + signing.after)],
            },
            "envelope": {"statement": STANDARD.encode(statement), "signature": signature},
        })
    }

    /// A certificate of `key` with the claims, which the log of certificates has seen.
    fn certify(&self, key: &KeyPair, signing: &Signing) -> Certificate {
        let mut params = params();
        let identity = signing.identity.as_str().try_into().expect("it is ASCII");
        params.subject_alt_names = vec![if signing.identity.contains("://") {
            SanType::URI(identity)
        } else {
            SanType::Rfc822Name(identity)
        }];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::CodeSigning];
        params.serial_number = Some(SerialNumber::from(7_u64));
        let issuer = (8, signing.issuer.clone());
        for (number, claim) in [issuer].into_iter().chain(signing.claims.clone()) {
            let oid = [1, 3, 6, 1, 4, 1, 57264, 1, number];
            let text = tagged(0x0c, claim.as_bytes());
            params
                .custom_extensions
                .push(CustomExtension::from_oid_content(&oid, text));
        }
        let signed = |params: &CertificateParams| {
            params
                .signed_by(key, &self.issuer)
                .expect("the claims are valid")
        };
        if signing.is_logged {
            let list = self.timestamp(content(content(signed(&params).der()).0).1);
            let oid = [1, 3, 6, 1, 4, 1, 11129, 2, 4, 2];
            let list = tagged(4, &list);
            params
                .custom_extensions
                .push(CustomExtension::from_oid_content(&oid, list));
        }
        signed(&params)
    }

    /// The list of signed timestamps (RFC 6962) for what a certificate is about.
    fn timestamp(&self, to_be_signed: &[u8]) -> Vec<u8> {
        let moment = (START * 1000).to_be_bytes();
        let authority = Sha256::digest(self.issuer.key().subject_public_key_info());
        let mut signed = vec![0, 0];
        signed.extend(moment);
        signed.extend([0, 1]);
        signed.extend(authority);
        signed.extend(
            &u32::try_from(to_be_signed.len())
                .expect("it is short")
                .to_be_bytes()[1..],
        );
        signed.extend(to_be_signed);
        signed.extend([0, 0]);
        let signature = sign(&self.certificate_log, &signed);
        let mut timestamp = vec![0];
        timestamp.extend(key_id(&self.certificate_log));
        timestamp.extend(moment);
        timestamp.extend([0, 0, 4, 3]);
        timestamp.extend(with_length(&signature));
        with_length(&with_length(&timestamp))
    }

    /// The entry of the transparency log with this body, the second of two.
    fn logged(&self, body: &str, moment: u64) -> Value {
        let key = &self.transparency_log;
        let id = key_id(key);
        let before = Sha256::digest(b"the entry before");
        let leaf = Sha256::digest([b"\0", body.as_bytes()].concat());
        let root = Sha256::digest([b"\x01", &before[..], &leaf[..]].concat());
        let root = STANDARD.encode(root);
        let note = format!("log.example.invalid - 1\n2\n{root}\n");
        let hint_and_signature = [&id[..4], &sign(key, note.as_bytes())].concat();
        let signature = STANDARD.encode(hint_and_signature);
        let promise = format!(
            r#"{{"body":"{}","integratedTime":{moment},"logID":"{}","logIndex":1001}}"#,
            STANDARD.encode(body),
            hex(&id),
        );
        json!({
            "logIndex": "1001",
            "logId": {"keyId": STANDARD.encode(id)},
            "kindVersion": {"kind": "dsse", "version": "0.0.1"},
            "integratedTime": moment.to_string(),
            "inclusionPromise": {"signedEntryTimestamp": STANDARD.encode(sign(key, promise.as_bytes()))},
            "inclusionProof": {
                "logIndex": "1",
                "rootHash": root,
                "treeSize": "2",
                "hashes": [STANDARD.encode(before)],
                "checkpoint": {"envelope": format!("{note}\n— log.example.invalid {signature}\n")},
            },
            "canonicalizedBody": STANDARD.encode(body),
        })
    }
}

impl Default for Sigstore {
    fn default() -> Self {
        Self::new()
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("the system has random numbers")
}

fn params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = params.not_before + std::time::Duration::from_secs(LIFETIME);
    params
}

fn sign(key: &KeyPair, bytes: &[u8]) -> Vec<u8> {
    key.sign(bytes).expect("the key is valid")
}

fn key_id(key: &KeyPair) -> [u8; 32] {
    Sha256::digest(key.subject_public_key_info()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
