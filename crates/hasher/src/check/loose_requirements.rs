//! Compares loose requirements, constraints and overrides with the pins.

use harden_packaging::Sha256;
use harden_requirements::{Entry, HashAlgorithm, Input, Requirement, Source, Specifiers};

use super::environments::MarkerOutcome;
use super::{Expectations, Installed, Rule, Violations};
use crate::StrictPin;

/// The check of what is required against what is installed.
pub(super) struct Check<'a> {
    pub(super) expectations: &'a Expectations<'a>,
    pub(super) installed: &'a Installed<'a>,
    /// Whether an extra that is not recorded is a fault.
    pub(super) looks_at_extras: bool,
}

impl Check<'_> {
    /// Checks every line in every environment.
    pub(super) fn answers(&self, violations: &mut Violations<'_>) {
        let Expectations {
            inputs, overrides, ..
        } = self.expectations;
        let constraints = inputs.constraints.iter();
        let constraints: Vec<&Input> = constraints.filter(|input| self.may_bind(input)).collect();
        for environment in 0..self.installed.environments.len() {
            for input in &inputs.requirements {
                self.requirement(input, environment, violations);
            }
            for input in &constraints {
                self.bound(input, environment, violations);
            }
            for input in &overrides.requirements {
                if self.is_first(input, environment) {
                    self.bound(input, environment, violations);
                }
            }
        }
    }

    fn requirement(&self, input: &Input, environment: usize, violations: &mut Violations<'_>) {
        let Some(name) = input.entry.name() else {
            return;
        };
        if self.expectations.excluded.contains(name) || !self.holds(input, environment, violations)
        {
            return;
        }
        let pins = self.installed.pins(environment, name);
        if pins.is_empty() {
            let message = format!("{} is not pinned", shown(input));
            violations.add_loose(place_of(input), Rule::Missing, message, environment);
        }
        let is_overridden = |other: &Input| other.entry.name() == Some(name);
        let mut overrides = self.expectations.overrides.requirements.iter();
        let is_overridden =
            overrides.any(|other| is_overridden(other) && self.is_held(other, environment));
        if !is_overridden {
            admit_version(input, pins, environment, violations);
            admit_place(input, pins, environment, violations);
        }
        admit_hashes(input, pins, environment, violations);
        if let Entry::Named(requirement) = &input.entry
            && self.looks_at_extras
        {
            find_extras(input, requirement, pins, environment, violations);
        }
    }

    /// Whether a constraint can have a violation: most of a file that many locks share name what this one does not
    /// pin. Whether a marker can be decided is checked in any case.
    fn may_bind(&self, input: &Input) -> bool {
        let is_pinned = |name| self.installed.has(name);
        input.entry.marker().is_some() || input.entry.name().is_none_or(is_pinned)
    }

    /// Checks what limits a version without requiring one.
    fn bound(&self, input: &Input, environment: usize, violations: &mut Violations<'_>) {
        let Some(name) = input.entry.name() else {
            return;
        };
        if self.holds(input, environment, violations) {
            let pins = self.installed.pins(environment, name);
            admit_version(input, pins, environment, violations);
            admit_hashes(input, pins, environment, violations);
            admit_place(input, pins, environment, violations);
        }
    }

    /// Whether a line of overrides is the first that holds for its package: the others say nothing.
    fn is_first(&self, input: &Input, environment: usize) -> bool {
        let name = input.entry.name();
        let mut overrides = self.expectations.overrides.requirements.iter();
        let first =
            overrides.find(|other| other.entry.name() == name && self.is_held(other, environment));
        first.is_none_or(|first| first == input)
    }

    fn is_held(&self, input: &Input, environment: usize) -> bool {
        self.installed.environments[environment].has(input.entry.marker())
    }

    /// Whether a line holds; reports it if that cannot be decided.
    fn holds(&self, input: &Input, environment: usize, violations: &mut Violations<'_>) -> bool {
        match self.installed.environments[environment].holds(input.entry.marker()) {
            MarkerOutcome::Yes => true,
            MarkerOutcome::No | MarkerOutcome::Anywhere => false,
            MarkerOutcome::Open(reason) => {
                let message = format!("the marker of {} {reason}", shown(input));
                violations.add_loose(place_of(input), Rule::Marker, message, environment);
                false
            }
        }
    }
}

fn admit_version(
    input: &Input,
    pins: &[&StrictPin],
    environment: usize,
    violations: &mut Violations<'_>,
) {
    let Some(specifiers) = specifiers(&input.entry) else {
        return;
    };
    for pin in pins {
        if !specifiers.contains(pin.version()) {
            let message = format!("{} is not met by the pin {}", shown(input), pinned(pin));
            violations.add_loose(place_of(input), Rule::Unmet, message, environment);
        }
    }
}

/// Checks that a pin has one of the hashes that a line binds it to.
fn admit_hashes(
    input: &Input,
    pins: &[&StrictPin],
    environment: usize,
    violations: &mut Violations<'_>,
) {
    let sha256 = |hash: &harden_requirements::Hash| -> Option<Sha256> {
        (hash.algorithm == HashAlgorithm::Sha256).then(|| hash.digest.parse().ok())?
    };
    let admitted: Vec<Sha256> = input.hashes.iter().filter_map(sha256).collect();
    for pin in pins {
        if !admitted.is_empty() && !admitted.iter().any(|hash| pin.hashes().contains(hash)) {
            let message = format!(
                "{} allows other hashes than those of the pin {}",
                shown(input),
                pinned(pin)
            );
            violations.add_loose(place_of(input), Rule::Unmet, message, environment);
        }
    }
}

/// Checks that a pin is of the file that a line names by its URL or path.
fn admit_place(
    input: &Input,
    pins: &[&StrictPin],
    environment: usize,
    violations: &mut Violations<'_>,
) {
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
        violations.add_loose(place_of(input), Rule::Unmet, message, environment);
    }
}

fn find_extras(
    input: &Input,
    requirement: &Requirement,
    pins: &[&StrictPin],
    environment: usize,
    violations: &mut Violations<'_>,
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
                "the pin {} was resolved without the extra [{}], which {} requires",
                pinned(pin),
                missing.join(","),
                shown(input)
            );
            violations.add_loose(place_of(input), Rule::Extra, message, environment);
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

/// The requirement without its marker, which the environment stands for, and without a login.
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
