//! The dependency graph of a report, whole or in part.

mod dot;
mod json;
mod layout;
mod mermaid;
mod svg;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::Text;
use crate::model::{Pin, Report, Who};

pub(crate) use svg::{Looks, drawing};

/// Pins and what each of them needs.
#[derive(Debug, Clone)]
pub struct Graph<'r> {
    pub(crate) nodes: Vec<Node<'r>>,
    /// What a loose file asks for, or what the graph was narrowed to; where a drawing begins.
    pub(crate) roots: Vec<usize>,
}

/// A pin of a graph.
#[derive(Debug, Clone)]
pub(crate) struct Node<'r> {
    pub(crate) pin: &'r Pin,
    /// The places of what it needs, ascending.
    pub(crate) needs: Vec<usize>,
    /// The places of what needs it, ascending.
    pub(crate) needed_by: Vec<usize>,
}

impl<'r> Graph<'r> {
    /// The graph of all targets, or of the one at this place in [`Report::targets`].
    pub fn of(report: &'r Report, target: Option<usize>) -> Self {
        let is_there = |pin: &&Pin| target.is_none_or(|target| pin.is_on(target));
        let pins: Vec<&Pin> = report.pins.iter().filter(is_there).collect();
        let mut by_name: BTreeMap<&Text, Vec<usize>> = BTreeMap::new();
        for (place, pin) in pins.iter().enumerate() {
            by_name.entry(&pin.name).or_default().push(place);
        }
        let mut edges = BTreeSet::new();
        for (head, pin) in pins.iter().enumerate() {
            for asker in &pin.required_by {
                let Who::Package(name) = &asker.who else {
                    continue;
                };
                let tails = by_name.get(name).into_iter().flatten();
                let meets = |tail: &&usize| **tail != head && meet(pins[**tail], pin);
                edges.extend(tails.filter(meets).map(|tail| (*tail, head)));
            }
        }
        let roots = pins.iter().enumerate().filter(|(_, pin)| pin.is_direct());
        let roots = roots.map(|(place, _)| place).collect();
        Self::linked(&pins, &edges, roots)
    }

    fn linked(pins: &[&'r Pin], edges: &BTreeSet<(usize, usize)>, roots: Vec<usize>) -> Self {
        let nodes = pins.iter().map(|pin| Node {
            pin,
            needs: Vec::new(),
            needed_by: Vec::new(),
        });
        let mut nodes: Vec<Node<'_>> = nodes.collect();
        for (tail, head) in edges {
            nodes[*tail].needs.push(*head);
            nodes[*head].needed_by.push(*tail);
        }
        Self { nodes, roots }
    }

    /// The part that hangs on the pins of a package; `None` where there is none of this name.
    #[must_use]
    pub fn below(&self, name: &str) -> Option<Self> {
        self.narrowed(name, |node| &node.needs)
    }

    /// The part that the pins of a package hang on; `None` where there is none of this name.
    #[must_use]
    pub fn above(&self, name: &str) -> Option<Self> {
        self.narrowed(name, |node| &node.needed_by)
    }

    fn narrowed<'s>(
        &'s self,
        name: &str,
        next: impl Fn(&'s Node<'r>) -> &'s Vec<usize>,
    ) -> Option<Self> {
        let is_named = |place: &usize| self.nodes[*place].pin.name.as_str() == name;
        let named: Vec<usize> = (0..self.nodes.len()).filter(is_named).collect();
        let mut kept: BTreeSet<usize> = named.iter().copied().collect();
        let mut open = named.clone();
        while let Some(place) = open.pop() {
            open.extend(
                next(&self.nodes[place])
                    .iter()
                    .filter(|next| kept.insert(**next)),
            );
        }
        (!named.is_empty()).then(|| self.part(&kept, &named))
    }

