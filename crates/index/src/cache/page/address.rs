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
        if let Some(folder) = rest.strip_suffix(filename) {
            return match digest_of_folder(folder) {
                Some(digest) => Self::Hashed(*digest.as_bytes()),
                None => Self::Folder(folder),
            };
        }
        match rest.rsplit_once(filename) {
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
    let folder: &[u8; 67] = folder.as_bytes().try_into().ok()?;
    if [2, 5, 66].iter().any(|at| folder[*at] != b'/') {
        return None;
    }
    let mut digits = [0; 64];
    digits[..2].copy_from_slice(&folder[..2]);
    digits[2..4].copy_from_slice(&folder[3..5]);
    digits[4..].copy_from_slice(&folder[6..66]);
    // As the digest is written.
    let is_plain = !digits.iter().any(u8::is_ascii_uppercase);
    let digits = str::from_utf8(&digits).ok().filter(|_| is_plain)?;
    digits.parse().ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_as_it_was() {
        let digits = "0123456789abcdef".repeat(4);
        let [one, two, rest] = folders_of_digest(&digits);
        let hashed = format!("{one}/{two}/{rest}/a-1.zip");
        let addresses = [
            hashed.clone(),
            hashed.to_uppercase(),
            hashed.replacen('/', "", 1),
            format!("x/{hashed}"),
            format!("{digits}/a-1.zip"),
            format!("{one}-{two}-{rest}-a-1.zip"),
            format!("{}é/é/a-1.zip", &digits[..60]),
            "a-1.zip".to_owned(),
            "a-1.zip/download?name=a-1.zip&x".to_owned(),
            "elsewhere".to_owned(),
            String::new(),
        ];
        for rest in addresses {
            let address = Address::of(&rest, "a-1.zip");
            assert_eq!(
                address.whole("https://files.test/", "a-1.zip"),
                format!("https://files.test/{rest}")
            );
            assert_eq!(
                matches!(address, Address::Hashed(_)),
                rest == hashed,
                "{rest}"
            );
        }
    }
}
