//! The details of each package, and the commands for it.

use super::links::Link;
use crate::graph::Graph;
use crate::model::{Advisory, File, Pin, Report, Who};
use crate::number_text;

/// A package in full.
pub(super) struct Detail {
    pub(super) link: Link,
    pub(super) summary: String,
    pub(super) change: Option<String>,
    pub(super) extras: String,
    pub(super) marker: String,
    pub(super) reference: String,
    pub(super) places: String,
    /// The way from a loose file, if it is more than a step.
    pub(super) way: Vec<String>,
    pub(super) required_by: Vec<AskerView>,
    pub(super) needs: Vec<Link>,
    pub(super) files: Vec<FileView>,
    pub(super) hashes: Vec<String>,
    pub(super) uploaded: String,
    pub(super) licence: Option<String>,
    pub(super) publisher: Option<String>,
    pub(super) newer: Option<NewerView>,
    pub(super) yanked: Option<String>,
    pub(super) advisories: Option<Vec<AdvisoryView>>,
    /// What is not known of it.
    pub(super) unknown: String,
    /// The locks that a newer release, or the one of a version, is taken into.
    pub(super) upgrades: Vec<(usize, String)>,
}

pub(super) struct AskerView {
    pub(super) name: String,
    pub(super) anchor: Option<String>,
    pub(super) requirement: String,
}

pub(super) struct FileView {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) size: String,
    pub(super) installed: String,
    pub(super) sha256: Option<String>,
    /// Empty where all targets that the package is for install it.
    pub(super) targets: Vec<String>,
}

pub(super) struct NewerView {
    pub(super) version: Option<String>,
    pub(super) reasons: Vec<String>,
}

pub(super) struct AdvisoryView {
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) fixed: String,
}

pub(super) fn details(report: &Report, graph: &Graph<'_>, anchors: &[String]) -> Vec<Detail> {
    let ways = graph.ways();
    let pins = report.pins.iter().enumerate();
    pins.map(|(place, pin)| {
        let view = View {
            report,
            graph,
            anchors,
            place,
            pin,
        };
        view.detail(&ways[place])
    })
    .collect()
}

struct View<'v, 'r> {
    report: &'r Report,
    graph: &'v Graph<'r>,
    anchors: &'v [String],
    place: usize,
    pin: &'r Pin,
}

impl View<'_, '_> {
    fn detail(&self, way: &[usize]) -> Detail {
        let pin = self.pin;
        let text = |text: &crate::Text| text.to_string();
        let or_nothing = |text: &Option<crate::Text>| {
            text.as_ref().map_or_else(String::new, ToString::to_string)
        };
        Detail {
            link: Link::to(self.report, self.place, self.anchors),
            summary: or_nothing(&pin.summary),
            change: self.change(),
            extras: joined(&pin.extras),
            marker: or_nothing(&pin.marker),
            reference: or_nothing(&pin.reference),
            places: joined(&pin.places),
            way: self.way(way),
            required_by: self.required_by(),
            needs: self.graph.nodes[self.place]
                .needs
                .iter()
                .map(|pin| Link::to(self.report, *pin, self.anchors))
                .collect(),
            files: pin
                .files
                .iter()
                .enumerate()
                .map(|(place, file)| self.file(place, file))
                .collect(),
            hashes: pin.hashes.iter().map(text).collect(),
            uploaded: number_text::known_day(pin.uploaded()),
            licence: pin.licence.as_ref().map(text),
            publisher: pin.publisher.as_ref().map(text),
            newer: pin.newer.as_ref().map(|newer| NewerView {
                version: newer.version.as_ref().map(text),
                reasons: newer.reasons.iter().map(text).collect(),
            }),
            yanked: pin.yanked.as_ref().map(text),
            advisories: pin
                .advisories
                .as_ref()
                .map(|found| found.iter().map(advisory).collect()),
            unknown: self.unknown(),
            upgrades: self.upgrades(),
        }
    }

