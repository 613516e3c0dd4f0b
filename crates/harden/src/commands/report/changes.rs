//! What changed between two strict files, for a report of the newer one.

use harden_report::Text;
use harden_report::model::{Change, ChangeKind, Comparison, Report};

use super::NamedStrict;
use super::build_model::gather;
use super::local_facts::LocalFacts;
use crate::commands::diff::compare::{self, Difference, Versions};
use crate::report::format::list;

/// Adds to the report of `new` what changed since `old`.
pub(super) fn compare(
    report: &mut Report,
    old: &NamedStrict,
    new: &NamedStrict,
    known: &LocalFacts,
) {
    let difference = Difference::between(&old.strict, &new.strict);
    let changes: Vec<Change> = difference.changes.iter().map(change).collect();
    for pin in &mut report.pins {
        let own = changes.iter().find(|change| change.name == pin.name);
        pin.change = own.map(|change| change.kind);
    }
    let mut before = Report::default();
    gather(&mut before, old, known);
    let downloads = report.targets.iter().map(|target| {
        let place = before
            .targets
            .iter()
            .position(|known| known.name == target.name)?;
        Some(before.download_of(place))
    });
    report.comparison = Some(Comparison {
        old: Text::new(&old.name),
        downloads: downloads.collect(),
        targets_added: difference.targets_added.iter().map(Text::new).collect(),
        targets_removed: difference.targets_removed.iter().map(Text::new).collect(),
        cutoffs: difference.cutoffs,
        changes,
    });
}

fn change(change: &compare::Change) -> Change {
    let text = |versions: &Versions| Some(Text::new(list(&versions.iter().collect::<Vec<_>>())));
    let (kind, before, after) = match &change.kind {
        compare::ChangeKind::Added(new) => (ChangeKind::Added, None, text(new)),
        compare::ChangeKind::Removed(old) => (ChangeKind::Removed, text(old), None),
        compare::ChangeKind::Changed(old, new) if new.last() < old.last() => {
            (ChangeKind::Lowered, text(old), text(new))
        }
        compare::ChangeKind::Changed(old, new) => (ChangeKind::Raised, text(old), text(new)),
        compare::ChangeKind::OtherFiles(same) => (ChangeKind::OtherFiles, text(same), text(same)),
    };
    Change {
        name: Text::new(&change.name),
        kind,
        before,
        after,
        targets: change.targets.iter().map(Text::new).collect(),
    }
}
