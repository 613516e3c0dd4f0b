//! The digests of a file by every algorithm that indexes list.

use std::fs::File;
use std::io::{self, Read, Seek};

use blake2::Blake2b;
use blake2::digest::consts::U32;
use harden_packaging::{DigestAlgorithm, ListedDigest};
use sha2::digest::DynDigest;

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
    let algorithms = listed.iter().map(ListedDigest::algorithm);
    let mut hashers: Vec<_> = algorithms.map(|named| (named, hasher(named))).collect();
    file.rewind()?;
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            break;
        }
        for (_, hasher) in &mut hashers {
            hasher.update(&chunk[..length]);
        }
    }
    file.rewind()?;
    let digests = hashers
        .into_iter()
        .filter_map(|(algorithm, hasher)| ListedDigest::from_bytes(algorithm, &hasher.finalize()));
    Ok(digests.collect())
}

fn hasher(algorithm: DigestAlgorithm) -> Box<dyn DynDigest> {
    match algorithm {
        DigestAlgorithm::Md5 => Box::<md5::Md5>::default(),
        DigestAlgorithm::Sha1 => Box::<sha1::Sha1>::default(),
        DigestAlgorithm::Sha224 => Box::<sha2::Sha224>::default(),
        DigestAlgorithm::Sha384 => Box::<sha2::Sha384>::default(),
        DigestAlgorithm::Sha512 => Box::<sha2::Sha512>::default(),
        DigestAlgorithm::Blake2b256 => Box::<Blake2b<U32>>::default(),
    }
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
