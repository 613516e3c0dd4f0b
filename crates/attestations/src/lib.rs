//! Attestations of distribution files: who published a file, signed with Sigstore.
//!
//! An index serves a [`Provenance`] document for a file. [`Trust`] verifies each attestation in it: the
//! certificate chain and its log of certificates, the entry in the transparency log, the time of signing,
//! the signature, the statement's subject, and that the certificate is that of the publisher whom the
//! index names. Nothing here does IO.
//!
//! <https://packaging.python.org/en/latest/specifications/index-hosted-attestations/>

mod document;
mod error;
mod publisher;
mod ring_provider;
mod statement;
mod trust;

pub use document::{Attestation, AttestationBundle, LARGEST_PROVENANCE, Provenance};
pub use error::{InvalidAttestation, ReadProvenanceError, TrustedRootError};
pub use publisher::Publisher;
pub use statement::Predicate;
pub use trust::{Attested, Trust};
