//! Build requirements: resolved for the interpreter that builds and pinned by hash, or taken from
//! what a strict file records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use harden_hasher::{BuildRequirement, BuiltFrom, HashChoice, Provenance, StrictFile, StrictPin};
use harden_packaging::DistFilename;
use harden_requirements::{InputOptions, Requirement};
use harden_resolver::{AllowSdist, Asked, Request, Warning, resolve};

use super::builder::{Builder, lock};
use super::building_index::BuildingIndex;
use super::error::BuildingError;
use super::wheels::build_wheels;
use crate::report::Error;

/// Pins what building `label` requires. Those that have no wheel are built too, where the user
/// allows it.
pub(super) fn pin(
    builder: &Builder<'_>,
    label: &str,
    required: &[Requirement],
) -> Result<Arc<StrictFile>, Error> {
    let mut texts: Vec<String> = required.iter().map(ToString::to_string).collect();
    texts.sort_unstable();
    if let Some(pins) = lock(&builder.pinned).get(&texts) {
        return Ok(Arc::clone(pins));
    }
    let mut request = request(builder, label, required);
    let allowed = builder.rules.options.allow_sdist.clone();
    let allowed = (allowed, AllowSdist::default());
    let exhaustive = builder.rules.options.exhaustive;
    let index = BuildingIndex::new(
        builder.client(),
        Some(builder),
        &[],
        allowed,
        &[],
        exhaustive,
    );
    let solve = |request: &Request| Ok(resolve(request, &index)?);
    let wheels = build_wheels(&mut request, &index, &AllowSdist::default(), solve)?;
    let warnings = wheels.answer.warnings.iter();
    for warning in warnings.filter(|warning| matches!(warning, Warning::PassedOver { .. })) {
        builder
            .terminal
            .warning(&format!("to build {label}: {warning}"));
    }
    let provenance = Provenance {
        loose: &[],
        command: &[],
        input_lines: &[],
        options: &InputOptions::default(),
        exclude_newer: request.options.exclude_newer,
        exclude_newer_packages: &request.options.exclude_newer_packages,
        urls: &BTreeMap::new(),
        projects: &[],
        exempt: &request.options.exempt,
        hashes: HashChoice::Selected,
        built: &wheels.built,
        repositories: &BTreeMap::new(),
    };
    let pins =
        StrictFile::from_resolution(&wheels.answer.resolution, &provenance, builder.client())?;
    let pins = Arc::new(pins);
    lock(&builder.pinned).insert(texts, Arc::clone(&pins));
    Ok(pins)
}

fn request(builder: &Builder<'_>, label: &str, required: &[Requirement]) -> Request {
    let file: Arc<str> = label.into();
    let asked = required.iter().map(|requirement| Asked {
        requirement: requirement.clone(),
        file: file.clone(),
        place: file.clone(),
        hashes: BTreeSet::new(),
    });
    Request {
        requirements: asked.collect(),
        constraints: builder.rules.constraints.clone(),
        overrides: Vec::new(),
        excluded: BTreeSet::new(),
        targets: vec![builder.target().clone()],
        markers: Vec::new(),
        options: builder.rules.options.clone(),
    }
}

/// What to record of the wheels that were installed to build another one.
pub(super) fn wheels_of(pins: &StrictFile) -> Vec<BuildRequirement> {
    let mut wheels: Vec<_> = pins.pins().iter().filter_map(wheel_of).collect();
    wheels.sort_by(|one, other| one.file.cmp(&other.file));
    wheels
}

fn wheel_of(pin: &StrictPin) -> Option<BuildRequirement> {
    if let Some(built) = pin.built_from() {
        return Some(BuildRequirement {
            file: built.wheel.clone(),
            sha256: built.sha256,
            built_from: Some(Box::new(built.clone())),
        });
    }
    Some(BuildRequirement {
        file: pin.files().first()?.clone(),
        sha256: *pin.hashes().first()?,
        built_from: None,
    })
}

/// The pins of `requirements`, which a strict file records for the build of `recorded`.
pub(super) fn recorded_pins(
    recorded: &BuiltFrom,
    requirements: &[BuildRequirement],
) -> Result<StrictFile, Error> {
    let text: String = requirements.iter().filter_map(line).collect();
    let pins = StrictFile::parse(&text, &recorded.origin.to_string());
    Ok(pins.map_err(|_| BuildingError::NotRebuilt {
        wheel: recorded.wheel.clone(),
        origin: recorded.origin.to_string(),
    })?)
}

fn line(requirement: &BuildRequirement) -> Option<String> {
    let BuildRequirement { file, sha256, .. } = requirement;
    let name: DistFilename = file.parse().ok()?;
    Some(format!(
        "{}=={} \\\n    --hash=sha256:{sha256}\n    # {file}\n",
        name.name(),
        name.version()
    ))
}
