//! Inspects a file of a pin: a wheel must be well-formed, match its name, and contain the metadata that it
//! was locked with.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use harden_hasher::{StrictFile, metadata_digest};
use harden_index::read_metadata;
use harden_packaging::{CoreMetadata, DistFile, DistKind, PackageName, Sha256, Via};
use harden_requirements::{Requirement, Source, Truth};
use harden_target::{WheelFilename, WheelTags};

use crate::Failure;
use crate::choose::Wanted;
use crate::wheel::{Depth, Expected, Inspected, inspect, inspect_again};

/// How much of a wheel is inspected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Every member, to this depth.
    Whole(Depth),
    /// What it says of itself: the other members were inspected before.
    Description,
}

/// Inspects a complete file. Returns what it found in a wheel.
///
/// `sidecar` is the digest of the metadata that the index serves beside it. An sdist is not inspected:
/// installers build from it whatever they find there.
pub(crate) fn inspect_file(
    reader: &mut (impl Read + Seek),
    extent: Extent,
    wanted: &Wanted<'_>,
    strict: &StrictFile,
    sidecar: Option<Sha256>,
) -> Result<Option<Inspected>, Failure> {
    let DistKind::Wheel(tags) = &wanted.file.kind else {
        return Ok(None);
    };
    let expected = Expected {
        name: wanted.pin.name(),
        version: wanted.pin.version(),
        tags,
        other_tags: &other_tags(wanted),
        sidecar,
    };
    let inspected = match extent {
        Extent::Whole(depth) => inspect(reader, &expected, depth),
        Extent::Description => inspect_again(reader, &expected),
    };
    let inspected = inspected.map_err(|source| Failure::BadWheel {
        file: wanted.file.name.clone(),
        source,
    })?;
    compare(wanted, strict, &inspected.metadata)?;
    Ok(Some(inspected))
}

/// The tags of the other wheels of a pin.
fn other_tags(wanted: &Wanted<'_>) -> Vec<WheelTags> {
    let names = wanted.pin.files().iter();
    let others = names.filter(|name| **name != wanted.file.name);
    let others = others.filter_map(|name| name.parse::<WheelFilename>().ok());
    others.map(|name| name.tags).collect()
}

fn compare(wanted: &Wanted<'_>, strict: &StrictFile, text: &[u8]) -> Result<(), Failure> {
    let (pin, name) = (wanted.pin, &wanted.file.name);
    let Some(recorded) = pin.metadata_digest(name) else {
        return Ok(());
    };
    let release = (pin.name().clone(), pin.version().clone());
    let file = DistFile::new(release, name.as_str(), wanted.file.kind.clone(), "");
    let other = |reason: String| Failure::OtherMetadata {
        file: name.clone(),
        reason,
    };
    let metadata = read_metadata(text, &file).map_err(other)?;
    if metadata_digest(&metadata) == recorded {
        return Ok(());
    }
    Err(other(difference(pin.name(), &metadata, strict)))
}

/// What differs, if the pins show it: the digest only shows that something does.
fn difference(name: &PackageName, metadata: &CoreMetadata, strict: &StrictFile) -> String {
    let texts = metadata.requires_dist.iter();
    let requirements = texts.filter_map(|text| text.parse::<Requirement>().ok());
    let requirements: Vec<Requirement> = requirements.collect();
    let required: BTreeSet<&PackageName> = requirements
        .iter()
        .map(|requirement| &requirement.name)
        .collect();
    let via = Via::Package(name.clone());
    let unrequired = strict.pins().iter();
    let unrequired = unrequired.filter(|pin| pin.via().contains(&via));
    if let Some(pin) = unrequired
        .into_iter()
        .find(|pin| !required.contains(pin.name()))
    {
        return format!(
            "it does not require {}, which the strict file pins because of it",
            pin.name()
        );
    }
    let unmet = requirements
        .iter()
        .find_map(|requirement| unmet(requirement, name, strict));
    unmet.unwrap_or_else(|| {
        "its Requires-Dist, Requires-Python or Provides-Extra differ from what the index gave for it"
            .to_owned()
    })
}

/// Why a requirement of the package `name`, which holds without an extra or with one that is pinned, is
/// not met by the pins.
fn unmet(requirement: &Requirement, name: &PackageName, strict: &StrictFile) -> Option<String> {
    let own = strict.pins().iter().filter(|pin| pin.name() == name);
    let extras: Vec<_> = own.flat_map(|pin| pin.extras().iter().cloned()).collect();
    let targets = strict.header().map_or(&[][..], |header| header.platforms());
    let targets = targets.iter().filter_map(|target| target.parse().ok());
    let holds = |target: harden_target::Target| match &requirement.marker {
        None => true,
        Some(marker) => marker.evaluate(&target.environment(), &extras) == Truth::True,
    };
    if !targets.into_iter().any(holds) {
        return None;
    }
    let mut pins = strict
        .pins()
        .iter()
        .filter(|pin| pin.name() == &requirement.name);
    let Some(pin) = pins.next() else {
        return Some(format!(
            "it requires {}, which the strict file does not pin",
            requirement.name
        ));
    };
    match &requirement.source {
        Source::Specifiers(specifiers) if !specifiers.contains(pin.version()) => Some(format!(
            "it requires `{}{specifiers}`, and the strict file pins {}",
            requirement.name,
            pin.version()
        )),
        _ => None,
    }
}
