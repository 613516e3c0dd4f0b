//! The compact form of a page: the files that an index lists for a project, with the fields that harden
//! uses.
//!
//! A head, which says of what page it is and how long it is fresh; what all files share, and the versions; then
//! the files, release by release, encoded by themselves, so that each is decoded when it is first used.

mod address;
mod file;
mod kept;

use harden_packaging::PackageName;
use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use crate::http::Validators;
use crate::protocol::{FilenameReader, Form, ListedFile};

use address::{common, folder};
use file::Encoder;
pub(crate) use kept::decode;

/// What stands before the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PageHead {
    /// The digest of the page's URL, which may hold a token; the entry's name has a part of it only.
    pub(crate) url: [u8; 32],
    /// How long it is fresh.
    pub(crate) validators: Validators,
    /// The form it came in; `None` where the index has no such project.
    pub(crate) form: Option<Form>,
    /// The name and the reason of the project's status, where that is not active.
    pub(crate) status: Option<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct StoredPage<'a> {
    /// The project.
    name: &'a str,
    /// What the addresses of all files begin with.
    base: &'a str,
    /// What the addresses of all attestations begin with.
    provenance_base: &'a str,
    /// Texts that files share.
    #[serde(borrow)]
    texts: Vec<&'a str>,
    /// The tags of wheels, as they are in their names.
    #[serde(borrow)]
    tags: Vec<&'a str>,
    /// The versions, newest first, in normalised form, with how many bytes their files take.
    #[serde(borrow)]
    releases: Vec<(&'a str, usize)>,
}

/// The bytes to keep of a page of the project `name`, and how many of them, which stand before the files, are
/// always needed; `files` is `None` where the index has none such.
pub(crate) fn encode(
    head: &PageHead,
    name: &PackageName,
    files: Option<&[ListedFile<'_>]>,
) -> (Vec<u8>, usize) {
    let mut bytes = encoded(head);
    let needed = match files {
        Some(files) => encode_files(name, &by_release(name, files), &mut bytes),
        None => bytes.len(),
    };
    (bytes, needed)
}

/// The distributions of the project among `files`: newest version first, those of each in the order
/// of their names, those of one name in the order of the page.
fn by_release<'l, 'p>(
    name: &PackageName,
    files: &'l [ListedFile<'p>],
) -> Vec<(Version, &'l ListedFile<'p>)> {
    let mut names = FilenameReader::default();
    let mut sorted = Vec::with_capacity(files.len());
    for file in files {
        let Some(version) = names.read_version(name, &file.filename) else {
            let filename = &file.filename;
            tracing::debug!("passed over {filename}: not a wheel or sdist of {name}");
            continue;
        };
        sorted.push((version, file));
    }
    sorted.sort_by(|a, b| {
        let by_version = b.0.cmp(&a.0);
        by_version.then_with(|| a.1.filename.cmp(&b.1.filename))
    });
    sorted
}