    fn change(&self) -> Option<String> {
        let changes = &self.report.comparison.as_ref()?.changes;
        let described: Vec<String> = changes
            .iter()
            .filter(|change| change.name == self.pin.name)
            .map(super::changes::described)
            .collect();
        (!described.is_empty()).then(|| described.join("; "))
    }

    fn way(&self, way: &[usize]) -> Vec<String> {
        let names = way.iter().map(|pin| self.report.pins[*pin].name.short(60));
        if way.len() > 2 {
            names.collect()
        } else {
            Vec::new()
        }
    }

    fn required_by(&self) -> Vec<AskerView> {
        let needed_by = &self.graph.nodes[self.place].needed_by;
        let askers = self.pin.required_by.iter().map(|asker| {
            let (name, anchor) = match &asker.who {
                Who::File(file) => (format!("-r {file}"), None),
                Who::Package(name) => {
                    let by = needed_by
                        .iter()
                        .find(|by| self.report.pins[**by].name == *name);
                    (name.to_string(), by.map(|by| self.anchors[*by].clone()))
                }
            };
            let requirement = asker
                .requirement
                .as_ref()
                .map_or_else(String::new, ToString::to_string);
            AskerView {
                name,
                anchor,
                requirement,
            }
        });
        askers.collect()
    }

    fn file(&self, place: usize, file: &File) -> FileView {
        let on = self.pin.targets();
        let here: Vec<usize> = on
            .iter()
            .copied()
            .filter(|target| self.pin.installs[*target] == crate::model::Installed::File(place))
            .collect();
        let is_on_all = here.len() == self.report.targets.len();
        let labels = here
            .iter()
            .map(|target| self.report.label(&self.report.targets[*target]));
        FileView {
            name: file
                .name
                .as_ref()
                .map_or_else(|| "name unknown".to_owned(), ToString::to_string),
            kind: file.kind.word(),
            size: number_text::size(file.size),
            installed: number_text::size(file.installed),
            sha256: file.sha256.as_ref().map(ToString::to_string),
            targets: if is_on_all {
                Vec::new()
            } else {
                labels.collect()
            },
        }
    }

    fn unknown(&self) -> String {
        let pin = self.pin;
        let parts = [
            (pin.uploaded().is_none(), "date of upload"),
            (pin.newer.is_none(), "newer releases"),
            (pin.licence.is_none(), "licence"),
            (pin.publisher.is_none(), "maintainer"),
            (pin.advisories.is_none(), "advisories (no audit lists it)"),
        ];
        let unknown = parts.into_iter().filter(|(is_unknown, _)| *is_unknown);
        unknown.map(|(_, what)| what).collect::<Vec<_>>().join(", ")
    }

    /// What acts on the package, as far as it is known how its lock is made.
    fn upgrades(&self) -> Vec<(usize, String)> {
        let target = self.pin.targets().first().copied();
        let lock = target.map_or(0, |target| self.report.targets[target].lock);
        let made_by = self
            .report
            .locks
            .get(lock)
            .and_then(|lock| lock.command.as_ref());
        let is_newest = self
            .pin
            .newer
            .as_ref()
            .is_some_and(|newer| newer.version.is_none());
        if made_by.is_none() || is_newest {
            return Vec::new();
        }
        let advisories = self.pin.advisories.iter().flatten();
        let fixed = advisories.filter_map(|advisory| advisory.fixed.as_ref());
        let versions = fixed.map(ToString::to_string).chain([String::new()]);
        versions.map(|version| (lock, version)).collect()
    }
}

fn advisory(advisory: &Advisory) -> AdvisoryView {
    AdvisoryView {
        id: advisory.id.to_string(),
        summary: advisory.summary.to_string(),
        fixed: advisory
            .fixed
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
    }
}

fn joined(texts: &[crate::Text]) -> String {
    texts
        .iter()
        .map(crate::Text::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}
