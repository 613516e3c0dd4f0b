//! How much a page may list. A page of 128 MiB takes 130 kB on the wire, and a few bytes of it may become a file
//! of a kilobyte in memory, so the marks are counted before anything is read.
//!
//! `scripts/chaos limits` has the pages and the memory that they take. The largest pages of PyPI list some 30,000
//! files.

use super::page_error::PageError;

/// Pages up to this size, in bytes, cannot list too much.
const SMALL: usize = 4 << 20;

/// The most objects of JSON, of which a file has four on PyPI, and the most tags of HTML.
const MOST_ENTRIES: usize = 250_000;

/// The most values of JSON, of which a file has twelve on PyPI.
const MOST_VALUES: usize = 3_000_000;

/// The longest tag of HTML, in bytes.
const LONGEST_TAG: usize = 64 << 10;

/// Refuses a page in JSON that lists too much.
pub(super) fn json(body: &[u8]) -> Result<(), PageError> {
    if body.len() <= SMALL {
        return Ok(());
    }
    if count(body, b'{') > MOST_ENTRIES {
        return Err(PageError::TooMuch(MOST_ENTRIES, "objects"));
    }
    if count(body, b',') > MOST_VALUES {
        return Err(PageError::TooMuch(MOST_VALUES, "values"));
    }
    Ok(())
}

/// Refuses a page in HTML that lists too much.
pub(super) fn html(body: &[u8]) -> Result<(), PageError> {
    if body.len() <= SMALL {
        return Ok(());
    }
    if count(body, b'<') > MOST_ENTRIES {
        return Err(PageError::TooMuch(MOST_ENTRIES, "tags"));
    }
    let mut tags = body.split(|byte| *byte == b'<').skip(1);
    let length = |tag: &[u8]| {
        tag.iter()
            .position(|byte| *byte == b'>')
            .unwrap_or(tag.len())
    };
    if tags.any(|tag| length(tag) > LONGEST_TAG) {
        return Err(PageError::LongTag(LONGEST_TAG >> 10));
    }
    Ok(())
}

fn count(body: &[u8], wanted: u8) -> usize {
    memchr::memchr_iter(wanted, body).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `part`, as often as `number` says, in a page that is not small.
    fn page(part: &str, number: usize) -> Vec<u8> {
        let mut page = part.repeat(number).into_bytes();
        page.resize(page.len().max(SMALL + 1), b' ');
        page
    }

    #[test]
    fn a_large_page_has_at_most_250_000_entries() {
        assert!(json(&page("{", 250_000)).is_ok());
        let error = json(&page("{", 250_001)).unwrap_err();
        insta::assert_snapshot!(error, @"it has more than 250000 objects");
        assert!(html(&page("<>", 250_000)).is_ok());
        let error = html(&page("<>", 250_001)).unwrap_err();
        insta::assert_snapshot!(error, @"it has more than 250000 tags");
    }

    #[test]
    fn a_large_page_has_at_most_3_000_000_values() {
        assert!(json(&page(",", 3_000_000)).is_ok());
        let error = json(&page(",", 3_000_001)).unwrap_err();
        insta::assert_snapshot!(error, @"it has more than 3000000 values");
    }

    #[test]
    fn a_tag_of_a_large_page_has_at_most_64_kib() {
        let tag = |length| page(&format!("<{}>", "a".repeat(length)), 1);
        assert!(html(&tag(64 << 10)).is_ok());
        let error = html(&tag((64 << 10) + 1)).unwrap_err();
        insta::assert_snapshot!(error, @"it has a tag of more than 64 KiB");
    }
}
