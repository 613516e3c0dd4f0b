//! The compact form of a page: the files that an index lists for a project, with the fields that harden
//! uses.
//!
//! A head, which says of what page it is and how long it is fresh; the versions; then the files,
//! release by release, encoded by themselves, so that each is decoded when it is first used.
//! Tags are not stored, but where in the name of the file they are: names were checked when the page was
//! read. Of the 80,000 files that a lock of 600 exact pins decodes, most do not fit its target, so decoding
//! does no more for each than it has to.

use std::fmt;
use std::sync::Arc;

use harden_packaging::{
    CoreMetadataFile, DigestAlgorithm, DistFile, DistKind, LazyFiles, ListedDigest, PackageName,
    Project, Release, Sha256, Yanked, printable,
};
use harden_target::{WheelParts, WheelTags};
use jiff::Timestamp;
use pep440_rs::Version;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::http::Validators;
use crate::protocol::{FilenameReader, Form, ListedFile};

/// What the names of wheels end in.
const WHEEL: &str = ".whl";

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
    /// The versions, newest first, in normalised form, with how many bytes their files take.
    #[serde(borrow)]
    releases: Vec<(&'a str, usize)>,
}

#[derive(Serialize, Deserialize)]
struct StoredFile<'a> {
    filename: &'a str,
    kind: StoredKind,
    #[serde(borrow)]
    address: Address<'a>,
    sha256: Option<&'a [u8]>,
    size: Option<u64>,
    requires_python: Option<u32>,
    /// Seconds since 1970, and nanoseconds.
    upload_time: Option<(i64, i32)>,
    yanked: Option<u32>,
    #[serde(borrow)]
    metadata: StoredMetadata<'a>,
    /// The address of its attestations.
    #[serde(borrow)]
    provenance: Option<Address<'a>>,
    /// By the place of the algorithm in [`DigestAlgorithm::ALL`].
    #[serde(borrow)]
    other_digests: Vec<(u8, &'a [u8])>,
    unusable: Option<&'a str>,
}

