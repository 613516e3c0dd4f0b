//! Why a document, an attestation or a trusted root is refused.

use harden_packaging::printable;

/// Why a provenance document cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadProvenanceError {
    /// It is larger than any real one.
    #[error("it has {0} bytes, more than the {max} that are read", max = crate::LARGEST_PROVENANCE)]
    TooLarge(usize),
    /// It is not JSON, or ends before it is complete.
    #[error("it is not JSON, or incomplete: {0}")]
    NotJson(String),
    /// It is of a version that this program does not know.
    #[error("its version is {0}, and only version 1 is known")]
    UnknownVersion(String),
    /// It lacks what a document of this version has.
    #[error("it is malformed: {0}")]
    Malformed(String),
    /// It has no attestation.
    #[error("it has no attestations")]
    Empty,
    /// It has more attestations than any real one.
    #[error("it has {0} attestations, more than the {max} that are read", max = crate::document::MOST_ATTESTATIONS)]
    TooMany(usize),
}

/// Why an attestation is not one of a file.
#[derive(Debug, thiserror::Error)]
pub enum InvalidAttestation {
    /// Its parts cannot be read.
    #[error("it is malformed: {0}")]
    Malformed(String),
    /// Its certificate, its entry in the transparency log or its signature is not valid.
    #[error("{0}")]
    Signature(String),
    /// Its statement is not one that is understood.
    #[error("its statement is malformed: {0}")]
    Statement(String),
    /// It attests another file.
    #[error("it is for {found}, not for {expected}")]
    OtherFile {
        /// The file that it attests.
        found: String,
        /// The file that it was served for.
        expected: String,
    },
    /// It attests other bytes under the name of the file.
    #[error("it is for a file with another SHA-256, {0}")]
    OtherDigest(String),
    /// It states something that PyPI does not accept.
    #[error("its predicate type is unknown: {0}")]
    UnknownPredicate(String),
    /// The certificate is not that of the publisher.
    #[error("its certificate is not that of {publisher}: {why}")]
    OtherPublisher {
        /// The publisher whom the index names.
        publisher: String,
        /// What differs.
        why: String,
    },
}

/// Why a trusted root cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustedRootError {
    /// It cannot be read.
    #[error("it is not a trusted root of Sigstore: {0}")]
    Malformed(String),
    /// It has none of what verifying takes.
    #[error("it has no {0}")]
    Lacks(&'static str),
}

/// A text from outside, in one line of at most 300 characters.
pub(crate) fn short(text: &(impl ToString + ?Sized)) -> String {
    const MOST: usize = 300;
    let text = text.to_string();
    let line = printable(&text);
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into_owned(),
    }
}
