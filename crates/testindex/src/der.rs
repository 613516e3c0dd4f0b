//! The encodings of certificates and of signed timestamps in them, as far as tests need them.

/// Bytes after their number, in two bytes.
pub(crate) fn with_length(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("it is short");
    [&length.to_be_bytes(), bytes].concat()
}

/// A DER value.
pub(crate) fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    match u8::try_from(length) {
        Ok(length @ 0..=127) => bytes.push(length),
        Ok(length) => bytes.extend([0x81, length]),
        Err(_) => {
            let length = u16::try_from(length).expect("it is short");
            bytes.push(0x82);
            bytes.extend(length.to_be_bytes());
        }
    }
    bytes.extend(content);
    bytes
}

/// The content of the DER value that `bytes` begins with, and the whole value.
pub(crate) fn content(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (start, length) = match bytes[1] {
        length @ 0..=127 => (2, usize::from(length)),
        0x81 => (3, usize::from(bytes[2])),
        _ => (4, usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
    };
    (&bytes[start..start + length], &bytes[..start + length])
}
