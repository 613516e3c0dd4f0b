//! The JSON form of the simple API.
//!
//! <https://packaging.python.org/en/latest/specifications/simple-repository-api/#json-based-simple-api-for-python-package-indexes>

use serde::Deserialize;
use url::Url;

use super::json::{Digests, Flag, Text};
use super::listed_file::{ListedFile, absolute};
use super::page_error::{PageError, check_api_version, text};

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow, default)]
    meta: Meta<'a>,
    #[serde(borrow)]
    files: Vec<File<'a>>,
}

#[derive(Default, Deserialize)]
struct Meta<'a> {
    #[serde(borrow, rename = "api-version")]
    api_version: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct File<'a> {
    #[serde(borrow)]
    filename: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(borrow, default)]
    hashes: Digests<'a>,
    size: Option<u64>,
    #[serde(borrow)]
    requires_python: Option<Text<'a>>,
    #[serde(borrow)]
    upload_time: Option<Text<'a>>,
    #[serde(borrow, default)]
    yanked: Flag<Text<'a>>,
    #[serde(borrow, default)]
    core_metadata: Flag<Digests<'a>>,
    #[serde(borrow, default)]
    dist_info_metadata: Flag<Digests<'a>>,
}

/// The files on the page `body` from `base`.
pub(super) fn read<'a>(body: &'a [u8], base: &Url) -> Result<Vec<ListedFile<'a>>, PageError> {
    let page: Page<'a> = serde_json::from_str(text(body)?)?;
    if let Some(version) = &page.meta.api_version {
        check_api_version(&version.0)?;
    }
    Ok(page
        .files
        .into_iter()
        .filter_map(|file| listed(file, base))
        .collect())
}

fn listed<'a>(file: File<'a>, base: &Url) -> Option<ListedFile<'a>> {
    Some(ListedFile {
        filename: file.filename.0,
        url: absolute(base, file.url.0)?,
        sha256: file.hashes.sha256(),
        size: file.size,
        requires_python: file.requires_python.map(|text| text.0),
        upload_time: file.upload_time.and_then(|text| text.0.parse().ok()),
        yanked: match file.yanked {
            Flag::Absent | Flag::No => None,
            Flag::Yes => Some("".into()),
            Flag::With(reason) => Some(reason.0),
        },
        core_metadata: file.core_metadata.core_metadata(&file.dist_info_metadata),
    })
}

#[cfg(test)]
mod tests {
    use harden_packaging::CoreMetadataFile::{self, Served, Unknown};

    use super::*;

    fn base() -> Url {
        Url::parse("https://index.test/simple/a/").unwrap()
    }

    #[test]
    fn every_field_is_read() {
        let digest = "0".repeat(64);
        let page = format!(
            r#"{{"meta": {{"api-version": "1.1", "_last-serial": 7}}, "name": "a", "versions": ["1"],
            "files": [{{"filename": "a-1-py3-none-any.whl", "url": "../../a-1-py3-none-any.whl",
              "hashes": {{"md5": "x", "sha256": "{digest}"}}, "size": 12, "requires-python": ">=3.8\u0020",
              "upload-time": "2026-11-21T10:00:00.5Z", "yanked": "broken", "provenance": null,
              "core-metadata": {{"sha256": "{digest}"}}}}]}}"#
        );
        let digest = digest.parse().unwrap();
        assert_eq!(
            read(page.as_bytes(), &base()).unwrap(),
            [ListedFile {
                filename: "a-1-py3-none-any.whl".into(),
                url: "https://index.test/a-1-py3-none-any.whl".into(),
                sha256: Some(digest),
                size: Some(12),
                requires_python: Some(">=3.8 ".into()),
                upload_time: Some("2026-11-21T10:00:00.5Z".parse().unwrap()),
                yanked: Some("broken".into()),
                core_metadata: CoreMetadataFile::Served(Some(digest)),
            }]
        );
    }

    /// PEP 714: the former name counts only where the present one is absent.
    #[test]
    fn core_metadata_has_two_names() {
        let served = |fields: &str| {
            let page = format!(
                r#"{{"files": [{{"filename": "a-1.zip", "url": "a-1.zip", "hashes": {{}}{fields}}}]}}"#
            );
            read(page.as_bytes(), &base()).unwrap()[0].core_metadata
        };
        assert_eq!(served(""), Unknown);
        assert_eq!(served(r#", "core-metadata": true"#), Served(None));
        assert_eq!(served(r#", "core-metadata": {"md5": "x"}"#), Served(None));
        assert_eq!(served(r#", "dist-info-metadata": true"#), Served(None));
        assert_eq!(
            served(r#", "core-metadata": false, "dist-info-metadata": true"#),
            Unknown
        );
    }

    #[test]
    fn null_and_false_say_nothing() {
        let page = r#"{"files": [{"filename": "a-1.zip", "url": "a-1.zip", "hashes": {}, "size": null,
            "requires-python": null, "upload-time": null, "yanked": false, "core-metadata": null}]}"#;
        let files = read(page.as_bytes(), &base()).unwrap();
        let url = "https://index.test/simple/a/a-1.zip";
        assert_eq!(files, [ListedFile::bare("a-1.zip".into(), url.into())]);
    }

    #[test]
    fn an_unknown_major_version_of_the_api_is_refused() {
        let error = read(br#"{"meta": {"api-version": "2.0"}, "files": []}"#, &base()).unwrap_err();
        insta::assert_snapshot!(error, @"it uses version 2.0 of the simple API; only versions 1.x are supported");
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for body in [
            "",
            "null",
            "{}",
            "<html>",
            "{\"files\": 1}",
            "{\"files\": [{}]}",
        ] {
            assert!(read(body.as_bytes(), &base()).is_err(), "{body}");
        }
    }
}
