//! The `# via` edges: every pin is reached from the loose requirements, in every environment that
//! installs it, by edges that lead from what is installed there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use harden_packaging::{PackageName, Via};
use harden_requirements::Input;

use super::{Expectations, Installed, Rule, Violations};
use crate::comment_text::shown_place;
use crate::{StrictFile, StrictPin};

/// Checks the edges of a file.
pub(super) fn check_edges(
    strict: &StrictFile,
    expectations: &Expectations<'_>,
    installed: &Installed<'_>,
    violations: &mut Violations<'_>,
) {
    let mut used = BTreeSet::new();
    let (mut is_installed, mut left_over) = (HashSet::new(), HashSet::new());
    for environment in 0..installed.environments.len() {
        let graph = Graph::new(expectations, installed, environment);
        for pin in installed.all(environment) {
            is_installed.insert(pin.line());
            let edges = pin.via().iter().filter(|via| graph.has(pin, via));
            used.extend(edges.map(|via| (pin.line(), via)));
        }
        for pin in graph.left_over() {
            left_over.insert(pin.line());
            let message = format!("nothing requires {}", pin.name());
            violations.add(pin.line(), Rule::LeftOver, message, environment);
        }
    }
    for pin in strict.pins() {
        if !is_installed.contains(&pin.line()) || left_over.contains(&pin.line()) {
            continue;
        }
        let broken = pin.via().iter();
        for via in broken.filter(|via| !used.contains(&(pin.line(), *via))) {
            let fault = match via {
                Via::Package(name) => {
                    format!("{name} according to its `# via` comment, and {name} is not pinned")
                }
                Via::File(file) => {
                    format!("{file} according to its `# via` comment, and {file} does not name it")
                }
            };
            let message = format!("{} is required by {fault}", pin.name());
            for environment in 0..installed.environments.len() {
                violations.add(pin.line(), Rule::BrokenEdge, message.clone(), environment);
            }
        }
    }
}

/// What leads to what in one environment.
struct Graph<'a> {
    installed: &'a Installed<'a>,
    environment: usize,
    /// The loose requirements that hold there.
    required: HashMap<&'a PackageName, Vec<&'a Input>>,
    /// The pins there that are said to be required by a package.
    brought_in: HashMap<&'a PackageName, Vec<&'a StrictPin>>,
}

impl<'a> Graph<'a> {
    fn new(
        expectations: &'a Expectations<'a>,
        installed: &'a Installed<'a>,
        environment: usize,
    ) -> Self {
        let mut graph = Self {
            installed,
            environment,
            required: HashMap::new(),
            brought_in: HashMap::new(),
        };
        for input in &expectations.inputs.requirements {
            if let Some(name) = input.entry.name()
                && installed.environments[environment].may_have(input.entry.marker())
                && !expectations.excluded.contains(name)
            {
                graph.required.entry(name).or_default().push(input);
            }
        }
        for pin in installed.all(environment) {
            for via in pin.via() {
                if let Via::Package(name) = via {
                    graph.brought_in.entry(name).or_default().push(pin);
                }
            }
        }
        graph
    }

    /// Whether an edge leads from something that is there.
    fn has(&self, pin: &StrictPin, via: &Via) -> bool {
        match via {
            Via::Package(name) => !self.installed.pins(self.environment, name).is_empty(),
            Via::File(file) => {
                let inputs = self.required.get(pin.name());
                inputs.is_some_and(|inputs| {
                    inputs.iter().any(|input| is_same(file, &input.origin.file))
                })
            }
        }
    }

    /// The pins that nothing leads to, without those that only they lead to.
    fn left_over(&self) -> Vec<&'a StrictPin> {
        let pins: BTreeMap<usize, &StrictPin> = self
            .installed
            .all(self.environment)
            .map(|pin| (pin.line(), pin))
            .collect();
        let is_root = |pin: &StrictPin| {
            let mut edges = pin.via().iter();
            edges.any(|via| matches!(via, Via::File(_)) && self.has(pin, via))
        };
        let mut reached = BTreeSet::new();
        for pin in pins.values().filter(|pin| is_root(pin)) {
            self.reach(pin, &mut reached);
        }
        let is_below = |pin: &StrictPin, names: &BTreeSet<&PackageName>| {
            let from_file = |via: &Via| matches!(via, Via::File(_));
            let from_open = |via: &Via| matches!(via, Via::Package(name) if names.contains(name));
            !pin.via().iter().any(from_file) && pin.via().iter().any(from_open)
        };
        let open: Vec<&StrictPin> = pins
            .values()
            .copied()
            .filter(|pin| !reached.contains(&pin.line()))
            .collect();
        let names: BTreeSet<&PackageName> = open.iter().map(|pin| pin.name()).collect();
        // Those that a file used to require, or nothing does, come first; what is left then is in
        // circles.
        let (below, top): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|pin| is_below(pin, &names));
        let mut left_over = Vec::new();
        for pin in top.into_iter().chain(below) {
            if !reached.contains(&pin.line()) {
                self.reach(pin, &mut reached);
                left_over.push(pin);
            }
        }
        left_over
    }

    /// Adds the line of a pin and of all that it leads to.
    fn reach(&self, pin: &'a StrictPin, reached: &mut BTreeSet<usize>) {
        let mut open = vec![pin];
        while let Some(pin) = open.pop() {
            if reached.insert(pin.line()) {
                open.extend(self.brought_in.get(pin.name()).into_iter().flatten());
            }
        }
    }
}

/// Whether a file that the strict one names is a loose one, which may be named from elsewhere.
fn is_same(recorded: &str, loose: &str) -> bool {
    let loose = shown_place(loose);
    let is_end = |long: &str, short: &str| {
        long.strip_suffix(short)
            .is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    };
    is_end(&loose, recorded) || is_end(recorded, &loose)
}
