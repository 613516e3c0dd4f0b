//! The rules that a strict file alone can answer, with what its user asked for.

use harden_hasher::{Rule, StrictFile, StrictPin};
use harden_packaging::{DistFilename, DistKind, Reference};
use harden_requirements::Truth;
use harden_target::{Target, WheelTags};

use crate::{Asked, Judge};

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The strict file.
    pub strict: &'a StrictFile,
    /// The targets that it is for.
    pub targets: &'a [Target],
    /// What was asked for by name.
    pub asked: &'a Asked,
}

/// The rules that [`judge_strict`] evaluates.
pub const STRICT_RULES: &[Rule] = &[
    Rule::Sdist,
    Rule::Unneeded,
    Rule::Prerelease,
    Rule::LocalVersion,
    Rule::DirectReference,
    Rule::Banned,
    Rule::OnlyBelow,
];

/// Judges each pin of a strict file.
pub fn judge_strict(subject: Subject<'_>, judge: &mut Judge<'_>) {
    for pin in subject.strict.pins() {
        judge_files(subject, pin, judge);
        judge_version(subject, pin, judge);
        judge_origin(pin, judge);
        let (name, version) = (pin.name(), pin.version());
        let policy = judge.policy();
        for why in policy.bans.iter().filter_map(|ban| ban.bans(name, version)) {
            judge.add(
                pin,
                Rule::Banned,
                format!("{name} {version} is banned: {why}"),
            );
        }
        let broken = policy.only_below.iter();
        for why in broken.filter_map(|rule| rule.breaks(name, pin.via())) {
            judge.add(pin, Rule::OnlyBelow, why);
        }
    }
}

fn judge_files(subject: Subject<'_>, pin: &StrictPin, judge: &mut Judge<'_>) {
    let (name, version) = (pin.name(), pin.version());
    let is_named = subject.asked.sdists.contains(name) || judge.policy().sdists.contains(name);
    if pin.built_from().is_some() {
        if !is_named {
            let message = format!(
                "{name} {version} is built from an sdist, and nothing names {name} to be built"
            );
            judge.add(pin, Rule::Sdist, message);
        }
        return;
    }
    let Some(files) = files_of(pin) else {
        let message = format!(
            "the pin of {name} {version} does not name its files, so it cannot be told whether they \
             are wheels"
        );
        judge.add(pin, Rule::Sdist, message);
        return;
    };
    let wheels: Vec<(&str, WheelTags)> = files
        .iter()
        .filter_map(|(name, file)| match file.kind() {
            DistKind::Wheel(tags) => Some((*name, tags.clone())),
            DistKind::Sdist => None,
        })
        .collect();
    let fits = |target: &Target, tags: &WheelTags| target.tags().rank(tags).is_some();
    if !is_named {
        let installs = |target: &&Target| is_installed(pin, target);
        let lacks = |target: &&Target| !wheels.iter().any(|(_, tags)| fits(target, tags));
        let lacking: Vec<String> = subject
            .targets
            .iter()
            .filter(installs)
            .filter(lacks)
            .map(ToString::to_string)
            .collect();
        let is_sdist = subject.targets.is_empty() && wheels.is_empty();
        if !lacking.is_empty() || is_sdist {
            let place = match &*lacking {
                targets if targets.len() == subject.targets.len() => String::new(),
                targets => format!(" for {}", targets.join(" and ")),
            };
            let message = format!("{name} {version} has no wheel{place}, only an sdist");
            judge.add(pin, Rule::Sdist, message);
        }
    }
    if subject.asked.all_files || subject.targets.is_empty() {
        return;
    }
    for (file, tags) in &wheels {
        if !subject.targets.iter().any(|target| fits(target, tags)) {
            judge.add(
                pin,
                Rule::Unneeded,
                format!("{file} fits none of the targets"),
            );
        }
    }
}

/// The names of a pin's files, read; `None` if it names none, or one that is no distribution's.
fn files_of(pin: &StrictPin) -> Option<Vec<(&str, DistFilename)>> {
    let names = pin.files().iter().map(String::as_str);
    let place = pin.reference().map(Reference::file);
    let files: Vec<_> = match place {
        Some(file) => vec![(file.as_str(), file.clone())],
        None => names
            .map(|name| Some((name, name.parse().ok()?)))
            .collect::<Option<_>>()?,
    };
    (!files.is_empty()).then_some(files)
}

/// Whether a target installs a pin, as far as its marker can tell.
fn is_installed(pin: &StrictPin, target: &Target) -> bool {
    let environment = target.environment();
    pin.marker()
        .is_none_or(|marker| !matches!(marker.evaluate(&environment, &[]), Truth::False))
}

fn judge_version(subject: Subject<'_>, pin: &StrictPin, judge: &mut Judge<'_>) {
    let (name, version) = (pin.name(), pin.version());
    if version.any_prerelease()
        && !subject.asked.has_prerelease(name)
        && !subject.asked.has_version(name, version)
    {
        let message = format!("{name} {version} is a pre-release, and nothing asks for one");
        judge.add(pin, Rule::Prerelease, message);
    }
    if version.is_local() && !subject.asked.has_version(name, version) {
        let message =
            format!("{name} {version} is a local version, and no requirement asks for it");
        judge.add(pin, Rule::LocalVersion, message);
    }
}

fn judge_origin(pin: &StrictPin, judge: &mut Judge<'_>) {
    let name = pin.name();
    if let Some(reference) = pin.reference() {
        let message = format!("{name} comes from {reference}, not from an index");
        judge.add(pin, Rule::DirectReference, message);
    }
    if let Some(repository) = pin.repository() {
        let message = format!("{name} comes from the repository {repository}, not from an index");
        judge.add(pin, Rule::DirectReference, message);
    }
}
