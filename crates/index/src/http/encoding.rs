//! Bodies that servers send compressed: gzip is asked for where pages are.
//! <https://www.rfc-editor.org/rfc/rfc9110#name-content-encoding>

use std::io::Read;

use flate2::bufread::MultiGzDecoder;
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderName, HeaderValue};

use super::Refusal;

/// The header that asks for what [`decode`] reads.
pub(super) const ACCEPTED: (HeaderName, &str) = (ACCEPT_ENCODING, "gzip");

/// The least that deflate makes of this many bytes is one.
const MOST_RATIO: usize = 1032;

/// Why a body could not be decompressed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Undecoded {
    /// It is larger than the limit.
    TooLarge,
    Malformed(Refusal),
}

/// How many bytes `body` says to have, decompressed, at most `limit`: a hint, which may be wrong.
pub(super) fn stated_length(headers: &HeaderMap, body: &[u8], limit: usize) -> usize {
    if encoding_of(headers).is_none() {
        return body.len();
    }
    let stated = body
        .last_chunk()
        .map_or(0, |tail| u32::from_le_bytes(*tail));
    let most = body.len().saturating_mul(MOST_RATIO).min(limit);
    most.min(stated as usize)
}

/// `body` as it was before the server compressed it, as `headers` say; at most `limit` bytes.
pub(super) fn decode(
    headers: &HeaderMap,
    body: &[u8],
    limit: usize,
) -> Result<Option<Vec<u8>>, Undecoded> {
    match encoding_of(headers).as_deref() {
        None => Ok(None),
        Some(b"gzip" | b"x-gzip") => inflate(body, limit).map(Some),
        Some(other) => Err(Undecoded::Malformed(format!(
            "the reply is compressed as {}, which was not asked for",
            other.escape_ascii()
        ))),
    }
}

/// [`decode`] without a result.
pub(crate) fn decompress(headers: &HeaderMap, body: &[u8], limit: usize) {
    let _ = decode(headers, body, limit);
}

fn encoding_of(headers: &HeaderMap) -> Option<Vec<u8>> {
    let encoding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
    let encoding = encoding.map(<[u8]>::to_ascii_lowercase)?;
    (!matches!(&*encoding, b"" | b"identity")).then_some(encoding)
}

fn inflate(body: &[u8], limit: usize) -> Result<Vec<u8>, Undecoded> {
    let mut whole = Vec::with_capacity(limit.min(body.len().saturating_mul(MOST_RATIO)) + 1);
    MultiGzDecoder::new(body)
        .take(limit as u64 + 1)
        .read_to_end(&mut whole)
        .map_err(|error| {
            Undecoded::Malformed(format!("the reply cannot be decompressed: {error}"))
        })?;
    if whole.len() > limit {
        return Err(Undecoded::TooLarge);
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn decoded(encoding: &'static str, body: &[u8]) -> Result<Option<Vec<u8>>, Undecoded> {
        let headers = [(CONTENT_ENCODING, HeaderValue::from_static(encoding))];
        decode(&HeaderMap::from_iter(headers), body, 1 << 20)
    }

    #[test]
    fn a_compressed_body_is_restored() {
        let page = b"page ".repeat(9999);
        assert_eq!(decoded("gzip", &gzip(&page)).unwrap().unwrap(), page);
        let parts = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(decoded("GZIP", &parts).unwrap().unwrap(), b"one two");
        assert_eq!(decoded("identity", b"x").unwrap(), None);
        assert_eq!(decode(&HeaderMap::new(), &gzip(b"x"), 9).unwrap(), None);
    }

    #[test]
    fn a_body_that_cannot_be_decompressed_is_refused() {
        let page = gzip(&b"page ".repeat(9999));
        insta::assert_debug_snapshot!(decoded("br", &page).unwrap_err(), @r#"
        Malformed(
            "the reply is compressed as br, which was not asked for",
        )
        "#);
        for broken in [&page[..0], &page[..9], &page[..page.len() - 1], b"page"] {
            assert!(decoded("gzip", broken).is_err());
        }
        let large = gzip(&vec![0; (1 << 20) + 1]);
        assert_eq!(decoded("gzip", &large), Err(Undecoded::TooLarge));
    }
}
