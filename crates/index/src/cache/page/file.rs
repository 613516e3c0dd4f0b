//! A file in the compact form of a page: first what a glance says, then the rest, which is passed over.
//!
//! The tags of wheels are stored once for each page: names were checked when the page was read.

use std::sync::Arc;

use harden_packaging::{
    CoreMetadataFile, DigestAlgorithm, DistFile, DistKind, Glance, IndexError, ListedDigest,
    Sha256, Yanked, printable,
};
use harden_target::{WheelParts, WheelTags};
use jiff::Timestamp;
use pep440_rs::Version;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::encoded_onto;
use super::kept::{CachedPage, malformed};
use crate::protocol::{FilenameReader, ListedFile};

/// What the names of wheels end in.
const WHEEL: &str = ".whl";

/// A file.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredFile<'a> {
    filename: &'a [u8],
    kind: StoredKind,
    requires_python: Option<u32>,
    /// Seconds since 1970, and nanoseconds.
    upload_time: Option<(i64, i32)>,
    yanked: Option<u32>,
    is_usable: bool,
    /// A [`StoredRest`].
    rest: &'a [u8],
}

/// What is asked only of the files that a resolution chooses.
#[derive(Serialize, Deserialize)]
struct StoredRest<'a> {
    #[serde(borrow)]
    address: Address<'a>,
    sha256: Option<&'a [u8]>,
    size: Option<u64>,
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

/// The version in the name of a file, and its tags if it is a wheel.
type NameSays = (Version, Option<Arc<WheelTags>>);

/// What the name of a file says.
#[derive(Serialize, Deserialize)]
pub(super) enum StoredKind {
    /// A wheel of the release's version, with the tags at this place.
    Wheel(u32),
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

impl StoredKind {
    /// What `filename`, that of a distribution of this version, says; `first` is the version of its release.
    fn of<'f>(filename: &'f str, version: &Version, first: &Version, tags: &mut Texts<'f>) -> Self {
        // Equal versions may differ in zeros at the end.
        if version.release().len() != first.release().len() {
            return Self::Other;
        }
        if !filename.ends_with(WHEEL) {
            return Self::Sdist;
        }
        let wheel = WheelParts::of(filename);
        let plain = wheel.as_ref().and_then(WheelParts::plain_tags);
        plain.map_or(Self::Other, |plain| Self::Wheel(tags.place(plain)))
    }

    /// What the name of the file says, whose release has this `version`; `None` if it is not a distribution of the
    /// project.
    fn restore(
        &self,
        page: &CachedPage,
        version: &Version,
        filename: &[u8],
        names: &mut FilenameReader,
    ) -> Result<Option<NameSays>, IndexError> {
        Ok(match self {
            Self::Wheel(place) => Some((version.clone(), Some(page.tags(*place)?))),
            Self::Sdist => Some((version.clone(), None)),
            Self::Other => {
                let filename = str::from_utf8(filename).map_err(|_| malformed())?;
                let read = names.read(&page.name, filename);
                read.map(|(version, kind)| match kind {
                    DistKind::Wheel(tags) => (version, Some(Arc::new(tags))),
                    DistKind::Sdist => (version, None),
                })
            }
        })
    }
}

/// Encodes the files of a page, one after the other.
pub(super) struct Encoder<'f> {
    /// How many bytes the addresses of all files begin with, and those of all attestations.
    bases: (usize, usize),
    texts: Texts<'f>,
    tags: Texts<'f>,
    files: Vec<u8>,
    rest: Vec<u8>,
}

impl<'f> Encoder<'f> {
    /// For files that take about as many bytes as `expected`.
    pub(super) fn new(bases: (usize, usize), expected: usize) -> Self {
        Self {
            bases,
            texts: Texts::default(),
            tags: Texts::default(),
            files: Vec::with_capacity(expected),
            rest: Vec::new(),
        }
    }

    /// About how many bytes a file takes.
    pub(super) fn expected(file: &ListedFile<'_>) -> usize {
        file.filename.len() + 140
    }

    /// Adds a release, whose version is that of the first file; returns how many bytes its files take.
    pub(super) fn add(&mut self, release: &[(Version, &'f ListedFile<'_>)]) -> usize {
        let start = self.files.len();
        self.files = encoded_onto(&release.len(), std::mem::take(&mut self.files));
        for (version, file) in release {
            let kind = StoredKind::of(&file.filename, version, &release[0].0, &mut self.tags);
            self.add_file(file, kind);
        }
        self.files.len() - start
    }

    fn add_file(&mut self, file: &'f ListedFile<'_>, kind: StoredKind) {
        let (base, provenance_base) = self.bases;
        let provenance = file.provenance.as_deref();
        let rest = StoredRest {
            address: Address::of(&file.url[base..], &file.filename),
            provenance: provenance.map(|url| Address::of(&url[provenance_base..], &file.filename)),
            sha256: file.sha256.as_ref().map(|digest| &digest.as_bytes()[..]),
            size: file.size,
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
        };
        self.rest.clear();
        self.rest = encoded_onto(&rest, std::mem::take(&mut self.rest));
        let texts = &mut self.texts;
        let stored = StoredFile {
            filename: file.filename.as_bytes(),
            kind,
            requires_python: file.requires_python.as_ref().map(|text| texts.place(text)),
            upload_time: file
                .upload_time
                .map(|time| (time.as_second(), time.subsec_nanosecond())),
            yanked: file.yanked.as_ref().map(|reason| texts.place(reason)),
            is_usable: file.unusable.is_none(),
            rest: &self.rest,
        };
        self.files = encoded_onto(&stored, std::mem::take(&mut self.files));
    }

