//! A distribution file of a universe: its listing and its bytes.

use std::sync::OnceLock;

use harden_packaging::{PackageName, Sha256};
use jiff::Timestamp;

use crate::build_backend::Backend;
use crate::{sdist, wheel};

/// The default upload time of files.
pub const UPLOADED: &str = "2024-01-01T00:00:00Z";

/// A file of a [`crate::Universe`], with its bytes.
#[derive(Debug)]
pub struct File {
    pub(crate) project: PackageName,
    /// The project's name as the universe spells it.
    pub(crate) spelling: String,
    /// The version as the universe spells it.
    pub(crate) version: String,
    pub(crate) filename: String,
    pub(crate) kind: Kind,
    pub(crate) settings: Settings,
    contents: OnceLock<Vec<u8>>,
    digest: OnceLock<Sha256>,
}

/// The kind of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A wheel with these tags, optionally after a build tag.
    Wheel(String),
    SdistTarGz,
    SdistZip,
    /// A file that is not a distribution; index clients must skip it.
    Junk,
}

/// The settings of a file in a universe.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub requires: Vec<String>,
    /// Extras in the order of their first mention, with their requirements.
    pub extras: Vec<(String, Vec<String>)>,
    pub python: Option<String>,
    /// Requires-Python in the listing, which may differ from the metadata.
    pub listed_python: Option<String>,
    pub yanked: Option<String>,
    /// The status of its project (PEP 792).
    pub status: Option<String>,
    pub uploaded: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    pub hash: ListedHash,
    pub core_metadata: bool,
    pub metadata: MetadataFault,
    pub dynamic: Vec<String>,
    /// Further fields of the metadata, as `Field: value`.
    pub fields: Vec<String>,
    /// Who owns its project, as `USER`, and as `@ORGANISATION`.
    pub owners: Vec<String>,
    /// The paths of further, empty members of wheels.
    pub members: Vec<String>,
    /// Whether the `RECORD` of wheels has the digest of other bytes for the module.
    pub wrong_record: bool,
    pub backend: Backend,
    /// The platform of the wheels that its program makes of others.
    pub repairs: Option<String>,
    /// The attestations that the index serves for it, whatever they are (PEP 740).
    pub provenance: Option<String>,
    pub pad: usize,
}

/// The digest that an index lists for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListedHash {
    Sha256,
    Md5,
    None,
    /// The SHA-256 of other bytes.
    Wrong,
}

/// A defect of a file's metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MetadataFault {
    None,
    Broken,
    Mismatched,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            requires: Vec::new(),
            extras: Vec::new(),
            python: None,
            listed_python: None,
            yanked: None,
            status: None,
            uploaded: Some(UPLOADED.parse().expect("a timestamp")),
            modified: None,
            hash: ListedHash::Sha256,
            core_metadata: true,
            metadata: MetadataFault::None,
            dynamic: Vec::new(),
            fields: Vec::new(),
            owners: Vec::new(),
            members: Vec::new(),
            wrong_record: false,
            backend: Backend::default(),
            repairs: None,
            provenance: None,
            pad: 0,
        }
    }
}

impl File {
    pub(crate) fn new(
        project: PackageName,
        spelling: &str,
        version: &str,
        kind: Kind,
        settings: Settings,
    ) -> Self {
        let stem = format!("{}-{version}", project.as_str().replace('-', "_"));
        let filename = match &kind {
            Kind::Wheel(tags) => format!("{stem}-{tags}.whl"),
            Kind::SdistTarGz => format!("{stem}.tar.gz"),
            Kind::SdistZip => format!("{stem}.zip"),
            Kind::Junk => version.to_owned(),
        };
        Self {
            project,
            spelling: spelling.to_owned(),
            version: version.to_owned(),
            filename,
            kind,
            settings,
            contents: OnceLock::new(),
            digest: OnceLock::new(),
        }
    }

    /// Its name.
    pub fn filename(&self) -> &str {
        &self.filename
    }

