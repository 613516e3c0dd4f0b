//! The files of a pin, and which of them each target installs.

use std::collections::BTreeSet;
use std::sync::Arc;

use harden_hasher::StrictPin;
use harden_interchange::About;
use harden_packaging::{DistFile, Project, Release, Sha256, Yanked};
use harden_report::Text;
use harden_report::model::{File, Installed, Kind};
use harden_target::{Target, WheelFilename, WheelTags};

use super::local_facts::{LocalFacts, is_wheel};

/// The files of a pin.
#[expect(clippy::struct_field_names, reason = "they are the files themselves")]
pub(super) struct Files {
    pub(super) files: Vec<File>,
    /// Digests of which nothing says which file they are of.
    pub(super) hashes: Vec<Text>,
    /// Their listings on pages.
    pub(super) listed: Vec<Arc<DistFile>>,
    /// The tags of each of the files that is a wheel.
    tags: Vec<Option<WheelTags>>,
    pub(super) summary: Option<String>,
    pub(super) licence: Option<String>,
    pub(super) publisher: Option<String>,
}

impl Files {
    /// The files of a pin, from strict file, pages and wheels.
    pub(super) fn of(pin: &StrictPin, pages: &[Project], known: &LocalFacts) -> Self {
        let listed = listed(pin, pages);
        let mut files = Self {
            files: Vec::new(),
            hashes: Vec::new(),
            tags: Vec::new(),
            summary: None,
            licence: None,
            publisher: None,
            listed,
        };
        let mut left = pin.hashes().clone();
        for name in names(pin, &files.listed) {
            let sha256 = files.add(pin, &name, known);
            sha256.map(|sha256| left.remove(&sha256));
        }
        let is_each_known = files.files.iter().all(|file| file.sha256.is_some());
        if files.files.is_empty() || !is_each_known {
            files.hashes = left.iter().map(Text::new).collect();
        }
        files
    }

    /// Adds the file of a name; its digest, if that is known.
    fn add(&mut self, pin: &StrictPin, name: &str, known: &LocalFacts) -> Option<Sha256> {
        let listed = self.listed.iter().find(|file| *file.filename == *name);
        let only = match (pin.hashes().len(), pin.files().len()) {
            (1, 0 | 1) => pin.hashes().first().copied(),
            _ => None,
        };
        let sha256 = listed.and_then(|file| file.sha256).or(only);
        let facts = sha256.and_then(|sha256| known.wheel(name, sha256));
        let tags = name.parse::<WheelFilename>().ok().map(|wheel| wheel.tags);
        self.files.push(File {
            name: Some(Text::new(name)),
            sha256: sha256.map(Text::new),
            kind: kind(pin, name, tags.as_ref()),
            size: listed
                .and_then(|file| file.size)
                .or(facts.as_ref().map(|facts| facts.size)),
            installed: facts.as_ref().map(|facts| facts.installed),
            uploaded: listed.and_then(|file| file.upload_time),
        });
        self.tags.push(tags);
        if let Some(facts) = facts {
            self.summary = self.summary.take().or(facts.summary);
            self.licence = self.licence.take().or(facts.licence);
            let about = About::read(&facts.metadata);
            let publisher = || about.and_then(|about| about.publisher);
            self.publisher = self.publisher.take().or_else(publisher);
        }
        sha256
    }

    /// The file of the pin that a target installs.
    pub(super) fn on(&self, pin: &StrictPin, target: &Target) -> Installed {
        if !pin.may_be_on(target) {
            return Installed::Nothing;
        }
        let wheels = self.tags.iter().enumerate();
        let ranked =
            wheels.filter_map(|(place, tags)| Some((target.tags().rank(tags.as_ref()?)?, place)));
        let best = ranked
            .max_by(|(one, _), (other, _)| one.cmp(other))
            .map(|(_, place)| place);
        let sdist = || self.tags.iter().position(Option::is_none);
        best.or_else(sdist)
            .map_or(Installed::Unknown, Installed::File)
    }

    /// Why all its listed files are yanked, if they are.
    pub(super) fn yanked(&self) -> Option<Text> {
        let reasons = self.listed.iter().map(|file| match &file.yanked {
            Yanked::No => None,
            Yanked::Yes(reason) => Some(Text::new(reason)),
        });
        let reasons: Option<BTreeSet<Text>> = reasons.collect();
        reasons?.into_iter().next_back()
    }
}

/// What pages list of the files of a pin, each once, sorted by name.
fn listed(pin: &StrictPin, pages: &[Project]) -> Vec<Arc<DistFile>> {
    let releases = pages.iter().flat_map(|page| &page.releases);
    let files = releases
        .filter(|release| release.version == *pin.version())
        .flat_map(Release::files);
    let is_pinned = |file: &&Arc<DistFile>| {
        file.sha256
            .is_some_and(|sha256| pin.hashes().contains(&sha256))
    };
    let mut listed: Vec<_> = files.filter(is_pinned).map(Arc::clone).collect();
    listed.sort_by(|one, other| one.filename.cmp(&other.filename));
    listed.dedup_by(|one, other| one.filename == other.filename);
    listed
}

/// The names of the files: as the strict file says, else as pages do.
fn names(pin: &StrictPin, listed: &[Arc<DistFile>]) -> Vec<String> {
    if let Some(reference) = pin.reference() {
        return vec![reference.file().as_str().to_owned()];
    }
    if pin.files().is_empty() {
        return listed
            .iter()
            .map(|file| file.filename.to_string())
            .collect();
    }
    pin.files().iter().cloned().collect()
}

fn kind(pin: &StrictPin, name: &str, tags: Option<&WheelTags>) -> Kind {
    let is_pure = |tags: &WheelTags| tags.platforms().all(|platform| platform == "any");
    let has_abi3 = |tags: &WheelTags| tags.abis().any(|abi| abi == "abi3");
    match tags {
        Some(_) if pin.built_from().is_some() => Kind::Built,
        Some(tags) if is_pure(tags) => Kind::Pure,
        Some(tags) if has_abi3(tags) => Kind::Abi3,
        Some(_) => Kind::Native,
        None if is_wheel(name) => Kind::Unknown,
        None => Kind::Built,
    }
}
