//! What weighs how much: a rectangle a package, as large as its share of what a target downloads.
//!
//! Squarified, after Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000): rows are laid along the
//! shorter side of what is left, each as long as its rectangles come nearer to squares. The crates for
//! it have seen no release for years.

use crate::model::Report;
use crate::number_text;

/// The most packages that have a rectangle of their own; the rest share one.
const MOST: usize = 48;

/// How wide a map is for its height.
const ASPECT: f64 = 2.4;

/// What a target downloads.
pub(super) struct Map {
    pub(super) target: String,
    /// The place of the target in [`Report::targets`]: not every target has a map.
    pub(super) place: usize,
    pub(super) cells: Vec<Cell>,
    /// Packages whose size is not known, which have no rectangle.
    pub(super) unknown: usize,
    pub(super) all: String,
}

/// A rectangle, in hundredths of the map.
pub(super) struct Cell {
    pub(super) label: String,
    pub(super) title: String,
    pub(super) size: String,
    pub(super) link: Option<String>,
    pub(super) kind: &'static str,
    pub(super) left: String,
    pub(super) top: String,
    pub(super) width: String,
    pub(super) height: String,
    /// Whether its label finds room.
    pub(super) is_labelled: bool,
}

/// The maps of the targets of which some size is known.
pub(super) fn maps(report: &Report, anchors: &[String]) -> Vec<Map> {
    let targets = 0..report.targets.len();
    targets
        .filter_map(|target| map(report, target, anchors))
        .collect()
}

fn map(report: &Report, target: usize, anchors: &[String]) -> Option<Map> {
    let mut weights = weights(report, target);
    let load = &report.loads()[target];
    if load.download.bytes == 0 {
        return None;
    }
    let rest = weights.split_off(weights.len().min(MOST));
    let rest_bytes: u64 = rest.iter().map(|(size, _)| size).sum();
    let sizes = weights
        .iter()
        .map(|(size, _)| *size)
        .chain((rest_bytes > 0).then_some(rest_bytes));
    let rectangles = squarified(&sizes.map(number_text::real).collect::<Vec<_>>());
    let cells =
        rectangles
            .iter()
            .enumerate()
            .map(|(number, rectangle)| match weights.get(number) {
                Some((size, pin)) => cell(report, *pin, target, *size, *rectangle, anchors),
                None => rest_cell(rest.len(), rest_bytes, *rectangle),
            });
    Some(Map {
        target: report.label(&report.targets[target]),
        place: target,
        cells: cells.collect(),
        unknown: load.download.unknown,
        all: number_text::sum(load.download),
    })
}

/// Sizes and pins, the largest first; those of no size left out.
fn weights(report: &Report, target: usize) -> Vec<(u64, usize)> {
    let pins = report.pins.iter().enumerate();
    let sizes = pins.filter_map(|(place, pin)| Some((pin.file_on(target)?.size?, place)));
    let mut weights: Vec<_> = sizes.filter(|(size, _)| *size > 0).collect();
    weights.sort_by_key(|(size, place)| (std::cmp::Reverse(*size), *place));
    weights
}

fn cell(
    report: &Report,
    pin: usize,
    target: usize,
    size: u64,
    at: Rectangle,
    anchors: &[String],
) -> Cell {
    let pinned = &report.pins[pin];
    let kind = pinned.file_on(target).map_or("", |file| file.kind.word());
    let label = pinned.name.short_in_the_middle(40);
    let title = format!(
        "{} {}, {}",
        pinned.name,
        pinned.version,
        number_text::bytes(size)
    );
    Cell {
        link: Some(anchors[pin].clone()),
        kind,
        ..placed(label, title, size, at)
    }
}

fn rest_cell(number: usize, size: u64, at: Rectangle) -> Cell {
    let label = format!("{number} more");
    let title = format!(
        "{}, {}",
        number_text::count(number, "smaller package"),
        number_text::bytes(size)
    );
    placed(label, title, size, at)
}

fn placed(label: String, title: String, size: u64, at: Rectangle) -> Cell {
    let hundredths = |part: f64| format!("{:.2}", part * 100.0);
    Cell {
        is_labelled: at.width * ASPECT > 0.15 && at.height > 0.07,
        label,
        title,
        size: number_text::bytes(size),
        link: None,
        kind: "rest",
        left: hundredths(at.left),
        top: hundredths(at.top),
        width: hundredths(at.width),
        height: hundredths(at.height),
    }
}

/// Parts of a map whose sides are 1.
#[derive(Debug, Clone, Copy)]
struct Rectangle {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

/// Rectangles of these sizes, which are positive and descending.
fn squarified(sizes: &[f64]) -> Vec<Rectangle> {
    let scale = ASPECT / sizes.iter().sum::<f64>();
    let areas: Vec<f64> = sizes.iter().map(|size| size * scale).collect();
    let mut free = Rectangle {
        left: 0.0,
        top: 0.0,
        width: ASPECT,
        height: 1.0,
    };
    let mut rectangles = Vec::with_capacity(areas.len());
    let mut left = areas.as_slice();
    while !left.is_empty() {
        let side = free.width.min(free.height);
        let (row, rest) = left.split_at(best_row(left, side));
        free = lay_row(row, free, &mut rectangles);
        left = rest;
    }
    for rectangle in &mut rectangles {
        rectangle.left /= ASPECT;
        rectangle.width /= ASPECT;
    }
    rectangles
}

/// How many of the areas a row along `side` takes.
fn best_row(areas: &[f64], side: f64) -> usize {
    let mut best = f64::INFINITY;
    for length in 1..=areas.len() {
        let worst = worst_ratio(&areas[..length], side);
        if worst > best {
            return length - 1;
        }
        best = worst;
    }
    areas.len()
}

/// How far the rectangle that is least like a square is from one.
fn worst_ratio(row: &[f64], side: f64) -> f64 {
    let depth = row.iter().sum::<f64>() / side;
    let ratios = row.iter().map(|area| {
        let length = area / depth;
        (length / depth).max(depth / length)
    });
    ratios.fold(0.0, f64::max)
}

/// Lays a row along the shorter side; what is left free.
fn lay_row(row: &[f64], free: Rectangle, rectangles: &mut Vec<Rectangle>) -> Rectangle {
    let is_upright = free.width > free.height;
    let side = free.width.min(free.height);
    let depth = row.iter().sum::<f64>() / side;
    let mut along = 0.0;
    for area in row {
        let length = area / depth;
        rectangles.push(if is_upright {
            Rectangle {
                left: free.left,
                top: free.top + along,
                width: depth,
                height: length,
            }
        } else {
            Rectangle {
                left: free.left + along,
                top: free.top,
                width: length,
                height: depth,
            }
        });
        along += length;
    }
    if is_upright {
        Rectangle {
            left: free.left + depth,
            width: free.width - depth,
            ..free
        }
    } else {
        Rectangle {
            top: free.top + depth,
            height: free.height - depth,
            ..free
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rectangles_are_as_large_as_their_sizes_and_within_the_map(
            mut sizes in prop::collection::vec(1_u32..1_000_000, 1..60)
        ) {
            sizes.sort_unstable_by(|one, other| other.cmp(one));
            let sizes: Vec<f64> = sizes.into_iter().map(f64::from).collect();
            let all: f64 = sizes.iter().sum();
            for (size, at) in sizes.iter().zip(squarified(&sizes)) {
                prop_assert!((at.width * at.height - size / all).abs() < 1e-6);
                prop_assert!(at.left >= 0.0 && at.left + at.width < 1.000_001);
                prop_assert!(at.top >= 0.0 && at.top + at.height < 1.000_001);
            }
        }
    }
}