/// Returns where the files begin.
fn encode_files(
    name: &PackageName,
    sorted: &[(Version, &ListedFile<'_>)],
    bytes: &mut Vec<u8>,
) -> usize {
    let files = || sorted.iter().map(|(_, file)| file);
    let base = folder(common(files().map(|file| &*file.url)));
    let provenance_base = common(files().filter_map(|file| file.provenance.as_deref()));
    let expected = files().map(|file| Encoder::expected(file)).sum();
    let mut encoder = Encoder::new((base.len(), provenance_base.len()), expected);
    let mut releases = Vec::new();
    for release in sorted.chunk_by(|one, other| one.0 == other.0) {
        let length = encoder.add(release);
        releases.push((release[0].0.to_string(), length));
    }
    let (files, texts, tags) = encoder.finish();
    let page = encoded(&StoredPage {
        name: name.as_str(),
        base,
        provenance_base,
        texts,
        tags,
        releases: releases
            .iter()
            .map(|(version, length)| (&**version, *length))
            .collect(),
    });
    bytes.reserve_exact(page.len() + files.len());
    bytes.extend(page);
    let start = bytes.len();
    bytes.extend(files);
    start
}

/// The head of a page, and where what [`decode()`] takes begins; `None` if it is malformed.
pub(crate) fn split(bytes: &[u8]) -> Option<(PageHead, usize)> {
    let (head, rest) = postcard::take_from_bytes(bytes).ok()?;
    Some((head, bytes.len() - rest.len()))
}

fn encoded<T: Serialize>(value: &T) -> Vec<u8> {
    encoded_onto(value, Vec::new())
}

fn encoded_onto<T: Serialize>(value: &T, bytes: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(value, bytes).expect("a growing buffer takes every value of these types")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use harden_packaging::{
        CoreMetadataFile, DigestAlgorithm, ListedDigest, Project, Release, Yanked,
    };

    use super::super::payload::Payload;
    use super::*;
    use crate::protocol::ProjectBuilder;

    fn head() -> PageHead {
        PageHead {
            url: [7; 32],
            validators: Validators::default(),
            form: Some(Form::Html),
            status: None,
        }
    }

    fn files() -> Vec<ListedFile<'static>> {
        let digest = "1".repeat(64).parse().ok();
        let folders = format!("1a/b2/{}", "3c".repeat(30));
        let url = format!("https://files.test/x/{folders}/a-1-py3-none-any.whl").into();
        let wheel = ListedFile {
            sha256: digest,
            size: Some(7),
            requires_python: Some(">=3.8".into()),
            upload_time: "2026-11-21T10:00:00.123456789Z".parse().ok(),
            yanked: Some("broken".into()),
            core_metadata: CoreMetadataFile::Served(digest),
            provenance: Some(
                "https://index.test/integrity/a/1/a-1-py3-none-any.whl/provenance".into(),
            ),
            unusable: Some("malformed".to_owned()),
            ..ListedFile::bare("a-1-py3-none-any.whl".into(), url)
        };
        let elsewhere = "https://files.test/ü/download?id=3".into();
        let md5 = ListedDigest::from_bytes(DigestAlgorithm::Md5, &[7; 16]);
        let sdist = ListedFile {
            other_digests: md5.into_iter().collect(),
            provenance: Some("https://index.test/integrity/2".into()),
            ..ListedFile::bare("a-2.0.tar.gz".into(), elsewhere)
        };
        vec![wheel, sdist]
    }

    fn round_trip(name: &str, files: &[ListedFile<'_>]) -> Project {
        let (bytes, _) = encode(&head(), &"a".parse().unwrap(), Some(files));
        let (found, start) = split(&bytes).unwrap();
        assert_eq!(found, head());
        decode(
            (&name.parse().unwrap(), &Arc::default()),
            Payload::of(bytes),
            start,
        )
        .unwrap()
    }

    fn built(files: &[ListedFile<'_>]) -> Project {
        let mut builder = ProjectBuilder::new("a".parse().unwrap());
        for file in files {
            builder.add(file, "");
        }
        builder.finish()
    }

    #[test]
    fn a_page_round_trips() {
        assert_eq!(round_trip("a", &files()), built(&files()));
        assert_eq!(round_trip("a", &[]), built(&[]));
    }

    #[test]
    fn a_cached_page_is_sorted_and_has_only_distributions_like_a_new_one() {
        let names = [
            "a-1.9.tar.gz",
            "a-1.10-py3-none-any.whl",
            "a-1.10-py3-none-any.whl",
            "a-1.9-py3-none-any.whl",
            "a-1.9.0-py2-none-any.whl",
            "a-1.9-2-py3-none-any.whl",
            "a-1.9-CP311-none-Win32.whl",
            "a-1.9-py2.py3-none-manylinux1_x86_64.manylinux2014_x86_64.whl",
            "a-1.10rc1.tar.gz",
            "a-1.9-py3--any.whl",
            "a-7-x-y-py3-none-any.whl",
            "b-1.tar.gz",
        ];
        let url = |name: &str| format!("https://files.test/{name}").into();
        let files = names.map(|name| ListedFile::bare(name.into(), url(name)));
        let kept = round_trip("a", &files);
        assert_eq!(kept, built(&files));
        assert_eq!(kept.releases.len(), 3);
        let spelled = |project: &Project| {
            let files = project.releases.iter().flat_map(Release::files);
            let versions = files.map(|file| (file.filename.clone(), file.version.to_string()));
            versions.collect::<Vec<_>>()
        };
        assert_eq!(spelled(&kept), spelled(&built(&files)));
        a_glance_says_what_the_file_says(round_trip("a", &files));
        a_glance_says_what_the_file_says(round_trip("a", &self::files()));
    }

    fn a_glance_says_what_the_file_says(project: Project) {
        for release in project.releases {
            let whole = Release::new(release.version.clone(), release.clone().files().to_vec());
            let listed = release.listed().unwrap();
            assert_eq!(listed.len(), whole.files().len());
            for (seen, file) in listed.into_iter().zip(whole.files()) {
                assert_eq!(seen.wheel_tags(), file.wheel_tags());
                assert_eq!(seen.requires_python(), file.requires_python.as_ref());
                assert_eq!(seen.upload_time(), file.upload_time);
                assert_eq!(seen.is_yanked(), file.yanked != Yanked::No);
                assert_eq!(seen.is_usable(), file.unusable.is_none());
                assert_eq!(seen.file().unwrap(), file);
            }
        }
    }

    #[test]
    fn a_page_is_not_that_of_another_project() {
        let (bytes, _) = encode(&head(), &"a".parse().unwrap(), Some(&files()));
        let (_, start) = split(&bytes).unwrap();
        assert!(
            decode(
                (&"b".parse().unwrap(), &Arc::default()),
                Payload::of(bytes),
                start
            )
            .is_none()
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>) {
            let _ = split(&bytes);
            let _ = decode((&"a".parse().unwrap(), &Arc::default()), Payload::of(bytes), 0);
        }
    }
}