    fn part(&self, kept: &BTreeSet<usize>, roots: &[usize]) -> Self {
        let places: BTreeMap<usize, usize> =
            (0..).zip(kept).map(|(new, old)| (*old, new)).collect();
        let pins: Vec<&Pin> = kept.iter().map(|place| self.nodes[*place].pin).collect();
        let edges = self
            .edges()
            .filter_map(|(tail, head)| Some((*places.get(&tail)?, *places.get(&head)?)));
        let roots = roots.iter().map(|root| places[root]).collect();
        Self::linked(&pins, &edges.collect(), roots)
    }

    /// For each node, the shortest way to it from a root, both with it; empty where there is none.
    pub(crate) fn ways(&self) -> Vec<Vec<usize>> {
        let mut before: Vec<Option<usize>> = vec![None; self.nodes.len()];
        let mut is_reached = vec![false; self.nodes.len()];
        let mut open: VecDeque<usize> = self.roots.iter().copied().collect();
        for root in &self.roots {
            is_reached[*root] = true;
        }
        while let Some(place) = open.pop_front() {
            for next in &self.nodes[place].needs {
                if !std::mem::replace(&mut is_reached[*next], true) {
                    before[*next] = Some(place);
                    open.push_back(*next);
                }
            }
        }
        let way = |place: usize| {
            let mut way: Vec<usize> =
                std::iter::successors(Some(place), |place| before[*place]).collect();
            way.reverse();
            way
        };
        let places = 0..self.nodes.len();
        places
            .map(|place| {
                if is_reached[place] {
                    way(place)
                } else {
                    Vec::new()
                }
            })
            .collect()
    }

    /// From what needs to what is needed, ascending.
    pub(crate) fn edges(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let nodes = self.nodes.iter().enumerate();
        nodes.flat_map(|(tail, node)| node.needs.iter().map(move |head| (tail, *head)))
    }
}

/// Whether some target installs both; any does where none is named.
fn meet(one: &Pin, other: &Pin) -> bool {
    one.installs.is_empty() || one.targets().into_iter().any(|target| other.is_on(target))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::{Asker, Installed};

    /// A report of lines `NAME: WHO WHO…`, in which `-` is a loose file.
    pub(crate) fn report(lines: &str) -> Report {
        let mut report = Report::default();
        for line in lines.lines() {
            let (name, askers) = line.trim().split_once(':').unwrap();
            let asker = |who: &str| Asker {
                who: match who {
                    "-" => Who::File("loose.txt".into()),
                    name => Who::Package(name.into()),
                },
                requirement: None,
            };
            report.pins.push(Pin {
                name: name.into(),
                version: "1.0".into(),
                required_by: askers.split_whitespace().map(asker).collect(),
                ..Pin::default()
            });
        }
        report
    }

    #[test]
    fn pins_without_a_common_target_are_not_linked() {
        let mut report = report("a: -\nb: a\nb: a\n");
        report.pins[0].installs = vec![Installed::Unknown, Installed::Nothing];
        report.pins[1].installs = vec![Installed::Unknown, Installed::Nothing];
        report.pins[2].installs = vec![Installed::Nothing, Installed::Unknown];
        let edges: Vec<_> = Graph::of(&report, None).edges().collect();
        assert_eq!(edges, [(0, 1)]);
        assert_eq!(Graph::of(&report, Some(0)).nodes.len(), 2);
    }

    #[test]
    fn a_part_is_what_hangs_on_a_package_or_what_it_hangs_on() {
        let report = report("a: -\nb: a\nc: b\nd: -\n");
        let graph = Graph::of(&report, None);
        let names = |graph: &Graph<'_>| -> Vec<String> {
            let nodes = graph.nodes.iter();
            nodes.map(|node| node.pin.name.to_string()).collect()
        };
        assert_eq!(names(&graph.below("b").unwrap()), ["b", "c"]);
        assert_eq!(names(&graph.above("b").unwrap()), ["a", "b"]);
        assert!(graph.below("e").is_none());
    }
}
