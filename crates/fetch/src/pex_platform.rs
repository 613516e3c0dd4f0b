//! How to pass a target to pex so that it accepts the files of a wheelhouse.
//!
//! `pex --platform` uses exactly one platform tag, and no patch release: it refuses
//! wheels that the target takes, and fails if a marker depends on what the name does not say. A
//! complete platform says all tags and markers (<https://docs.pex-tool.org/api/vars.html>).

use std::fs::File;
use std::path::Path;

use harden_hasher::StrictPin;
use harden_packaging::DistKind;
use harden_requirements::Truth;
use harden_target::Target;

use crate::Lock;
use crate::check::offline;
use crate::choose::{Wanted, choose};
use crate::fetch::side_by_side;
use crate::folder::Folder;
use crate::wheel::requirements;
use crate::{FetchError, Summary};

/// How many wheels are read at once.
const CONCURRENCY: usize = 8;

/// The marker that a name without a patch release has no value for.
const FULL_VERSION: &str = "python_full_version";

/// How to pass a target to pex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PexPlatform {
    /// `--platform` with this name.
    Name(String),
    /// `--complete-platform`: no name describes the target.
    NoName,
    /// `--complete-platform`: with a name, pex refuses this file, which the target accepts.
    Refused(String),
    /// Neither: pins depend on the patch release, which the target leaves open.
    Patch,
    /// Neither: this file is an sdist, which pex builds for the machine that it runs on alone.
    Sdist(String),
}

/// How to pass each target of a lock to pex, in their order; a folder has the files.
///
/// # Errors
///
/// Returns [`FetchError`] if the files of a target cannot be determined.
pub fn pex_platforms(lock: &Lock<'_>, folder: &Path) -> Result<Vec<PexPlatform>, FetchError> {
    let client = offline(folder)?;
    let folder = Folder::at(folder);
    let platform = |target: &Target| {
        let targets = std::slice::from_ref(target);
        let (wanted, failures) = choose(&Lock { targets, ..*lock }, &client);
        if failures.is_empty() {
            return Ok(platform_for(target, lock, &wanted, &folder));
        }
        let summary = Summary::default();
        Err(FetchError { failures, summary })
    };
    lock.targets.iter().map(platform).collect()
}

fn platform_for(
    target: &Target,
    lock: &Lock<'_>,
    wanted: &[Wanted<'_>],
    folder: &Folder,
) -> PexPlatform {
    let is_sdist = |wanted: &&Wanted<'_>| matches!(wanted.file.kind, DistKind::Sdist);
    if let Some(sdist) = wanted.iter().find(is_sdist) {
        return PexPlatform::Sdist(sdist.file.name.clone());
    }
    let Some(name) = target.pex_platform() else {
        return PexPlatform::NoName;
    };
    let Some(full) = complete_target(lock, target) else {
        return PexPlatform::Patch;
    };
    let refused = wanted.iter().find(|wanted| match &wanted.file.kind {
        DistKind::Wheel(tags) => !target.pex_accepts(tags),
        DistKind::Sdist => false,
    });
    if let Some(refused) = refused {
        return PexPlatform::Refused(refused.file.name.clone());
    }
    let turns = |wanted: &Wanted<'_>| turns_on_full_version(wanted, folder);
    let turns = target.python().patch().is_none()
        && side_by_side(wanted, CONCURRENCY, turns).contains(&true);
    match full.pex_platform() {
        Some(full) if turns => PexPlatform::Name(full),
        _ => PexPlatform::Name(name),
    }
}

fn turns_on_full_version(wanted: &Wanted<'_>, folder: &Folder) -> bool {
    let marker = wanted.pin.marker_text();
    if marker.is_some_and(|marker| marker.contains(FULL_VERSION)) {
        return true;
    }
    let file = File::open(folder.path(&wanted.file.name));
    // `fetch` and `fetch --check` report what cannot be read.
    let required = file.ok().and_then(|mut file| requirements(&mut file).ok());
    required.is_some_and(|required| required.iter().any(|text| text.contains(FULL_VERSION)))
}

/// The target with all that pex must know of it: if no pin of `lock` depends on the patch release,
/// any will do, and the first is taken.
///
/// `None` if pins depend on it, and the target leaves it open.
pub fn complete_target(lock: &Lock<'_>, target: &Target) -> Option<Target> {
    if target.python().patch().is_some() || target.pex_platform().is_none() {
        return Some(target.clone());
    }
    let environment = target.environment();
    let mut markers = lock.strict.pins().iter().filter_map(StrictPin::marker);
    let is_open =
        markers.any(|marker| matches!(marker.evaluate(&environment, &[]), Truth::Unknown(_)));
    (!is_open).then(|| target.with_patch(0))
}
