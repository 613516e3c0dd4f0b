//! A graph in DOT, the language of Graphviz: <https://graphviz.org/doc/info/lang.html>.

use super::Graph;

impl Graph<'_> {
    /// A `digraph`; what a loose file asks for is drawn bold.
    pub fn dot(&self) -> String {
        let mut lines = vec![
            "digraph lock {".to_owned(),
            "  rankdir=TB;".to_owned(),
            "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];".to_owned(),
        ];
        lines.extend(self.nodes.iter().enumerate().map(|(place, node)| {
            let label = quoted(&format!("{} {}", node.pin.name, node.pin.version));
            let look = if node.pin.is_direct() {
                ", style=\"rounded,bold\""
            } else {
                ""
            };
            format!("  n{place} [label={label}{look}];")
        }));
        lines.extend(
            self.edges()
                .map(|(tail, head)| format!("  n{tail} -> n{head};")),
        );
        lines.push("}".to_owned());
        lines.join("\n") + "\n"
    }
}

/// A quoted string; a backslash would begin an escape of the label.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::graph::Graph;
    use crate::graph::tests::report;

    #[test]
    fn labels_are_quoted() {
        let mut report = report("a: -\nb: a\n");
        report.pins[1].version = r#"1"\"#.into();
        assert_snapshot!(Graph::of(&report, None).dot(), @r#"
        digraph lock {
          rankdir=TB;
          node [shape=box, style=rounded, fontname="sans-serif", fontsize=11];
          n0 [label="a 1.0", style="rounded,bold"];
          n1 [label="b 1\"\\"];
          n0 -> n1;
        }
        "#);
    }
}
