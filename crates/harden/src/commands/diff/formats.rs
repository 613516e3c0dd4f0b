//! Differences in their output formats: plain text, Markdown, JSON.

use clap::builder::styling::AnsiColor;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::cached_files::{CachedFiles, Files};
use super::compare::{Change, ChangeKind, Difference, RecordChange, Versions};
use crate::report::Terminal;
use crate::report::format::list;

/// Plain text: one line a change, and a summary.
pub fn text(difference: &Difference, known: &CachedFiles) -> String {
    let mut lines = lines(difference, known);
    lines.push(summary(difference));
    lines.join("\n") + "\n"
}

/// The text with additions in green, removals in red and changes in yellow, if standard output has colours.
pub fn colored(text: &str, terminal: Terminal) -> String {
    if !terminal.colors_output() {
        return text.to_owned();
    }
    let line = |line: &str| {
        let color = match line.chars().next() {
            Some('+') => AnsiColor::Green,
            Some('-') => AnsiColor::Red,
            Some('~') => AnsiColor::Yellow,
            _ => return format!("{line}\n"),
        };
        let style = color.on_default();
        format!("{style}{line}{style:#}\n")
    };
    text.lines().map(line).collect()
}

/// One line a change.
pub fn lines(difference: &Difference, known: &CachedFiles) -> Vec<String> {
    let changes = difference.changes.iter();
    let mut lines: Vec<String> = changes.map(|change| line(change, known)).collect();
    let targets = |sign: &str, targets: &[String]| -> Vec<String> {
        targets
            .iter()
            .map(|target| format!("{sign} target {target}"))
            .collect()
    };
    lines.extend(targets("+", &difference.targets_added));
    lines.extend(targets("-", &difference.targets_removed));
    let records = difference.records.iter();
    lines.extend(records.map(|change| {
        let [old, new] = values(change);
        format!("~ {} {} {old} → {new}", change.name, change.what)
    }));
    if let Some([old, new]) = &difference.cutoffs {
        lines.push(format!(
            "~ exclude-newer {} → {}",
            moment(*old),
            moment(*new)
        ));
    }
    lines
}

/// A Markdown table, for pull requests.
pub fn markdown(difference: &Difference, known: &CachedFiles) -> String {
    let mut lines = vec![format!("**{}**", summary(difference))];
    if !difference.changes.is_empty() {
        lines
            .push("\n| package | before | after | targets |\n| --- | --- | --- | --- |".to_owned());
    }
    for change in &difference.changes {
        let [before, after] = sides(change, known);
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
    for change in &difference.records {
        let [old, new] = values(change);
        lines.push(format!(
            "\n{} of {}: {old} before, {new} now",
            change.what, change.name
        ));
    }
    if let Some([old, new]) = &difference.cutoffs {
        let (old, new) = (moment(*old), moment(*new));
        lines.push(format!("\nCutoff: {old} before, {new} now"));
    }
    lines.join("\n") + "\n"
}

/// JSON.
pub fn json(difference: &Difference, known: &CachedFiles) -> String {
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
            "old_files": old.map(|old| files(&known.old, change, old)),
            "new_files": new.map(|new| files(&known.new, change, new)),
            "targets": (!change.targets.is_empty()).then_some(&change.targets),
        })
    };
    let record = |change: &RecordChange| {
        json!({
            "name": change.name.as_str(),
            "record": change.what,
            "old": change.old,
            "new": change.new,
        })
    };
    let cutoffs = difference.cutoffs.as_ref().map(|[old, new]| {
        let text = |cutoff: &Option<Timestamp>| cutoff.map(|moment| moment.to_string());
        json!({"old": text(old), "new": text(new)})
    });
    let value = json!({
        "changes": difference.changes.iter().map(change).collect::<Vec<_>>(),
        "records": difference.records.iter().map(record).collect::<Vec<_>>(),
        "targets_added": difference.targets_added,
        "targets_removed": difference.targets_removed,
        "exclude_newer": cutoffs,
    });
    format!("{value:#}\n")
}

/// What is known of the files of these versions; empty where nothing is.
fn files(known: &Files, change: &Change, versions: &Versions) -> Value {
    let files = versions
        .iter()
        .flat_map(|version| known.get(&change.name, version));
    let shown = files.map(|file| {
        json!({
            "filename": file.filename,
            "uploaded": file.upload_time.map(|moment| moment.to_string()),
            "bytes": file.size,
        })
    });
    shown.collect()
}

fn line(change: &Change, known: &CachedFiles) -> String {
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
    let [before, after] = sides(change, known);
    match kind {
        ChangeKind::Added(_) => format!("+ {name} {after}{on}"),
        ChangeKind::Removed(_) => format!("- {name} {before}{on}"),
        ChangeKind::Changed(old, new) => {
            let older = if new.last() < old.last() {
                ", which is older"
            } else {
                ""
            };
            format!("~ {name} {before} → {after}{older}{on}")
        }
        ChangeKind::OtherFiles(_) => format!("~ {name} {after}, other files{on}"),
    }
}

/// The versions before and after; empty if there are none.
fn sides(change: &Change, known: &CachedFiles) -> [String; 2] {
    let old = |versions| shown(change, versions, &known.old);
    let new = |versions| shown(change, versions, &known.new);
    match &change.kind {
        ChangeKind::Added(after) => [String::new(), new(after)],
        ChangeKind::Removed(before) => [old(before), String::new()],
        ChangeKind::Changed(before, after) => [old(before), new(after)],
        ChangeKind::OtherFiles(same) => [old(same), new(same)],
    }
}

fn shown(change: &Change, versions: &Versions, known: &Files) -> String {
    let texts = versions.iter().map(|version| {
        let files = known.described(&change.name, version);
        let files = files.map(|files| format!(" ({files})"));
        format!("{version}{}", files.unwrap_or_default())
    });
    list(&texts.collect::<Vec<_>>())
}

/// What was recorded before, and what is now.
fn values(change: &RecordChange) -> [String; 2] {
    [&change.old, &change.new].map(|values| list(&values.iter().collect::<Vec<_>>()))
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
        match difference.records.len() {
            0 => "no pin changed".to_owned(),
            _ => "no version changed".to_owned(),
        }
    } else {
        counts.join(", ")
    }
}
