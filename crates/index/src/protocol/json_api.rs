//! PyPI's own JSON API, which some mirrors have beside an HTML form that says less.
//!
//! PyPI's documents describe it under “JSON API”. Under `releases` the page has the files of every
//! release; the versions they stand under are not read, for those in the files' names count.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use url::Url;

use super::json::{Digests, Flag, Text};
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
    requires_python: Option<Text<'a>>,
    #[serde(borrow)]
    upload_time_iso_8601: Option<Text<'a>>,
    #[serde(default)]
    yanked: bool,
    #[serde(borrow)]
    yanked_reason: Option<Text<'a>>,
    #[serde(borrow, default, rename = "core-metadata")]
    core_metadata: Flag<Digests<'a>>,
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
                while let Some((_, release)) = map.next_entry::<IgnoredAny, Vec<File<'de>>>()? {
                    files.extend(release);
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

fn listed<'a>(file: File<'a>, base: &Url) -> Option<ListedFile<'a>> {
    Some(ListedFile {
        filename: file.filename.0,
        url: absolute(base, file.url.0)?,
        sha256: file.digests.sha256(),
        size: file.size,
        requires_python: file
            .requires_python
            .map(|text| text.0)
            .filter(|text| !text.is_empty()),
        upload_time: file
            .upload_time_iso_8601
            .and_then(|text| text.0.parse().ok()),
        yanked: file
            .yanked
            .then(|| file.yanked_reason.unwrap_or_default().0),
        core_metadata: file.core_metadata.core_metadata(&Flag::Absent),
    })
}

#[cfg(test)]
mod tests {
    use harden_packaging::CoreMetadataFile;

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
                "yanked": true, "yanked_reason": null, "core-metadata": false}}],
              "2": [{{"filename": "a-2.zip", "url": "https://files.test/a-2.zip",
                "core-metadata": {{"sha256": "{digest}"}}}}]}}, "urls": []}}"#
        );
        let digest = digest.parse().unwrap();
        let mut second = ListedFile::bare("a-2.zip".into(), "https://files.test/a-2.zip".into());
        second.core_metadata = CoreMetadataFile::Served(Some(digest));
        assert_eq!(
            read(page.as_bytes(), &base()).unwrap(),
            [
                ListedFile {
                    filename: "a-1.zip".into(),
                    url: "https://files.test/a-1.zip".into(),
                    sha256: Some(digest),
                    size: Some(9),
                    requires_python: None,
                    upload_time: Some("2026-11-21T10:00:00.25Z".parse().unwrap()),
                    yanked: Some("".into()),
                    core_metadata: CoreMetadataFile::Unknown,
                },
                second,
            ]
        );
    }

    #[test]
    fn a_page_without_releases_is_refused() {
        assert!(read(br#"{"info": {}, "urls": []}"#, &base()).is_err());
    }
}
