//! Upload times and sizes of the files of changed pins, from the cache.
//!
//! No index is asked. A file is identified by its SHA-256, so a cached page of any index and of any age
//! will do.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use harden_hasher::{StrictFile, StrictPin};
use harden_index::{IndexClient, Settings};
use harden_packaging::{DistFile, PackageName, Project, Release, Sha256};
use harden_requirements::InputOptions;
use jiff::tz::TimeZone;
use pep440_rs::Version;

use super::compare::Difference;
use crate::report::format::bytes;
use crate::settings::args::{CacheArgs, IndexArgs};
use crate::settings::sources::{Sources, options_of};

/// What is known of the files of both strict files.
#[derive(Debug, Default)]
pub struct CachedFiles {
    /// Those of the old one.
    pub old: Files,
    /// Those of the new one.
    pub new: Files,
}

/// The files of releases, as far as they are known: all of a pin's, or none.
#[derive(Debug, Default)]
pub struct Files(BTreeMap<(PackageName, Version), Vec<Arc<DistFile>>>);

impl CachedFiles {
    /// Looks up the files of all changes; none without a cache.
    pub fn of(
        difference: &Difference,
        [old, new]: [&StrictFile; 2],
        cache_dir: Option<&Path>,
    ) -> Self {
        let files = |strict| {
            let names = difference.changes.iter().map(|change| &change.name);
            Files::of(strict, names, cache_dir).unwrap_or_default()
        };
        Self {
            old: files(old),
            new: files(new),
        }
    }
}

impl Files {
    fn of<'n>(
        strict: &StrictFile,
        names: impl Iterator<Item = &'n PackageName>,
        cache_dir: Option<&Path>,
    ) -> Option<Self> {
        let client = IndexClient::new(settings(strict, cache_dir)?).ok()?;
        let mut known: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let names: BTreeSet<_> = names.collect();
        for name in names {
            let pages = client.cached_pages(name);
            for pin in strict.pins().iter().filter(|pin| pin.name() == name) {
                let files = known
                    .entry((name.clone(), pin.version().clone()))
                    .or_default();
                files.push(files_of(pin, &pages));
            }
        }
        let whole = known.into_iter().filter_map(|(release, pins)| {
            let pins: Option<Vec<_>> = pins.into_iter().collect();
            Some((release, pins?.concat()))
        });
        Some(Self(whole.collect()))
    }

    /// The files of a release, sorted by name; empty if they are not known.
    pub fn get(&self, name: &PackageName, version: &Version) -> &[Arc<DistFile>] {
        let files = self.0.get(&(name.clone(), version.clone()));
        files.map_or(&[], Vec::as_slice)
    }

    /// When they were uploaded (the last of them) and how large they are together, as
    /// `2026-11-19, 130.2 kB`; `None` where nothing is known.
    pub fn described(&self, name: &PackageName, version: &Version) -> Option<String> {
        let files = self.get(name, version);
        let uploads: Option<Vec<_>> = files.iter().map(|file| file.upload_time).collect();
        let uploaded = uploads.and_then(|uploads| uploads.into_iter().max());
        let day = uploaded.map(|moment| moment.to_zoned(TimeZone::UTC).date().to_string());
        let sizes: Option<Vec<u64>> = files.iter().map(|file| file.size).collect();
        let size = sizes.filter(|sizes| !sizes.is_empty()).map(|sizes| {
            let all = bytes(sizes.iter().sum());
            match sizes.len() {
                1 => all,
                several => format!("{several} files of {all}"),
            }
        });
        let texts: Vec<String> = day.into_iter().chain(size).collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    }
}

/// What is known of the files of a pin, if all of them are, each once.
fn files_of(pin: &StrictPin, pages: &[Project]) -> Option<Vec<Arc<DistFile>>> {
    let releases = pages.iter().flat_map(|page| &page.releases);
    let listed: Vec<&Arc<DistFile>> = releases
        .filter(|release| release.version == *pin.version())
        .flat_map(Release::files)
        .collect();
    let of_hash = |hash: &Sha256| {
        let file = listed.iter().find(|file| file.sha256 == Some(*hash))?;
        Some(Arc::clone(file))
    };
    let mut files: Vec<_> = pin.hashes().iter().map(of_hash).collect::<Option<_>>()?;
    files.sort_by(|one, other| one.filename.cmp(&other.filename));
    Some(files)
}

/// How to read the pages that a strict file was made from, with no network.
pub fn settings(strict: &StrictFile, cache_dir: Option<&Path>) -> Option<Settings> {
    let cache = CacheArgs {
        cache_dir: cache_dir.map(Path::to_owned),
        offline: true,
        ..CacheArgs::default()
    };
    let options = InputOptions {
        find_links: Vec::new(),
        ..options_of(strict)
    };
    let sources = Sources::of_pins(&IndexArgs::default(), &cache, &options).ok()?;
    Some(sources.settings)
}
