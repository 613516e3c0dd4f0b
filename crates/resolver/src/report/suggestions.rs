//! What to try where there is no resolution: changes of the request that were tried and do resolve.

use std::cell::Cell;
use std::rc::Rc;

use harden_packaging::Index;
use harden_requirements::Source;
use harden_target::Target;

use crate::catalog::availability::UnavailableReason;
use crate::report::elsewhere;
use crate::report::explain::Explanation;
use crate::report::unavailable::{Cause, UnavailableReleases};
use crate::solve::resolve_quietly;
use crate::{AllowSdist, Answer, Asked, PrereleaseMode, Request};

/// How many changes are tried: each is a resolution of its own.
const TRIAL_LIMIT: usize = 8;
/// How many decisions and rejected releases all of them may take together.
const BUDGET: u64 = 5_000;
/// How many hints a person reads.
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
    /// The package whose version is shown.
    package: String,
    /// Ends in a place for `NAME VERSION`.
    advice: Box<dyn Fn(&str) -> String>,
}

/// Up to [`HINT_LIMIT`] changes, each seen to resolve for `target`.
pub(crate) fn suggestions(
    request: &Request,
    target: &Target,
    index: &dyn Index,
    explanation: &Explanation,
) -> Vec<String> {
    let mut request = request.clone();
    request.targets = vec![target.clone()];
    // An index that has what is asked for comes before any other release.
    let budget = Rc::new(Cell::new(BUDGET));
    let mut hints = elsewhere::hints(&request, index, explanation, &budget);
    hints.truncate(HINT_LIMIT);
    for change in changes(&request, target, explanation)
        .into_iter()
        .take(TRIAL_LIMIT)
    {
        if hints.len() == HINT_LIMIT {
            break;
        }
        if let Some(answer) = resolve_quietly(&change.request, index, &budget) {
            let hint = (change.advice)(&pin_of(&answer, &change.package));
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
    }
    if budget.get() == 0 {
        hints.push(format!(
            "not every change was tried to its end: {BUDGET} decisions were made on them"
        ));
    }
    hints
}

/// `NAME VERSION` as the answer pins it; `it` where it pins several or none.
fn pin_of(answer: &Answer, package: &str) -> String {
    let mut pins = answer
        .resolution
        .pins
        .iter()
        .filter(|pin| pin.name.as_str() == package);
    match (pins.next(), pins.next()) {
        (Some(pin), None) => format!("{package} {}", pin.version),
        _ => "another set".to_owned(),
    }
}

fn changes(request: &Request, target: &Target, explanation: &Explanation) -> Vec<Change> {
    let mut changes = Vec::new();
    // The last reasons of the chain are the closest to a remedy.
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
            package: asked.requirement.name.to_string(),
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
            package: asked.requirement.name.to_string(),
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
    let mut propose = |change: &dyn Fn(&mut Request), advice: Box<dyn Fn(&str) -> String>| {
        let mut changed = request.clone();
        change(&mut changed);
        changes.push(Change {
            request: changed,
            package: name.to_string(),
            advice,
        });
    };
    match &lost.cause {
        Cause::Prerelease(_) => propose(
            &|request| request.options.prerelease = PrereleaseMode::Allow,
            Box::new(|pin| format!("{pin} would work with --prerelease allow")),
        ),
        Cause::Unavailable(UnavailableReason::Newer) => propose(
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
        Cause::Unavailable(UnavailableReason::Yanked(_)) => {
            let version = lost.newest.clone();
            let pinned = format!("{}=={version}", lost.name);
            let advice = format!("pin `{pinned}` yourself to take the yanked release");
            propose(
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
        Cause::Unavailable(UnavailableReason::RequiresPatch { split_at, .. }) => {
            if let Ok(patch) = u8::try_from(*split_at) {
                let exact = target.with_patch(patch);
                let advice = format!("name the patch level you deploy on: {exact}");
                propose(
                    &|request| request.targets = vec![exact.clone()],
                    Box::new(move |pin| format!("{pin} would work: {advice}")),
                );
            }
        }
        Cause::Unavailable(UnavailableReason::RequiresPython(_)) => {
            propose_pythons(target, lost, &mut propose);
        }
        Cause::Unavailable(UnavailableReason::OnlySdist) => propose_sdist(lost, &mut propose),
        Cause::Unavailable(UnavailableReason::NoWheel { sdist }) => {
            if *sdist {
                propose_sdist(lost, &mut propose);
            }
            propose_floors(target, lost, &mut propose);
            propose_pythons(target, lost, &mut propose);
        }
        Cause::Unavailable(
            UnavailableReason::Constraint { .. }
            | UnavailableReason::Hashes { .. }
            | UnavailableReason::Malformed(_)
            | UnavailableReason::NotNamed { .. }
            | UnavailableReason::NamedElsewhere { .. }
            | UnavailableReason::Unusable { .. },
        ) => {}
    }
}

type Propose<'p> = dyn FnMut(&dyn Fn(&mut Request), Box<dyn Fn(&str) -> String>) + 'p;

fn propose_sdist(lost: &UnavailableReleases, propose: &mut Propose<'_>) {
    let name = lost.name.clone();
    propose(
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
        &|request| request.targets = vec![target.clone()],
        Box::new(move |pin| format!("{pin} would work for --platform {text}")),
    );
}
