//! The encoding of a requirements file: a byte-order mark, else a PEP 263 line, else UTF-8.
//!
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/#encoding>
//!
//! pip falls back to the encoding of the locale; here the same bytes mean the same on every machine.

use encoding_rs::Encoding;

/// The text of the file, or why it cannot be decoded.
pub(super) fn decode(bytes: &[u8]) -> Result<String, String> {
    if let Some(text) = decode_marked(bytes) {
        return text;
    }
    if let Some(name) = declared_encoding(bytes) {
        return decode_named(bytes, &name);
    }
    String::from_utf8(bytes.to_vec()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = bytes[..at].split(|&byte| byte == b'\n').count();
        format!(
            "the file is not UTF-8 (byte 0x{:02x} in line {line}); save it as UTF-8, or name its encoding in the first line: `# -*- coding: latin-1 -*-`",
            bytes[at]
        )
    })
}

/// Decodes what begins with a byte-order mark.
fn decode_marked(bytes: &[u8]) -> Option<Result<String, String>> {
    // The mark of UTF-16 is a prefix of the mark of UTF-32.
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return Some(String::from_utf8(rest.to_vec()).map_err(|_| malformed("UTF-8")));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe\0\0") {
        return Some(utf32(rest, u32::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\0\0\xfe\xff") {
        return Some(utf32(rest, u32::from_be_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Some(utf16(rest, u16::from_le_bytes));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Some(utf16(rest, u16::from_be_bytes));
    }
    None
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (units, []) = bytes.as_chunks::<2>() else {
        return Err(malformed("UTF-16"));
    };
    char::decode_utf16(units.iter().map(|&bytes| unit(bytes)))
        .collect::<Result<_, _>>()
        .map_err(|_| malformed("UTF-16"))
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> Result<String, String> {
    let (units, []) = bytes.as_chunks::<4>() else {
        return Err(malformed("UTF-32"));
    };
    let characters = units.iter().map(|&bytes| char::from_u32(unit(bytes)));
    characters
        .collect::<Option<_>>()
        .ok_or_else(|| malformed("UTF-32"))
}

fn malformed(encoding: &str) -> String {
    format!("the file has the byte-order mark of {encoding} but is not valid {encoding}")
}

/// The encoding that a comment in the first two lines names (PEP 263).
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    bytes
        .split(|&byte| byte == b'\n')
        .take(2)
        .filter(|line| line.starts_with(b"#"))
        .find_map(|line| {
            let line = String::from_utf8_lossy(line);
            line.match_indices("coding")
                .find_map(|(at, word)| declared_name(&line[at + word.len()..]))
        })
}

fn declared_name(rest: &str) -> Option<String> {
    let name = rest.strip_prefix([':', '='])?.trim_start();
    let end = name
        .find(|character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character)))
        .unwrap_or(name.len());
    (end > 0).then(|| name[..end].to_owned())
}

fn decode_named(bytes: &[u8], name: &str) -> Result<String, String> {
    let encoding = encoding(name)
        .ok_or_else(|| format!("the file names an unknown encoding, `{name}`; save it as UTF-8"))?;
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(Into::into)
        .ok_or_else(|| format!("the file is not valid `{name}`, the encoding that it names"))
}

/// The encoding with Python's name `name`, if browsers support it too.
fn encoding(name: &str) -> Option<&'static Encoding> {
    let dashed = name.to_ascii_lowercase().replace('_', "-");
    Encoding::for_label(dashed.as_bytes())
        .or_else(|| Encoding::for_label(dashed.replace('-', "").as_bytes()))
}
