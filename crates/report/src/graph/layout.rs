//! Where the nodes of a graph are drawn: in layers, what a loose file asks for at the top.
//!
//! `rust_sugiyama` gives each node its layer and its place in it, so that few edges cross. A layer of
//! a real lock is too wide to read (38 of Apache Airflow's 137 packages are in the second one), so it
//! is broken into rows, its nodes being dealt out to them in turn: each stays near the place it had.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::toposort;
use petgraph::algo::tred::{dag_to_toposorted_adjacency_list, dag_transitive_reduction_closure};
use petgraph::graph::{DiGraph, NodeIndex};
use rust_sugiyama::configure::{Config, RankingType};

use super::Graph;
use crate::number_text::length;

/// How high a node is drawn.
pub(crate) const HEIGHT: f64 = 24.0;

/// The most characters of a name that a node shows.
pub(crate) const LONGEST: usize = 26;

/// How wide a drawing may get before its layers are broken into rows: what a window shows.
const WIDEST: f64 = 1150.0;

/// Between the nodes of a row, and around them all.
const GAP: f64 = 14.0;

/// From the middle of a row to that of the next one, in a layer and between layers.
const ROW: f64 = 38.0;
const LAYER: f64 = 74.0;

/// More nodes than this are ordered with less effort: the better order takes time that grows fast.
const MANY: usize = 400;

/// More edges than this, once those that follow from others are left out, are not looked at.
const MANY_EDGES: usize = 4000;

/// A graph laid out.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Where each node is.
    pub(crate) places: Vec<Place>,
    /// The edges whose ends are linked by way of other nodes too.
    pub(crate) implied: BTreeSet<(usize, usize)>,
}

/// The middle of a node, and its width.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Place {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
}

impl Layout {
    /// Lays out a graph.
    pub(crate) fn of(graph: &Graph<'_>) -> Self {
        let widths: Vec<f64> = graph
            .nodes
            .iter()
            .map(|node| width(&node.pin.name.short_in_the_middle(LONGEST)))
            .collect();
        let edges = downward(graph);
        let kept = reduced(graph.nodes.len(), &edges);
        let layers = layers(&widths, &kept);
        let mut layout = placed(&widths, &layers);
        layout.implied = edges
            .into_iter()
            .filter(|edge| !kept.contains(edge))
            .collect();
        layout
    }
}

/// How wide a node is that shows this name: about, since the font is not known.
fn width(label: &str) -> f64 {
    length(label.chars().count()) * 6.7 + 20.0
}

/// The edges that shall lead down: none of a circle's back, none up to what a loose file asks for.
fn downward(graph: &Graph<'_>) -> Vec<(usize, usize)> {
    let roots: BTreeSet<usize> = graph.roots.iter().copied().collect();
    let edges = graph.edges().filter(|(_, head)| !roots.contains(head));
    let mut after: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (tail, head) in edges {
        after.entry(tail).or_default().push(head);
    }
    let starts = graph.roots.iter().copied().chain(0..graph.nodes.len());
    without_circles(&after, starts, graph.nodes.len())
}

/// The edges without those that lead back to where a walk from `starts` came from.
fn without_circles(
    after: &BTreeMap<usize, Vec<usize>>,
    starts: impl Iterator<Item = usize>,
    nodes: usize,
) -> Vec<(usize, usize)> {
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; nodes];
    let mut kept = Vec::new();
    for start in starts {
        let mut walk = vec![(start, 0)];
        while let Some((place, number)) = walk.pop() {
            if number == 0 && states[place] != State::New {
                continue;
            }
            states[place] = State::Open;
            match after.get(&place).and_then(|heads| heads.get(number)) {
                Some(head) => {
                    walk.push((place, number + 1));
                    if states[*head] != State::Open {
                        kept.push((place, *head));
                        walk.push((*head, 0));
                    }
                }
                None => states[place] = State::Done,
            }
        }
    }
    kept.sort_unstable();
    kept
}

