//! What changed since another strict file.

use jiff::Timestamp;

use crate::model::{Change, ChangeKind, Comparison, Report, Sum};
use crate::number_text;

/// The changes in full.
#[expect(
    clippy::struct_field_names,
    reason = "the template reads `changes.changes`"
)]
pub(super) struct Changes {
    pub(super) old: String,
    pub(super) summary: String,
    pub(super) changes: Vec<ChangeView>,
    /// Targets and cutoffs.
    pub(super) notes: Vec<String>,
}

pub(super) struct ChangeView {
    pub(super) sign: char,
    pub(super) word: &'static str,
    pub(super) name: String,
    pub(super) anchor: Option<String>,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) targets: Vec<String>,
}

pub(super) fn changes(report: &Report, anchors: &[String]) -> Option<Changes> {
    let comparison = report.comparison.as_ref()?;
    let text =
        |text: &Option<crate::Text>| text.as_ref().map_or_else(String::new, ToString::to_string);
    let view = |change: &Change| {
        let pin = report.pins.iter().position(|pin| pin.name == change.name);
        ChangeView {
            sign: change.kind.sign(),
            word: change.kind.word(),
            name: change.name.to_string(),
            anchor: pin.map(|pin| anchors[pin].clone()),
            before: text(&change.before),
            after: text(&change.after),
            targets: change.targets.iter().map(ToString::to_string).collect(),
        }
    };
    Some(Changes {
        old: comparison.old.to_string(),
        summary: summary(comparison),
        changes: comparison.changes.iter().map(view).collect(),
        notes: notes(comparison),
    })
}

/// `2 added, 1 raised`, or `no pin changed`.
pub(crate) fn summary(comparison: &Comparison) -> String {
    let kinds = [
        ChangeKind::Added,
        ChangeKind::Removed,
        ChangeKind::Raised,
        ChangeKind::Lowered,
        ChangeKind::OtherFiles,
    ];
    let counts = kinds.into_iter().filter_map(|kind| {
        let number = comparison
            .changes
            .iter()
            .filter(|change| change.kind == kind)
            .count();
        let word = match kind {
            ChangeKind::OtherFiles => "with other files",
            kind => kind.word(),
        };
        (number > 0).then(|| format!("{number} {word}"))
    });
    let counts: Vec<String> = counts.collect();
    if counts.is_empty() {
        "no pin changed".to_owned()
    } else {
        counts.join(", ")
    }
}

/// Targets and cutoffs that are others.
pub(crate) fn notes(comparison: &Comparison) -> Vec<String> {
    let targets = |what: &str, targets: &[crate::Text]| -> Vec<String> {
        targets
            .iter()
            .map(|target| format!("target {what}: {target}"))
            .collect()
    };
    let mut notes = targets("added", &comparison.targets_added);
    notes.extend(targets("removed", &comparison.targets_removed));
    let moment =
        |moment: Option<Timestamp>| moment.map_or_else(|| "none".to_owned(), number_text::day);
    notes.extend(
        comparison
            .cutoffs
            .map(|[old, new]| format!("cutoff: {} before, {} now", moment(old), moment(new))),
    );
    notes
}

/// `raised from 1.0 to 1.1`.
pub(crate) fn described(change: &Change) -> String {
    let text =
        |text: &Option<crate::Text>| text.as_ref().map_or_else(String::new, ToString::to_string);
    let (before, after) = (text(&change.before), text(&change.after));
    match change.kind {
        ChangeKind::Added => format!("added at {after}"),
        ChangeKind::Removed => format!("removed, was {before}"),
        ChangeKind::OtherFiles => "the same version in other files".to_owned(),
        kind => format!("{} from {before} to {after}", kind.word()),
    }
}

/// `+3.2 MB`, `−1.0 kB`, or nothing where it is not known or the same.
pub(super) fn growth(before: Option<Sum>, now: Sum) -> String {
    let (Some(before), Some(now)) = (before.and_then(Sum::whole), now.whole()) else {
        return String::new();
    };
    match now.cmp(&before) {
        std::cmp::Ordering::Less => format!("−{}", number_text::bytes(before - now)),
        std::cmp::Ordering::Equal => String::new(),
        std::cmp::Ordering::Greater => format!("+{}", number_text::bytes(now - before)),
    }
}
