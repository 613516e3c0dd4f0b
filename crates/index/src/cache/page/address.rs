//! The addresses of files, without what they share.

use harden_packaging::Sha256;
use serde::{Deserialize, Serialize};

/// What follows the common base of the addresses.
#[derive(Serialize, Deserialize)]
pub(super) enum Address<'a> {
    /// The folders that this digest names, two digits, two digits, then the rest, then the file's name: so the
    /// addresses of PyPI are, and a page has thousands.
    Hashed([u8; 32]),
    /// This, then the file's name.
    Folder(&'a str),
    /// The first, the file's name, then the second.
    Around(&'a str, &'a str),
    /// This.
    Whole(&'a str),
}

impl<'a> Address<'a> {
    /// What follows the common base of an address of the file of this name, or of its attestations.
    pub(super) fn of(rest: &'a str, filename: &str) -> Self {
        match rest.rsplit_once(filename) {
            Some((folder, "")) => match digest_of_folder(folder) {
                Some(digest) => Self::Hashed(*digest.as_bytes()),
                None => Self::Folder(folder),
            },
            Some((before, after)) => Self::Around(before, after),
            None => Self::Whole(rest),
        }
    }

    pub(super) fn whole(&self, base: &str, filename: &str) -> String {
        match self {
            Self::Hashed(digest) => {
                let digits = Sha256::from_bytes(*digest).to_string();
                let [one, two, rest] = folders_of_digest(&digits);
                [base, one, "/", two, "/", rest, "/", filename].concat()
            }
            Self::Folder(folder) => [base, folder, filename].concat(),
            Self::Around(before, after) => [base, before, filename, after].concat(),
            Self::Whole(rest) => [base, rest].concat(),
        }
    }
}

/// The digest that names the folder of a file, if one does.
fn digest_of_folder(folder: &str) -> Option<Sha256> {
    let digest: Sha256 = folder.replace('/', "").parse().ok()?;
    let digits = digest.to_string();
    let folders = folders_of_digest(&digits).map(|name| [name, "/"].concat());
    (folders.concat() == folder).then_some(digest)
}

/// The folders that the digits of a digest name, each in the one before.
fn folders_of_digest(digits: &str) -> [&str; 3] {
    [&digits[..2], &digits[2..4], &digits[4..]]
}

/// What all begin with.
pub(super) fn common<'a>(texts: impl Iterator<Item = &'a str>) -> &'a str {
    texts.reduce(common_start).unwrap_or_default()
}

/// The folder that the beginning of an address lies in.
pub(super) fn folder(start: &str) -> &str {
    &start[..start.rfind('/').map_or(0, |slash| slash + 1)]
}

/// What both begin with.
fn common_start<'a>(one: &'a str, other: &'a str) -> &'a str {
    let mut same = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    while !one.is_char_boundary(same) {
        same -= 1;
    }
    &one[..same]
}
