//! The digests of the metadata that wheels were resolved with, which show whether a wheel contains the
//! metadata that the index gave for it.
//!
//! ```text
//! # metadata sha256:…
//! ```
//!
//! below the file names of a pin holds for each of its wheels. If wheels of one pin state different
//! metadata, there is a line for each, which ends in the file name.

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::{CoreMetadata, Sha256};
use sha2::Digest;

use crate::comment_text::is_file_name;

/// What each line begins with.
const METADATA: &str = "metadata sha256:";

/// The digest of everything in the metadata that a resolution depends on: Requires-Dist,
/// Requires-Python and Provides-Extra. Their order does not count.
pub fn metadata_digest(metadata: &CoreMetadata) -> Sha256 {
    let requires = metadata.requires_dist.iter().map(|value| &**value);
    let python = metadata.requires_python.iter().map(|value| &**value);
    let extras = metadata.provides_extra.iter().map(AsRef::as_ref);
    let mut hasher = sha2::Sha256::new();
    for (field, values) in [
        ("Requires-Dist", requires.collect::<BTreeSet<&str>>()),
        ("Requires-Python", python.collect()),
        ("Provides-Extra", extras.collect()),
    ] {
        for value in values {
            for part in [field, ": ", value, "\n"] {
                hasher.update(part);
            }
        }
    }
    Sha256::from_bytes(hasher.finalize().into())
}

/// The recorded digests of a pin's wheels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MetadataDigests {
    /// Of every wheel that has no digest of its own.
    shared: Option<Sha256>,
    by_file: BTreeMap<String, Sha256>,
}

impl MetadataDigests {
    /// Records the digests `by_file` of a pin whose wheels are `wheels`.
    pub(crate) fn new(by_file: BTreeMap<String, Sha256>, wheels: &BTreeSet<&str>) -> Self {
        let first = by_file.values().next().copied();
        let is_same = by_file.values().all(|digest| Some(*digest) == first);
        let has_all = wheels.iter().all(|wheel| by_file.contains_key(*wheel));
        if is_same && has_all {
            let by_file = BTreeMap::new();
            return Self {
                shared: first,
                by_file,
            };
        }
        let is_listed = |file: &String, _: &mut Sha256| wheels.contains(file.as_str());
        let mut by_file = by_file;
        by_file.retain(is_listed);
        Self {
            shared: None,
            by_file,
        }
    }

    /// The digest of the wheel `file`.
    pub(crate) fn of(&self, file: &str) -> Option<Sha256> {
        self.by_file.get(file).copied().or(self.shared)
    }

    /// The comment lines, without `#`.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        let shared = self.shared.iter();
        let shared = shared.map(|digest| format!("{METADATA}{digest}"));
        let own = self.by_file.iter();
        shared.chain(own.map(|(file, digest)| format!("{METADATA}{digest} {file}")))
    }

    /// Reads a comment line, without `#`; `false` if it is another comment.
    pub(crate) fn read_line(&mut self, line: &str) -> bool {
        let Some(text) = line.strip_prefix(METADATA) else {
            return false;
        };
        let (digest, file) = match text.split_once(' ') {
            Some((digest, file)) => (digest, Some(file)),
            None => (text, None),
        };
        let Ok(digest) = digest.parse() else {
            return false;
        };
        match file {
            None => self.shared = Some(digest),
            Some(file) if is_file_name(file) => {
                self.by_file.insert(file.to_owned(), digest);
            }
            Some(_) => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(digit: char) -> Sha256 {
        String::from_iter([digit; 64]).parse().unwrap()
    }

    fn metadata(requires: &[&str], python: Option<&str>, extras: &[&str]) -> CoreMetadata {
        CoreMetadata {
            name: "a".parse().unwrap(),
            version: "1.0".parse().unwrap(),
            requires_dist: requires.iter().map(|text| (*text).into()).collect(),
            requires_python: python.map(Into::into),
            provides_extra: extras.iter().map(|extra| extra.parse().unwrap()).collect(),
            metadata_version: "2.1".into(),
            dynamic: Vec::new(),
            licence: harden_packaging::LicenceFields::default(),
        }
    }

    #[test]
    fn the_digest_depends_on_the_values_and_not_on_their_order() {
        let digest = |requires: &[&str], python, extras: &[&str]| {
            metadata_digest(&metadata(requires, python, extras))
        };
        let one = digest(&["b", "c; extra == 'x'"], Some(">=3.8"), &["x"]);
        assert_eq!(
            one,
            digest(&["c; extra == 'x'", "b"], Some(">=3.8"), &["x"])
        );
        for other in [
            digest(&["b"], Some(">=3.8"), &["x"]),
            digest(&["b", "c; extra == 'x'"], None, &["x"]),
            digest(&["b", "c; extra == 'x'"], Some(">=3.8"), &[]),
            digest(&["b", "c; extra == 'x'", ">=3.8"], None, &["x"]),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn one_line_holds_for_all_wheels_that_agree() {
        let wheels = BTreeSet::from(["a-1-py2-none-any.whl", "a-1-py3-none-any.whl"]);
        let of = |digits: [Option<char>; 2]| {
            let all = wheels.iter().zip(digits);
            let all = all.filter_map(|(file, digit)| Some(((*file).to_owned(), digest(digit?))));
            let digests = MetadataDigests::new(all.collect(), &wheels);
            let lines: Vec<String> = digests.lines().collect();
            let mut read = MetadataDigests::default();
            assert!(lines.iter().all(|line| read.read_line(line)));
            assert_eq!(read, digests);
            lines
                .iter()
                .map(|line| line.replace(&"a".repeat(63), ""))
                .collect::<Vec<_>>()
        };
        assert_eq!(of([Some('a'), Some('a')]), ["metadata sha256:a"]);
        assert_eq!(of([None, None]), [""; 0]);
        assert_eq!(
            of([None, Some('a')]),
            ["metadata sha256:a a-1-py3-none-any.whl"]
        );
        assert_eq!(of([Some('a'), Some('b')]).len(), 2);
    }

    #[test]
    fn other_comments_are_not_read() {
        let mut digests = MetadataDigests::default();
        for line in [
            "metadata",
            "metadata sha256:xyz",
            &format!("metadata sha256:{} not a file", digest('a')),
            &format!("metadata md5:{}", digest('a')),
        ] {
            assert!(!digests.read_line(line), "{line}");
        }
        assert_eq!(digests, MetadataDigests::default());
    }
}
