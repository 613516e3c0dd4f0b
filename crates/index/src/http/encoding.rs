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

/// `body` as it was before the server compressed it, as `headers` say; at most `limit` bytes.
pub(super) fn decode(headers: &HeaderMap, body: Vec<u8>, limit: usize) -> Result<Vec<u8>, Refusal> {
    let encoding = headers.get(CONTENT_ENCODING).map(HeaderValue::as_bytes);
    match encoding.map(<[u8]>::to_ascii_lowercase).as_deref() {
        None | Some(b"" | b"identity") => Ok(body),
        Some(b"gzip" | b"x-gzip") => inflate(&body, limit),
        Some(other) => Err(format!(
            "the reply is compressed as {}, which was not asked for",
            other.escape_ascii()
        )),
    }
}

fn inflate(body: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
    // What gzip says at its end of the length is a hint: it may be wrong, or that of a part only.
    let told = body
        .last_chunk()
        .map_or(0, |tail| u32::from_le_bytes(*tail));
    let most = body.len().saturating_mul(MOST_RATIO).min(limit);
    let mut whole = Vec::with_capacity(most.min(told as usize) + 1);
    MultiGzDecoder::new(body)
        .take(limit as u64 + 1)
        .read_to_end(&mut whole)
        .map_err(|error| format!("the reply cannot be decompressed: {error}"))?;
    if whole.len() > limit {
        return Err(format!("the reply is larger than {} MiB", limit >> 20));
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

    fn decoded(encoding: &'static str, body: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let headers = [(CONTENT_ENCODING, HeaderValue::from_static(encoding))];
        decode(&HeaderMap::from_iter(headers), body, 1 << 20)
    }

    #[test]
    fn what_was_compressed_comes_back() {
        let page = b"page ".repeat(9999);
        assert_eq!(decoded("gzip", gzip(&page)).unwrap(), page);
        let parts = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(decoded("GZIP", parts).unwrap(), b"one two");
        assert_eq!(decoded("identity", b"x".to_vec()).unwrap(), b"x");
        assert_eq!(
            decode(&HeaderMap::new(), gzip(b"x"), 9).unwrap(),
            gzip(b"x")
        );
    }

    #[test]
    fn what_cannot_be_decompressed_is_refused() {
        let page = gzip(&b"page ".repeat(9999));
        insta::assert_snapshot!(decoded("br", page.clone()).unwrap_err(), @"the reply is compressed as br, which was not asked for");
        for broken in [&page[..0], &page[..9], &page[..page.len() - 1], b"page"] {
            assert!(decoded("gzip", broken.to_vec()).is_err());
        }
        let large = gzip(&vec![0; (1 << 20) + 1]);
        insta::assert_snapshot!(decoded("gzip", large).unwrap_err(), @"the reply is larger than 1 MiB");
    }
}
