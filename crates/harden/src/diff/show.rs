//! Differences told: for terminals, for pull requests, for machines.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::compare::{Change, ChangeKind, Difference, Versions};
use crate::words::list;

/// For terminals: one line a change.
pub fn text(difference: &Difference) -> String {
    let mut lines: Vec<String> = difference.changes.iter().map(line).collect();
    let targets = |sign: &str, targets: &[String]| -> Vec<String> {
        targets
            .iter()
            .map(|target| format!("{sign} target {target}"))
            .collect()
    };
    lines.extend(targets("+", &difference.targets_added));
    lines.extend(targets("-", &difference.targets_removed));
    if let Some([old, new]) = &difference.cutoffs {
        lines.push(format!(
            "~ exclude-newer {} → {}",
            moment(*old),
            moment(*new)
        ));
    }
    lines.push(summary(difference));
    lines.join("\n") + "\n"
}

/// For pull requests: a table.
pub fn markdown(difference: &Difference) -> String {
    let mut lines = vec![format!("**{}**", summary(difference))];
    if !difference.changes.is_empty() {
        lines
            .push("\n| package | before | after | targets |\n| --- | --- | --- | --- |".to_owned());
    }
    for change in &difference.changes {
        let [before, after] = sides(&change.kind);
        let after = match &change.kind {
            ChangeKind::OtherFiles(_) => format!("{after}, other files"),
            _ => after,
        };
        let targets: Vec<String> = change
            .targets
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let targets = match targets.as_slice() {
            [] => "all".to_owned(),
            some => some.join(", "),
        };
        lines.push(format!(
            "| {} | {before} | {after} | {targets} |",
            change.name
        ));
    }
    let mut more = |what: &str, targets: &[String]| {
        if !targets.is_empty() {
            lines.push(format!("\nTargets {what}: {}", list(targets)));
        }
    };
    more("added", &difference.targets_added);
    more("removed", &difference.targets_removed);
    if let Some([old, new]) = &difference.cutoffs {
        let (old, new) = (moment(*old), moment(*new));
        lines.push(format!("\nCutoff: {old} before, {new} now"));
    }
    lines.join("\n") + "\n"
}

/// For machines.
pub fn json(difference: &Difference) -> String {
    let versions =
        |versions: &Versions| -> Value { versions.iter().map(ToString::to_string).collect() };
    let change = |change: &Change| {
        let (kind, old, new) = match &change.kind {
            ChangeKind::Added(new) => ("added", None, Some(new)),
            ChangeKind::Removed(old) => ("removed", Some(old), None),
            ChangeKind::Changed(old, new) => ("changed", Some(old), Some(new)),
            ChangeKind::OtherFiles(same) => ("other-files", Some(same), Some(same)),
        };
        json!({
            "name": change.name.as_str(),
            "change": kind,
            "old": old.map(versions),
            "new": new.map(versions),
            "targets": (!change.targets.is_empty()).then_some(&change.targets),
        })
    };
    let cutoffs = difference.cutoffs.as_ref().map(|[old, new]| {
        let text = |cutoff: &Option<Timestamp>| cutoff.map(|moment| moment.to_string());
        json!({"old": text(old), "new": text(new)})
    });
    let value = json!({
        "changes": difference.changes.iter().map(change).collect::<Vec<_>>(),
        "targets_added": difference.targets_added,
        "targets_removed": difference.targets_removed,
        "exclude_newer": cutoffs,
    });
    format!("{value:#}\n")
}

fn line(change: &Change) -> String {
    let Change {
        name,
        kind,
        targets,
    } = change;
    let on = if targets.is_empty() {
        String::new()
    } else {
        format!(", on {}", list(targets))
    };
    match kind {
        ChangeKind::Added(new) => format!("+ {name} {}{on}", shown(new)),
        ChangeKind::Removed(old) => format!("- {name} {}{on}", shown(old)),
        ChangeKind::Changed(old, new) => {
            let older = if new.last() < old.last() {
                ", which is older"
            } else {
                ""
            };
            format!("~ {name} {} → {}{older}{on}", shown(old), shown(new))
        }
        ChangeKind::OtherFiles(same) => format!("~ {name} {}, other files{on}", shown(same)),
    }
}

fn sides(kind: &ChangeKind) -> [String; 2] {
    match kind {
        ChangeKind::Added(new) => [String::new(), shown(new)],
        ChangeKind::Removed(old) => [shown(old), String::new()],
        ChangeKind::Changed(old, new) => [shown(old), shown(new)],
        ChangeKind::OtherFiles(same) => [shown(same), shown(same)],
    }
}

fn shown(versions: &Versions) -> String {
    list(&versions.iter().collect::<Vec<_>>())
}

fn moment(cutoff: Option<Timestamp>) -> String {
    cutoff.map_or_else(|| "none".to_owned(), |moment| moment.to_string())
}

/// `2 added, 1 removed, 3 changed`: lines, of which a package may have several.
fn summary(difference: &Difference) -> String {
    if difference.is_empty() {
        return "no difference".to_owned();
    }
    let count = |wanted: fn(&ChangeKind) -> bool, word: &str| {
        let changes = difference.changes.iter();
        let number = changes.filter(|change| wanted(&change.kind)).count();
        (number > 0).then(|| format!("{number} {word}"))
    };
    let counts = [
        count(|kind| matches!(kind, ChangeKind::Added(_)), "added"),
        count(|kind| matches!(kind, ChangeKind::Removed(_)), "removed"),
        count(|kind| matches!(kind, ChangeKind::Changed(..)), "changed"),
        count(
            |kind| matches!(kind, ChangeKind::OtherFiles(_)),
            "with other files",
        ),
    ];
    let counts: Vec<String> = counts.into_iter().flatten().collect();
    if counts.is_empty() {
        "no pin changed".to_owned()
    } else {
        counts.join(", ")
    }
}