/// What follows the common base of the addresses.
#[derive(Serialize, Deserialize)]
enum Address<'a> {
    /// The folders that this digest names, two digits, two digits, then the rest, then the file's name: so the
    /// addresses of PyPI are, and a page has thousands.
    Hashed([u8; 32]),
    /// This, then the file's name.
    Folder(&'a str),
    /// The first, the file's name, then the second.
    Around(&'a str, &'a str),
    /// This.
    Whole(&'a str),
}

/// What the name of a file says.
#[derive(Serialize, Deserialize)]
enum StoredKind {
    /// A wheel of the release's version, whose tags, as they are, are what follows this place in its name.
    Wheel(u16),
    /// An sdist of the release's version.
    Sdist,
    /// Something that the name has to be read for.
    Other,
}

#[derive(Serialize, Deserialize)]
enum StoredMetadata<'a> {
    Unknown,
    Served(#[serde(borrow)] Option<&'a [u8]>),
}

/// The bytes to keep of a page of the project `name`; `files` is `None` where the index has none such.
pub(crate) fn encode(
    head: &PageHead,
    name: &PackageName,
    files: Option<&[ListedFile<'_>]>,
) -> Vec<u8> {
    let mut bytes = encoded(head);
    if let Some(files) = files {
        encode_files(name, &by_release(name, files), &mut bytes);
    }
    bytes
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

fn encode_files(name: &PackageName, sorted: &[(Version, &ListedFile<'_>)], bytes: &mut Vec<u8>) {
    let files = || sorted.iter().map(|(_, file)| file);
    let base = folder(common(files().map(|file| &*file.url)));
    let provenance_base = common(files().filter_map(|file| file.provenance.as_deref()));
    let bases = (base.len(), provenance_base.len());
    let mut texts = Texts::default();
    let mut files = Vec::new();
    let mut releases = Vec::new();
    for release in sorted.chunk_by(|one, other| one.0 == other.0) {
        let start = files.len();
        let spelled = release[0].0.to_string();
        let stored = release.iter().map(|(version, file)| {
            let kind = StoredKind::of(&file.filename, version, &spelled);
            StoredFile::of(file, kind, bases, &mut texts)
        });
        files = encoded_onto(&stored.collect::<Vec<_>>(), files);
        releases.push((spelled, files.len() - start));
    }
    let page = StoredPage {
        name: name.as_str(),
        base,
        provenance_base,
        texts: texts.listed,
        releases: releases
            .iter()
            .map(|(version, length)| (&**version, *length))
            .collect(),
    };
    bytes.extend(encoded(&page));
    bytes.extend(files);
}

/// The head of a page, and where what [`decode`] takes begins; `None` if it is malformed.
pub(crate) fn split(bytes: &[u8]) -> Option<(PageHead, usize)> {
    let (head, rest) = postcard::take_from_bytes(bytes).ok()?;
    Some((head, bytes.len() - rest.len()))
}

/// The project `name` of the index `listed_by`, from an entry from `start` on; `None` if that is
/// malformed.
///
/// Only versions are decoded now, files when they are looked at.
pub(crate) fn decode(
    (name, listed_by): (&PackageName, &Arc<str>),
    bytes: Vec<u8>,
    start: usize,
) -> Option<Project> {
    let (page, files) = postcard::take_from_bytes::<StoredPage<'_>>(bytes.get(start..)?).ok()?;
    if page.name != name.as_str() {
        return None;
    }
    let mut versions: Vec<Version> = Vec::with_capacity(page.releases.len());
    let mut ends = Vec::with_capacity(page.releases.len() + 1);
    let mut end = bytes.len() - files.len();
    ends.push(end);
    for (version, length) in &page.releases {
        versions.push(version.parse().ok()?);
        end = end.checked_add(*length)?;
        ends.push(end);
    }
    if end > bytes.len() {
        return None;
    }
    let page = Arc::new(CachedPage {
        name: name.clone(),
        listed_by: Arc::clone(listed_by),
        base: page.base.to_owned(),
        provenance_base: page.provenance_base.to_owned(),
        texts: page
            .texts
            .iter()
            .map(|text| printable(text).into())
            .collect(),
        versions: versions.clone(),
        ends,
        bytes,
    });
    let release = |(place, version)| Release::lazy(version, Arc::clone(&page) as _, place);
    Some(Project {
        name: name.clone(),
        releases: versions.into_iter().enumerate().map(release).collect(),
        status: None,
    })
}

/// A page whose files are still encoded.
struct CachedPage {
    name: PackageName,
    listed_by: Arc<str>,
    base: String,
    provenance_base: String,
    texts: Vec<Arc<str>>,
    /// The version of each release.
    versions: Vec<Version>,
    /// The entry that holds the files of all releases, one release after the other.
    bytes: Vec<u8>,
    /// Where the files of the first release begin, and where those of each release end.
    ends: Vec<usize>,
}

impl fmt::Debug for CachedPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the kept page of {}", self.name)
    }
}

impl LazyFiles for CachedPage {
    /// The files of a release; none where they are malformed, which the entry's checksum excludes.
    fn read(&self, place: usize) -> Vec<Arc<DistFile>> {
        let files = &self.bytes[self.ends[place]..self.ends[place + 1]];
        let stored: Vec<StoredFile<'_>> = postcard::from_bytes(files).unwrap_or_default();
        let mut names = FilenameReader::default();
        let mut files = Vec::with_capacity(stored.len());
        for file in &stored {
            files.extend(file.restore(self, place, &mut names).map(Arc::new));
        }
        files
    }
}

fn encoded<T: Serialize>(value: &T) -> Vec<u8> {
    encoded_onto(value, Vec::new())
}

fn encoded_onto<T: Serialize>(value: &T, bytes: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(value, bytes).expect("a growing buffer takes every value of these types")
}

/// Texts, each once, known by their place.
#[derive(Default)]
struct Texts<'a> {
    listed: Vec<&'a str>,
    places: FxHashMap<&'a str, u32>,
}

impl<'a> Texts<'a> {
    fn place(&mut self, text: &'a str) -> u32 {
        *self.places.entry(text).or_insert_with(|| {
            self.listed.push(text);
            u32::try_from(self.listed.len() - 1).unwrap_or(u32::MAX)
        })
    }
}

impl<'a> Address<'a> {
    /// What follows the common base of an address of the file of this name, or of its attestations.
    fn of(rest: &'a str, filename: &str) -> Self {
        match rest.rsplit_once(filename) {
            Some((folder, "")) => match digest_of_folder(folder) {
                Some(digest) => Self::Hashed(*digest.as_bytes()),
                None => Self::Folder(folder),
            },
            Some((before, after)) => Self::Around(before, after),
            None => Self::Whole(rest),
        }
    }

    fn whole(&self, base: &str, filename: &str) -> String {
        match self {
            Self::Hashed(digest) => {
                let digits = Sha256::from_bytes(*digest).to_string();
                let [one, two, rest] = folders_of_digest(&digits);
                [base, one, "/", two, "/", rest, "/", filename].concat()
            }
            Self::Folder(folder) => [base, folder, filename].concat(),
            Self::Around(before, after) => [base, before, filename, after].concat(),
            Self::Whole(rest) => [base, rest].concat(),
        }
    }
}

/// The digest that names the folder of a file, if one does.
fn digest_of_folder(folder: &str) -> Option<Sha256> {
    let digest: Sha256 = folder.replace('/', "").parse().ok()?;
    let digits = digest.to_string();
    let folders = folders_of_digest(&digits).map(|name| [name, "/"].concat());
    (folders.concat() == folder).then_some(digest)
}

/// The folders that the digits of a digest name, each in the one before.
fn folders_of_digest(digits: &str) -> [&str; 3] {
    [&digits[..2], &digits[2..4], &digits[4..]]
}

impl StoredKind {
    /// What `filename`, that of a distribution of this version, says; `spelled` is the version of its
    /// release.
    fn of(filename: &str, version: &Version, spelled: &str) -> Self {
        if version.to_string() != spelled {
            return Self::Other;
        }
        if !filename.ends_with(WHEEL) {
            return Self::Sdist;
        }
        let wheel = WheelParts::of(filename);
        let tags = wheel.as_ref().and_then(WheelParts::plain_tags);
        let length = tags.map(|tags| tags.len() + WHEEL.len());
        let start = length.and_then(|length| u16::try_from(filename.len() - length).ok());
        start.map_or(Self::Other, Self::Wheel)
    }

    /// The version and the kind of the file, whose release has this `version`.
    fn restore(
        &self,
        page: &CachedPage,
        version: &Version,
        filename: &str,
        names: &mut FilenameReader,
    ) -> Option<(Version, DistKind)> {
        match self {
            Self::Wheel(start) => {
                let tags = filename.strip_suffix(WHEEL)?.get(usize::from(*start)..)?;
                Some((version.clone(), DistKind::Wheel(WheelTags::of_plain(tags)?)))
            }
            Self::Sdist => Some((version.clone(), DistKind::Sdist)),
            Self::Other => names.read(&page.name, filename),
        }
    }
}

impl<'a> StoredFile<'a> {
    fn of(
        file: &'a ListedFile<'_>,
        kind: StoredKind,
        (base, provenance_base): (usize, usize),
        texts: &mut Texts<'a>,
    ) -> Self {
        let provenance = file.provenance.as_deref();
        Self {
            filename: &file.filename,
            kind,
            address: Address::of(&file.url[base..], &file.filename),
            provenance: provenance.map(|url| Address::of(&url[provenance_base..], &file.filename)),
            sha256: file.sha256.as_ref().map(|digest| &digest.as_bytes()[..]),
            size: file.size,
            requires_python: file.requires_python.as_ref().map(|text| texts.place(text)),
            upload_time: file
                .upload_time
                .map(|time| (time.as_second(), time.subsec_nanosecond())),
            yanked: file.yanked.as_ref().map(|reason| texts.place(reason)),
            metadata: match &file.core_metadata {
                CoreMetadataFile::Unknown => StoredMetadata::Unknown,
                CoreMetadataFile::Served(digest) => {
                    StoredMetadata::Served(digest.as_ref().map(|digest| &digest.as_bytes()[..]))
                }
            },
            other_digests: file
                .other_digests
                .iter()
                .filter_map(stored_digest)
                .collect(),
            unusable: file.unusable.as_deref(),
        }
    }

    fn restore(
        &self,
        page: &CachedPage,
        release: usize,
        names: &mut FilenameReader,
    ) -> Option<DistFile> {
        let text = |place: u32| page.texts.get(place as usize).cloned();
        let version = page.versions.get(release)?;
        let (version, kind) = self.kind.restore(page, version, self.filename, names)?;
        let url = self.address.whole(&page.base, self.filename);
        let provenance = self.provenance.as_ref();
        let provenance =
            provenance.map(|address| address.whole(&page.provenance_base, self.filename));
        let others = self.other_digests.iter().map(|(place, bytes)| {
            let algorithm = DigestAlgorithm::ALL.get(usize::from(*place))?;
            ListedDigest::from_bytes(*algorithm, bytes)
        });
        Some(DistFile {
            sha256: restored(self.sha256)?,
            size: self.size,
            requires_python: match self.requires_python {
                Some(place) => Some(text(place)?),
                None => None,
            },
            upload_time: match self.upload_time {
                Some((seconds, nanoseconds)) => Some(Timestamp::new(seconds, nanoseconds).ok()?),
                None => None,
            },
            yanked: match self.yanked {
                Some(place) => Yanked::Yes(text(place)?),
                None => Yanked::No,
            },
            core_metadata: match self.metadata {
                StoredMetadata::Unknown => CoreMetadataFile::Unknown,
                StoredMetadata::Served(digest) => CoreMetadataFile::Served(restored(digest)?),
            },
            other_digests: if self.other_digests.is_empty() {
                Arc::default()
            } else {
                others.collect::<Option<_>>()?
            },
            provenance: provenance.map(Into::into),
            listed_by: Arc::clone(&page.listed_by),
            unusable: self.unusable.map(|why| printable(why).into()),
            ..DistFile::new((page.name.clone(), version), self.filename, kind, url)
        })
    }
}

/// A digest, if there is one; `None` if it is malformed.
#[expect(
    clippy::option_option,
    reason = "that there is none, and that it is malformed, are two outcomes"
)]
fn restored(digest: Option<&[u8]>) -> Option<Option<Sha256>> {
    match digest {
        Some(bytes) => Some(Some(Sha256::from_bytes(bytes.try_into().ok()?))),
        None => Some(None),
    }
}

