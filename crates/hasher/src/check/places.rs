//! Where a strict file is installed: its targets, each in parts where markers turn on the patch
//! level of its Python; and what is found there, put together again.

use std::collections::BTreeMap;

use harden_requirements::{Inputs, Marker, Open, Truth};
use harden_target::{Environment, Target};

use super::{Report, Rule, Wishes};
use crate::StrictFile;

/// A target, or a part of one, or any that nobody named.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    known: Option<(Target, Environment)>,
}

/// Whether a marker holds in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    Yes,
    No,
    /// Nobody can say, for this reason.
    Open(String),
    /// The place is not known.
    Anywhere,
}

impl Place {
    /// The targets, split until every marker has one outcome in each part.
    pub(crate) fn all(strict: &StrictFile, wishes: &Wishes<'_>) -> Vec<Self> {
        if wishes.targets.is_empty() {
            return vec![Self { known: None }];
        }
        let markers: Vec<&Marker> = strict
            .pins()
            .iter()
            .filter_map(crate::StrictPin::marker)
            .chain(markers_of(wishes.inputs))
            .chain(markers_of(wishes.overrides))
            .collect();
        let environment = |target: &Target| {
            let mut environment = target.environment();
            for (variable, value) in wishes.markers {
                // A value that does not fit is left out, and the marker that needs it told of.
                let _ = environment.set(*variable, value.clone());
            }
            environment
        };
        let targets = wishes.targets.iter().rev();
        let mut open: Vec<_> = targets
            .map(|target| (target.clone(), environment(target)))
            .collect();
        let mut places = Vec::new();
        while let Some((target, environment)) = open.pop() {
            let split = markers
                .iter()
                .find_map(|marker| split(marker, &environment));
            match split {
                Some((lower, upper)) => open.extend([(target.clone(), upper), (target, lower)]),
                None => places.push(Self {
                    known: Some((target, environment)),
                }),
            }
        }
        places
    }

    /// Whether markers can be decided here.
    pub(crate) fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// Whether a marker holds here; no marker always does.
    pub(crate) fn holds(&self, marker: Option<&Marker>) -> Held {
        let Some(marker) = marker else {
            return Held::Yes;
        };
        let Some((_, environment)) = &self.known else {
            return Held::Anywhere;
        };
        match marker.evaluate(environment, &[]) {
            Truth::True => Held::Yes,
            Truth::False => Held::No,
            Truth::Undefined(reason) => Held::Open(format!("has no outcome: {reason}")),
            Truth::Unknown(Open::Variable(variable)) => Held::Open(format!(
                "turns on {variable}, which the target leaves open: say it with --marker \
                 {variable}=VALUE"
            )),
            Truth::Unknown(Open::PatchLevel { .. }) => {
                Held::Open("turns on the patch level of Python".to_owned())
            }
        }
    }

    /// Whether a marker is known to hold here.
    pub(crate) fn has(&self, marker: Option<&Marker>) -> bool {
        self.holds(marker) == Held::Yes
    }

    /// Whether a marker holds here, or nobody can say.
    pub(crate) fn may_have(&self, marker: Option<&Marker>) -> bool {
        self.holds(marker) != Held::No
    }

    /// The target and the part of it, where they are known.
    pub(crate) fn known(&self) -> Option<(&Target, &Environment)> {
        let (target, environment) = self.known.as_ref()?;
        Some((target, environment))
    }

    fn name(&self, places: &[Self]) -> String {
        let Some((target, environment)) = &self.known else {
            return String::new();
        };
        let same = |other: &&Self| {
            other
                .known
                .as_ref()
                .is_some_and(|(other, _)| other == target)
        };
        if places.iter().filter(same).count() > 1 {
            format!("{target} with Python {}", environment.python_full_version())
        } else {
            target.to_string()
        }
    }
}

fn markers_of(inputs: &Inputs) -> impl Iterator<Item = &Marker> {
    let all = inputs.requirements.iter().chain(&inputs.constraints);
    all.filter_map(|input| input.entry.marker())
}

fn split(marker: &Marker, environment: &Environment) -> Option<(Environment, Environment)> {
    match marker.evaluate(environment, &[]) {
        Truth::Unknown(Open::PatchLevel { split_at }) => environment.split_at_patch(split_at),
        _ => None,
    }
}

/// What is wrong, and in which places each.
#[derive(Debug)]
pub(crate) struct Tally<'a> {
    places: &'a [Place],
    found: BTreeMap<Fault, Vec<usize>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fault {
    /// A loose file; `None` for the strict one.
    file: Option<String>,
    line: usize,
    rule: Rule,
    message: String,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(places: &'a [Place]) -> Self {
        Self {
            places,
            found: BTreeMap::new(),
        }
    }

    /// Adds what is wrong on a line of the strict file, in one place.
    pub(crate) fn add(&mut self, line: usize, rule: Rule, message: String, place: usize) {
        self.add_to(None, line, rule, message, place);
    }

    /// Adds what is wrong on a line of a loose file, in one place.
    pub(crate) fn add_loose(
        &mut self,
        (file, line): (&str, usize),
        rule: Rule,
        message: String,
        place: usize,
    ) {
        self.add_to(Some(file.to_owned()), line, rule, message, place);
    }

    fn add_to(
        &mut self,
        file: Option<String>,
        line: usize,
        rule: Rule,
        message: String,
        place: usize,
    ) {
        let fault = Fault {
            file,
            line,
            rule,
            message,
        };
        let places = self.found.entry(fault).or_default();
        if places.last() != Some(&place) {
            places.push(place);
        }
    }

    /// Reports all, naming the places of what is not wrong in all of them.
    pub(crate) fn finish(self, report: &mut Report, folder: &str) {
        for (fault, found) in self.found {
            let names: Vec<String> = found
                .iter()
                .map(|place| self.places[*place].name(self.places))
                .collect();
            let message = if found.len() == self.places.len() {
                fault.message
            } else {
                format!("{}, on {}", fault.message, names.join(" and "))
            };
            match fault.file {
                None => report.add(fault.line, fault.rule, message),
                Some(file) => {
                    report.add_in(format!("{folder}{file}"), fault.line, fault.rule, message);
                }
            }
        }
    }
}
