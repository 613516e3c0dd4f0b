//! The matrix: one row per package, one column per target.

use std::collections::BTreeSet;

use super::links::Link;
use crate::derived_facts::Row;
use crate::model::{ChangeKind, Installed, Pin, Report};
use crate::number_text;

/// A column of the matrix.
pub(super) struct Column {
    pub(super) platform: String,
    pub(super) python: String,
    pub(super) title: String,
}

/// A row of the matrix.
pub(super) struct RowView {
    pub(super) links: Vec<Link>,
    pub(super) name: String,
    pub(super) summary: String,
    /// What the filters go by.
    pub(super) classes: String,
    pub(super) change: Option<ChangeKind>,
    pub(super) cells: Vec<Cell>,
    pub(super) uploaded: String,
    pub(super) is_young: bool,
    pub(super) size: String,
    pub(super) bytes: u64,
    /// Its part of the largest, in hundredths.
    pub(super) share: u64,
    pub(super) yanked: bool,
    pub(super) advisories: usize,
}

/// What a target installs of a package.
pub(super) struct Cell {
    pub(super) kind: &'static str,
    /// The version, where it differs from that of other targets.
    pub(super) version: String,
    pub(super) size: String,
    pub(super) bytes: u64,
}

pub(super) fn columns(report: &Report) -> Vec<Column> {
    let columns = report.targets.iter().map(|target| {
        let name = target.name.to_string();
        let (platform, python) = name.split_once('-').unwrap_or((&name, ""));
        let lock = report
            .locks
            .get(target.lock)
            .filter(|_| report.locks.len() > 1);
        let python = python.rsplit('-').next().unwrap_or_default();
        Column {
            platform: platform.to_owned(),
            python: lock.map_or_else(
                || python.to_owned(),
                |lock| format!("{python} · {}", lock.name),
            ),
            title: format!("{}: {}", report.label(target), target.description),
        }
    });
    columns.collect()
}

pub(super) fn rows(report: &Report, anchors: &[String]) -> Vec<RowView> {
    let rows = report.rows();
    let largest = rows
        .iter()
        .filter_map(|row| size(report, row))
        .max()
        .unwrap_or(0);
    rows.iter()
        .map(|row| view(report, row, largest.max(1), anchors))
        .collect()
}

/// The largest file of the row, if it is known of all.
fn size(report: &Report, row: &Row<'_>) -> Option<u64> {
    let sizes: Option<Vec<u64>> = row
        .pins
        .iter()
        .map(|pin| report.pins[*pin].largest())
        .collect();
    sizes?.into_iter().max()
}

fn view(report: &Report, row: &Row<'_>, largest: u64, anchors: &[String]) -> RowView {
    let pins = || row.pins.iter().map(|pin| &report.pins[*pin]);
    let uploads: Option<Vec<_>> = pins().map(Pin::uploaded).collect();
    let uploaded = uploads.and_then(|uploads| uploads.into_iter().max());
    let is_young = uploaded.is_some_and(|when| super::is_young(report, when));
    let bytes = size(report, row);
    RowView {
        links: row
            .pins
            .iter()
            .map(|pin| Link::to(report, *pin, anchors))
            .collect(),
        name: row.name.to_string(),
        summary: pins()
            .find_map(|pin| pin.summary.as_ref())
            .map_or_else(String::new, |text| text.short(160)),
        classes: classes(report, row, is_young),
        change: pins().find_map(|pin| pin.change),
        cells: (0..report.targets.len())
            .map(|target| cell(report, row, target))
            .collect(),
        uploaded: number_text::known_day(uploaded),
        is_young,
        size: number_text::size(bytes),
        bytes: bytes.unwrap_or(0),
        share: bytes.unwrap_or(0).saturating_mul(100) / largest,
        yanked: pins().any(|pin| pin.yanked.is_some()),
        advisories: pins()
            .flat_map(|pin| pin.advisories.iter().flatten())
            .count(),
    }
}

/// The words that filters look for.
fn classes(report: &Report, row: &Row<'_>, is_young: bool) -> String {
    let pins = || row.pins.iter().map(|pin| &report.pins[*pin]);
    let on: BTreeSet<usize> = pins().flat_map(Pin::targets).collect();
    let kinds: BTreeSet<&str> = pins()
        .flat_map(Pin::used)
        .map(|file| file.kind.word())
        .collect();
    let mut classes: Vec<&str> = kinds.into_iter().collect();
    for (is_one, class) in [
        (pins().any(Pin::is_direct), "direct"),
        (
            row.pins.len() > 1 || on.len() < report.targets.len(),
            "differs",
        ),
        (pins().any(|pin| pin.change.is_some()), "changed"),
        (is_young, "young"),
    ] {
        if is_one {
            classes.push(class);
        }
    }
    classes.join(" ")
}

fn cell(report: &Report, row: &Row<'_>, target: usize) -> Cell {
    let installed: Vec<_> = row
        .pins
        .iter()
        .map(|pin| &report.pins[*pin])
        .filter(|pin| pin.is_on(target))
        .collect();
    let Some(first) = installed.first() else {
        return Cell {
            kind: "gap",
            version: String::new(),
            size: String::new(),
            bytes: 0,
        };
    };
    let versions: Vec<String> = installed
        .iter()
        .map(|pin| pin.version.to_string())
        .collect();
    let file = first.file_on(target);
    let size = file.and_then(|file| file.size);
    Cell {
        kind: match first.installs.get(target) {
            Some(Installed::File(_)) => file.map_or("unknown", |file| file.kind.word()),
            _ => "unknown",
        },
        version: if row.pins.len() > 1 {
            versions.join(" or ")
        } else {
            String::new()
        },
        size: size.map_or_else(|| "?".to_owned(), number_text::bytes),
        bytes: size.unwrap_or(0),
    }
}

/// The filters that leave some rows out and some in: what they look for, what they are called, how many
/// rows they show.
pub(super) fn filters(rows: &[RowView]) -> Vec<(&'static str, &'static str, usize)> {
    let all = [
        ("changed", "Changed"),
        ("direct", "Asked for directly"),
        ("differs", "Differs between targets"),
        ("young", "Very new"),
        ("native", "Native"),
        ("abi3", "abi3"),
        ("built", "Built"),
        ("unknown", "Unknown"),
    ];
    let counted = all.map(|(class, label)| {
        let shown = rows
            .iter()
            .filter(|row| row.classes.split(' ').any(|one| one == class));
        (class, label, shown.count())
    });
    let is_useful = |(.., number): &(&str, &str, usize)| (1..rows.len()).contains(number);
    counted.into_iter().filter(is_useful).collect()
}
