//! A page as an object of a shared cache: a line that says what it is, a line of JSON, and the page as its
//! index sent it, compressed.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use harden_packaging::Sha256;
use reqwest::header::{CACHE_CONTROL, HeaderMap};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::http::{LARGEST_PAGE, Reply, Validators};

/// The first line of every page.
const FIRST_LINE: &[u8] = b"harden shared page 1\n";

/// The largest line of JSON that is read, in bytes.
const LARGEST_HEAD: usize = 64 << 10;

/// What an object says of its page.
#[derive(Serialize, Deserialize)]
struct Head {
    /// The digest of the address that was asked.
    asked: String,
    /// The project.
    name: String,
    media_type: String,
    validators: Validators,
    /// The digest of the page, against damage.
    sha256: String,
}

/// A page that an index has sent, or that a shared cache has lent.
pub(crate) struct SentPage<'a> {
    pub(crate) media_type: String,
    /// Where it came from, after redirects: what is lent had none.
    pub(crate) url: &'a Url,
    pub(crate) body: &'a [u8],
    pub(crate) validators: Validators,
    /// Whether anyone may have it, as far as logins and headers say.
    pub(crate) is_public: bool,
}

impl<'a> SentPage<'a> {
    /// A page as an index sent it; `is_public` says that no login was sent.
    pub(crate) fn of(reply: &'a Reply, is_public: bool) -> Self {
        Self {
            is_public: is_public && may_be_shared(&reply.headers),
            media_type: reply.media_type(),
            url: &reply.url,
            body: &reply.body,
            validators: Validators::read(&reply.headers),
        }
    }

    /// The object to store for the page of `name` at `asked`; `None` if nobody could confirm it, or if an
    /// address may hold a secret.
    pub(crate) fn to_object(&self, asked: &Url, name: &str) -> Option<Vec<u8>> {
        let is_lent = self.validators.can_be_asked_about()
            && is_plain(asked)
            && asked == self.url
            && self.body.len() <= LARGEST_PAGE;
        if !is_lent {
            return None;
        }
        let head = Head {
            asked: Sha256::of(asked.as_str()).to_string(),
            name: name.to_owned(),
            media_type: self.media_type.clone(),
            validators: self.validators.clone(),
            sha256: Sha256::of(self.body).to_string(),
        };
        let mut bytes = FIRST_LINE.to_vec();
        serde_json::to_writer(&mut bytes, &head).ok()?;
        bytes.push(b'\n');
        let mut encoder = GzEncoder::new(bytes, Compression::fast());
        encoder.write_all(self.body).ok()?;
        encoder.finish().ok()
    }
}

/// A page from a shared cache, which counts for nothing until its index confirms it.
pub(crate) struct LentPage {
    url: Url,
    media_type: String,
    body: Vec<u8>,
    /// By which the index is asked.
    pub(crate) validators: Validators,
}

impl LentPage {
    /// Reads an object, which must be the page of the project `name` at `asked`; else says what is wrong.
    pub(crate) fn read(bytes: &[u8], asked: &Url, name: &str) -> Result<Self, String> {
        let rest = bytes
            .strip_prefix(FIRST_LINE)
            .ok_or("it is not a page of this form")?;
        let line = rest[..rest.len().min(LARGEST_HEAD)].iter();
        let end = line.clone().position(|byte| *byte == b'\n');
        let end = end.ok_or("its head does not end")?;
        let head: Head = serde_json::from_slice(&rest[..end]).map_err(|_| "its head is damaged")?;
        if head.asked != Sha256::of(asked.as_str()).to_string() || head.name != name {
            return Err("it is another page".to_owned());
        }
        if !head.validators.can_be_asked_about() || !head.validators.are_plain() {
            return Err("its index cannot be asked about it".to_owned());
        }
        let mut body = Vec::new();
        let mut decoder = GzDecoder::new(&rest[end + 1..]).take(LARGEST_PAGE as u64 + 1);
        decoder
            .read_to_end(&mut body)
            .map_err(|_| "it is cut off or damaged")?;
        if body.len() > LARGEST_PAGE {
            return Err("it is too large".to_owned());
        }
        if Sha256::of(&body).to_string() != head.sha256 {
            return Err("it is damaged".to_owned());
        }
        Ok(Self {
            url: asked.clone(),
            media_type: head.media_type,
            body,
            validators: head.validators,
        })
    }

    /// The page, which its index has confirmed with these headers: they say how long it is fresh.
    pub(crate) fn confirmed(&self, headers: &HeaderMap) -> SentPage<'_> {
        SentPage {
            media_type: self.media_type.clone(),
            url: &self.url,
            body: &self.body,
            validators: self.validators.confirmed(headers),
            // It is there already.
            is_public: false,
        }
    }
}

