//! The JSON form of the simple API.
//!
//! <https://packaging.python.org/en/latest/specifications/simple-repository-api/#json-based-simple-api-for-python-package-indexes>

use std::fmt;

use harden_packaging::ProjectStatus;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use url::Url;

use super::json::{Digests, Flag, Text};
use super::listed_file::{ListedFile, Listing, absolute};
use super::page_error::{PageError, check_api_version, text};

/// A page on which no entry is malformed.
struct Page<'a> {
    meta: Meta<'a>,
    files: Vec<ListedFile<'a>>,
    status: Option<&'a RawValue>,
}

/// Reads a [`Page`] from this address, one entry after the other: all entries in the form that they are sent in would
/// take half as much memory as the page.
struct PageFrom<'u> {
    base: &'u Url,
    /// How many bytes it takes.
    length: usize,
}

/// Reads its files.
struct FilesFrom<'u>(PageFrom<'u>);

/// About how many bytes of a page an entry takes; those of PyPI take more.
const BYTES_OF_ENTRY: usize = 512;

impl<'de> DeserializeSeed<'de> for PageFrom<'_> {
    type Value = Page<'de>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Page<'de>, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for PageFrom<'_> {
    type Value = Page<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page of the simple API")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Page<'de>, M::Error> {
        let Self { base, length } = self;
        let (mut meta, mut files, mut status) = (None, None, None);
        while let Some(key) = map.next_key::<Text<'de>>()? {
            match &*key.0 {
                "meta" => put(&mut meta, map.next_value()?, "meta")?,
                "files" => {
                    let seed = FilesFrom(PageFrom { base, length });
                    put(&mut files, map.next_value_seed(seed)?, "files")?;
                }
                "project-status" => put(&mut status, map.next_value()?, "project-status")?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Page {
            meta: meta.unwrap_or_default(),
            files: files.ok_or_else(|| M::Error::missing_field("files"))?,
            status: status.flatten(),
        })
    }
}

/// Notes the value of a field, which may stand there once.
fn put<T, E: Error>(field: &mut Option<T>, value: T, name: &'static str) -> Result<(), E> {
    match field.replace(value) {
        Some(_) => Err(E::duplicate_field(name)),
        None => Ok(()),
    }
}

impl<'de> DeserializeSeed<'de> for FilesFrom<'_> {
    type Value = Vec<ListedFile<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for FilesFrom<'_> {
    type Value = Vec<ListedFile<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the files of a page")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut entries: S) -> Result<Self::Value, S::Error> {
        let PageFrom { base, length } = self.0;
        let mut files = Vec::with_capacity(length / BYTES_OF_ENTRY);
        while let Some(entry) = entries.next_element()? {
            files.extend(listed(entry, base));
        }
        Ok(files)
    }
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
    #[serde(borrow)]
    provenance: Option<Text<'a>>,
    #[serde(borrow, default)]
    core_metadata: Flag<Digests<'a>>,
    #[serde(borrow, default)]
    dist_info_metadata: Flag<Digests<'a>>,
}

/// The page with its files unread, for pages on which some entry is malformed.
#[derive(Deserialize)]
struct RawPage<'a> {
    #[serde(borrow, default)]
    meta: Meta<'a>,
    #[serde(borrow)]
    files: Vec<&'a RawValue>,
    #[serde(borrow, default, rename = "project-status")]
    status: Option<&'a RawValue>,
}

/// The status of the project (PEP 792).
#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow, default)]
    reason: Option<Text<'a>>,
}

/// What every entry must have.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    filename: Text<'a>,
    #[serde(borrow)]
    url: Text<'a>,
}

/// The files on the page `body` from `base`, and the status of the project. A malformed status counts as
/// quarantined: what cannot be read is not safe.
///
/// An entry with a malformed field is listed as unusable; one without name or URL is ignored.
pub(super) fn read<'a>(body: &'a [u8], base: &Url) -> Result<Listing<'a>, PageError> {
    let text = text(body)?;
    match page(text, base) {
        Ok(page) => {
            check(&page.meta)?;
            Ok((page.files, status(page.status)))
        }
        Err(malformed) => {
            let Ok(page) = serde_json::from_str::<RawPage<'a>>(text) else {
                return Err(malformed.into());
            };
            check(&page.meta)?;
            let files = page.files.into_iter();
            let files = files.filter_map(|entry| listed_raw(entry, base)).collect();
            Ok((files, status(page.status)))
        }
    }
}

