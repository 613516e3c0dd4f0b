//! A resolution turned into a strict file.

use std::collections::{BTreeMap, BTreeSet};

use harden_packaging::{
    DistFile, Index, IndexError, PackageName, Pin, Reference, Release, Resolution, Sha256, Via,
};
use harden_requirements::InputOptions;
use jiff::Timestamp;
use pep440_rs::Version;

use crate::comment_text::{is_file_name, one_line, shown_command, shown_place};
use crate::file::{Header, PinMarker, StrictFile, StrictPin};
use crate::header_digests::digest_of;
use crate::metadata_digest::{MetadataDigests, metadata_digest};
use crate::write::{entry, head};
use crate::{BuiltFrom, InstallerOption, ProjectRecord, Recorded, inputs_digest};

/// Which files of a pinned release installers may take (`--hashes`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HashChoice {
    /// Those that the targets would install.
    #[default]
    Selected,
    /// And every wheel that fits one of the targets the pin is for.
    Compatible,
    /// Every file of the release.
    All,
}

/// What a resolution was made from, for the header, and how to write it.
#[derive(Debug, Clone, Copy)]
pub struct Provenance<'a> {
    /// The loose files, as the user named them.
    pub loose: &'a [String],
    /// The words of the command that makes the strict file, program first (`harden`, `loose.txt`,
    /// `--platform`, …). Credentials and absolute paths in them do not enter the file.
    pub command: &'a [String],
    /// The canonical lines of the loose inputs.
    pub input_lines: &'a [String],
    /// The digests of the files that loose files name by URL; URLs without login and query.
    pub urls: &'a BTreeMap<String, BTreeSet<Sha256>>,
    /// The projects of the user whose dependencies a build told.
    pub projects: &'a [ProjectRecord],
    /// The options that were in force.
    pub options: &'a InputOptions,
    /// The moment from which on uploads were left out.
    pub exclude_newer: Option<Timestamp>,
    /// What held for these packages in place of that moment; `None`: nothing was left out.
    pub exclude_newer_packages: &'a BTreeMap<PackageName, Option<Timestamp>>,
    /// Versions that neither keeps out.
    pub exempt: &'a BTreeMap<PackageName, BTreeSet<Version>>,
    /// Which files to hash.
    pub hashes: HashChoice,
    /// The wheels that were built of chosen sdists, by the file name of the sdist. They are pinned
    /// beside it.
    pub built: &'a BTreeMap<String, BuiltFrom>,
    /// The repositories that sdists were packed from, each as `git+https://…@COMMIT`.
    pub repositories: &'a BTreeMap<PackageName, String>,
}

impl StrictFile {
    /// Hashes the files of a resolution.
    ///
    /// # Errors
    ///
    /// Returns the [`IndexError`] of a file that the index lists without SHA-256 and that could not
    /// be downloaded, or of a release whose other files could not be listed.
    pub fn from_resolution(
        resolution: &Resolution,
        provenance: &Provenance<'_>,
        index: &dyn Index,
    ) -> Result<Self, IndexError> {
        let hashing = Hashing {
            resolution,
            provenance,
            index,
        };
        let pins = resolution.pins.iter().map(|pin| hashing.strict_pin(pin));
        let mut file = Self {
            header: None,
            options: InstallerOption::from_inputs(provenance.options),
            pins: pins.collect::<Result<_, _>>()?,
            remarks: Vec::new(),
        };
        file.give(header(resolution, provenance));
        Ok(file)
    }

    /// The same file with what is to be recorded of each pin, in the order of the pins.
    #[must_use]
    pub fn with_records(mut self, records: Vec<Recorded>) -> Self {
        for (pin, recorded) in self.pins.iter_mut().zip(records) {
            pin.recorded = recorded;
        }
        match self.header.take() {
            Some(header) => self.give(header),
            None => self.number_lines(),
        }
        self
    }

    /// Puts the header on, with the digest of the content, and notes the line on which each pin comes to stand.
    pub(crate) fn give(&mut self, header: Header) {
        let header = self.header.insert(header);
        let text = head(header, None);
        let entries: Vec<String> = self.pins.iter().map(entry).collect();
        header.pins = digest_of(&text, &self.options, &entries);
        self.number(&text, &entries);
    }

    /// Notes the line on which each pin comes to stand.
    pub(crate) fn number_lines(&mut self) {
        let head = self.header.as_ref().map(|header| head(header, None));
        let entries: Vec<String> = self.pins.iter().map(entry).collect();
        self.number(&head.unwrap_or_default(), &entries);
    }

    /// The same, with the text of the header and of each pin.
    fn number(&mut self, head: &str, entries: &[String]) {
        let mut line = 1 + head.lines().count() + self.options.len();
        for (pin, entry) in self.pins.iter_mut().zip(entries) {
            pin.line = line;
            line += entry.lines().count();
        }
    }
}

/// The header of what is about to be written; its digest of the content is still to come.
fn header(resolution: &Resolution, provenance: &Provenance<'_>) -> Header {
    let mut platforms: Vec<String> = Vec::new();
    for part in &resolution.resolved_for {
        let platform = part.target.to_string();
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    let own = provenance.exclude_newer_packages.iter();
    let moments = own.filter_map(|(name, moment)| Some((name.clone(), (*moment)?)));
    Header {
        loose: provenance
            .loose
            .iter()
            .map(|file| shown_place(file))
            .collect(),
        command: Some(shown_command(provenance.command)),
        inputs: inputs_digest(provenance.input_lines),
        pins: Sha256::from_bytes([0; 32]),
        platforms,
        exclude_newer: provenance.exclude_newer,
        exclude_newer_packages: moments.collect(),
        urls: provenance.urls.clone(),
        projects: provenance.projects.to_vec(),
    }
}

/// The making of pins.
struct Hashing<'a> {
    resolution: &'a Resolution,
    provenance: &'a Provenance<'a>,
    index: &'a dyn Index,
}

