//! The `# via` edges: every pin is reached from the loose requirements, in every environment that
//! installs it, by edges that lead from what is installed there.

use std::collections::{BTreeSet, HashMap, HashSet};

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
    let environments = 0..installed.environments.len();
    let graphs = environments.map(|id| Graph::new(expectations, installed, id));
    let graphs: Vec<Graph<'_>> = graphs.collect();
    let mut left_over = HashSet::new();
    for graph in &graphs {
        for pin in graph.left_over() {
            left_over.insert(pin.line());
            let message = format!("nothing requires {}", pin.name());
            violations.add(pin.line(), Rule::LeftOver, message, graph.environment);
        }
    }
    for pin in strict.pins() {
        let is_there = |graph: &&Graph<'_>| graph.installs(pin);
        if left_over.contains(&pin.line()) || !graphs.iter().any(|graph| is_there(&graph)) {
            continue;
        }
        let is_used = |via: &Via| {
            let mut graphs = graphs.iter().filter(is_there);
            graphs.any(|graph| graph.has(pin, via))
        };
        for via in pin.via().iter().filter(|via| !is_used(via)) {
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
    /// The pins there, in the order of the file.
    pins: Vec<&'a StrictPin>,
    /// The loose requirements that hold there.
    required: HashMap<&'a PackageName, Vec<&'a Input>>,
    /// The places, among the pins there, of those that are said to be required by a package.
    brought_in: HashMap<&'a PackageName, Vec<usize>>,
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
            pins: installed.all(environment).collect(),
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
        graph.pins.sort_unstable_by_key(|pin| pin.line());
        for (place, pin) in graph.pins.iter().enumerate() {
            for via in pin.via() {
                if let Via::Package(name) = via {
                    graph.brought_in.entry(name).or_default().push(place);
                }
            }
        }
        graph
    }

    /// Whether a pin is installed there.
    fn installs(&self, pin: &StrictPin) -> bool {
        let found = self
            .pins
            .binary_search_by_key(&pin.line(), |pin| pin.line());
        found.is_ok()
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
        let is_root = |pin: &StrictPin| {
            let mut edges = pin.via().iter();
            edges.any(|via| matches!(via, Via::File(_)) && self.has(pin, via))
        };
        let mut reached = vec![false; self.pins.len()];
        for (place, pin) in self.pins.iter().enumerate() {
            if is_root(pin) {
                self.reach(place, &mut reached);
            }
        }
        let open = self.pins.iter().copied().enumerate();
        let open: Vec<(usize, &StrictPin)> = open.filter(|(place, _)| !reached[*place]).collect();
        if open.is_empty() {
            return Vec::new();
        }
        let is_below = |pin: &StrictPin, names: &BTreeSet<&PackageName>| {
            let from_file = |via: &Via| matches!(via, Via::File(_));
            let from_open = |via: &Via| matches!(via, Via::Package(name) if names.contains(name));
            !pin.via().iter().any(from_file) && pin.via().iter().any(from_open)
        };
        let names: BTreeSet<&PackageName> = open.iter().map(|(_, pin)| pin.name()).collect();
        // Those that a file used to require, or nothing does, come first; what is left then is in
        // circles.
        let (below, top): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|(_, pin)| is_below(pin, &names));
        let mut left_over = Vec::new();
        for (place, pin) in top.into_iter().chain(below) {
            if !reached[place] {
                self.reach(place, &mut reached);
                left_over.push(pin);
            }
        }
        left_over
    }

    /// Marks a pin and all that it leads to.
    fn reach(&self, place: usize, reached: &mut [bool]) {
        let mut open = vec![place];
        while let Some(place) = open.pop() {
            if !std::mem::replace(&mut reached[place], true) {
                let brought_in = self.brought_in.get(self.pins[place].name());
                open.extend(brought_in.into_iter().flatten());
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