fn page<'a>(text: &'a str, base: &Url) -> Result<Page<'a>, serde_json::Error> {
    let mut from = serde_json::Deserializer::from_str(text);
    let length = text.len();
    let page = PageFrom { base, length }.deserialize(&mut from)?;
    from.end()?;
    Ok(page)
}

/// The file of one entry of a page from `base`; `None` if the entry is malformed.
pub(super) fn read_entry<'a>(entry: &'a [u8], base: &Url) -> Option<ListedFile<'a>> {
    let file: File<'a> = serde_json::from_slice(entry).ok()?;
    listed(file, base)
}

fn status(status: Option<&RawValue>) -> Option<ProjectStatus> {
    match serde_json::from_str::<Option<Status<'_>>>(status?.get()) {
        Ok(None) => None,
        Ok(Some(Status { status, reason })) => {
            ProjectStatus::of(&status.0, &reason.map_or("".into(), |reason| reason.0))
        }
        Err(error) => {
            ProjectStatus::of("quarantined", &format!("its status is malformed: {error}"))
        }
    }
}

fn check(meta: &Meta<'_>) -> Result<(), PageError> {
    let version = meta.api_version.as_ref();
    version.map_or(Ok(()), |version| check_api_version(&version.0))
}

fn listed_raw<'a>(entry: &'a RawValue, base: &Url) -> Option<ListedFile<'a>> {
    let why = match serde_json::from_str::<File<'a>>(entry.get()) {
        Ok(file) => return listed(file, base),
        Err(why) => why.to_string(),
    };
    let why = why.split(" at line ").next().unwrap_or_default();
    let named: Named<'a> = serde_json::from_str(entry.get())
        .inspect_err(|_| tracing::debug!("an entry of {base} is passed over: {why}"))
        .ok()?;
    Some(ListedFile {
        unusable: Some(format!("its entry on the index page is malformed: {why}")),
        ..ListedFile::bare(named.filename.0, absolute(base, named.url.0)?)
    })
}

fn listed<'a>(file: File<'a>, base: &Url) -> Option<ListedFile<'a>> {
    let provenance = file.provenance.filter(|link| !link.0.is_empty());
    let provenance = provenance.and_then(|link| absolute(base, link.0));
    let listed = ListedFile {
        // No distribution is empty: a server that says so does not know.
        size: file.size.filter(|size| *size > 0),
        requires_python: file.requires_python.map(|text| text.0),
        upload_time: file.upload_time.and_then(|text| text.0.parse().ok()),
        yanked: match file.yanked {
            Flag::Absent | Flag::No => None,
            Flag::Yes => Some("".into()),
            // PEP 592 gives JSON any truthy value; an empty reason is not one.
            Flag::With(reason) => Some(reason.0).filter(|reason| !reason.is_empty()),
        },
        core_metadata: file.core_metadata.core_metadata(&file.dist_info_metadata),
        provenance,
        ..ListedFile::bare(file.filename.0, absolute(base, file.url.0)?)
    };
    Some(listed.with_digests(file.hashes.read()))
}

#[cfg(test)]
mod tests {
    use harden_packaging::CoreMetadataFile::{self, Served, Unknown};

    use super::*;