/// The edges without those that follow from others.
fn reduced(nodes: usize, edges: &[(usize, usize)]) -> BTreeSet<(usize, usize)> {
    let all = || edges.iter().copied().collect();
    if edges.len() > MANY_EDGES {
        return all();
    }
    let mut graph = DiGraph::<(), ()>::with_capacity(nodes, edges.len());
    (0..nodes).for_each(|_| {
        graph.add_node(());
    });
    for (tail, head) in edges {
        graph.add_edge(NodeIndex::new(*tail), NodeIndex::new(*head), ());
    }
    let Ok(order) = toposort(&graph, None) else {
        return all();
    };
    let (list, _) = dag_to_toposorted_adjacency_list::<_, u32>(&graph, &order);
    let (reduction, _) = dag_transitive_reduction_closure(&list);
    let edges = reduction
        .edge_indices()
        .filter_map(|edge| reduction.edge_endpoints(edge));
    edges
        .map(|(tail, head)| {
            let old = |place: u32| order[place as usize].index();
            (old(tail), old(head))
        })
        .collect()
}

/// The nodes of each layer from left to right, each with its place from the left.
type Layers = BTreeMap<usize, Vec<(f64, usize)>>;

fn layers(widths: &[f64], edges: &BTreeSet<(usize, usize)>) -> Layers {
    let number = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
    let vertices: Vec<_> = widths
        .iter()
        .enumerate()
        .map(|(place, width)| (number(place), (*width, HEIGHT)))
        .collect();
    let edges: Vec<_> = edges
        .iter()
        .map(|(tail, head)| (number(*tail), number(*head)))
        .collect();
    let config = Config {
        ranking_type: RankingType::Up,
        transpose: widths.len() <= MANY,
        dummy_vertices: widths.len() <= MANY,
        vertex_spacing: GAP,
        ..Config::default()
    };
    let mut components = rust_sugiyama::from_vertices_and_edges(&vertices, &edges, &config);
    for (nodes, ..) in &mut components {
        nodes.sort_unstable_by_key(|(place, _)| *place);
    }
    components.sort_by_key(|(nodes, ..)| nodes.first().map(|(place, _)| *place));
    let mut layers = Layers::new();
    let mut left = 0.0;
    for (nodes, ..) in components {
        left = add_component(&mut layers, &nodes, left);
    }
    for layer in layers.values_mut() {
        layer.sort_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
    }
    layers
}

/// Adds a connected part of the graph at the right of what is there; where it ends.
fn add_component(layers: &mut Layers, nodes: &[(usize, (f64, f64))], left: f64) -> f64 {
    let xs = || nodes.iter().map(|(_, (x, _))| *x);
    let begin = xs().fold(f64::INFINITY, f64::min);
    let end = xs().fold(f64::NEG_INFINITY, f64::max);
    let mut heights: Vec<f64> = nodes.iter().map(|(_, (_, y))| *y).collect();
    heights.sort_by(f64::total_cmp);
    heights.dedup_by(|one, other| (*one - *other).abs() < 0.5);
    for (place, (x, y)) in nodes {
        let layer = heights.partition_point(|height| *height < y - 0.5);
        layers
            .entry(layer)
            .or_default()
            .push((left + x - begin, *place));
    }
    left + (end - begin) + 2.0 * GAP
}

/// A row: its nodes from left to right, each with its place from the left in its layer.
type Row = Vec<(f64, usize)>;

/// Breaks the layers into rows, and places the nodes of each.
fn placed(widths: &[f64], layers: &Layers) -> Layout {
    let room =
        |row: &[(f64, usize)]| -> f64 { row.iter().map(|(_, place)| widths[*place] + GAP).sum() };
    let layers: Vec<Vec<Row>> = layers
        .values()
        .map(|layer| dealt(layer, room(layer)))
        .collect();
    let width = layers
        .iter()
        .flatten()
        .map(|row| room(row))
        .fold(0.0, f64::max)
        + GAP;
    let xs = layers.iter().flatten().flatten().map(|(x, _)| *x);
    let scale = width / xs.fold(1.0, f64::max);
    let mut places = vec![Place::default(); widths.len()];
    let mut y = GAP + HEIGHT / 2.0;
    for (number, layer) in layers.iter().enumerate() {
        y += if number > 0 { LAYER } else { 0.0 };
        for (number, row) in layer.iter().enumerate() {
            y += if number > 0 { ROW } else { 0.0 };
            for (place, x) in spread(row, scale, widths, width) {
                let width = widths[place];
                places[place] = Place { x, y, width };
            }
        }
    }
    Layout {
        width,
        height: y + HEIGHT / 2.0 + GAP,
        places,
        implied: BTreeSet::new(),
    }
}

