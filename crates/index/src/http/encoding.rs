//! Bodies that servers send compressed: gzip is asked for where pages are.
//! <https://www.rfc-editor.org/rfc/rfc9110#name-content-encoding>

use std::io::{Read, Write as _};

use flate2::bufread::MultiGzDecoder;
use flate2::write::MultiGzDecoder as MultiGzWriter;
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
        Some(other) => Err(Undecoded::Malformed(unasked(other))),
    }
}

/// A body as it was before the server compressed it, piece by piece.
pub(crate) enum Inflater {
    /// It is not compressed.
    Plain(Vec<u8>),
    Gzip(Box<MultiGzWriter<Vec<u8>>>),
}

impl Inflater {
    /// For a body with these headers.
    ///
    /// # Errors
    ///
    /// When it is compressed otherwise than was asked for.
    pub(crate) fn new(headers: &HeaderMap) -> Result<Self, Refusal> {
        match encoding_of(headers).as_deref() {
            None => Ok(Self::Plain(Vec::new())),
            Some(b"gzip" | b"x-gzip") => {
                let decoder = MultiGzWriter::new(Vec::new());
                Ok(Self::Gzip(Box::new(decoder)))
            }
            Some(other) => Err(unasked(other)),
        }
    }

    /// What `bytes`, which come next, or last, become.
    ///
    /// # Errors
    ///
    /// When they are malformed.
    pub(crate) fn inflate(&mut self, bytes: &[u8], is_last: bool) -> Result<&[u8], Refusal> {
        match self {
            Self::Plain(kept) => {
                kept.clear();
                kept.extend_from_slice(bytes);
                Ok(kept)
            }
            Self::Gzip(decoder) => {
                decoder.get_mut().clear();
                let written = decoder.write_all(bytes);
                let written = written.and_then(|()| {
                    if is_last {
                        decoder.try_finish()
                    } else {
                        Ok(())
                    }
                });
                written.map_err(|error| malformed(&error))?;
                Ok(decoder.get_ref())
            }
        }
    }
}

fn unasked(encoding: &[u8]) -> Refusal {
    format!(
        "the reply is compressed as {}, which was not asked for",
        encoding.escape_ascii()
    )
}

fn malformed(error: &std::io::Error) -> Refusal {
    format!("the reply cannot be decompressed: {error}")
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
        .map_err(|error| Undecoded::Malformed(malformed(&error)))?;
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
    fn a_body_is_restored_piece_by_piece() {
        let page = b"page ".repeat(9999);
        let plain = HeaderMap::new();
        let packed = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static("gzip"))]);
        for (headers, body) in [(plain, page.clone()), (packed.clone(), gzip(&page))] {
            for size in [1, 9, body.len()] {
                let mut inflater = Inflater::new(&headers).unwrap();
                let mut restored = Vec::new();
                for piece in body.chunks(size) {
                    restored.extend_from_slice(inflater.inflate(piece, false).unwrap());
                }
                restored.extend_from_slice(inflater.inflate(&[], true).unwrap());
                assert!(restored == page, "in pieces of {size}");
            }
        }
        let mut broken = Inflater::new(&packed).unwrap();
        assert!(
            broken
                .inflate(b"no gzip, and long enough to show it", false)
                .is_err()
        );
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