    /// Its bytes, the same in each run.
    pub fn contents(&self) -> &[u8] {
        self.contents.get_or_init(|| match &self.kind {
            Kind::Wheel(_) => wheel::build(self),
            Kind::SdistTarGz => sdist::tar_gz(self),
            Kind::SdistZip => sdist::zip(self),
            Kind::Junk => b"not a distribution".to_vec(),
        })
    }

    /// The SHA-256 of its bytes, which may differ from the listed one.
    pub fn sha256(&self) -> Sha256 {
        *self.digest.get_or_init(|| sha256(self.contents()))
    }

    /// The SHA-256 that an index lists for it.
    pub(crate) fn listed_sha256(&self) -> Option<Sha256> {
        match self.settings.hash {
            ListedHash::Sha256 => Some(self.sha256()),
            ListedHash::Wrong => Some(sha256(b"something else")),
            ListedHash::Md5 | ListedHash::None => None,
        }
    }

    /// Whether an index serves its `.metadata` file (PEP 658).
    pub(crate) fn has_core_metadata(&self) -> bool {
        matches!(self.kind, Kind::Wheel(_)) && self.settings.core_metadata
    }

    /// The path of its attestations, as PyPI's Integrity API has it; `None` if it has none.
    ///
    /// <https://docs.pypi.org/api/integrity/>
    pub(crate) fn provenance_path(&self) -> Option<String> {
        let (project, version, name) = (&self.project, &self.version, &self.filename);
        let path = format!("/integrity/{project}/{version}/{name}/provenance");
        self.settings.provenance.as_ref().map(|_| path)
    }

    /// Its core metadata: `METADATA` of a wheel, `PKG-INFO` of an sdist.
    ///
    /// <https://packaging.python.org/en/latest/specifications/core-metadata/>
    pub fn metadata(&self) -> String {
        if self.settings.metadata == MetadataFault::Broken {
            return "These are not the fields you are looking for".to_owned();
        }
        let mut text = format!(
            "Metadata-Version: {}\nName: {}\nVersion: {}\n",
            self.metadata_version(),
            self.spelling,
            self.metadata_release(),
        );
        let fields = self.settings.dynamic.iter().map(|f| ("Dynamic", f.clone()));
        let python = self.settings.python.iter();
        let fields = fields
            .chain(python.map(|p| ("Requires-Python", p.clone())))
            .chain(
                self.provided_extras()
                    .map(|e| ("Provides-Extra", e.clone())),
            )
            .chain(self.requires_dist().map(|r| ("Requires-Dist", r)));
        text.extend(fields.map(|(field, value)| format!("{field}: {value}\n")));
        text.extend(
            self.settings
                .fields
                .iter()
                .map(|field| format!("{field}\n")),
        );
        text + "\nA distribution for tests.\n"
    }

    /// The metadata version of sdists: from 2.2 on, fields are static unless `Dynamic` names them (PEP 643).
    pub(crate) fn metadata_version(&self) -> &'static str {
        match self.kind {
            Kind::Wheel(_) => "2.1",
            _ => "2.2",
        }
    }

    /// The version in the metadata.
    pub(crate) fn metadata_release(&self) -> &str {
        match self.settings.metadata {
            MetadataFault::Mismatched => "0.0.0.dev404",
            _ => &self.version,
        }
    }

    pub(crate) fn provided_extras(&self) -> impl Iterator<Item = &String> {
        self.settings.extras.iter().map(|(name, _)| name)
    }

    /// Every `Requires-Dist`; those of extras carry the extra's marker.
    pub(crate) fn requires_dist(&self) -> impl Iterator<Item = String> {
        let of_extras = self.settings.extras.iter().flat_map(|(extra, list)| {
            list.iter()
                .map(move |requirement| under_extra(requirement, extra))
        });
        self.settings.requires.iter().cloned().chain(of_extras)
    }
}

fn under_extra(requirement: &str, extra: &str) -> String {
    match requirement.split_once(';') {
        Some((requirement, marker)) => {
            format!("{requirement}; ({}) and extra == '{extra}'", marker.trim())
        }
        None => format!("{requirement}; extra == '{extra}'"),
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256::of(bytes)
}

/// Incompressible bytes, the same in each run.
pub(crate) fn padding(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    })
    .take(length)
    .collect()
}
