//! The two digests of a strict file's header.

use harden_packaging::Sha256;
use sha2::Digest;

use crate::write::{HEADER_LINE, PINS, entry, head};
use crate::{InstallerOption, StrictFile};

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
        let head = self.header.as_ref().map(|header| head(header, None));
        let entries: Vec<String> = self.pins.iter().map(entry).collect();
        digest_of(&head.unwrap_or_default(), &self.options, &entries)
    }

    /// Whether the content still has the digest of the header. `text` is what the file was read from: as harden
    /// wrote it, it is the canonical one, which then need not be written again.
    pub(crate) fn is_intact(&self, text: &str) -> bool {
        let Some(header) = &self.header else {
            return false;
        };
        digest_of_written(text) == Some(header.pins) || self.content_digest() == header.pins
    }
}

/// The digest of the content, from the text of the header without its digest, and of each pin.
pub(crate) fn digest_of(head: &str, options: &[InstallerOption], entries: &[String]) -> Sha256 {
    let mut hasher = sha2::Sha256::new();
    hasher.update(head);
    for option in options {
        hasher.update(format!("{option}\n"));
    }
    for entry in entries {
        hasher.update(entry);
    }
    Sha256::from_bytes(hasher.finalize().into())
}

/// The digest of a text as it is, but for the field of the header that holds it; `None` where there is no such
/// field, as it is written.
fn digest_of_written(text: &str) -> Option<Sha256> {
    let mut place = 0;
    let line = text.split_inclusive('\n').find_map(|line| {
        let begin = place;
        place += line.len();
        line.starts_with(HEADER_LINE).then_some((begin, line))
    });
    let (begin, line) = line?;
    let field = begin + line.find(PINS)?;
    let end = field + text[field..].find(' ')? + 1;
    let mut hasher = sha2::Sha256::new();
    hasher.update(&text[..field]);
    hasher.update(&text[end..]);
    Some(Sha256::from_bytes(hasher.finalize().into()))
}

#[cfg(test)]
mod tests {
    use crate::StrictFile;

    fn is_intact(text: &str) -> bool {
        let strict = StrictFile::parse(text, "strict.txt").unwrap();
        strict.is_intact(text)
    }

    /// A strict file as it is written.
    fn written() -> String {
        let draft = concat!(
            "# Hardened by harden; change loose.txt and run this again, rather than edit:\n",
            "#     harden loose.txt --platform win_amd64-cp-312-cp312\n",
            "# harden: 1 inputs=sha256:0000000000000000000000000000000000000000000000000000000000000000 ",
            "pins=sha256:0000000000000000000000000000000000000000000000000000000000000000 ",
            "platforms=win_amd64-cp-312-cp312\n",
            "idna==3.20 \\\n",
            "    --hash=sha256:ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db81c14582c\n",
            "    # via -r loose.txt\n",
        );
        let digest = StrictFile::parse(draft, "strict.txt").unwrap();
        let digest = digest.content_digest().to_string();
        let empty = format!("pins=sha256:{}", "0".repeat(64));
        draft.replace(&empty, &format!("pins=sha256:{digest}"))
    }

    #[test]
    fn a_file_is_intact_as_it_was_written_and_with_other_comments_and_white_space() {
        let written = written();
        assert_eq!(
            super::digest_of_written(&written),
            Some(StrictFile::parse(&written, "").unwrap().content_digest())
        );
        assert!(is_intact(&written));
        assert!(is_intact(&written.replace("\nidna", "\n\n# a note\nidna")));
        assert!(is_intact(&written.replace('\n', "\r\n")));
        assert!(is_intact(&written.replace("    # via", "  # via")));
    }

    #[test]
    fn a_file_is_not_intact_if_what_matters_was_edited() {
        for (from, to) in [
            ("3.20", "3.21"),
            ("ab7ae", "bb7ae"),
            ("via -r loose.txt", "via -r other.txt"),
            ("--platform win", "--pre --platform win"),
            ("inputs=sha256:0", "inputs=sha256:1"),
        ] {
            assert!(!is_intact(&written().replace(from, to)), "{from}");
        }
    }
}