/// The nodes of a layer dealt out to as many rows as it takes.
fn dealt(layer: &[(f64, usize)], room: f64) -> Vec<Row> {
    let rows = rows(room);
    let row = |number| layer.iter().skip(number).step_by(rows).copied().collect();
    (0..rows).map(row).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small positive number"
)]
fn rows(room: f64) -> usize {
    // Filled to the brim, a row has no place left for its nodes to be near their neighbours.
    let rows = (room / WIDEST / 0.86).ceil().max(1.0);
    if room <= WIDEST { 1 } else { rows as usize }
}

/// The nodes of a row, as near to where they wish to be as they find room, in their order.
fn spread(row: &[(f64, usize)], scale: f64, widths: &[f64], width: f64) -> Vec<(usize, f64)> {
    let mut placed = Vec::with_capacity(row.len());
    let mut free = GAP;
    for (x, place) in row {
        let half = widths[*place] / 2.0;
        let x = (x * scale).max(free + half);
        free = x + half + GAP;
        placed.push((*place, x));
    }
    let mut limit = width - GAP;
    for (place, x) in placed.iter_mut().rev() {
        let half = widths[*place] / 2.0;
        *x = x.min(limit - half);
        limit = *x - half - GAP;
    }
    placed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::graph::tests::report;

    fn lines(needs: &[Vec<usize>]) -> String {
        let mut lines = Vec::new();
        for (place, askers) in needs.iter().enumerate() {
            let askers = askers.iter().map(|asker| match asker % needs.len() {
                asker if asker == place => " -".to_owned(),
                asker => format!(" p{asker}"),
            });
            let askers: Vec<String> = askers.collect();
            lines.push(format!("p{place}:{}\n", askers.concat()));
        }
        lines.concat()
    }

    #[test]
    fn what_a_loose_file_asks_for_is_at_the_top() {
        let report = report("a: -\nb: a\nc: - b\nd: c\nx: y\ny: x\n");
        let layout = Layout::of(&Graph::of(&report, None));
        let [a, b, c, d] = [0, 1, 2, 3].map(|place| layout.places[place].y);
        assert!(a < b && c < d && (a - c).abs() < 0.1, "{layout:?}");
    }

    #[test]
    fn an_edge_that_follows_from_others_is_reported() {
        let report = report("a: -\nb: a\nc: a b\n");
        let layout = Layout::of(&Graph::of(&report, None));
        assert_eq!(layout.implied, BTreeSet::from([(0, 2)]));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn nodes_lie_within_the_drawing_and_never_on_each_other(
            needs in prop::collection::vec(prop::collection::vec(0_usize..60, 0..4), 0..60)
        ) {
            let report = report(&lines(&needs));
            let layout = Layout::of(&Graph::of(&report, None));
            for (number, one) in layout.places.iter().enumerate() {
                prop_assert!(one.x - one.width / 2.0 >= 0.0 && one.x + one.width / 2.0 <= layout.width, "{one:?}");
                prop_assert!(one.y >= HEIGHT / 2.0 && one.y + HEIGHT / 2.0 <= layout.height);
                for other in &layout.places[..number] {
                    let apart = (one.x - other.x).abs() + 0.01 >= f64::midpoint(one.width, other.width);
                    prop_assert!(apart || (one.y - other.y).abs() + 0.01 >= HEIGHT);
                }
            }
        }

        #[test]
        fn the_same_graph_is_laid_out_the_same_way(
            needs in prop::collection::vec(prop::collection::vec(0_usize..40, 0..4), 0..40)
        ) {
            let report = report(&lines(&needs));
            let graph = Graph::of(&report, None);
            prop_assert_eq!(
                format!("{:?}", Layout::of(&graph)),
                format!("{:?}", Layout::of(&graph))
            );
        }
    }
}
