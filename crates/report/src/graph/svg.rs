//! A graph drawn, as SVG: <https://www.w3.org/TR/SVG2/>.

use askama::Template;

use super::Graph;
use super::layout::{HEIGHT, LONGEST, Layout, Place};
use crate::number_text::coordinate;

/// What a drawing is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Looks<'l> {
    /// A file of its own.
    Alone,
    /// A part of a page, which has the style; the nodes link to these places in it.
    InPage(&'l [String]),
}

#[derive(Template)]
#[template(path = "graph.svg", escape = "html")]
struct Drawing<'d> {
    width: String,
    height: String,
    is_alone: bool,
    edges: Vec<Edge>,
    nodes: Vec<Node<'d>>,
}

struct Edge {
    tail: usize,
    head: usize,
    path: String,
    is_implied: bool,
}

struct Node<'d> {
    place: usize,
    x: String,
    y: String,
    left: String,
    width: String,
    label: String,
    title: String,
    is_direct: bool,
    link: &'d str,
    targets: String,
    change: &'static str,
}

impl Graph<'_> {
    /// The graph as a file of SVG; what a loose file asks for is at the top.
    pub fn svg(&self) -> String {
        drawing(self, Looks::Alone)
    }
}

/// The graph as SVG.
pub(crate) fn drawing(graph: &Graph<'_>, looks: Looks<'_>) -> String {
    let layout = Layout::of(graph);
    let drawing = Drawing {
        width: coordinate(layout.width),
        height: coordinate(layout.height),
        is_alone: matches!(looks, Looks::Alone),
        edges: edges(graph, &layout),
        nodes: nodes(graph, &layout, looks),
    };
    drawing
        .render()
        .expect("a String takes all that is written to it")
}

fn edges(graph: &Graph<'_>, layout: &Layout) -> Vec<Edge> {
    let edges = graph.edges().map(|(tail, head)| Edge {
        tail,
        head,
        path: curve(layout.places[tail], layout.places[head]),
        is_implied: layout.implied.contains(&(tail, head)),
    });
    edges.collect()
}

/// From the lower side of what needs to the upper side of what is needed; the other way round where
/// that is above.
fn curve(tail: Place, head: Place) -> String {
    let side = if head.y >= tail.y {
        HEIGHT / 2.0
    } else {
        -HEIGHT / 2.0
    };
    let (from, to) = (tail.y + side, head.y - side);
    let bend = ((to - from) / 2.0).abs().clamp(16.0, 90.0).copysign(side);
    let [x, from, first, second, other, to] =
        [tail.x, from, from + bend, to - bend, head.x, to].map(coordinate);
    format!("M{x} {from}C{x} {first} {other} {second} {other} {to}")
}

fn nodes<'d>(graph: &'d Graph<'_>, layout: &Layout, looks: Looks<'d>) -> Vec<Node<'d>> {
    let nodes = graph.nodes.iter().zip(&layout.places).enumerate();
    nodes
        .map(|(place, (node, at))| Node {
            place,
            x: coordinate(at.x),
            y: coordinate(at.y),
            left: coordinate(-at.width / 2.0),
            width: coordinate(at.width),
            label: node.pin.name.short_in_the_middle(LONGEST),
            title: format!("{} {}", node.pin.name, node.pin.version),
            is_direct: node.pin.is_direct(),
            link: match looks {
                Looks::Alone => "",
                Looks::InPage(links) => links.get(place).map_or("", String::as_str),
            },
            targets: classes(&node.pin.targets()),
            change: node.pin.change.map_or("", |_| " changed"),
        })
        .collect()
}

/// The words by which the nodes of a target are found.
fn classes(targets: &[usize]) -> String {
    let classes: Vec<String> = targets.iter().map(|target| format!(" t{target}")).collect();
    classes.concat()
}

#[cfg(test)]
mod tests {
    use crate::graph::Graph;
    use crate::graph::tests::report;

    #[test]
    fn there_is_a_node_for_each_pin_and_a_line_for_each_need() {
        let report = report("a: -\nb: a\nc: a b\n");
        let svg = Graph::of(&report, None).svg();
        assert_eq!(svg.matches("<rect").count(), 3);
        assert_eq!(svg.matches("<path").count(), 3);
        assert!(svg.starts_with("<svg xmlns="));
    }
}
