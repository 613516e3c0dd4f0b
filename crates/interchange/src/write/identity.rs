//! Identifiers in documents: package URLs, and UUIDs derived from content.

use std::fmt::Write;

use harden_hasher::StrictPin;
use sha2::{Digest, Sha256};

/// The package URL of a pin.
///
/// <https://github.com/package-url/purl-spec/blob/main/types-doc/pypi-definition.md>
pub fn purl(pin: &StrictPin) -> String {
    let version = escaped(&pin.version().to_string());
    let place = pin.reference().filter(|reference| !reference.is_path());
    let place = place.map_or_else(String::new, |reference| {
        format!("?download_url={}", escaped(&reference.to_string()))
    });
    format!("pkg:pypi/{}@{version}{place}", pin.name())
}

/// Escapes all that a purl has a meaning for.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// A UUID (RFC 9562, version 8) that follows from a text alone.
pub(super) fn uuid_of(text: &str) -> String {
    let mut bytes: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut hex = String::new();
    for byte in &bytes[..16] {
        let _ = write!(hex, "{byte:02x}");
    }
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}
