//! A graph as an indented tree, for terminals.

use std::collections::BTreeSet;

use super::Graph;

/// A line that is still to be written.
struct Line {
    place: usize,
    /// What stands before its name.
    first: String,
    /// What stands before the branches of what hangs on it.
    rest: String,
}

impl Graph<'_> {
    /// One line a package, each subtree told once; `(*)` says that it is told above.
    pub fn tree(&self) -> String {
        let mut told = BTreeSet::new();
        let mut text = String::new();
        // Everything hangs on a root, but for circles that nothing leads into.
        for root in self.roots.iter().copied().chain(0..self.nodes.len()) {
            if !told.contains(&root) {
                self.write_from(root, &mut told, &mut text);
            }
        }
        text
    }

    fn next(&self, place: usize) -> &[usize] {
        let node = &self.nodes[place];
        if self.is_inverted {
            &node.needed_by
        } else {
            &node.needs
        }
    }

    fn write_from(&self, root: usize, told: &mut BTreeSet<usize>, text: &mut String) {
        let (first, rest) = (String::new(), String::new());
        let mut open = vec![Line {
            place: root,
            first,
            rest,
        }];
        while let Some(line) = open.pop() {
            let next = self.next(line.place);
            let is_new = told.insert(line.place);
            let again = if is_new || next.is_empty() {
                ""
            } else {
                " (*)"
            };
            let pin = self.nodes[line.place].pin;
            let (name, version) = (pin.name.as_str(), pin.version.as_str());
            text.extend([line.first.as_str(), name, " ", version, again, "\n"]);
            if is_new {
                open.extend(branches(next, &line.rest));
            }
        }
    }
}

/// The lines of what hangs on a node, the last one first.
fn branches<'n>(next: &'n [usize], before: &'n str) -> impl Iterator<Item = Line> + 'n {
    let lines = next.iter().enumerate().rev();
    lines.map(move |(number, place)| {
        let is_last = number + 1 == next.len();
        let (branch, below) = if is_last {
            ("└── ", "    ")
        } else {
            ("├── ", "│   ")
        };
        Line {
            place: *place,
            first: format!("{before}{branch}"),
            rest: format!("{before}{below}"),
        }
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::graph::Graph;
    use crate::graph::tests::report;

    #[test]
    fn a_subtree_is_told_once() {
        let report = report("a: -\nb: a d\nc: b\nd: -\ne: f\nf: e\n");
        let graph = Graph::of(&report, None);
        assert_snapshot!(graph.tree(), @"
        a 1.0
        └── b 1.0
            └── c 1.0
        d 1.0
        └── b 1.0 (*)
        e 1.0
        └── f 1.0
            └── e 1.0 (*)
        ");
        assert_snapshot!(graph.above("c").unwrap().tree(), @"
        c 1.0
        └── b 1.0
            ├── a 1.0
            └── d 1.0
        ");
        assert_snapshot!(graph.below("b").unwrap().tree(), @"
        b 1.0
        └── c 1.0
        ");
        assert_snapshot!(graph.inverted().tree(), @"
        c 1.0
        └── b 1.0
            ├── a 1.0
            └── d 1.0
        e 1.0
        └── f 1.0
            └── e 1.0 (*)
        ");
    }
}
