//! The rules that need only the strict file and what its user asked for.

use harden_hasher::{Rule, StrictFile, StrictPin};
use harden_packaging::{DistFilename, DistKind, Reference};
use harden_requirements::Truth;
use harden_target::{Target, WheelTags};

use crate::licence_rule::judge_licence;
use crate::record_rule::judge_record;
use crate::{AskedByName, Judge};

/// What is judged.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The strict file.
    pub strict: &'a StrictFile,
    /// The targets that it is for.
    pub targets: &'a [Target],
    /// What was asked for by name.
    pub asked: &'a AskedByName,
    /// Where the licences of pins are known from.
    pub licences: LicenceSource,
}

/// Where the licences of pins are known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenceSource {
    /// The strict file alone, so that one that it does not record is a finding.
    StrictFile,
    /// The strict file as far as it records them, and then the files themselves.
    StrictFileThenFiles,
    /// The files themselves alone.
    Files,
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
    Rule::Unvetted,
    Rule::Licence,
    Rule::Record,
];

/// Judges each pin of a strict file.
pub fn judge_strict(subject: Subject<'_>, judge: &mut Judge<'_>) {
    for pin in subject.strict.pins() {
        judge_files(subject, pin, judge);
        judge_version(subject, pin, judge);
        judge_origin(pin, judge);
        judge_licence(pin, subject.licences, judge);
        judge_record(pin, subject.licences, judge);
        let (name, version) = (pin.name(), pin.version());
        let policy = judge.policy();
        for ban in &policy.bans {
            if let Some(why) = ban.bans(name, version) {
                let message = format!("{name} {version} is banned: {why}");
                judge.add_with(pin, Rule::Banned, message, ban.advice(name));
            }
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
                "{name} {version} is built from an sdist, and nothing allows builds of {name}"
            );
            judge.add(pin, Rule::Sdist, message);
        }
        return;
    }
    let Some(files) = files_of(pin) else {
        let message = format!(
            "the pin of {name} {version} does not name its files, so harden cannot tell whether they are wheels"
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
    if !is_named {
        judge_lacking_wheels(subject.targets, pin, &wheels, judge);
    }
    if subject.asked.all_files || subject.targets.is_empty() {
        return;
    }
    for (file, tags) in &wheels {
        if !subject.targets.iter().any(|target| fits(target, tags)) {
            let message = format!("{file} fits none of the targets");
            judge.add(pin, Rule::Unneeded, message);
        }
    }
}

/// Reports a pin that has no wheel for some of the targets that install it.
fn judge_lacking_wheels(
    targets: &[Target],
    pin: &StrictPin,
    wheels: &[(&str, WheelTags)],
    judge: &mut Judge<'_>,
) {
    let lacks = |target: &&Target| !wheels.iter().any(|(_, tags)| fits(target, tags));
    let lacking = targets.iter().filter(|target| is_installed(pin, target));
    let lacking: Vec<String> = lacking.filter(lacks).map(ToString::to_string).collect();
    let is_sdist = targets.is_empty() && wheels.is_empty();
    if lacking.is_empty() && !is_sdist {
        return;
    }
    let place = if lacking.len() == targets.len() {
        String::new()
    } else {
        format!(" for {}", lacking.join(" and "))
    };
    let (name, version) = (pin.name(), pin.version());
    let message = format!("{name} {version} has no wheel{place}, only an sdist");
    judge.add(pin, Rule::Sdist, message);
}

fn fits(target: &Target, tags: &WheelTags) -> bool {
    target.tags().rank(tags).is_some()
}

/// The names of a pin's files, read; `None` if it names none, or one that is not a distribution file.
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

/// Whether a target installs a pin, as far as its marker decides.
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
