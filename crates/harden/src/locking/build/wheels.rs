//! The wheels of the sdists that an answer chooses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use harden_hasher::BuiltFrom;
use harden_packaging::{
    ChosenFile, DistFile, DistFilename, Index as _, PackageName, Release, Resolution,
};
use harden_resolver::{AllowSdist, Answer, Request, Unusable, Warning};
use harden_target::Target;

use super::building_index::BuildingIndex;
use super::built::Built;
use super::error::BuildingError;
use super::failed_builds::{Unbuilt, unbuilt};
use super::missing_wheels::{missing, not_in};
use super::older;
use super::tries::not_tried;
use crate::locking::client::Client;
use crate::locking::missing_projects::MissingProjects;
use crate::locking::request::LockRequest;
use crate::report::{Error, Exit, Terminal};
use crate::settings::args::StatedMetadata;

/// Resolves a lock, and builds the sdists that its `--build` options allow; none in a dry run.
pub fn answer(
    task: &LockRequest,
    request: &mut Request,
    client: &Client,
    terminal: Terminal,
) -> Result<Wheels, Error> {
    let stated = task.stated();
    if task.builds() == AllowSdist::default() && stated.is_empty() {
        let answer = client.answer(request);
        return Ok(Wheels {
            answer: answer.map_err(|error| explained(error, task, request, client))?,
            built: BTreeMap::new(),
            warnings: Vec::new(),
        });
    }
    let builder = match task.builds() {
        builds if builds == AllowSdist::default() || task.args().writing.dry_run => None,
        _ => Some(task.builder(terminal)?),
    };
    let index = BuildingIndex::new(
        &client.client,
        builder.as_ref(),
        stated,
        (task.builds(), task.unbuilt()),
        &request.targets,
        request.options.exhaustive,
    );
    let solve = |request: &Request| client.answer_by(request, &index);
    let mut wheels = build_wheels(request, &index, &task.unbuilt(), solve);
    if let Ok(wheels) = &mut wheels {
        wheels.warn_of_unused(&task.args().metadata);
        let older = older::warnings(&wheels.answer, request, &index.failures());
        wheels.warnings.extend(older);
    }
    wheels.map_err(|reason| {
        if reason.exit() != Exit::No || builder.is_none() {
            return explained(reason, task, request, client);
        }
        match unbuilt(request, &index, &task.unbuilt()) {
            Some(packages) if packages.iter().any(Unbuilt::was_tried) => {
                let targets = request.targets.clone();
                BuildingError::Unbuilt { packages, targets }.into()
            }
            Some(packages) if !packages.is_empty() => {
                let missing = packages.into_iter().map(Unbuilt::into_missing).collect();
                let targets = request.targets.clone();
                BuildingError::NoWheels { missing, targets }.into()
            }
            _ => {
                let reason = explained(reason, task, request, client);
                let failures = index.failures().into_values();
                match failures.collect::<Vec<_>>() {
                    failures if failures.is_empty() => reason,
                    failures => BuildingError::Conflict { reason, failures }.into(),
                }
            }
        }
    })
}

/// The error with all required projects that no index has, or all packages without a wheel, if these are
/// the reason.
fn explained(error: Error, task: &LockRequest, request: &Request, client: &Client) -> Error {
    if error.exit() != Exit::No {
        return error;
    }
    let known = task.existing().versions().keys();
    if let Some(missing) = MissingProjects::find(request, &client.client, known) {
        return missing.into();
    }
    let allowed = &request.options.allow_sdist;
    let missing = missing(request, &client.client).unwrap_or_default();
    let missing = not_in(missing, allowed);
    if missing.is_empty() {
        return error;
    }
    let targets = request.targets.clone();
    BuildingError::NoWheels { missing, targets }.into()
}

/// An answer, with the wheels that were built of the sdists it chooses.
pub struct Wheels {
    /// The answer.
    pub answer: Answer,
    /// What was built, by the file name of the sdist.
    pub built: BTreeMap<String, BuiltFrom>,
    /// What the user should look at.
    pub warnings: Vec<String>,
}

/// Solves a request and builds the sdists that the answer chooses, until each of them gives a wheel
/// that its targets take.
///
/// A target whose sdist cannot be built, or gives a wheel for another platform, does not have that
/// release; the request is then solved again. Packages in `unbuilt` may be pinned as sdists all the
/// same.
pub fn build_wheels(
    request: &mut Request,
    index: &BuildingIndex<'_>,
    unbuilt: &AllowSdist,
    solve: impl Fn(&Request) -> Result<Answer, Error>,
) -> Result<Wheels, Error> {
    loop {
        let answer = solve(request)?;
        let mut wheels = Wheels {
            answer,
            built: BTreeMap::new(),
            warnings: Vec::new(),
        };
        let refused = wheels.build(index, unbuilt);
        if refused.is_empty() {
            let is_built = |warning: &Warning| matches!(warning, Warning::Sdist { name, .. } if wheels.has_built(name));
            let warnings = wheels.answer.warnings.iter();
            let left = warnings.filter(|warning| !is_built(warning)).cloned();
            wheels.answer.warnings = left.collect();
            return Ok(wheels);
        }
        for (file, unusable) in refused {
            let known = request.options.unusable.entry(file).or_default();
            known.push(unusable);
        }
    }
}