fn stored_digest(digest: &ListedDigest) -> Option<(u8, &[u8])> {
    let mut algorithms = DigestAlgorithm::ALL.iter();
    let place = algorithms.position(|algorithm| *algorithm == digest.algorithm())?;
    Some((u8::try_from(place).ok()?, digest.as_bytes()))
}

/// What all begin with.
fn common<'a>(texts: impl Iterator<Item = &'a str>) -> &'a str {
    texts.reduce(common_start).unwrap_or_default()
}

/// The folder that the beginning of an address lies in.
fn folder(start: &str) -> &str {
    &start[..start.rfind('/').map_or(0, |slash| slash + 1)]
}

/// What both begin with.
fn common_start<'a>(one: &'a str, other: &'a str) -> &'a str {
    let mut same = one
        .bytes()
        .zip(other.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    while !one.is_char_boundary(same) {
        same -= 1;
    }
    &one[..same]
}

#[cfg(test)]
mod tests {
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
        let bytes = encode(&head(), &"a".parse().unwrap(), Some(files));
        let (found, start) = split(&bytes).unwrap();
        assert_eq!(found, head());
        decode((&name.parse().unwrap(), &Arc::default()), bytes, start).unwrap()
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
    }

    #[test]
    fn a_page_is_not_that_of_another_project() {
        let bytes = encode(&head(), &"a".parse().unwrap(), Some(&files()));
        let (_, start) = split(&bytes).unwrap();
        assert!(decode((&"b".parse().unwrap(), &Arc::default()), bytes, start).is_none());
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_decoder_panic(bytes: Vec<u8>) {
            let _ = split(&bytes);
            let _ = decode((&"a".parse().unwrap(), &Arc::default()), bytes, 0);
        }
    }
}
