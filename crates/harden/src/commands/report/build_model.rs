//! Turns a strict file into the model of a report, with facts from the cache and the wheelhouse.

use harden_hasher::{Header, StrictPin};
use harden_packaging::{PackageName, Project, Via};
use harden_report::model::{Asker, Installed, Lock, Pin, Report, Who};
use harden_report::{Text, model};
use harden_target::Target;

use super::NamedStrict;
use super::files::Files;
use super::local_facts::LocalFacts;
use super::newer::{cutoffs, newer};
use super::requirement_text::Required;
use crate::locking::strict_source::targets;
use crate::settings::cutoffs::Cutoffs;

/// Adds a strict file to a report.
pub(super) fn gather(report: &mut Report, file: &NamedStrict, known: &LocalFacts) {
    let header = file.strict.header();
    let targets = header.map_or_else(Vec::new, |header| targets(header, None).0);
    let before = report.targets.len();
    let lock = report.locks.len();
    report.locks.push(described(&file.name, header));
    report
        .targets
        .extend(targets.iter().map(|target| shown(target, lock)));
    for pin in &mut report.pins {
        pin.installs
            .resize(before + targets.len(), Installed::Nothing);
    }
    let pins: Vec<_> = file
        .strict
        .pins()
        .iter()
        .map(|pin| of_pin(pin, known))
        .collect();
    let cutoffs = header.map(cutoffs).unwrap_or_default();
    let mut required = Required::default();
    for (pin, _, files) in &pins {
        required.add(pin.name(), files, known);
    }
    for (pin, pages, files) in pins {
        let gathering = Gathering {
            file,
            required: &required,
            cutoffs: &cutoffs,
            targets: &targets,
            before,
        };
        add(report, gathering.pin(pin, &pages, &files));
    }
    report.pins.sort_by(|one, other| one.name.cmp(&other.name));
}

fn of_pin<'p>(pin: &'p StrictPin, known: &LocalFacts) -> (&'p StrictPin, Vec<Project>, Files) {
    let pages = known.pages(pin.name());
    let files = Files::of(pin, &pages, known);
    (pin, pages, files)
}

fn described(name: &str, header: Option<&Header>) -> Lock {
    let loose = header.map_or(&[] as &[String], Header::loose);
    Lock {
        name: Text::new(name),
        command: header.and_then(Header::command).map(Text::new),
        loose: loose.iter().map(Text::new).collect(),
        cutoff: header.and_then(Header::exclude_newer),
    }
}

fn shown(target: &Target, lock: usize) -> model::Target {
    let name = target.to_string();
    let machine = target.platform().to_string();
    let architecture = machine.rsplit_once('_').map_or("", |(_, last)| last);
    let architecture = if machine.ends_with("x86_64") {
        "x86-64"
    } else {
        architecture
    };
    model::Target {
        name: Text::new(&name),
        description: Text::new(format!(
            "{}, {architecture}, Python {}",
            target.platform().describe(),
            target.python()
        )),
        lock,
    }
}

/// Adds a pin, to that of another lock if it is the same.
fn add(report: &mut Report, pin: Pin) {
    let same = report.pins.iter_mut().find(|known| {
        known.name == pin.name
            && known.version == pin.version
            && known.reference == pin.reference
            && known.files.len() == pin.files.len()
            && known
                .files
                .iter()
                .zip(&pin.files)
                .all(|(one, other)| one.name == other.name)
            && !known
                .installs
                .iter()
                .zip(&pin.installs)
                .any(|(one, other)| *one != Installed::Nothing && *other != Installed::Nothing)
    });
    match same.filter(|_| report.locks.len() > 1) {
        Some(known) => {
            known.places.extend(pin.places);
            for asker in pin.required_by {
                if !known.required_by.contains(&asker) {
                    known.required_by.push(asker);
                }
            }
            for (one, other) in known.installs.iter_mut().zip(pin.installs) {
                if other != Installed::Nothing {
                    *one = other;
                }
            }
        }
        None => report.pins.push(pin),
    }
}

/// The input for the model of a pin.
struct Gathering<'g> {
    file: &'g NamedStrict,
    required: &'g Required,
    cutoffs: &'g Cutoffs,
    targets: &'g [Target],
    /// How many targets of other locks come before those of this one.
    before: usize,
}

impl Gathering<'_> {
    fn pin(&self, pin: &StrictPin, pages: &[Project], files: &Files) -> Pin {
        let nothing = std::iter::repeat_n(Installed::Nothing, self.before);
        let installs = nothing.chain(self.targets.iter().map(|target| files.on(pin, target)));
        let text = |text: &Option<String>| text.as_ref().map(Text::new);
        Pin {
            name: Text::new(pin.name()),
            version: Text::new(pin.version()),
            extras: pin.extras().iter().map(Text::new).collect(),
            marker: pin.marker_text().map(Text::new),
            reference: pin.reference().map(Text::new),
            places: vec![Text::new(format!("{}:{}", self.file.name, pin.line()))],
            required_by: pin
                .via()
                .iter()
                .map(|via| self.asker(via, pin.name()))
                .collect(),
            files: files.files.clone(),
            hashes: files.hashes.clone(),
            installs: installs.collect(),
            summary: text(&files.summary),
            licence: text(&files.licence),
            publisher: text(&files.publisher),
            newer: newer(pin, pages, self.required, self.cutoffs, self.targets),
            yanked: files.yanked(),
            ..Pin::default()
        }
    }

    fn asker(&self, via: &Via, name: &PackageName) -> Asker {
        match via {
            Via::File(file) => Asker {
                who: Who::File(Text::new(file)),
                requirement: None,
            },
            Via::Package(by) => {
                let requirements = self.required.of(by, name).into_iter();
                let requirement = requirements
                    .map(harden_requirements::Requirement::shown)
                    .next();
                Asker {
                    who: Who::Package(Text::new(by)),
                    requirement: requirement.map(Text::new),
                }
            }
        }
    }
}