/// Whether the server lets a cache that others use keep what it sends.
pub(crate) fn may_be_shared(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CACHE_CONTROL).iter();
    let mut directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    !directives.any(|directive| {
        let name = directive.trim().split('=').next().unwrap_or_default();
        name.eq_ignore_ascii_case("private") || name.eq_ignore_ascii_case("no-store")
    })
}

/// Whether an address holds nothing that may be a secret: no login, no query, and no long mixture of letters
/// and digits, as tokens are, in its path.
pub(crate) fn is_plain(url: &Url) -> bool {
    const SHORTEST_TOKEN: usize = 16;
    let is_token = |word: &str| {
        let has = |is_so: fn(&u8) -> bool| word.bytes().any(|byte| is_so(&byte));
        word.len() >= SHORTEST_TOKEN && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
    };
    let mut words = url.path().split(|c: char| !c.is_ascii_alphanumeric());
    let has_login = !url.username().is_empty() || url.password().is_some();
    !has_login && url.query().is_none() && !words.any(is_token)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{ETAG, HeaderValue};

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn headers(cache_control: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, HeaderValue::from_static("\"x\""));
        headers.insert(CACHE_CONTROL, cache_control.parse().unwrap());
        headers
    }

    fn object(asked: &Url, answered: &Url) -> Option<Vec<u8>> {
        let page = SentPage {
            media_type: "text/html".to_owned(),
            url: answered,
            body: b"<a href='a-1.0.tar.gz'>",
            validators: Validators::read(&headers("max-age=600")),
            is_public: true,
        };
        page.to_object(asked, "a")
    }

    #[test]
    fn a_page_is_read_as_it_was_lent_and_is_as_fresh_as_its_index_says() {
        let asked = url("https://index.test/simple/a/");
        let bytes = object(&asked, &asked).unwrap();
        let page = LentPage::read(&bytes, &asked, "a").unwrap();
        let confirmed = page.confirmed(&headers("max-age=7"));
        assert_eq!(confirmed.body, b"<a href='a-1.0.tar.gz'>");
        assert_eq!(confirmed.media_type, "text/html");
        assert_eq!(confirmed.validators.lifetime().as_secs(), 7);
        assert_eq!(confirmed.validators.etag.as_deref(), Some("\"x\""));
    }

    #[test]
    fn another_page_and_every_damage_is_refused() {
        let asked = url("https://index.test/simple/a/");
        let bytes = object(&asked, &asked).unwrap();
        let other = url("https://index.test/simple/b/");
        assert!(LentPage::read(&bytes, &other, "a").is_err());
        assert!(LentPage::read(&bytes, &asked, "b").is_err());
        for length in 0..bytes.len() {
            assert!(
                LentPage::read(&bytes[..length], &asked, "a").is_err(),
                "{length}"
            );
        }
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            if let Ok(page) = LentPage::read(&damaged, &asked, "a") {
                // Only what does not count for the content may differ.
                assert_eq!(page.body, b"<a href='a-1.0.tar.gz'>", "{place}");
            }
        }
    }

    #[test]
    fn a_page_that_expands_without_end_is_refused() {
        let asked = url("https://index.test/simple/a/");
        let bytes = object(&asked, &asked).unwrap();
        let head = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let end = head.map(|(place, _)| place).nth(1).unwrap();
        let mut encoder = GzEncoder::new(bytes[..=end].to_vec(), Compression::fast());
        let zeros = vec![0; 1 << 20];
        for _ in 0..=(LARGEST_PAGE >> 20) {
            encoder.write_all(&zeros).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        assert!(bomb.len() < 2 << 20);
        let error = LentPage::read(&bomb, &asked, "a").err().unwrap();
        assert_eq!(error, "it is too large");
    }

    #[test]
    fn an_address_that_may_hold_a_secret_is_not_lent() {
        let plain = url("https://index.test/simple/a/");
        assert!(object(&plain, &plain).is_some());
        for other in [
            "https://index.test/simple/a/?token=x",
            "https://me@index.test/simple/a/",
            "https://elsewhere.test/simple/a/",
            "https://index.test/0123456789abcdef01234567/simple/a/",
        ] {
            assert!(object(&plain, &url(other)).is_none(), "{other}");
            assert!(object(&url(other), &plain).is_none(), "{other}");
        }
    }

    #[test]
    fn what_a_server_calls_private_is_not_shared() {
        for (value, expected) in [
            ("max-age=600, public", true),
            ("Private, max-age=600", false),
            ("max-age=0, no-store", false),
            ("private=\"x\"", false),
        ] {
            assert_eq!(may_be_shared(&headers(value)), expected, "{value}");
        }
    }
}
