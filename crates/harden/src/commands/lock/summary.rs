//! What `harden` prints about a lock: the summary, changes, warnings, and the report of `--json`.

use std::collections::BTreeSet;
use std::path::Path;

use harden_hasher::StrictFile;
use harden_resolver::{Answer, Request};
use harden_target::Target;
use serde_json::json;

use crate::commands::diff;
use crate::locking::existing_output::Versions;
use crate::locking::request::LockRequest;
use crate::report::format::{count, list};
use crate::report::statistics::Statistics;
use crate::report::transcript::Transcript;
use crate::settings::exemptions;

/// Says what was done, and warns.
pub(super) fn print_summary(
    task: &LockRequest,
    request: &Request,
    answer: &Answer,
    transcript: &Transcript,
) {
    for warning in warnings(task, answer) {
        transcript.warning(&warning);
    }
    let packages: BTreeSet<_> = answer.resolution.pins.iter().map(|pin| &pin.name).collect();
    transcript.timed(&format!(
        "resolved {} for {}",
        count(packages.len(), "package"),
        targets(task, request),
    ));
    for project in task.projects() {
        let (name, folder) = (&project.name, &project.folder);
        transcript.summary(&format!(
            "{name} itself is not pinned; `fetch --project {folder}` builds its wheel"
        ));
    }
    for upgrade in &task.args().upgrade_package {
        if !packages.contains(upgrade.name()) {
            transcript.warning(&format!(
                "--upgrade-package {} has no effect: no requirement leads to it",
                upgrade.name()
            ));
        }
    }
    for account in &answer.pin_reasons {
        if let Some(held) = &account.held_back {
            transcript.detail(&format!(
                "{} {} is held back: {} is available for {}, but not for {}",
                account.name,
                account.version,
                held.version,
                list(&held.could),
                list(&held.could_not)
            ));
        }
    }
}

/// The number of targets; this machine by name, if it is the default.
fn targets(task: &LockRequest, request: &Request) -> String {
    match &*request.targets {
        [target] if task.is_for_this_machine() => {
            format!("{target} (this machine; name others with -p)")
        }
        targets => count(targets.len(), "target"),
    }
}

/// Says what the lock changes in the output file.
pub(super) fn print_changes(
    task: &LockRequest,
    strict: &StrictFile,
    answer: &Answer,
    transcript: &Transcript,
) {
    let mut locked = Versions::new();
    for pin in &answer.resolution.pins {
        let versions = locked.entry(pin.name.clone()).or_default();
        versions.insert(pin.version.clone());
    }
    let existing = task.existing();
    let taken = existing.taken(&locked).into_iter();
    for taken in taken.chain(task.preferred().taken(&locked)) {
        transcript.summary(&taken);
    }
    if let Some(old) = existing.strict() {
        for change in diff::changes(old, strict) {
            transcript.plain_summary(&format!("  {change}"));
        }
    }
    if task.args().writing.dry_run {
        let name = task
            .args()
            .output
            .as_deref()
            .unwrap_or(Path::new("the lock"));
        let name = name.display();
        transcript.plain_summary(&format!("{name} was not written, because of --dry-run"));
    }
}

/// The warnings about an answer.
fn warnings(task: &LockRequest, answer: &Answer) -> Vec<String> {
    let is_empty = answer.resolution.pins.is_empty();
    let loose = &task.args().loose;
    let require = if loose.len() == 1 {
        "requires"
    } else {
        "require"
    };
    let nothing = is_empty.then(|| format!("{} {require} nothing", list(loose)));
    let idle = exemptions::idle(task.args(), task.cutoffs(), &answer.resolution);
    let links = task.unrecorded_links().into_iter().map(|link| {
        format!(
            "the strict file cannot name `--find-links {link}`, because installers split options at \
             spaces; give it to them on the command line"
        )
    });
    let warnings = answer.warnings.iter().map(ToString::to_string);
    let nothing = nothing.into_iter();
    nothing.chain(warnings).chain(idle).chain(links).collect()
}

/// The `--json` report of one lock, without its statistics.
pub(super) fn reported(
    task: &LockRequest,
    request: &Request,
    answer: &Answer,
) -> serde_json::Value {
    let shown = |targets: &[Target]| targets.iter().map(ToString::to_string).collect::<Vec<_>>();
    let pins = answer.resolution.pins.iter().map(|pin| {
        json!({ "name": pin.name.as_str(), "version": pin.version.to_string(), "marker": pin.marker })
    });
    let held_back = answer.pin_reasons.iter().filter_map(|account| {
        let held = account.held_back.as_ref()?;
        Some(json!({
            "name": account.name.as_str(),
            "version": account.version.to_string(),
            "newer": held.version.to_string(),
            "could": shown(&held.could),
            "could_not": shown(&held.could_not),
        }))
    });
    json!({
        "output": task.args().output,
        "targets": shown(&request.targets),
        "pins": pins.collect::<Vec<_>>(),
        "warnings": warnings(task, answer),
        "held_back": held_back.collect::<Vec<_>>(),
    })
}

/// A report with statistics.
pub(super) fn with_statistics(
    mut report: serde_json::Value,
    statistics: &Statistics,
) -> serde_json::Value {
    report["statistics"] = statistics.as_json();
    report
}
