//! Loose requirements, constraints and overrides, each against the pins.

use harden_packaging::Sha256;
use harden_requirements::{Entry, HashAlgorithm, Input, Requirement, Source, Specifiers};

use super::places::Held;
use super::{Installed, Rule, Tally, Wishes};
use crate::StrictPin;

/// The check of what is required against what is installed.
pub(super) struct Check<'a> {
    pub(super) wishes: &'a Wishes<'a>,
    pub(super) installed: &'a Installed<'a>,
    /// Whether an extra that is not recorded is a fault.
    pub(super) looks_at_extras: bool,
}

impl Check<'_> {
    /// Checks every line in every place.
    pub(super) fn answers(&self, tally: &mut Tally<'_>) {
        let Wishes {
            inputs, overrides, ..
        } = self.wishes;
        for place in 0..self.installed.places.len() {
            for input in &inputs.requirements {
                self.requirement(input, place, tally);
            }
            for input in &inputs.constraints {
                self.bound(input, place, tally);
            }
            for input in &overrides.requirements {
                if self.is_first(input, place) {
                    self.bound(input, place, tally);
                }
            }
        }
    }

    fn requirement(&self, input: &Input, place: usize, tally: &mut Tally<'_>) {
        let Some(name) = input.entry.name() else {
            return;
        };
        if self.wishes.excluded.contains(name) || !self.holds(input, place, tally) {
            return;
        }
        let pins = self.installed.pins(place, name);
        if pins.is_empty() {
            let message = format!("{} is not pinned", shown(input));
            tally.add_loose(place_of(input), Rule::Missing, message, place);
        }
        let is_overridden = |other: &Input| other.entry.name() == Some(name);
        let mut overrides = self.wishes.overrides.requirements.iter();
        let is_overridden =
            overrides.any(|other| is_overridden(other) && self.is_held(other, place));
        if !is_overridden {
            admit_version(input, pins, place, tally);
            admit_place(input, pins, place, tally);
        }
        admit_hashes(input, pins, place, tally);
        if let Entry::Named(requirement) = &input.entry
            && self.looks_at_extras
        {
            find_extras(input, requirement, pins, place, tally);
        }
    }

    /// Checks what limits a version without requiring one.
    fn bound(&self, input: &Input, place: usize, tally: &mut Tally<'_>) {
        let Some(name) = input.entry.name() else {
            return;
        };
        if self.holds(input, place, tally) {
            let pins = self.installed.pins(place, name);
            admit_version(input, pins, place, tally);
            admit_hashes(input, pins, place, tally);
            admit_place(input, pins, place, tally);
        }
    }

    /// Whether a line of overrides is the first that holds for its package: the others say nothing.
    fn is_first(&self, input: &Input, place: usize) -> bool {
        let name = input.entry.name();
        let mut overrides = self.wishes.overrides.requirements.iter();
        let first =
            overrides.find(|other| other.entry.name() == name && self.is_held(other, place));
        first.is_none_or(|first| first == input)
    }

    fn is_held(&self, input: &Input, place: usize) -> bool {
        self.installed.places[place].has(input.entry.marker())
    }

    /// Whether a line holds; tells of it where nobody can say.
    fn holds(&self, input: &Input, place: usize, tally: &mut Tally<'_>) -> bool {
        match self.installed.places[place].holds(input.entry.marker()) {
            Held::Yes => true,
            Held::No | Held::Anywhere => false,
            Held::Open(reason) => {
                let message = format!("the marker of {} {reason}", shown(input));
                tally.add_loose(place_of(input), Rule::Marker, message, place);
                false
            }
        }
    }
}

fn admit_version(input: &Input, pins: &[&StrictPin], place: usize, tally: &mut Tally<'_>) {
    let Some(specifiers) = specifiers(&input.entry) else {
        return;
    };
    let versions = specifiers.to_set();
    for pin in pins {
        if !versions.contains(pin.version()) {
            let message = format!("{} is not met by the pin {}", shown(input), pinned(pin));
            tally.add_loose(place_of(input), Rule::Unmet, message, place);
        }
    }
}

/// Checks that a pin has one of the hashes that a line binds it to.
fn admit_hashes(input: &Input, pins: &[&StrictPin], place: usize, tally: &mut Tally<'_>) {
    let sha256 = |hash: &harden_requirements::Hash| -> Option<Sha256> {
        (hash.algorithm == HashAlgorithm::Sha256).then(|| hash.digest.parse().ok())?
    };
    let admitted: Vec<Sha256> = input.hashes.iter().filter_map(sha256).collect();
    for pin in pins {
        if !admitted.is_empty() && !admitted.iter().any(|hash| pin.hashes().contains(hash)) {
            let message = format!(
                "{} admits other hashes than the pin {} has",
                shown(input),
                pinned(pin)
            );
            tally.add_loose(place_of(input), Rule::Unmet, message, place);
        }
    }
}

/// Checks that a pin is of the file that a line names by its place.
fn admit_place(input: &Input, pins: &[&StrictPin], place: usize, tally: &mut Tally<'_>) {
    let Some(Ok(reference)) = input.entry.reference() else {
        return;
    };
    let is_met = |pin: &StrictPin| {
        pin.reference() == Some(&reference)
            && reference
                .sha256()
                .is_none_or(|digest| pin.hashes().contains(&digest))
    };
    for pin in pins.iter().filter(|pin| !is_met(pin)) {
        let message = format!("{} is not met by the pin {}", shown(input), pinned(pin));
        tally.add_loose(place_of(input), Rule::Unmet, message, place);
    }
}

fn find_extras(
    input: &Input,
    requirement: &Requirement,
    pins: &[&StrictPin],
    place: usize,
    tally: &mut Tally<'_>,
) {
    for pin in pins {
        let missing: Vec<&str> = requirement
            .extras
            .iter()
            .filter(|extra| !pin.extras().contains(*extra))
            .map(AsRef::as_ref)
            .collect();
        if !missing.is_empty() {
            let message = format!(
                "the pin {} was made without [{}], which {} asks for",
                pinned(pin),
                missing.join(","),
                shown(input)
            );
            tally.add_loose(place_of(input), Rule::Extra, message, place);
        }
    }
}

fn specifiers(entry: &Entry) -> Option<&Specifiers> {
    match entry {
        Entry::Named(Requirement {
            source: Source::Specifiers(specifiers),
            ..
        }) => Some(specifiers),
        _ => None,
    }
}

fn place_of(input: &Input) -> (&str, usize) {
    (&input.origin.file, input.origin.line)
}

fn pinned(pin: &StrictPin) -> String {
    match pin.reference() {
        Some(reference) => reference.requirement(),
        None => format!("{}=={}", pin.name(), pin.version()),
    }
}

/// The requirement without its marker, which the place stands for, and without a login.
fn shown(input: &Input) -> String {
    if let Some(Ok(reference)) = input.entry.reference() {
        return format!("`{}`", reference.requirement());
    }
    match &input.entry {
        Entry::Named(requirement) => {
            let extras: Vec<&str> = requirement.extras.iter().map(AsRef::as_ref).collect();
            let extras = match extras.as_slice() {
                [] => String::new(),
                extras => format!("[{}]", extras.join(",")),
            };
            let specifiers = specifiers(&input.entry).map(ToString::to_string);
            let specifiers = specifiers.unwrap_or_default();
            format!("`{}{extras}{specifiers}`", requirement.name)
        }
        entry => match entry.name() {
            Some(name) => format!("`{name}`"),
            None => "the distribution".to_owned(),
        },
    }
}
