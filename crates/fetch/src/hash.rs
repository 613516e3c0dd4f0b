//! SHA-256 of files and of what is being written.

use std::io::{self, Read};

use harden_packaging::Sha256;
use sha2::Digest;

/// How much of a file is read at once.
const CHUNK: usize = 256 << 10;

/// The digest of all that `reader` has, and how many bytes that is.
pub(crate) fn hash(reader: &mut impl Read) -> io::Result<(Sha256, u64)> {
    let mut hasher = sha2::Sha256::new();
    let length = update(&mut hasher, reader)?;
    Ok((finish(hasher), length))
}

/// Adds all that `reader` has; how many bytes that is.
pub(crate) fn update(hasher: &mut sha2::Sha256, reader: &mut impl Read) -> io::Result<u64> {
    let mut buffer = vec![0; CHUNK];
    let mut length = 0;
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(length),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                length += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The digest of what was added.
pub(crate) fn finish(hasher: sha2::Sha256) -> Sha256 {
    Sha256::from_bytes(hasher.finalize().into())
}
