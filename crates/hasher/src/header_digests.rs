//! The two digests of a strict file's header.

use harden_packaging::Sha256;
use sha2::Digest;

use crate::StrictFile;
use crate::write::{body, head};

/// The digest of the loose inputs, over their canonical lines
/// ([`harden_requirements::Inputs::canonical_lines`]).
pub fn inputs_digest(canonical_lines: &[String]) -> Sha256 {
    let mut hasher = sha2::Sha256::new();
    for line in canonical_lines {
        hasher.update(line);
        hasher.update("\n");
    }
    Sha256::from_bytes(hasher.finalize().into())
}

impl StrictFile {
    /// The digest of all that matters in the file as it stands: what the header says, but for this
    /// digest itself; each option; and of each pin its name, version, marker, hashes, extras,
    /// `via` edges and file names, in their order.
    ///
    /// It is taken of the file's canonical text. A hand edit of any of these makes it differ from
    /// [`crate::Header::pins`]; other comments, blank lines and white space do not.
    pub fn content_digest(&self) -> Sha256 {
        let mut hasher = sha2::Sha256::new();
        if let Some(header) = &self.header {
            hasher.update(head(header, None));
        }
        hasher.update(body(self));
        Sha256::from_bytes(hasher.finalize().into())
    }
}
