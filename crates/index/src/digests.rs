//! The digests of a file by every algorithm that indexes list.

use std::fs::File;
use std::io::{self, Read, Seek};

use blake2::Blake2b;
use blake2::digest::consts::U32;
use harden_packaging::{DigestAlgorithm, ListedDigest};
use sha2::Digest;

/// Bytes read at once.
const CHUNK: usize = 256 << 10;

/// The digests of `file` by the algorithms of `listed`, in that order; leaves it at its start.
pub(crate) fn other_digests(
    file: &mut File,
    listed: &[ListedDigest],
) -> io::Result<Vec<ListedDigest>> {
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let mut hashers: Vec<Hasher> = listed
        .iter()
        .map(|digest| Hasher::new(digest.algorithm()))
        .collect();
    file.rewind()?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            break;
        }
        for hasher in &mut hashers {
            hasher.update(&chunk[..length]);
        }
    }
    file.rewind()?;
    Ok(hashers.into_iter().filter_map(Hasher::finish).collect())
}

/// A digest in the making.
enum Hasher {
    Md5(md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha384(sha2::Sha384),
    Sha512(sha2::Sha512),
    Blake2b256(Blake2b<U32>),
}

impl Hasher {
    fn new(algorithm: DigestAlgorithm) -> Self {
        match algorithm {
            DigestAlgorithm::Md5 => Self::Md5(md5::Md5::default()),
            DigestAlgorithm::Sha1 => Self::Sha1(sha1::Sha1::default()),
            DigestAlgorithm::Sha224 => Self::Sha224(sha2::Sha224::default()),
            DigestAlgorithm::Sha384 => Self::Sha384(sha2::Sha384::default()),
            DigestAlgorithm::Sha512 => Self::Sha512(sha2::Sha512::default()),
            DigestAlgorithm::Blake2b256 => Self::Blake2b256(Blake2b::default()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(hasher) => Digest::update(hasher, bytes),
            Self::Sha1(hasher) => Digest::update(hasher, bytes),
            Self::Sha224(hasher) => Digest::update(hasher, bytes),
            Self::Sha384(hasher) => Digest::update(hasher, bytes),
            Self::Sha512(hasher) => Digest::update(hasher, bytes),
            Self::Blake2b256(hasher) => Digest::update(hasher, bytes),
        }
    }

    fn finish(self) -> Option<ListedDigest> {
        match self {
            Self::Md5(hasher) => digest(DigestAlgorithm::Md5, &hasher.finalize()),
            Self::Sha1(hasher) => digest(DigestAlgorithm::Sha1, &hasher.finalize()),
            Self::Sha224(hasher) => digest(DigestAlgorithm::Sha224, &hasher.finalize()),
            Self::Sha384(hasher) => digest(DigestAlgorithm::Sha384, &hasher.finalize()),
            Self::Sha512(hasher) => digest(DigestAlgorithm::Sha512, &hasher.finalize()),
            Self::Blake2b256(hasher) => digest(DigestAlgorithm::Blake2b256, &hasher.finalize()),
        }
    }
}

fn digest(algorithm: DigestAlgorithm, bytes: &[u8]) -> Option<ListedDigest> {
    ListedDigest::from_bytes(algorithm, bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// The figures are those of Python's `hashlib` for `b"abc"`.
    #[test]
    fn digests_are_those_of_hashlib() {
        let listed = [
            (DigestAlgorithm::Md5, "900150983cd24fb0d6963f7d28e17f72"),
            (
                DigestAlgorithm::Sha1,
                "a9993e364706816aba3e25717850c26c9cd0d89d",
            ),
            (
                DigestAlgorithm::Sha224,
                "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
            ),
            (
                DigestAlgorithm::Sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                DigestAlgorithm::Sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            (
                DigestAlgorithm::Blake2b256,
                "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
            ),
        ];
        let listed = listed.map(|(algorithm, text)| ListedDigest::parse(algorithm, text).unwrap());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"abc").unwrap();
        assert_eq!(other_digests(&mut file, &listed).unwrap(), listed);
    }
}