impl Wheels {
    /// Warns of metadata that the user states and no chosen sdist takes.
    fn warn_of_unused(&mut self, stated: &[StatedMetadata]) {
        let files = self
            .answer
            .resolution
            .pins
            .iter()
            .flat_map(|pin| &pin.files);
        let sdists: Vec<_> = files
            .map(|chosen| &chosen.file)
            .filter(|file| file.wheel_tags().is_none())
            .collect();
        for entry in stated {
            if !sdists.iter().any(|file| entry.of(file).is_some()) {
                let name = entry.name();
                self.warnings.push(format!(
                    "the metadata stated for {name} has no effect: no sdist that it describes is locked"
                ));
            }
        }
    }

    /// Whether a wheel of a package was built.
    fn has_built(&self, name: &PackageName) -> bool {
        let mut files = self.built.keys().filter_map(|file| file.parse().ok());
        files.any(|file: DistFilename| file.name() == name)
    }

    /// Builds what the answer chooses; the targets that an sdist is of no use for.
    fn build(
        &mut self,
        index: &BuildingIndex<'_>,
        unbuilt: &AllowSdist,
    ) -> Vec<(String, Unusable)> {
        let mut refused = Vec::new();
        let resolution = &self.answer.resolution;
        for pin in resolution.pins.iter().filter(|pin| index.builds(&pin.name)) {
            let sdists = pin.files.iter();
            let sdists = sdists.filter(|chosen| chosen.file.wheel_tags().is_none());
            for sdist in sdists.filter(|_| pin.reference.is_none()) {
                let targets = targets(resolution, sdist);
                let repaired = index.wheel(&sdist.file);
                let built = repaired.clone().map(|built| built.serving(&targets));
                let (fit, unfit): (Vec<_>, Vec<_>) = targets
                    .into_iter()
                    .partition(|target| refusal(built.as_ref(), target).is_none());
                if !unbuilt.allows(&pin.name) {
                    for target in unfit {
                        refused.extend(refusals(index, &sdist.file, built.as_ref(), target));
                    }
                }
                if let (Ok(built), false) = (built, fit.is_empty()) {
                    self.warnings.extend(index.host_warning(&built, pin, &fit));
                    let repaired = repaired.iter();
                    let warnings = repaired.filter_map(|repaired| repaired.library_warning(&built));
                    self.warnings.extend(warnings);
                    self.built
                        .insert(sdist.file.filename.to_string(), built.from);
                }
            }
        }
        refused
    }
}

/// The targets that install a file.
pub(super) fn targets<'a>(resolution: &'a Resolution, chosen: &ChosenFile) -> Vec<&'a Target> {
    let mut seen = BTreeSet::new();
    let environments = chosen.environments.iter();
    let targets = environments.map(|id| &resolution.resolved_for[*id].target);
    targets
        .filter(|target| seen.insert(target.to_string()))
        .collect()
}

/// Whether a target does not take a wheel that was built.
pub(super) fn is_unfit(built: &Built, target: &Target) -> bool {
    !built.wheel.fits(target)
}

/// The glibc that a wheel was linked with, as an addition to its name.
fn of_glibc(built: &Built) -> String {
    let glibc = built.wheel.glibc();
    glibc.map_or_else(String::new, |minor| format!(" for glibc 2.{minor}"))
}

/// Why a target cannot use what a build gave.
fn refusal(built: Result<&Built, &Arc<str>>, target: &Target) -> Option<Arc<str>> {
    match built {
        Err(reason) => Some(format!("cannot be built: {reason}").into()),
        Ok(built) if !is_unfit(built, target) => None,
        Ok(built) => Some(
            format!(
                "has only an sdist with native code: built here it gives {}{}, which {target} does not accept",
                built.wheel.file(),
                of_glibc(built)
            )
            .into(),
        ),
    }
}

/// The sdists that a target cannot use after a build: the one that was built, and after one of native
/// code, or several that failed, those of other releases. A package in C is rarely pure Python in another
/// release, and to try each costs a build.
fn refusals(
    index: &BuildingIndex<'_>,
    sdist: &DistFile,
    built: Result<&Built, &Arc<str>>,
    target: &Target,
) -> Vec<(String, Unusable)> {
    let unusable = |file: &DistFile, reason, was_built| {
        let unusable = Unusable {
            target: target.clone(),
            reason,
            was_built,
        };
        (file.filename.to_string(), unusable)
    };
    let own = refusal(built, target).map(|reason| unusable(sdist, reason, true));
    let mut all: Vec<_> = own.into_iter().collect();
    let of_others = match built {
        _ if index.is_exhaustive() => None,
        Ok(built) => Some(also_foreign(built, target)),
        Err(_) => {
            let reason = index.failed_too_often(&sdist.project);
            reason.map(|reason| format!("was {reason}").into())
        }
    };
    if let (Some(reason), Ok(project)) = (of_others, index.project(&sdist.project)) {
        let files = project.releases.iter().flat_map(Release::files);
        let others = files.filter(|file| file.wheel_tags().is_none());
        let others = others.filter(|file| file.filename != sdist.filename);
        all.extend(others.map(|file| unusable(file, Arc::clone(&reason), false)));
    }
    all
}

/// Why a target does not get other sdists of a package, one of which `built` is of.
fn also_foreign(built: &Built, target: &Target) -> Arc<str> {
    let why = format!(
        "another gives native code here, {}{}, which {target} does not accept",
        built.wheel.file(),
        of_glibc(built)
    );
    format!("was {}", not_tried(&why)).into()
}
