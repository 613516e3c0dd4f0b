//! `RECORD`: what a wheel lists of its own members.
//!
//! <https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file>

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What is recorded of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Recorded {
    /// The name of the algorithm, and the digest.
    pub(super) hash: Option<(String, Vec<u8>)>,
    /// In bytes.
    pub(super) size: Option<u64>,
}

/// Reads the lines of a `RECORD` about members: path, hash and size, as CSV; the first that is malformed
/// otherwise. There may be millions of other lines, which are not kept.
pub(super) fn read(
    text: &str,
    is_member: impl Fn(&str) -> bool,
) -> Result<HashMap<String, Recorded>, String> {
    let mut record = HashMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (path, recorded) = entry(line).ok_or_else(|| line.to_owned())?;
        if !is_member(&path) {
            continue;
        }
        if record.insert(path, recorded).is_some() {
            return Err(line.to_owned());
        }
    }
    Ok(record)
}

/// Reads a `RECORD` all of whose lines are about members.
pub(crate) fn look(text: &str) {
    let _ = read(text, |_| true);
}

fn entry(line: &str) -> Option<(String, Recorded)> {
    let mut fields = fields(line)?.into_iter();
    let (path, hash, size) = (fields.next()?, fields.next()?, fields.next()?);
    let recorded = Recorded {
        hash: match &*hash {
            "" => None,
            hash => Some(digest(hash)?),
        },
        size: match &*size {
            "" => None,
            size => Some(size.trim().parse().ok()?),
        },
    };
    fields.next().is_none().then_some((path, recorded))
}

fn digest(hash: &str) -> Option<(String, Vec<u8>)> {
    let (algorithm, digest) = hash.split_once('=')?;
    let digest = URL_SAFE_NO_PAD.decode(digest.trim_end_matches('='));
    Some((algorithm.to_owned(), digest.ok()?))
}

/// The fields of a line of CSV, of which none has an end of line in it.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, behind) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_field(quoted)?
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            (rest[..end].to_owned(), &rest[end..])
        };
        fields.push(field);
        match behind.strip_prefix(',') {
            Some(next) => rest = next,
            None => return behind.is_empty().then_some(fields),
        }
    }
}

/// The field up to its closing quote, and what follows that; two quotes stand for one.
fn quoted_field(mut rest: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    loop {
        let (part, behind) = rest.split_once('"')?;
        field += part;
        match behind.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Some((field, behind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_with_commas_and_quotes_are_quoted() {
        let record = super::read(
            "\"a,\"\"b\"\".py\",sha256=AAEC,3\r\nx/RECORD,,\nother,,\n\n",
            |path| path != "other",
        )
        .unwrap();
        let first = Recorded {
            hash: Some(("sha256".to_owned(), vec![0, 1, 2])),
            size: Some(3),
        };
        assert_eq!(record["a,\"b\".py"], first);
        assert_eq!(record["x/RECORD"].hash, None);
        assert_eq!(record.len(), 2);
    }

    fn read(text: &str) -> Result<HashMap<String, Recorded>, String> {
        super::read(text, |_| true)
    }

    #[test]
    fn malformed_lines_are_given_back() {
        for line in [
            "a",
            "a,b,c",
            "a,sha256=AAEC,x",
            "\"a,,",
            "a,,,",
            "a,sha256=!,1",
        ] {
            assert_eq!(read(line).unwrap_err(), line);
        }
        assert_eq!(read("a,,\na,,").unwrap_err(), "a,,");
    }
}
