//! The model of a strict file: what it was made from, the options installers need, and the pins.

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::{ExtraName, PackageName, Reference, Sha256, Via};
use harden_requirements::{Marker, Truth};
use harden_target::Target;
use jiff::Timestamp;
use pep440_rs::Version;

use crate::metadata_digest::MetadataDigests;
use crate::{BuiltFrom, InstallerOption, ProjectRecord, Recorded, Remark};

/// A strict file: requirements that are all pinned to one version and hashed with SHA-256.
///
/// Made by [`StrictFile::from_resolution`] or [`StrictFile::parse`]; `Display` writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrictFile {
    pub(crate) header: Option<Header>,
    pub(crate) options: Vec<InstallerOption>,
    pub(crate) pins: Vec<StrictPin>,
    pub(crate) remarks: Vec<Remark>,
}

impl StrictFile {
    /// What the file was made from; `None` in a file that another tool wrote.
    pub fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// The options that installers read, in the order of the file.
    pub fn options(&self) -> &[InstallerOption] {
        &self.options
    }

    /// The pins, in the order of the file: by name, version and reference in one that was not edited.
    pub fn pins(&self) -> &[StrictPin] {
        &self.pins
    }

    /// The same file with other places for some of the files that pins name by path or URL: `place` gives
    /// the other place, `None` where it stays.
    #[must_use]
    pub fn with_places(mut self, place: impl Fn(&Reference) -> Option<Reference>) -> Self {
        for reference in self
            .pins
            .iter_mut()
            .filter_map(|pin| pin.reference.as_mut())
        {
            if let Some(other) = place(reference) {
                *reference = other;
            }
        }
        self
    }

    /// What [`StrictFile::parse`] accepts but a check should report, in the order of the file.
    pub fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// The values of the options of this name (`--index-url`), in the order of the file.
    pub fn option_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.options
            .iter()
            .filter(move |option| option.name() == name)
            .filter_map(InstallerOption::value)
    }
}

/// What a strict file says of its own making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub(crate) loose: Vec<String>,
    pub(crate) command: Option<String>,
    pub(crate) inputs: Sha256,
    pub(crate) pins: Sha256,
    pub(crate) platforms: Vec<String>,
    pub(crate) exclude_newer: Option<Timestamp>,
    pub(crate) exclude_newer_packages: BTreeMap<PackageName, Timestamp>,
    pub(crate) urls: BTreeMap<String, BTreeSet<Sha256>>,
    pub(crate) projects: Vec<ProjectRecord>,
}

impl Header {
    /// The loose files to change rather than this one, as the user named them.
    pub fn loose(&self) -> &[String] {
        &self.loose
    }

    /// The command that makes the file, in one line, quoted for a POSIX shell.
    pub fn command(&self) -> Option<&str> {
        self.command.as_deref()
    }

    /// The digest of the loose inputs (see [`crate::inputs_digest`]).
    pub fn inputs(&self) -> Sha256 {
        self.inputs
    }

    /// The digest of the file's content as it was written; [`StrictFile::content_digest`] says
    /// whether it still is.
    pub fn pins(&self) -> Sha256 {
        self.pins
    }

    /// The targets it was made for, in the user's order, in canonical spelling; never empty.
    pub fn platforms(&self) -> &[String] {
        &self.platforms
    }

    /// The moment from which on uploads were left out.
    pub fn exclude_newer(&self) -> Option<Timestamp> {
        self.exclude_newer
    }

    /// The digests of the files that loose files name by URL, at the time of the lock. URLs are without
    /// login and query; one has several digests if only these distinguish files.
    pub fn urls(&self) -> &BTreeMap<String, BTreeSet<Sha256>> {
        &self.urls
    }

    /// The projects of the user whose dependencies a build told.
    pub fn projects(&self) -> &[ProjectRecord] {
        &self.projects
    }

    /// The moments that held for packages in its place; what had no cutoff at all is not among them.
    pub fn exclude_newer_packages(&self) -> &BTreeMap<PackageName, Timestamp> {
        &self.exclude_newer_packages
    }
}

/// One entry of a strict file: an exact version, or the file of one, and the digests of the files it
/// may come in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrictPin {
    pub(crate) name: PackageName,
    pub(crate) version: Version,
    pub(crate) reference: Option<Reference>,
    pub(crate) extras: BTreeSet<ExtraName>,
    pub(crate) marker: Option<PinMarker>,
    pub(crate) hashes: BTreeSet<Sha256>,
    pub(crate) via: BTreeSet<Via>,
    pub(crate) files: BTreeSet<String>,
    pub(crate) metadata: MetadataDigests,
    pub(crate) built_from: Option<BuiltFrom>,
    pub(crate) repository: Option<String>,
    pub(crate) recorded: Recorded,
    pub(crate) line: usize,
}

impl StrictPin {
    /// The package.
    pub fn name(&self) -> &PackageName {
        &self.name
    }

    /// Its version.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Where its one file is; `None`: at the index. It holds no login.
    pub fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }

    /// The extras of it that something asks for.
    pub fn extras(&self) -> &BTreeSet<ExtraName> {
        &self.extras
    }

    /// When it is installed; `None`: always.
    pub fn marker(&self) -> Option<&Marker> {
        self.marker.as_ref().map(|marker| &marker.marker)
    }

    /// Whether it may be installed on a target: its marker holds there, or the target leaves that open.
    pub fn may_be_on(&self, target: &Target) -> bool {
        self.marker().is_none_or(|marker| {
            !matches!(marker.evaluate(&target.environment(), &[]), Truth::False)
        })
    }

    /// The marker as it is written.
    pub fn marker_text(&self) -> Option<&str> {
        self.marker.as_ref().map(|marker| marker.text.as_str())
    }

    /// The SHA-256 of each file that may be installed for it; never empty.
    pub fn hashes(&self) -> &BTreeSet<Sha256> {
        &self.hashes
    }

    /// What asks for it; empty where the file does not say.
    pub fn via(&self) -> &BTreeSet<Via> {
        &self.via
    }

    /// The names of the files the hashes are of; empty where the file does not say. A name has no
    /// path separator, but need not be a distribution's.
    pub fn files(&self) -> &BTreeSet<String> {
        &self.files
    }

    /// The digest of the metadata that `file`, a wheel, was resolved with (see
    /// [`crate::metadata_digest`]); `None` where the strict file does not record it.
    pub fn metadata_digest(&self, file: &str) -> Option<Sha256> {
        let is_built = self
            .built_from
            .as_ref()
            .is_some_and(|built| built.wheel == file);
        self.metadata.of(file).filter(|_| !is_built)
    }

    /// The repository and commit that its sdist was packed from, as `git+https://…@COMMIT`.
    pub fn repository(&self) -> Option<&str> {
        self.repository.as_deref()
    }

    /// What the file records of its origin.
    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// What its wheel was built from, where it stands in the place of an sdist.
    pub fn built_from(&self) -> Option<&BuiltFrom> {
        self.built_from.as_ref()
    }

    /// The line it begins on, from 1.
    pub fn line(&self) -> usize {
        self.line
    }
}

/// A marker with its text, which is kept because a file is written as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PinMarker {
    pub(crate) text: String,
    pub(crate) marker: Marker,
}
