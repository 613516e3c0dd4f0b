//! A graph as a Mermaid flowchart: <https://mermaid.js.org/syntax/flowchart.html>.

use super::Graph;

impl Graph<'_> {
    /// A `flowchart`; what a loose file asks for has a thick border.
    pub fn mermaid(&self) -> String {
        let mut lines = vec!["flowchart TB".to_owned()];
        lines.extend(self.nodes.iter().enumerate().map(|(place, node)| {
            let label = escaped(&format!("{} {}", node.pin.name, node.pin.version));
            let look = if node.pin.is_direct() {
                ":::direct"
            } else {
                ""
            };
            format!("  n{place}(\"{label}\"){look}")
        }));
        lines.extend(
            self.edges()
                .map(|(tail, head)| format!("  n{tail} --> n{head}")),
        );
        lines.push("  classDef direct stroke-width:3px".to_owned());
        lines.join("\n") + "\n"
    }
}

/// The text as Mermaid shows it: what is neither a letter nor a digit by its number, but for what names
/// and versions are made of.
fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        if character.is_alphanumeric() || " .-_+!".contains(character) {
            shown.push(character);
        } else {
            shown.extend(["#", &u32::from(character).to_string(), ";"]);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::graph::Graph;
    use crate::graph::tests::report;

    #[test]
    fn labels_are_not_markup() {
        let mut report = report("a: -\nb: a\n");
        report.pins[1].version = "\"<b>`#1".into();
        assert_snapshot!(Graph::of(&report, None).mermaid(), @r#"
        flowchart TB
          n0("a 1.0"):::direct
          n1("b #34;#60;b#62;#96;#35;1")
          n0 --> n1
          classDef direct stroke-width:3px
        "#);
    }
}
