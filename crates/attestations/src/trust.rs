//! Verifies attestations against the authorities and logs of a trusted root.

use harden_packaging::Sha256;
use jiff::Timestamp;
use sigstore_verify::trust_root::{SIGSTORE_PRODUCTION_TRUSTED_ROOT, TrustedRoot};
use sigstore_verify::types::{Sha256Hash, SignatureContent};
use sigstore_verify::{VerificationPolicy, Verifier};

use crate::error::short;
use crate::{
    Attestation, InvalidAttestation, Predicate, Provenance, Publisher, TrustedRootError,
    ring_provider, statement,
};

/// The authorities and logs that are trusted, which sign certificates and log signatures.
pub struct Trust {
    verifier: Verifier,
}

/// A verified attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// By whom.
    pub publisher: Publisher,
    /// What is attested.
    pub predicate: Predicate,
    /// When it was signed, as the transparency log says.
    pub signed: Timestamp,
    /// The git ref that the certificate names, such as `refs/tags/v1.0`.
    pub reference: Option<String>,
    /// The commit that the certificate names.
    pub commit: Option<String>,
}

impl Trust {
    /// The public Sigstore instance, as the crate `sigstore-trust-root` has it: the target
    /// `trusted_root.json` of its TUF repository.
    ///
    /// # Errors
    ///
    /// Never, unless that crate is broken.
    pub fn built_in() -> Result<Self, TrustedRootError> {
        Self::of_json(SIGSTORE_PRODUCTION_TRUSTED_ROOT)
    }

    /// The authorities and logs of a `trusted_root.json`.
    ///
    /// # Errors
    ///
    /// If it is malformed, or lacks authorities or logs.
    pub fn of_json(text: &str) -> Result<Self, TrustedRootError> {
        ring_provider::install();
        let root = TrustedRoot::from_json(text)
            .map_err(|error| TrustedRootError::Malformed(short(&error)))?;
        for (what, is_missing) in [
            (
                "certificate authority",
                root.certificate_authorities.is_empty(),
            ),
            ("log of certificates", root.ctlogs.is_empty()),
            ("transparency log", root.tlogs.is_empty()),
        ] {
            if is_missing {
                return Err(TrustedRootError::Lacks(what));
            }
        }
        let verifier = Verifier::new(&root);
        let verifier = verifier.map_err(|error| TrustedRootError::Malformed(short(&error)))?;
        Ok(Self { verifier })
    }

    /// All attestations of the file of this name and digest: each has to be valid.
    ///
    /// # Errors
    ///
    /// Why the first invalid one is.
    pub fn verify(
        &self,
        provenance: &Provenance,
        (filename, sha256): (&str, &Sha256),
    ) -> Result<Vec<Attested>, InvalidAttestation> {
        let bundles = provenance.bundles().iter();
        let all = bundles.flat_map(|bundle| {
            let attestations = bundle.attestations.iter();
            attestations.map(|attestation| (&bundle.publisher, attestation))
        });
        all.map(|(publisher, attestation)| {
            self.verify_one(publisher, attestation, (filename, sha256))
        })
        .collect()
    }

    fn verify_one(
        &self,
        publisher: &Publisher,
        attestation: &Attestation,
        (filename, sha256): (&str, &Sha256),
    ) -> Result<Attested, InvalidAttestation> {
        let bundle = attestation.bundle();
        let SignatureContent::DsseEnvelope(envelope) = &bundle.content else {
            let why = "it has no signed statement".to_owned();
            return Err(InvalidAttestation::Malformed(why));
        };
        // The statement comes first: that it is about another file says more than a digest that differs.
        let predicate = statement::read(envelope.payload.as_bytes(), (filename, sha256))?;
        let digest = Sha256Hash::new(*sha256.as_bytes());
        let verified = self
            .verifier
            .verify(digest, bundle, &VerificationPolicy::any_identity())
            .map_err(|error| InvalidAttestation::Signature(short(&error)))?;
        let (Some(certificate), Some(signed)) = (
            verified.certificate(),
            verified.verified_timestamps().iter().min(),
        ) else {
            let why = "neither its certificate nor its time of signing is known".to_owned();
            return Err(InvalidAttestation::Signature(why));
        };
        let is_complete =
            verified.certificate_verified() && verified.sct_verified() && verified.tlog_verified();
        if !is_complete {
            let why = "its certificate or its log entry was not verified".to_owned();
            return Err(InvalidAttestation::Signature(why));
        }
        let checked = publisher.check(certificate);
        checked.map_err(|why| InvalidAttestation::OtherPublisher {
            publisher: publisher.to_string(),
            why,
        })?;
        let claims = &certificate.ci_claims;
        Ok(Attested {
            publisher: publisher.clone(),
            predicate,
            signed: *signed,
            reference: claims.source_repository_ref.as_ref().map(short),
            commit: claims.source_repository_digest.as_ref().map(short),
        })
    }
}
