//! A graph as JSON.

use serde_json::{Value, json};

use super::{Graph, Node};
use crate::model::Who;

impl Graph<'_> {
    /// A list of packages, each with what it needs and what needs it.
    pub fn json(&self) -> String {
        let packages: Vec<Value> = self.nodes.iter().map(|node| self.value(node)).collect();
        format!("{:#}\n", json!({ "packages": packages }))
    }

    fn value(&self, node: &Node<'_>) -> Value {
        let pins = |places: &[usize]| -> Vec<Value> {
            let pins = places.iter().map(|place| self.nodes[*place].pin);
            pins.map(|pin| json!({"name": pin.name, "version": pin.version}))
                .collect()
        };
        let files = node
            .pin
            .required_by
            .iter()
            .filter_map(|asker| match &asker.who {
                Who::File(file) => Some(file),
                Who::Package(_) => None,
            });
        json!({
            "name": node.pin.name,
            "version": node.pin.version,
            "extras": node.pin.extras,
            "marker": node.pin.marker,
            "files": files.collect::<Vec<_>>(),
            "needs": pins(&node.needs),
            "needed_by": pins(&node.needed_by),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::graph::Graph;
    use crate::graph::tests::report;

    #[test]
    fn both_directions_are_reported() {
        let report = report("a: -\nb: a\n");
        let value: Value = serde_json::from_str(&Graph::of(&report, None).json()).unwrap();
        assert_eq!(value["packages"][0]["needs"][0]["name"], "b");
        assert_eq!(value["packages"][0]["files"][0], "loose.txt");
        assert_eq!(value["packages"][1]["needed_by"][0]["name"], "a");
    }
}
