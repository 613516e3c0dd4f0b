//! A digest of any algorithm that indexes list: what a download is verified against.
//!
//! The names are those of Python's `hashlib`, which the simple API uses:
//! <https://packaging.python.org/en/latest/specifications/simple-repository-api/#base-html-api>

use std::fmt;

/// The digest algorithms that indexes and URLs use besides SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DigestAlgorithm {
    /// `md5`
    Md5,
    /// `sha1`
    Sha1,
    /// `sha224`
    Sha224,
    /// `sha384`
    Sha384,
    /// `sha512`
    Sha512,
    /// `blake2b_256`: `BLAKE2b` with a digest of 256 bits.
    Blake2b256,
}

/// A digest that an index or a URL gives for a file.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListedDigest {
    algorithm: DigestAlgorithm,
    bytes: Box<[u8]>,
}

/// A text that is not a digest of its algorithm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{algorithm}={text}` is not a digest, which has {digits} hexadecimal digits")]
pub struct ParseListedDigestError {
    algorithm: DigestAlgorithm,
    text: String,
    digits: usize,
}

impl DigestAlgorithm {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Md5,
        Self::Sha1,
        Self::Sha224,
        Self::Sha384,
        Self::Sha512,
        Self::Blake2b256,
    ];

    /// The algorithm of this name; `None` for SHA-256 and for unknown names.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Blake2b256 => "blake2b_256",
        }
    }

    /// The length of its digests in bytes.
    pub const fn length(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Blake2b256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl ListedDigest {
    /// Reads the hexadecimal digits of a digest.
    ///
    /// # Errors
    ///
    /// When `text` is not as many digits as `algorithm` has.
    pub fn parse(algorithm: DigestAlgorithm, text: &str) -> Result<Self, ParseListedDigestError> {
        let digits = algorithm.length() * 2;
        let is_hexadecimal = text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if text.len() != digits || !is_hexadecimal {
            return Err(ParseListedDigestError {
                algorithm,
                text: text.to_owned(),
                digits,
            });
        }
        let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default();
        let bytes = text
            .as_bytes()
            .chunks_exact(2)
            .map(|pair| u8::try_from(value(pair[0]) << 4 | value(pair[1])).unwrap_or_default());
        Ok(Self {
            algorithm,
            bytes: bytes.collect(),
        })
    }

    /// Takes the bytes of a digest; `None` if they are not as many as `algorithm` has.
    pub fn from_bytes(algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<Self> {
        (bytes.len() == algorithm.length()).then(|| Self {
            algorithm,
            bytes: bytes.into(),
        })
    }

    /// Its algorithm.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for ListedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.algorithm)?;
        self.bytes
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ListedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_every_algorithm_round_trip() {
        for algorithm in DigestAlgorithm::ALL {
            let digits = "0a".repeat(algorithm.length());
            let digest = ListedDigest::parse(algorithm, &digits.to_uppercase()).unwrap();
            assert_eq!(digest.to_string(), format!("{algorithm}:{digits}"));
            assert_eq!(
                ListedDigest::from_bytes(algorithm, digest.as_bytes()),
                Some(digest)
            );
            assert_eq!(DigestAlgorithm::named(algorithm.name()), Some(algorithm));
        }
    }

    #[test]
    fn texts_that_are_not_digests_are_refused() {
        for text in ["", "0a", &"g".repeat(32), &"é".repeat(16)] {
            assert!(ListedDigest::parse(DigestAlgorithm::Md5, text).is_err());
        }
        assert_eq!(
            ListedDigest::from_bytes(DigestAlgorithm::Md5, b"short"),
            None
        );
    }
}
