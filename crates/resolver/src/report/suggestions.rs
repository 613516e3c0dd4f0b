//! What to try if there is no resolution: changes of the request that were tried and that resolve.

use harden_packaging::PackageName;
use harden_requirements::Source;
use harden_target::Target;

use crate::catalog::availability::UnavailableReason;
use crate::report::explain::Explanation;
use crate::report::other_indexes;
use crate::report::trials::{Affected, Trials};
use crate::report::unavailable::{LossReason, UnavailableReleases};
use crate::solve::Failed;
use crate::{AllowSdist, Answer, Asked, PrereleaseMode, Request};

/// How many hints are shown.
const HINT_LIMIT: usize = 4;
/// The glibc floors that projects build wheels for, beyond 2.17 (manylinux2014).
const GLIBC_FLOORS: [&str; 4] = [
    "manylinux_2_28",
    "manylinux_2_31",
    "manylinux_2_34",
    "manylinux_2_39",
];

/// A change of the request, not yet tried.
struct Change {
    request: Request,
    affected: Affected,
    /// The package whose version is shown.
    package: PackageName,
    /// Ends in a place for `NAME VERSION`.
    advice: Box<dyn Fn(&str) -> String>,
}

/// Up to [`HINT_LIMIT`] changes, each of which resolves for the first target of the failed search.
pub(crate) fn suggestions(failed: Failed<'_, '_>, explanation: &Explanation) -> Vec<String> {
    let catalog = failed.catalog;
    let target = &catalog.environments[0].target;
    let mut request = catalog.rules.request.clone();
    request.targets = vec![target.clone()];
    let mut trials = Trials::new(failed, &request);
    // An index that has what is required comes before any other release.
    let mut hints = other_indexes::hints(&request, catalog.index, explanation, &mut trials);
    hints.truncate(HINT_LIMIT);
    for change in changes(&request, target, explanation) {
        if hints.len() == HINT_LIMIT {
            break;
        }
        if let Some(answer) = trials.answer(&change.request, &change.affected) {
            let hint = (change.advice)(&pin_of(&answer, &change.package));
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
    }
    if trials.is_spent() {
        hints.push(format!(
            "not every suggestion was tried: that would take more than {} decisions",
            trials.granted()
        ));
    }
    hints
}

/// `NAME VERSION` as the answer pins it; `another set` if it pins several versions or none.
fn pin_of(answer: &Answer, package: &PackageName) -> String {
    let mut pins = answer
        .resolution
        .pins
        .iter()
        .filter(|pin| pin.name == *package);
    match (pins.next(), pins.next()) {
        (Some(pin), None) => format!("{package} {}", pin.version),
        _ => "another set".to_owned(),
    }
}

fn changes(request: &Request, target: &Target, explanation: &Explanation) -> Vec<Change> {
    let mut changes = Vec::new();
    // The last reasons of the chain are the closest to a solution.
    for lost in explanation.lost.iter().rev() {
        from_absence(request, target, lost, &mut changes);
    }
    let spoken_of = |asked: &&Asked| explanation.packages.contains(&asked.requirement.name);
    for asked in request.requirements.iter().filter(spoken_of) {
        let Source::Specifiers(specifiers) = &asked.requirement.source else {
            continue;
        };
        if specifiers.to_string().is_empty() {
            continue;
        }
        let mut changed = request.clone();
        for other in changed
            .requirements
            .iter_mut()
            .filter(|other| other.place == asked.place)
        {
            if let Ok(any) = "".parse() {
                other.requirement.source = Source::Specifiers(any);
            }
        }
        let (place, text) = (asked.place.clone(), asked.requirement.shown());
        changes.push(Change {
            request: changed,
            affected: Affected::Package(asked.requirement.name.clone()),
            package: asked.requirement.name.clone(),
            advice: Box::new(move |pin| format!("{pin} would work: change `{text}` in {place}")),
        });
    }
    for asked in request.constraints.iter().filter(spoken_of) {
        let mut changed = request.clone();
        changed
            .constraints
            .retain(|other| other.place != asked.place);
        let (place, text) = (asked.place.clone(), asked.requirement.shown());
        changes.push(Change {
            request: changed,
            affected: Affected::Package(asked.requirement.name.clone()),
            package: asked.requirement.name.clone(),
            advice: Box::new(move |pin| format!("{pin} would work: change `{text}` in {place}")),
        });
    }
    changes
}

/// What would bring releases back that do not exist for the target.
fn from_absence(
    request: &Request,
    target: &Target,
    lost: &UnavailableReleases,
    changes: &mut Vec<Change>,
) {
    let name = lost.name.clone();
    let own = Affected::Package(name.clone());
    let mut propose =
        |affected: Affected, change: &dyn Fn(&mut Request), advice: Box<dyn Fn(&str) -> String>| {
            let mut changed = request.clone();
            change(&mut changed);
            changes.push(Change {
                request: changed,
                affected,
                package: name.clone(),
                advice,
            });
        };
    match &lost.reason {
        LossReason::Prerelease(_) => propose(
            Affected::AllReleases,
            &|request| request.options.prerelease = PrereleaseMode::Allow,
            Box::new(|pin| format!("{pin} would work with --prerelease allow")),
        ),
        LossReason::Unavailable(UnavailableReason::Newer) => propose(
            own,
            &|request| {
                let options = &mut request.options;
                options
                    .exclude_newer_packages
                    .insert(lost.name.clone(), None);
            },
            Box::new({
                let name = name.clone();
                move |pin| {
                    format!(
                        "{pin} would work with a later --exclude-newer, or with \
                         --exclude-newer-package {name}=false"
                    )
                }
            }),
        ),
        LossReason::Unavailable(UnavailableReason::Yanked(_)) => {
            let version = lost.newest.clone();
            let pinned = format!("{}=={version}", lost.name);
            let advice = format!("pin `{pinned}` yourself to take the yanked release");
            propose(
                own,
                &|request| {
                    if let (Some(first), Ok(requirement)) =
                        (request.requirements.first().cloned(), pinned.parse())
                    {
                        request.requirements.push(Asked {
                            requirement,
                            ..first
                        });
                    }
                },
                Box::new(move |_| advice.clone()),
            );
        }
        LossReason::Unavailable(UnavailableReason::RequiresPatch { split_at, .. }) => {
            if let Ok(patch) = u8::try_from(*split_at) {
                let exact = target.with_patch(patch);
                let advice = format!("name the patch level you deploy on: {exact}");
                propose(
                    Affected::Target,
                    &|request| request.targets = vec![exact.clone()],
                    Box::new(move |pin| format!("{pin} would work: {advice}")),
                );
            }
        }
        LossReason::Unavailable(UnavailableReason::RequiresPython(_)) => {
            propose_pythons(target, lost, &mut propose);
        }
        LossReason::Unavailable(UnavailableReason::OnlySdist) => propose_sdist(lost, &mut propose),
        LossReason::Unavailable(UnavailableReason::NoWheel { sdist }) => {
            if *sdist {
                propose_sdist(lost, &mut propose);
            }
            propose_floors(target, lost, &mut propose);
            propose_pythons(target, lost, &mut propose);
        }
        LossReason::Unavailable(
            UnavailableReason::Constraint { .. }
            | UnavailableReason::Hashes { .. }
            | UnavailableReason::Denied(_)
            | UnavailableReason::Malformed(_)
            | UnavailableReason::NotNamed { .. }
            | UnavailableReason::NamedElsewhere { .. }
            | UnavailableReason::Unusable { .. },
        ) => {}
    }
}

type Propose<'p> = dyn FnMut(Affected, &dyn Fn(&mut Request), Box<dyn Fn(&str) -> String>) + 'p;

fn propose_sdist(lost: &UnavailableReleases, propose: &mut Propose<'_>) {
    let name = lost.name.clone();
    propose(
        Affected::Package(name.clone()),
        &|request| match &mut request.options.allow_sdist {
            AllowSdist::All => {}
            AllowSdist::Of(names) => {
                names.insert(name.clone());
            }
        },
        {
            let name = name.clone();
            Box::new(move |pin| {
                format!(
                    "{pin} would work with --allow-sdist {name}: it is built where it is installed"
                )
            })
        },
    );
}

/// Newer floors of the same C library on the same processor.
fn propose_floors(target: &Target, lost: &UnavailableReleases, propose: &mut Propose<'_>) {
    let text = target.to_string();
    let Some((platform, rest)) = text.split_once('-') else {
        return;
    };
    let Some(floor) = floor_of(platform) else {
        return;
    };
    let processor = &platform[floor.len()..];
    for newer in GLIBC_FLOORS {
        let Ok(newer) = format!("{newer}{processor}-{rest}").parse::<Target>() else {
            continue;
        };
        if newer.tags().iter().count() > target.tags().iter().count() && lost.has_wheel_for(&newer)
        {
            // A newer floor than one that works is not better.
            return propose_target(&newer, propose);
        }
    }
}

/// The part of a manylinux platform before the processor, as `manylinux2014` or `manylinux_2_17`.
fn floor_of(platform: &str) -> Option<&str> {
    let rest = platform.strip_prefix("manylinux")?;
    let length = match rest.strip_prefix('_') {
        Some(version) => 1 + version.match_indices('_').nth(1)?.0,
        None => rest.find('_')?,
    };
    Some(&platform[.."manylinux".len() + length])
}

/// The same platform with other minor versions of Python, nearest first.
fn propose_pythons(target: &Target, lost: &UnavailableReleases, propose: &mut Propose<'_>) {
    let (python, text) = (target.python(), target.to_string());
    let Some((platform, _)) = text.split_once('-') else {
        return;
    };
    for step in [1_i16, -1, 2, -2] {
        let minor = i16::from(python.minor()) + step;
        let spelling = format!(
            "{platform}-{}{}{minor}",
            target.implementation().abbreviation(),
            python.major()
        );
        if let Ok(other) = spelling.parse::<Target>()
            && lost.has_wheel_for(&other)
        {
            propose_target(&other, propose);
        }
    }
}

fn propose_target(target: &Target, propose: &mut Propose<'_>) {
    let text = target.to_string();
    propose(
        Affected::Target,
        &|request| request.targets = vec![target.clone()],
        Box::new(move |pin| format!("{pin} would work for --platform {text}")),
    );
}
