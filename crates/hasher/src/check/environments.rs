//! The environments a strict file is checked for: its targets, split where a marker depends on the
//! patch level of Python.

use harden_requirements::{Inputs, Marker, Open, Truth};
use harden_target::{Environment, Target};

use super::Expectations;
use crate::StrictFile;

/// A target, a range of its patch levels, or an unknown target.
#[derive(Debug, Clone)]
pub(crate) struct InstallEnvironment {
    known: Option<(Target, Environment)>,
}

/// Whether a marker holds in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum MarkerOutcome {
    Yes,
    No,
    /// The target does not decide it, for this reason.
    Open(String),
    /// The environment is not known.
    Anywhere,
}

impl InstallEnvironment {
    /// The targets, split until every marker has one outcome in each part.
    pub(crate) fn all(strict: &StrictFile, expectations: &Expectations<'_>) -> Vec<Self> {
        if expectations.targets.is_empty() {
            return vec![Self { known: None }];
        }
        let markers: Vec<&Marker> = strict
            .pins()
            .iter()
            .filter_map(crate::StrictPin::marker)
            .chain(markers_of(expectations.inputs))
            .chain(markers_of(expectations.overrides))
            .collect();
        let environment = |target: &Target| {
            let mut environment = target.environment();
            for (variable, value) in expectations.markers {
                // An invalid value is ignored here; the marker that needs it is reported.
                let _ = environment.set(*variable, value.clone());
            }
            environment
        };
        let targets = expectations.targets.iter().rev();
        let mut open: Vec<_> = targets
            .map(|target| (target.clone(), environment(target)))
            .collect();
        let mut environments = Vec::new();
        while let Some((target, environment)) = open.pop() {
            let split = markers
                .iter()
                .find_map(|marker| split(marker, &environment));
            match split {
                Some((lower, upper)) => open.extend([(target.clone(), upper), (target, lower)]),
                None => environments.push(Self {
                    known: Some((target, environment)),
                }),
            }
        }
        environments
    }

    /// Whether markers can be decided here.
    pub(crate) fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// Whether a marker holds here; no marker always does.
    pub(crate) fn holds(&self, marker: Option<&Marker>) -> MarkerOutcome {
        let Some(marker) = marker else {
            return MarkerOutcome::Yes;
        };
        let Some((_, environment)) = &self.known else {
            return MarkerOutcome::Anywhere;
        };
        match marker.evaluate(environment, &[]) {
            Truth::True => MarkerOutcome::Yes,
            Truth::False => MarkerOutcome::No,
            Truth::Undefined(reason) => {
                MarkerOutcome::Open(format!("cannot be evaluated: {reason}"))
            }
            Truth::Unknown(Open::Variable(variable)) => MarkerOutcome::Open(format!(
                "depends on {variable}, which the target does not define: pass --marker \
                 {variable}=VALUE"
            )),
            Truth::Unknown(Open::PatchLevel { .. }) => {
                MarkerOutcome::Open("depends on the patch level of Python".to_owned())
            }
        }
    }

    /// Whether a marker is known to hold here.
    pub(crate) fn has(&self, marker: Option<&Marker>) -> bool {
        self.holds(marker) == MarkerOutcome::Yes
    }

    /// Whether a marker holds here, or nobody can say.
    pub(crate) fn may_have(&self, marker: Option<&Marker>) -> bool {
        self.holds(marker) != MarkerOutcome::No
    }

    /// The target and the part of it, where they are known.
    pub(crate) fn known(&self) -> Option<(&Target, &Environment)> {
        let (target, environment) = self.known.as_ref()?;
        Some((target, environment))
    }

    pub(crate) fn name(&self, environments: &[Self]) -> String {
        let Some((target, environment)) = &self.known else {
            return String::new();
        };
        let same = |other: &&Self| {
            other
                .known
                .as_ref()
                .is_some_and(|(other, _)| other == target)
        };
        if environments.iter().filter(same).count() > 1 {
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