/// Whether this is the file name of a wheel, whose extension the specification has in lower case.
fn is_wheel(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| extension == "whl")
}

impl Hashing<'_> {
    fn strict_pin(&self, pin: &Pin) -> Result<StrictPin, IndexError> {
        let mut files = self.files(pin)?;
        let names = files.keys().map(String::as_str);
        let wheels: BTreeSet<&str> = names.filter(|name| is_wheel(name)).collect();
        let metadata = self.metadata_digests(pin, &wheels)?;
        let built_from = self.built_from(pin);
        if let Some(built) = built_from {
            files.insert(built.wheel.clone(), built.sha256);
        }
        let repository = self.provenance.repositories.get(&pin.name);
        Ok(StrictPin {
            name: pin.name.clone(),
            version: pin.version.clone(),
            reference: pin.reference.clone().map(Reference::without_login),
            extras: pin.extras.iter().cloned().collect(),
            marker: pin.marker.as_deref().map(pin_marker),
            hashes: files.values().copied().collect(),
            via: pin.via.iter().map(shown_via).collect(),
            files: files
                .into_keys()
                .filter(|file| is_file_name(file))
                .collect(),
            metadata,
            built_from: built_from.cloned(),
            repository: repository.map(|repository| one_line(repository)),
            recorded: Recorded::default(),
            line: 0,
        })
    }

    /// The digests of the metadata that the chosen of the `wheels` of a pin were resolved with.
    fn metadata_digests(
        &self,
        pin: &Pin,
        wheels: &BTreeSet<&str>,
    ) -> Result<MetadataDigests, IndexError> {
        let chosen = pin.files.iter().map(|chosen| &chosen.file);
        let digests = chosen
            .filter(|file| file.wheel_tags().is_some() && is_file_name(&file.filename))
            .map(|file| {
                let metadata = self.index.metadata(file)?;
                Ok((file.filename.to_string(), metadata_digest(&metadata)))
            });
        let digests = digests.collect::<Result<_, IndexError>>()?;
        Ok(MetadataDigests::new(digests, wheels))
    }

    /// The wheel that was built from a chosen sdist.
    fn built_from(&self, pin: &Pin) -> Option<&BuiltFrom> {
        let mut names = pin.files.iter().map(|chosen| &*chosen.file.filename);
        names.find_map(|name| self.provenance.built.get(name))
    }

    /// The names of the files to list for a pin, with their digests.
    fn files(&self, pin: &Pin) -> Result<BTreeMap<String, Sha256>, IndexError> {
        let mut files = BTreeMap::new();
        let mut add = |file: &DistFile| {
            files.insert(file.filename.to_string(), self.index.sha256(file)?);
            Ok::<_, IndexError>(())
        };
        pin.files.iter().try_for_each(|chosen| add(&chosen.file))?;
        if self.provenance.hashes != HashChoice::Selected && pin.reference.is_none() {
            let project = self.index.project(&pin.name)?;
            let releases = project.releases.iter();
            releases
                .filter(|release| release.version == pin.version)
                .flat_map(Release::files)
                .filter(|file| self.is_old_enough(pin, file) && self.is_wanted(pin, file))
                .try_for_each(|file| add(file))?;
        }
        Ok(files)
    }

    /// Whether the cutoff lets in another file of a pinned release. One without an upload time is let
    /// in only beside a chosen one without it, for then the user allowed such files.
    fn is_old_enough(&self, pin: &Pin, file: &DistFile) -> bool {
        let exempt = self.provenance.exempt.get(&file.project);
        if exempt.is_some_and(|versions| versions.contains(&pin.version)) {
            return true;
        }
        let own = self.provenance.exclude_newer_packages.get(&file.project);
        let Some(cutoff) = own.copied().unwrap_or(self.provenance.exclude_newer) else {
            return true;
        };
        file.upload_time.map_or_else(
            || {
                let mut chosen = pin.files.iter().map(|chosen| &chosen.file);
                chosen.any(|chosen| chosen.upload_time.is_none())
            },
            |uploaded| uploaded < cutoff,
        )
    }

    fn is_wanted(&self, pin: &Pin, file: &DistFile) -> bool {
        let fits = |tags| {
            let environments = pin.environments.iter();
            environments
                .filter_map(|id| self.resolution.resolved_for.get(*id))
                .any(|part| part.target.tags().rank(tags).is_some())
        };
        self.provenance.hashes == HashChoice::All || file.wheel_tags().is_some_and(fits)
    }
}

fn pin_marker(text: &str) -> PinMarker {
    PinMarker {
        text: one_line(text),
        marker: text
            .parse()
            .expect("the markers of a resolution are made by `Environment::tell_apart`"),
    }
}

fn shown_via(via: &Via) -> Via {
    match via {
        Via::Package(name) => Via::Package(name.clone()),
        Via::File(file) => Via::File(shown_place(file).into()),
    }
}