    /// The files of a page.
    fn read<'a>(body: &'a [u8], base: &Url) -> Result<Vec<ListedFile<'a>>, PageError> {
        super::read(body, base).map(|(files, _)| files)
    }

    /// PEP 792.
    #[test]
    fn a_page_has_the_status_of_its_project() {
        let status = |text: &str| {
            let page = format!(r#"{{"files": []{text}}}"#);
            let (_, status) = super::read(page.as_bytes(), &base()).unwrap();
            status.map(|status| format!("{}: {}", status.name(), status.reason))
        };
        for (text, expected) in [
            ("", None),
            (r#", "project-status": null"#, None),
            (r#", "project-status": {"status": "active"}"#, None),
            (
                r#", "project-status": {"status": "archived"}"#,
                Some("archived: "),
            ),
            (
                r#", "project-status": {"status": "deprecated", "reason": "use b"}"#,
                Some("deprecated: use b"),
            ),
        ] {
            assert_eq!(status(text).as_deref(), expected, "{text}");
        }
        let malformed = status(r#", "project-status": "archived""#).unwrap();
        assert!(
            malformed.starts_with("quarantined: its status is malformed"),
            "{malformed}"
        );
    }

    fn base() -> Url {
        Url::parse("https://index.test/simple/a/").unwrap()
    }

    #[test]
    fn every_field_is_read() {
        let digest = "0".repeat(64);
        let page = format!(
            r#"{{"meta": {{"api-version": "1.1", "_last-serial": 7}}, "name": "a", "versions": ["1"],
            "files": [{{"filename": "a-1-py3-none-any.whl", "url": "../../a-1-py3-none-any.whl",
              "hashes": {{"md5": "00000000000000000000000000000000", "sha256": "{digest}"}}, "size": 12, "requires-python": ">=3.8\u0020",
              "upload-time": "2026-11-21T10:00:00.5Z", "yanked": "broken", "provenance": "/integrity/a/1/provenance",
              "core-metadata": {{"sha256": "{digest}"}}}}]}}"#
        );
        let digest = digest.parse().unwrap();
        assert_eq!(
            read(page.as_bytes(), &base()).unwrap(),
            [ListedFile {
                sha256: Some(digest),
                size: Some(12),
                requires_python: Some(">=3.8 ".into()),
                upload_time: Some("2026-11-21T10:00:00.5Z".parse().unwrap()),
                yanked: Some("broken".into()),
                core_metadata: CoreMetadataFile::Served(Some(digest)),
                provenance: Some("https://index.test/integrity/a/1/provenance".into()),
                ..ListedFile::bare(
                    "a-1-py3-none-any.whl".into(),
                    "https://index.test/a-1-py3-none-any.whl".into()
                )
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
        let page = r#"{"files": [{"filename": "a-1.zip", "url": "a-1.zip", "hashes": {}, "size": 0,
            "requires-python": null, "upload-time": null, "yanked": false, "core-metadata": null,
            "provenance": null}]}"#;
        let files = read(page.as_bytes(), &base()).unwrap();
        let url = "https://index.test/simple/a/a-1.zip";
        assert_eq!(files, [ListedFile::bare("a-1.zip".into(), url.into())]);
    }

    /// One odd entry costs that file, not the page.
    #[test]
    fn a_field_of_an_unexpected_type_makes_its_file_unusable() {
        for field in [
            r#""size": "12""#,
            r#""size": 12.0"#,
            r#""size": -1"#,
            r#""hashes": ["x"]"#,
            r#""hashes": {"sha256": 1}"#,
            r#""core-metadata": "true""#,
            r#""yanked": 1"#,
            r#""requires-python": [">=3.8"]"#,
        ] {
            let page = format!(
                r#"{{"files": [{{"filename": "a-1.zip", "url": "a-1.zip", {field}}}, {{"filename": 7}},
                {{"filename": "a-2.zip", "url": "a-2.zip", "hashes": {{}}}}]}}"#
            );
            let files = read(page.as_bytes(), &base()).unwrap();
            let unusable = files
                .iter()
                .map(|file| (&*file.filename, file.unusable.is_some()));
            assert_eq!(
                unusable.collect::<Vec<_>>(),
                [("a-1.zip", true), ("a-2.zip", false)],
                "{field}"
            );
        }
    }

    #[test]
    fn the_reason_names_the_field_s_type() {
        let page = br#"{"files": [{"filename": "a-1.zip", "url": "a-1.zip", "size": "12"}]}"#;
        let files = read(page, &base()).unwrap();
        insta::assert_snapshot!(files[0].unusable.as_ref().unwrap(), @r#"its entry on the index page is malformed: invalid type: string "12", expected u64"#);
    }

    /// PEP 691: `yanked` counts where it is truthy.
    #[test]
    fn an_empty_reason_is_not_yanked() {
        let page = br#"{"files": [{"filename": "a-1.zip", "url": "a-1.zip", "yanked": "", "hashes": null}]}"#;
        assert_eq!(read(page, &base()).unwrap()[0].yanked, None);
    }

    #[test]
    fn an_unknown_major_version_of_the_api_is_refused() {
        let error = read(br#"{"meta": {"api-version": "2.0"}, "files": []}"#, &base()).unwrap_err();
        insta::assert_snapshot!(error, @"it uses version 2.0 of the simple API; only versions 1.x are supported");
    }

    #[test]
    fn a_text_that_is_not_a_page_is_refused() {
        for body in ["", "null", "{}", "<html>", "{\"files\": 1}"] {
            assert!(read(body.as_bytes(), &base()).is_err(), "{body}");
        }
    }
}
