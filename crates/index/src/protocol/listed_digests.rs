//! The digests that a page gives for a file, read from names and texts.

use harden_packaging::{DigestAlgorithm, ListedDigest, Sha256};

/// The digests that a page gives for a file.
#[derive(Debug, Default)]
pub(super) struct ListedDigests {
    pub(super) sha256: Option<Sha256>,
    /// Those of other algorithms, if there is no SHA-256.
    pub(super) others: Vec<ListedDigest>,
    /// What is wrong with one of them that counts.
    pub(super) malformed: Option<String>,
}

impl ListedDigests {
    /// Reads digests by the names of their algorithms; unknown algorithms are ignored.
    pub(super) fn read<'t>(listed: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let mut digests = Self::default();
        let mut malformed_other = None;
        for (name, text) in listed {
            if let Err(why) = digests.add(name, text) {
                let fault = match name {
                    "sha256" => &mut digests.malformed,
                    _ => &mut malformed_other,
                };
                fault.get_or_insert(why);
            }
        }
        if digests.sha256.is_some() {
            digests.others.clear();
        } else {
            digests.malformed = digests.malformed.or(malformed_other);
        }
        digests
    }

    fn add(&mut self, name: &str, text: &str) -> Result<(), String> {
        if name == "sha256" {
            let digest: Sha256 = text.parse().map_err(|error| format!("{error}"))?;
            self.sha256 = self.sha256.or(Some(digest));
        } else if let Some(algorithm) = DigestAlgorithm::named(name) {
            let digest = ListedDigest::parse(algorithm, text);
            self.others.push(digest.map_err(|error| error.to_string())?);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weaker_digests_count_only_without_a_sha256() {
        let (md5, sha256) = ("0a".repeat(16), "0b".repeat(32));
        let weak = [("md5", &*md5), ("crc32", "00")];
        let read = ListedDigests::read(weak.into_iter());
        assert_eq!(read.others[0].to_string(), format!("md5:{md5}"));
        let read = ListedDigests::read(weak.into_iter().chain([("sha256", &*sha256)]));
        assert_eq!(read.sha256.unwrap().to_string(), sha256);
        assert!(read.others.is_empty() && read.malformed.is_none());
        let malformed = [("md5", "00"), ("sha256", &*sha256)];
        let read = ListedDigests::read(malformed.into_iter());
        assert!(read.sha256.is_some() && read.malformed.is_none());
    }

    #[test]
    fn a_malformed_digest_is_reported() {
        let read = ListedDigests::read([("md5", "x")].into_iter());
        insta::assert_snapshot!(read.malformed.unwrap(), @"`md5=x` is not a digest, which has 32 hexadecimal digits");
        assert!(
            ListedDigests::read([("sha256", "x")].into_iter())
                .malformed
                .is_some()
        );
    }
}
