//! PyPI's own JSON API, which some mirrors have beside a simple API in HTML.
//!
//! Only what it adds to files of the simple page is read: sizes and upload times. Under `releases` the
//! page lists the files of every release.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use url::Url;

use super::json::{Digests, Text};
use super::listed_file::{ListedFile, absolute};
use super::page_error::{PageError, text};

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    releases: Releases<'a>,
}

struct Releases<'a>(Vec<File<'a>>);

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    filename: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(borrow, default)]
    digests: Digests<'a>,
    size: Option<u64>,
    #[serde(borrow)]
    upload_time_iso_8601: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Releases<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ReleasesVisitor;

        impl<'de> Visitor<'de> for ReleasesVisitor {
            type Value = Releases<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("lists of files by version")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut files = Vec::new();
                while let Some((_, release)) = map.next_entry::<IgnoredAny, Vec<&'de RawValue>>()? {
                    // A malformed entry adds nothing.
                    files.extend(
                        release.iter().filter_map(|entry| {
                            serde_json::from_str::<File<'de>>(entry.get()).ok()
                        }),
                    );
                }
                Ok(Releases(files))
            }
        }

        deserializer.deserialize_map(ReleasesVisitor)
    }
}

/// The files on the page `body` from `base`.
pub(super) fn read<'a>(body: &'a [u8], base: &Url) -> Result<Vec<ListedFile<'a>>, PageError> {
    let page: Page<'a> = serde_json::from_str(text(body)?)?;
    let files = page.releases.0.into_iter();
    Ok(files.filter_map(|file| listed(file, base)).collect())
}

/// What the API says of one release.
#[derive(Deserialize)]
struct Release<'a> {
    #[serde(borrow)]
    urls: Vec<&'a RawValue>,
}

/// What every entry has.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    filename: Text<'a>,
}

/// The files of the name `filename` among those of the release that `body` from `base` is about.
pub(crate) fn read_release<'a>(
    body: &'a [u8],
    base: &Url,
    filename: &str,
) -> Result<Vec<ListedFile<'a>>, PageError> {
    let release: Release<'a> = serde_json::from_str(text(body)?)?;
    let entries = release.urls.into_iter().map(RawValue::get);
    let named = entries.filter(|entry| {
        let named = serde_json::from_str::<Named<'_>>(entry);
        named.is_ok_and(|named| *named.filename.0 == *filename)
    });
    let files = named.filter_map(|entry| serde_json::from_str::<File<'a>>(entry).ok());
    Ok(files.filter_map(|file| listed(file, base)).collect())
}

fn listed<'a>(file: File<'a>, base: &Url) -> Option<ListedFile<'a>> {
    let listed = ListedFile {
        size: file.size.filter(|size| *size > 0),
        upload_time: file
            .upload_time_iso_8601
            .and_then(|text| text.0.parse().ok()),
        ..ListedFile::bare(file.filename.0, absolute(base, file.url.0)?)
    };
    Some(listed.with_digests(file.digests.read()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://index.test/pypi/a/json").unwrap()
    }

    #[test]
    fn the_files_of_every_release_are_read() {
        let digest = "0".repeat(64);
        let page = format!(
            r#"{{"info": {{"name": "a", "requires_dist": ["b"]}}, "releases": {{"0": [], "1": [
              {{"comment_text": null, "digests": {{"sha256": "{digest}"}}, "filename": "a-1.zip",
                "packagetype": "sdist", "requires_python": "", "size": 9, "upload_time": "2026-11-21T10:00:00",
                "upload_time_iso_8601": "2026-11-21T10:00:00.25Z", "url": "https://files.test/a-1.zip",
                "yanked": true, "yanked_reason": null, "core-metadata": false}}, {{"filename": 1}}],
              "2": [{{"filename": "a-2.zip", "url": "https://files.test/a-2.zip"}}]}}, "urls": []}}"#
        );
        assert_eq!(
            read(page.as_bytes(), &base()).unwrap(),
            [
                ListedFile {
                    sha256: Some(digest.parse().unwrap()),
                    size: Some(9),
                    upload_time: Some("2026-11-21T10:00:00.25Z".parse().unwrap()),
                    ..ListedFile::bare("a-1.zip".into(), "https://files.test/a-1.zip".into())
                },
                ListedFile::bare("a-2.zip".into(), "https://files.test/a-2.zip".into()),
            ]
        );
    }

    #[test]
    fn the_files_of_a_name_are_read_of_a_release() {
        let digest = "0".repeat(64);
        let page = format!(
            r#"{{"info": {{"name": "a", "description": "a-1.zip"}}, "urls": [{{"filename": 1}},
              {{"filename": "a-1-py3-none-any.whl", "url": "https://files.test/a-1-py3-none-any.whl"}},
              {{"digests": {{"sha256": "{digest}"}}, "filename": "a-1.zip", "size": 9,
                "url": "../../../files/a-1.zip", "yanked": false}}], "vulnerabilities": []}}"#
        );
        let base = Url::parse("https://index.test/pypi/a/1/json").unwrap();
        let expected = ListedFile {
            sha256: Some(digest.parse().unwrap()),
            size: Some(9),
            ..ListedFile::bare("a-1.zip".into(), "https://index.test/files/a-1.zip".into())
        };
        let read = |name| read_release(page.as_bytes(), &base, name);
        assert_eq!(read("a-1.zip").unwrap(), [expected]);
        assert_eq!(read("a-2.zip").unwrap(), []);
        assert!(read_release(br#"{"info": {}}"#, &base, "a-1.zip").is_err());
    }

    #[test]
    fn a_page_without_releases_is_refused() {
        assert!(read(br#"{"info": {}, "urls": []}"#, &base()).is_err());
    }
}