    /// The bytes of all, the texts that they share, and the tags of wheels.
    pub(super) fn finish(self) -> (Vec<u8>, Vec<&'f str>, Vec<&'f str>) {
        (self.files, self.texts.listed, self.tags.listed)
    }
}

/// The files of a release, one after the other, each with the place where it begins.
pub(super) struct Files<'a> {
    bytes: &'a [u8],
    place: usize,
    left: usize,
}

impl<'a> Files<'a> {
    /// Those of a release: their number, then each.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, IndexError> {
        let (left, rest) = postcard::take_from_bytes(bytes).map_err(|_| malformed())?;
        let place = bytes.len() - rest.len();
        // Each takes some bytes.
        let left = std::cmp::min(left, rest.len());
        Ok(Self { bytes, place, left })
    }

    /// How many there are at most.
    pub(super) fn most(&self) -> usize {
        self.left
    }

    /// The one at `place`.
    pub(super) fn at(bytes: &'a [u8], place: usize) -> Self {
        let left = 1;
        Self { bytes, place, left }
    }
}

impl<'a> Iterator for Files<'a> {
    type Item = Result<(usize, StoredFile<'a>), IndexError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let place = self.place;
        let rest = self.bytes.get(place..).unwrap_or_default();
        let Ok((file, rest)) = postcard::take_from_bytes(rest) else {
            self.left = 0;
            return Some(Err(malformed()));
        };
        self.place = self.bytes.len() - rest.len();
        Some(Ok((place, file)))
    }
}

impl<'a> StoredFile<'a> {
    /// Its name.
    pub(super) fn filename(&self) -> &'a [u8] {
        self.filename
    }

    /// A glance at it and its version, at `place` in a release; `None` if it is not a distribution of the project.
    pub(super) fn glance(
        &self,
        page: &CachedPage,
        (release, place): (usize, usize),
        names: &mut FilenameReader,
    ) -> Result<Option<(Version, Glance)>, IndexError> {
        let version = page.versions.get(release).ok_or_else(malformed)?;
        let Some((version, tags)) = self.kind.restore(page, version, self.filename, names)? else {
            return Ok(None);
        };
        let requires_python = self.requires_python.map(|place| page.text(place));
        let upload_time = self.upload_time.map(|(seconds, nanoseconds)| {
            Timestamp::new(seconds, nanoseconds).map_err(|_| malformed())
        });
        let glance = Glance {
            tags,
            requires_python: requires_python.transpose()?,
            upload_time: upload_time.transpose()?,
            is_yanked: self.yanked.is_some(),
            is_usable: self.is_usable,
            place,
        };
        Ok(Some((version, glance)))
    }

    /// All of the file of this version.
    pub(super) fn restore(
        &self,
        page: &CachedPage,
        version: Version,
        glance: Glance,
    ) -> Result<Arc<DistFile>, IndexError> {
        let file = self.restored(page, version, glance);
        file.map(Arc::new).ok_or_else(malformed)
    }

    fn restored(&self, page: &CachedPage, version: Version, glance: Glance) -> Option<DistFile> {
        let filename = str::from_utf8(self.filename).ok()?;
        let rest: StoredRest<'_> = postcard::from_bytes(self.rest).ok()?;
        let url = rest.address.whole(&page.base, filename);
        let provenance = rest.provenance.as_ref();
        let provenance = provenance.map(|address| address.whole(&page.provenance_base, filename));
        let others = rest.other_digests.iter().map(|(place, bytes)| {
            let algorithm = DigestAlgorithm::ALL.get(usize::from(*place))?;
            ListedDigest::from_bytes(*algorithm, bytes)
        });
        let kind = match glance.tags {
            Some(tags) => DistKind::Wheel(WheelTags::clone(&tags)),
            None => DistKind::Sdist,
        };
        Some(DistFile {
            sha256: restored(rest.sha256)?,
            size: rest.size,
            requires_python: glance.requires_python,
            upload_time: glance.upload_time,
            yanked: match self.yanked {
                Some(place) => Yanked::Yes(page.text(place).ok()?),
                None => Yanked::No,
            },
            core_metadata: match rest.metadata {
                StoredMetadata::Unknown => CoreMetadataFile::Unknown,
                StoredMetadata::Served(digest) => CoreMetadataFile::Served(restored(digest)?),
            },
            other_digests: if rest.other_digests.is_empty() {
                Arc::default()
            } else {
                others.collect::<Option<_>>()?
            },
            provenance: provenance.map(Into::into),
            listed_by: Arc::clone(&page.listed_by),
            unusable: rest.unusable.map(|why| printable(why).into()),
            ..DistFile::new((page.name.clone(), version), filename, kind, url)
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
