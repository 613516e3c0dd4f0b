//! The difference between two wheels as text, and as JSON.

use std::fmt::Write as _;

use harden_packaging::PackageName;
use harden_vet::{Call, CallKind, WheelDiff};
use pep440_rs::Version;
use serde_json::{Value, json};

use super::wheels::Wheel;
use crate::report::format::{bytes, count};

/// How many lines of a kind are written out as text; JSON has all.
const SHOWN: usize = 40;

/// Two wheels: the old one, and the new one.
type Both<'v> = [(&'v Version, Wheel); 2];

/// What changed, the parts that deserve attention last.
pub fn text(name: &PackageName, both: &Both<'_>, diff: &WheelDiff) -> String {
    let [(old, before), (new, after)] = both;
    let mut text = format!(
        "{name} {old} → {new}\n  {}\n  {}\n",
        before.filename, after.filename
    );
    if diff.is_empty() {
        return text + "nothing changed but the version\n";
    }
    let sized = |files: &[(String, u64)]| {
        let files = files.iter();
        files
            .map(|(path, size)| format!("{path} ({})", bytes(*size)))
            .collect::<Vec<_>>()
    };
    let changed = diff.changed.iter().map(|changed| {
        let (old, new) = (bytes(changed.old), bytes(changed.new));
        if old == new {
            format!("{} ({new})", changed.path)
        } else {
            format!("{} ({old} → {new})", changed.path)
        }
    });
    let files = |number| count(number, "file");
    add(&mut text, "added", files, &sized(&diff.added));
    add(&mut text, "removed", files, &sized(&diff.removed));
    add(&mut text, "changed", files, &changed.collect::<Vec<_>>());
    let lines = |number| count(number, "line");
    let both_ways = |gone: &[String], added: &[String]| {
        let gone = gone.iter().map(|one| format!("- {one}"));
        let added = added.iter().map(|one| format!("+ {one}"));
        gone.chain(added).collect::<Vec<_>>()
    };
    let needs = both_ways(&diff.needs_removed, &diff.needs_added);
    add(&mut text, "requirements", lines, &needs);
    let entry_points = both_ways(&diff.entry_points_removed, &diff.entry_points_added);
    add(&mut text, "entry points", lines, &entry_points);
    let startup = "runs when Python starts, or replaces a program";
    let items = |number| count(number, "item");
    add(&mut text, startup, items, &diff.startup);
    add(&mut text, "new native code", files, &diff.native);
    for (kind, what) in [
        (CallKind::Network, "new lines that may reach the network"),
        (CallKind::Process, "new lines that may start processes"),
        (CallKind::Code, "new lines that may run other code"),
    ] {
        let calls = diff.calls.iter().filter(|call| call.kind == kind);
        let calls: Vec<String> = calls
            .map(|call| format!("{}:{}: {}", call.path, call.line, call.text))
            .collect();
        add(&mut text, what, lines, &calls);
    }
    if diff.has_more_calls {
        text += "there are more such lines than are listed\n";
    }
    add(
        &mut text,
        "too large to be searched",
        files,
        &diff.unsearched,
    );
    text
}

/// Adds a list under its title, unless it is empty.
fn add(text: &mut String, title: &str, number: impl Fn(usize) -> String, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}: {}", number(lines.len()));
    for line in &lines[..lines.len().min(SHOWN)] {
        let _ = writeln!(text, "  {line}");
    }
    if lines.len() > SHOWN {
        let more = lines.len() - SHOWN;
        let _ = writeln!(text, "  and {more} more; --json lists all");
    }
}

/// All that changed.
pub fn json(name: &PackageName, both: &Both<'_>, diff: &WheelDiff) -> Value {
    let [(old, before), (new, after)] = both;
    let sized = |files: &[(String, u64)]| {
        let files = files.iter();
        files
            .map(|(path, size)| json!({ "path": path, "size": size }))
            .collect::<Vec<_>>()
    };
    let changed = diff.changed.iter().map(
        |changed| json!({ "path": changed.path, "old_size": changed.old, "new_size": changed.new }),
    );
    json!({
        "package": name.as_str(),
        "old": { "version": old.to_string(), "filename": before.filename },
        "new": { "version": new.to_string(), "filename": after.filename },
        "added": sized(&diff.added),
        "removed": sized(&diff.removed),
        "changed": changed.collect::<Vec<_>>(),
        "requirements": { "added": diff.needs_added, "removed": diff.needs_removed },
        "entry_points": { "added": diff.entry_points_added, "removed": diff.entry_points_removed },
        "startup": diff.startup,
        "native": diff.native,
        "calls": diff.calls.iter().map(call_value).collect::<Vec<_>>(),
        "has_more_calls": diff.has_more_calls,
        "unsearched": diff.unsearched,
    })
}

fn call_value(call: &Call) -> Value {
    json!({
        "kind": call.kind.name(),
        "path": call.path,
        "line": call.line,
        "text": call.text,
    })
}
