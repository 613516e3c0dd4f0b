//! Warnings that an answer has an older release, because the build of a newer one is of no use.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use harden_packaging::{DistFilename, PackageName};
use harden_resolver::{Answer, Request, Warning};
use pep440_rs::Version;

use super::error::FailedBuild;

/// The newest release of each package whose build failed, or gave a wheel that a target does not take,
/// where the answer has an older one or none.
pub(super) fn warnings(
    answer: &Answer,
    request: &Request,
    failed: &BTreeMap<String, FailedBuild>,
) -> Vec<String> {
    let mut newest: BTreeMap<PackageName, (Version, Arc<str>)> = BTreeMap::new();
    let mut note = |file: &str, reason: Arc<str>| {
        let Ok(file) = file.parse::<DistFilename>() else {
            return;
        };
        let known = newest.get(file.name());
        if known.is_none_or(|(version, _)| version < file.version()) {
            newest.insert(file.name().clone(), (file.version().clone(), reason));
        }
    };
    for (file, unusable) in &request.options.unusable {
        if let Some(built) = unusable.iter().find(|unusable| unusable.was_built) {
            note(file, Arc::clone(&built.reason));
        }
    }
    for (file, failure) in failed {
        note(
            file,
            format!("cannot be built: {}", failure.headline).into(),
        );
    }
    let said: BTreeSet<&PackageName> = answer.warnings.iter().filter_map(passed_over).collect();
    let unsaid = newest.iter().filter(|(name, _)| !said.contains(name));
    let missed = unsaid.filter_map(|(name, (version, reason))| {
        let instead = instead(answer, name, version)?;
        Some(format!("{name} {version} {reason}; {instead}"))
    });
    missed.collect()
}

fn passed_over(warning: &Warning) -> Option<&PackageName> {
    match warning {
        Warning::PassedOver { name, .. } => Some(name),
        _ => None,
    }
}

/// What the answer has instead of a release; `None` if all targets have that or a newer one.
fn instead(answer: &Answer, name: &PackageName, version: &Version) -> Option<String> {
    let pins = answer.resolution.pins.iter();
    let mut pinned = pins.filter(|pin| pin.name == *name).peekable();
    if pinned.peek().is_none() {
        return Some("what requires it is not locked either".to_owned());
    }
    let oldest = pinned.map(|pin| &pin.version).min()?;
    (oldest < version).then(|| format!("{oldest} is locked instead"))
}
