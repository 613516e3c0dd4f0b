//! The HTML form of the simple API, which is also that of a flat page of links.
//!
//! <https://packaging.python.org/en/latest/specifications/simple-repository-api/#base-html-api>

use std::borrow::Cow;
use std::collections::BTreeMap;

use harden_packaging::{CoreMetadataFile, ProjectStatus, Sha256};
use html5gum::{HtmlString, Spanned, StartTag, Token, Tokenizer};
use url::Url;

use super::bounds;
use super::listed_digests::ListedDigests;
use super::listed_file::{ListedFile, absolute, join};
use super::page_error::{PageError, check_api_version};

/// The files that the page `body` from `address` links to.
pub(crate) fn read(body: &[u8], address: &Url) -> Result<Vec<ListedFile<'static>>, PageError> {
    bounds::html(body)?;
    let mut files = Vec::new();
    let mut base = Cow::Borrowed(address);
    let mut based = false;
    let mut is_for_people = false;
    for Ok(token) in Tokenizer::new(body) {
        let Token::StartTag(tag) = token else {
            continue;
        };
        match tag.name.as_slice() {
            b"a" => files.extend(listed(&tag, &base)),
            // Only the first counts, as the HTML standard says.
            b"base" if !based => {
                if let Some(href) = attribute(&tag, "href") {
                    base = join(address, &href).map_or(base, Cow::Owned);
                    based = true;
                }
            }
            b"meta" if attribute(&tag, "name").as_deref() == Some("pypi:repository-version") => {
                check_api_version(&attribute(&tag, "content").unwrap_or_default())?;
            }
            b"script" => is_for_people = true,
            b"meta" | b"input" => is_for_people |= is_of_login(&tag),
            _ => {}
        }
    }
    if files.is_empty() && is_for_people {
        return Err(PageError::ForPeople);
    }
    Ok(files)
}

/// Whether a tag leads to another page by itself, or asks for a password.
fn is_of_login(tag: &StartTag<()>) -> bool {
    let is = |name, value: &str| {
        attribute(tag, name).is_some_and(|text| text.eq_ignore_ascii_case(value))
    };
    is("http-equiv", "refresh") || is("type", "password")
}

/// The status of the project of the page `body` (PEP 792).
pub(super) fn status(body: &[u8]) -> Option<ProjectStatus> {
    const NAME: &str = "pypi:project-status";
    // Few pages say it, and reading a page twice is not free.
    if !String::from_utf8_lossy(body).contains(NAME) {
        return None;
    }
    let (mut status, mut reason) = (None, String::new());
    for Ok(token) in Tokenizer::new(body) {
        let Token::StartTag(tag) = token else {
            continue;
        };
        let name = attribute(&tag, "name").filter(|_| tag.name.as_slice() == b"meta");
        match name.as_deref() {
            Some(NAME) => status = attribute(&tag, "content"),
            Some("pypi:project-status-reason") => {
                reason = attribute(&tag, "content").unwrap_or_default();
            }
            _ => {}
        }
    }
    ProjectStatus::of(&status?, &reason)
}

fn listed(tag: &StartTag<()>, base: &Url) -> Option<ListedFile<'static>> {
    let mut url = join(base, attribute(tag, "href")?.trim())?;
    let fragment = url.fragment().unwrap_or_default();
    let digests = ListedDigests::read(fragment.split('&').filter_map(|part| part.split_once('=')));
    url.set_fragment(None);
    let filename = last_segment(&url)?;
    let nonempty = |name| attribute(tag, name).filter(|text| !text.trim().is_empty());
    let provenance = nonempty("data-provenance");
    let listed = ListedFile {
        requires_python: nonempty("data-requires-python").map(Cow::Owned),
        upload_time: nonempty("data-upload-time").and_then(|text| text.parse().ok()),
        yanked: attribute(tag, "data-yanked").map(Cow::Owned),
        core_metadata: core_metadata(tag),
        provenance: provenance.and_then(|link| absolute(base, link.into())),
        ..ListedFile::bare(filename.into(), String::from(url).into())
    };
    Some(listed.with_digests(digests))
}

/// The file name at the end of a URL's path, percent-decoded.
fn last_segment(url: &Url) -> Option<String> {
    let segment = url
        .path_segments()?
        .next_back()
        .filter(|text| !text.is_empty())?;
    Some(crate::http::percent_decoded(segment))
}

/// The SHA-256 in `sha256=…`, which may stand among others.
fn digest(text: &str) -> Option<Sha256> {
    text.split('&')
        .find_map(|part| part.strip_prefix("sha256=")?.parse().ok())
}

