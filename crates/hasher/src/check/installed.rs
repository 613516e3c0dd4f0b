//! What each environment installs of a strict file.

use std::collections::{HashMap, HashSet};

use harden_packaging::PackageName;

use super::environments::MarkerOutcome;
use super::{InstallEnvironment, Rule, Violations};
use crate::{StrictFile, StrictPin};

/// The pins by environment and name.
#[derive(Debug)]
pub(crate) struct Installed<'a> {
    pub(crate) environments: &'a [InstallEnvironment],
    by_name: Vec<HashMap<&'a PackageName, Vec<&'a StrictPin>>>,
    /// The names of all pins.
    names: HashSet<&'a PackageName>,
}

impl<'a> Installed<'a> {
    /// Decides the markers of the pins, and reports those that have no outcome, that hold nowhere,
    /// and that let in two versions of one package.
    pub(crate) fn new(
        strict: &'a StrictFile,
        environments: &'a [InstallEnvironment],
        violations: &mut Violations<'_>,
    ) -> Self {
        let mut by_name = vec![HashMap::<_, Vec<_>>::new(); environments.len()];
        for pin in strict.pins() {
            let mut is_installed = false;
            for (id, environment) in environments.iter().enumerate() {
                match environment.holds(pin.marker()) {
                    MarkerOutcome::No => continue,
                    MarkerOutcome::Yes | MarkerOutcome::Anywhere => {}
                    MarkerOutcome::Open(reason) => {
                        let message = format!("the marker of {} {reason}", pin.name());
                        violations.add(pin.line(), Rule::Marker, message, id);
                    }
                }
                is_installed = true;
                let pins = by_name[id].entry(pin.name()).or_default();
                pins.push(pin);
                let is_other = |other: &&StrictPin| {
                    let depends = other.marker().is_some() || pin.marker().is_some();
                    depends && other.version() != pin.version()
                };
                if environment.is_known() && pins.iter().any(is_other) {
                    let message = format!("{} has a second version", pin.name());
                    violations.add(pin.line(), Rule::Duplicate, message, id);
                }
            }
            if !is_installed {
                for id in 0..environments.len() {
                    let message = format!("the marker of {} holds on no target", pin.name());
                    violations.add(pin.line(), Rule::LeftOver, message, id);
                }
            }
        }
        Self {
            environments,
            by_name,
            names: strict.pins().iter().map(StrictPin::name).collect(),
        }
    }

    /// The pins of `name` in an environment: one, if all is well.
    pub(crate) fn pins(&self, environment: usize, name: &PackageName) -> &[&'a StrictPin] {
        self.by_name[environment]
            .get(name)
            .map_or(&[], Vec::as_slice)
    }

    /// Whether there is a pin of `name`, wherever it is installed.
    pub(crate) fn has(&self, name: &PackageName) -> bool {
        self.names.contains(name)
    }

    /// All pins in an environment.
    pub(crate) fn all(&self, environment: usize) -> impl Iterator<Item = &'a StrictPin> {
        self.by_name[environment].values().flatten().copied()
    }
}
