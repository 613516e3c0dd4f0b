//! The top of the page: a sentence about the lock, a few figures, and a line for each target.

use super::changes::growth;
use super::links::Link;
use crate::derived_facts::Load;
use crate::model::{Kind, Lock, Report, Sum};
use crate::number_text;

/// A figure, large, and what it is, small.
pub(super) struct Figure {
    pub(super) label: &'static str,
    pub(super) value: String,
    pub(super) note: String,
    /// The package it is about.
    pub(super) link: Option<Link>,
    pub(super) is_warning: bool,
}

/// A target and what it gets.
pub(super) struct TargetView {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) packages: usize,
    pub(super) download: String,
    pub(super) growth: String,
    pub(super) share: u64,
    pub(super) installed: String,
    pub(super) kinds: Vec<(&'static str, usize)>,
}

/// A strict file and how it is made.
pub(super) struct LockView {
    pub(super) name: String,
    pub(super) command: Option<String>,
    pub(super) cutoff: String,
}

/// What the report is of, in a sentence.
pub(super) fn lede(report: &Report) -> String {
    let targets = number_text::count(report.targets.len(), "target");
    let mut lede = vec![format!(
        "{} for {targets}",
        number_text::count(report.packages(), "package")
    )];
    let loose: Vec<&str> = report
        .locks
        .iter()
        .flat_map(|lock| &lock.loose)
        .map(crate::Text::as_str)
        .collect();
    if !loose.is_empty() {
        lede.push(format!(", made from {}", loose.join(", ")));
    }
    // Packages may have cutoffs of their own, so this does not say what is in it.
    let cutoffs: Vec<_> = report.locks.iter().filter_map(|lock| lock.cutoff).collect();
    if let Some(cutoff) = cutoffs.iter().max() {
        let what = if report.locks.len() > 1 {
            "the latest cutoff is"
        } else {
            "the cutoff is"
        };
        lede.push(format!("; {what} {}", number_text::day(*cutoff)));
    }
    lede.concat() + "."
}

pub(super) fn figures(report: &Report, anchors: &[String]) -> Vec<Figure> {
    let loads = report.loads();
    let direct = report.pins.iter().filter(|pin| pin.is_direct()).count();
    let mut figures = vec![figure(
        "Packages",
        report.packages().to_string(),
        format!("{direct} asked for directly"),
    )];
    figures.push(range(
        "To download",
        loads.iter().map(|load| load.download),
        report.download(),
    ));
    let installed = loads.iter().map(|load| load.installed);
    let files = report.pins.iter().flat_map(crate::model::Pin::used);
    figures.push(range(
        "Installed",
        installed,
        files.map(|file| file.installed).collect(),
    ));
    figures.extend(uploads(report, anchors));
    figures.push(found(report));
    figures
}

fn figure(label: &'static str, value: String, note: String) -> Figure {
    Figure {
        label,
        value,
        note,
        link: None,
        is_warning: false,
    }
}

/// The sums of all targets: the smallest and the largest.
fn range(label: &'static str, sums: impl Iterator<Item = Sum>, all: Sum) -> Figure {
    let mut sums: Vec<Sum> = sums.collect();
    if sums.is_empty() {
        sums.push(all);
    }
    let least = sums
        .iter()
        .min_by_key(|sum| sum.bytes)
        .copied()
        .unwrap_or_default();
    let most = sums
        .iter()
        .max_by_key(|sum| sum.bytes)
        .copied()
        .unwrap_or_default();
    let unknown = sums.iter().map(|sum| sum.unknown).max().unwrap_or(0);
    let note = match (unknown, most.known) {
        (0, _) if sums.len() > 1 => "for each target".to_owned(),
        (0, _) => String::new(),
        (_, 0) => "nothing kept here says".to_owned(),
        _ => format!("{} of unknown size", number_text::count(unknown, "file")),
    };
    let (low, high) = (number_text::sum(least), number_text::sum(most));
    figure(label, between(&low, &high), note)
}

/// From one size to another, with the unit once if it is the same: `25.6–44.4 MB`.
fn between(low: &str, high: &str) -> String {
    if low == high {
        return high.to_owned();
    }
    let (number, unit) = low.rsplit_once(' ').unwrap_or((low, ""));
    match high.rsplit_once(' ') {
        Some((most, same)) if same == unit && !most.starts_with('≥') => {
            format!("{number}–{most} {unit}")
        }
        _ => format!("{low} – {high}"),
    }
}

fn uploads(report: &Report, anchors: &[String]) -> Vec<Figure> {
    let uploads = report.uploads();
    let (Some(oldest), Some(newest)) = (uploads.first(), uploads.last()) else {
        let note = "nothing kept here says".to_owned();
        return vec![figure("Uploaded", "unknown".to_owned(), note)];
    };
    let one = |label, upload: &crate::derived_facts::Upload| Figure {
        link: Some(Link::to(report, upload.pin, anchors)),
        ..figure(label, number_text::day(upload.when), String::new())
    };
    vec![one("Newest", newest), one("Oldest", oldest)]
}

fn found(report: &Report) -> Figure {
    let advisories = report
        .pins
        .iter()
        .flat_map(|pin| pin.advisories.iter().flatten())
        .count();
    let (value, note, is_warning) = match &report.findings {
        _ if advisories > 0 => (
            number_text::count(advisories, "advisory").replace("advisorys", "advisories"),
            "see the packages".to_owned(),
            true,
        ),
        None => (
            "not checked".to_owned(),
            "harden check does".to_owned(),
            false,
        ),
        Some(findings) if findings.is_empty() => {
            ("passes".to_owned(), "harden check".to_owned(), false)
        }
        Some(findings) => (
            number_text::count(findings.len(), "finding"),
            "of harden check, below".to_owned(),
            true,
        ),
    };
    Figure {
        is_warning,
        ..figure("Check", value, note)
    }
}

pub(super) fn targets(report: &Report) -> Vec<TargetView> {
    let loads = report.loads();
    let most = loads
        .iter()
        .map(|load| load.download.bytes)
        .max()
        .unwrap_or(0)
        .max(1);
    let before = report
        .comparison
        .as_ref()
        .map(|comparison| &comparison.downloads);
    let views = loads.iter().enumerate().map(|(place, load)| {
        let before = before.and_then(|before| before.get(place).copied().flatten());
        view(report, load, before, most)
    });
    views.collect()
}

fn view(report: &Report, load: &Load<'_>, before: Option<Sum>, most: u64) -> TargetView {
    let kinds = load
        .kinds
        .iter()
        .map(|(kind, number)| (Kind::word(*kind), *number));
    TargetView {
        name: report.label(load.target),
        description: load.target.description.to_string(),
        packages: load.packages,
        download: number_text::sum(load.download),
        growth: growth(before, load.download),
        share: load.download.bytes.saturating_mul(100) / most,
        installed: number_text::sum(load.installed),
        kinds: kinds.collect(),
    }
}

pub(super) fn locks(report: &Report) -> Vec<LockView> {
    let views = report.locks.iter().map(|lock: &Lock| LockView {
        name: lock.name.to_string(),
        command: lock.command.as_ref().map(ToString::to_string),
        cutoff: lock
            .cutoff
            .map_or_else(|| "none".to_owned(), number_text::day),
    });
    views.collect()
}
