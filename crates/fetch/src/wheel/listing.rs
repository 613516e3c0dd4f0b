//! The members of a wheel compared with what its `RECORD` lists.

use std::collections::HashMap;
use std::io::{BufRead, Seek, Write};

use sha2::Digest;
use sha2::digest::DynDigest;

use super::WheelDefect;
use super::inspect::Depth;
use super::record::Recorded;
use super::zip_layout::Content;

/// Signatures of `RECORD`, which it cannot list.
const SIGNATURES: [&str; 2] = ["RECORD.jws", "RECORD.p7s"];

/// What `RECORD` lists, and how members are compared with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listing<'a> {
    /// The `.dist-info` folder.
    pub(super) info: &'a str,
    /// What is recorded of each member.
    pub(super) recorded: &'a HashMap<String, Recorded>,
    /// Members that were read already, by path: their contents are compared whatever the depth.
    pub(super) texts: &'a [(&'a str, &'a [u8])],
    pub(super) depth: Depth,
}

/// What is recorded of a member, its digest, and what computes that.
type Recording<'a> = (&'a Recorded, &'a [u8], Box<dyn DynDigest>);

impl Listing<'_> {
    /// A member is what `RECORD` says of it; `RECORD` itself and its signatures it cannot list.
    pub(super) fn check(
        &self,
        reader: &mut (impl BufRead + Seek),
        content: &Content,
    ) -> Result<(), WheelDefect> {
        let path = &*content.member.name;
        if self.cannot_list(path) {
            return match self.depth {
                Depth::Structure => Ok(()),
                Depth::Contents => content.copy(reader, &mut std::io::sink()),
            };
        }
        let (recorded, expected, hasher) = self.entry(path)?;
        let mut hashing = Hashing(hasher);
        let text = self.texts.iter().find(|(name, _)| *name == path);
        let is_hashed = match (text, self.depth) {
            (Some((_, text)), _) => {
                hashing.0.update(text);
                true
            }
            (None, Depth::Contents) => {
                content.copy(reader, &mut hashing)?;
                true
            }
            (None, Depth::Structure) => false,
        };
        let is_right = recorded.size.is_none_or(|size| size == content.member.size)
            && expected.len() == hashing.0.output_size()
            && (!is_hashed || hashing.0.finalize()[..] == *expected);
        if is_right {
            Ok(())
        } else {
            Err(WheelDefect::member(path, "does not match RECORD"))
        }
    }

    /// Whether `RECORD` may leave out a member: a folder, itself, its signatures.
    fn cannot_list(&self, path: &str) -> bool {
        let own = path
            .strip_prefix(self.info)
            .and_then(|rest| rest.strip_prefix('/'));
        path.ends_with('/')
            || own.is_some_and(|name| name == "RECORD" || SIGNATURES.contains(&name))
    }

    /// What is recorded of a member, which must have a digest that is strong enough.
    fn entry(&self, path: &str) -> Result<Recording<'_>, WheelDefect> {
        let refused = |what: &str| WheelDefect::member(path, what);
        let recorded = self.recorded.get(path);
        let recorded = recorded.ok_or_else(|| refused("is not in RECORD"))?;
        let Some((algorithm, digest)) = &recorded.hash else {
            return Err(refused("has no hash in RECORD"));
        };
        let hasher = hasher(algorithm)
            .ok_or_else(|| refused("has no hash in RECORD that is SHA-256 or stronger"))?;
        Ok((recorded, digest, hasher))
    }
}

fn hasher(algorithm: &str) -> Option<Box<dyn DynDigest>> {
    match algorithm {
        "sha256" => Some(Box::new(sha2::Sha256::new())),
        "sha384" => Some(Box::new(sha2::Sha384::new())),
        "sha512" => Some(Box::new(sha2::Sha512::new())),
        _ => None,
    }
}

/// Hashes what is written to it.
struct Hashing(Box<dyn DynDigest>);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