/// What `data-core-metadata`, else its former name, says (PEP 714).
fn core_metadata(tag: &StartTag<()>) -> CoreMetadataFile {
    let said =
        attribute(tag, "data-core-metadata").or_else(|| attribute(tag, "data-dist-info-metadata"));
    match said.as_deref() {
        None | Some("false") => CoreMetadataFile::Unknown,
        Some(text) => CoreMetadataFile::Served(digest(text)),
    }
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let attributes: &BTreeMap<HtmlString, Spanned<HtmlString, ()>> = &tag.attributes;
    let value = attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Vec<ListedFile<'static>> {
        read(
            body.as_bytes(),
            &Url::parse("https://index.test/simple/a/").unwrap(),
        )
        .unwrap()
    }

    #[test]
    fn every_attribute_is_read() {
        let (digest, md5) = ("0".repeat(64), "0".repeat(32));
        let files = page(&format!(
            "<!DOCTYPE html><meta name=pypi:repository-version content=1.1><h1>a</h1>\
             <A HREF='../../f/a%2Bb-1.zip?x=1&amp;y=2#md5={md5}&amp;sha256={digest}' data-requires-python='&gt;=3.8'\
             data-yanked=\"bad &amp; worse\" data-core-metadata=sha256={digest} data-upload-time=2026-11-21T10:00:00Z data-provenance=../../p>a</A>"
        ));
        let digest = digest.parse().unwrap();
        assert_eq!(
            files,
            [ListedFile {
                sha256: Some(digest),
                requires_python: Some(">=3.8".into()),
                upload_time: Some("2026-11-21T10:00:00Z".parse().unwrap()),
                yanked: Some("bad & worse".into()),
                core_metadata: CoreMetadataFile::Served(Some(digest)),
                provenance: Some("https://index.test/p".into()),
                ..ListedFile::bare(
                    "a+b-1.zip".into(),
                    "https://index.test/f/a%2Bb-1.zip?x=1&y=2".into()
                )
            }]
        );
    }

    #[test]
    fn a_malformed_digest_makes_a_file_unusable() {
        let files = page("<a href=a-1.zip#sha256=0>");
        assert!(files[0].unusable.is_some());
        assert!(page("<a href=a-1.zip#egg=a>")[0].unusable.is_none());
    }

    #[test]
    fn a_login_page_is_not_an_empty_project() {
        let address = Url::parse("https://index.test/simple/a/").unwrap();
        for body in [
            "<form><input name=user><input type=Password></form>",
            "<meta http-equiv=Refresh content='0; url=/login'>",
            "<script>location = '/login'</script>",
        ] {
            assert!(read(body.as_bytes(), &address).is_err(), "{body}");
        }
        assert_eq!(page("<h1>Links for a</h1>"), []);
        assert_eq!(page("<script></script><a href=a-1.zip>").len(), 1);
    }

    #[test]
    fn links_are_relative_to_the_first_base() {
        let files = page("<base href=/one/><base href=/two/><a href=a-1.zip>");
        assert_eq!(files[0].url, "https://index.test/one/a-1.zip");
    }

    #[test]
    fn comments_scripts_and_anchors_without_address_are_not_files() {
        let files = page("<!-- <a href=a-1.zip> --><a name=x>y</a><a href='/simple/'>up</a>");
        assert_eq!(files, []);
    }

    #[test]
    fn yanked_without_reason_and_metadata_without_digest() {
        let files = page("<a href=a-1.zip data-yanked data-dist-info-metadata=true>");
        assert_eq!(files[0].yanked.as_deref(), Some(""));
        assert_eq!(files[0].core_metadata, CoreMetadataFile::Served(None));
    }

    #[test]
    fn an_unknown_major_version_of_the_api_is_refused() {
        let body = b"<meta name='pypi:repository-version' content='2.0'>";
        assert!(read(body, &Url::parse("https://index.test/").unwrap()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_page_makes_the_reader_panic(body: Vec<u8>) {
            let _ = read(&body, &Url::parse("https://index.test/").unwrap());
        }
    }

    #[test]
    fn a_page_has_the_status_of_its_project() {
        let page = br#"<html><head><meta name="pypi:project-status" content="quarantined">
            <meta name="pypi:project-status-reason" content="malware"></head></html>"#;
        let found = status(page).unwrap();
        assert_eq!((found.name(), &*found.reason), ("quarantined", "malware"));
        assert_eq!(status(b"<html></html>"), None);
    }
}
