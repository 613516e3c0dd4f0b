//! `harden LOOSE…`, and `harden` for all locks of the configuration: from loose requirements to strict
//! files.

use std::collections::BTreeSet;
use std::fs;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::time::Instant;

use harden_hasher::StrictFile;
use harden_packaging::Resolution;
use harden_resolver::{Answer, Request};
use harden_target::Target;
use serde_json::json;
use tracing::debug_span;

use crate::commands::diff;
use crate::commands::export::{self, Form, Kept};
use crate::locking::build;
use crate::locking::client::{Client, Clients};
use crate::locking::evidence;
use crate::locking::existing::Versions;
use crate::locking::request::LockRequest;
use crate::report::format::{count, list, seconds};
use crate::report::output::{Output, print};
use crate::report::phases::Phases;
use crate::report::statistics::Statistics;
use crate::report::{Error, Report, Terminal};
use crate::settings::args::LockArgs;
use crate::settings::config;
use crate::settings::cutoffs::now;
use crate::settings::exemptions;

/// Why a result cannot be written where the arguments say.
#[derive(Debug, thiserror::Error)]
enum LockError {
    /// `--json` takes standard output, so the strict file needs another place.
    #[error("--json writes to standard output, where the strict file would go")]
    JsonWithoutOutput,
    /// The output file is one of the inputs.
    #[error("{} is both an input and the output", .0.display())]
    OutputIsInput(PathBuf),
}

impl Report for LockError {
    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::JsonWithoutOutput => "name the strict file with -o",
            Self::OutputIsInput(_) => {
                "keep loose requirements and pins in two files, as with `-o strict.txt`"
            }
        };
        Some(hint.to_owned())
    }
}

/// Resolves and writes each lock that the arguments or the configuration name. An error leaves the
/// output file of its lock unchanged.
pub fn lock(
    args: &LockArgs,
    as_json: bool,
    phases: &Phases,
    terminal: Terminal,
) -> Result<(), Error> {
    let locks = config::locks(args, terminal)?;
    if as_json && locks.iter().any(|lock| lock.output.is_none()) {
        return Err(LockError::JsonWithoutOutput.into());
    }
    let is_labelled = locks.len() > 1 || args.output.is_none();
    let report = make_all(locks, is_labelled, phases, terminal)?;
    if as_json {
        print(&format!("{:#}\n", serde_json::Value::from(report)))?;
    }
    Ok(())
}

/// Resolves and writes these locks. Returns the `--json` report of each.
pub fn make_all(
    locks: Vec<LockArgs>,
    is_labelled: bool,
    phases: &Phases,
    terminal: Terminal,
) -> Result<Vec<serde_json::Value>, Error> {
    let now = now();
    // Not dropped: the process ends here, and freeing thousands of files one by one takes a tenth of a
    // warm run. The cache is written before its answers are used.
    let mut clients = ManuallyDrop::new(Clients::default());
    let mut report = Vec::new();
    for args in locks {
        let started = Instant::now();
        exemptions::refuse_past(&args, now)?;
        let task = debug_span!("inputs").in_scope(|| LockRequest::new(args, now, terminal))?;
        let before = match &task.args().output {
            Some(output) if is_labelled => format!("{}: ", output.display()),
            _ => String::new(),
        };
        let making = Making {
            task: &task,
            before: &before,
            started,
            phases,
            admit: &|_| Ok(()),
            terminal,
        };
        let client = clients.client(task.settings(), terminal)?;
        report.extend(making.run(client)?);
    }
    Ok(report)
}

/// The making of one lock.
pub(super) struct Making<'a> {
    /// What for.
    pub task: &'a LockRequest,
    /// What stands before each line about it, where there are several.
    pub before: &'a str,
    /// When it began.
    pub started: Instant,
    /// The time that the parts of the run take.
    pub phases: &'a Phases,
    /// Refuses an answer that may not be written.
    pub admit: &'a dyn Fn(&Resolution) -> Result<(), Error>,
    /// Whom to tell.
    pub terminal: Terminal,
}

impl Making<'_> {
    /// Resolves and writes; `None` if only the builds were listed.
    pub fn run(&self, client: &Client) -> Result<Option<serde_json::Value>, Error> {
        let (task, terminal) = (self.task, self.terminal);
        let args = task.args();
        let output = output(task)?;
        if !args.dry_run {
            refuse_other(task, terminal)?;
        }
        let mut request = debug_span!("inputs").in_scope(|| task.request())?;
        let lists_builds = args.dry_run && !args.build.is_empty();
        if lists_builds && list_builds(task, &request, client, terminal)? {
            return Ok(None);
        }
        let wheels = debug_span!("solving")
            .in_scope(|| build::answer(task, &mut request, client, terminal))?;
        let answer = &wheels.answer;
        (self.admit)(&answer.resolution)?;
        self.warn(evidence::compare(task, &answer.resolution, &client.client)?);
        let strict = debug_span!("writing").in_scope(|| {
            let strict = task.strict(answer, &wheels.built, &client.client)?;
            let name = args.output.as_deref().unwrap_or(Path::new("the lock"));
            let named = (&*name.display().to_string(), &strict);
            task.enforce_policy(named, &client.client, terminal)?;
            if !args.dry_run {
                output.write(&written(task, &strict, client)?, terminal)?;
            }
            Ok::<_, Error>(strict)
        })?;
        self.warn(wheels.warnings.iter().map(ToString::to_string).collect());
        tell(task, &request, answer, self.before, self.started, terminal);
        tell_changes(task, &strict, answer, self.before, terminal);
        let statistics = Statistics::new(answer, &client.client, self.phases, self.started);
        statistics.print(terminal);
        Ok(Some(reported(task, &request, answer, &statistics)))
    }

    fn warn(&self, warnings: Vec<String>) {
        for warning in warnings {
            self.terminal.warning(&format!("{}{warning}", self.before));
        }
    }
}

/// Refuses to replace an output file that may be something else.
fn refuse_other(task: &LockRequest, terminal: Terminal) -> Result<(), Error> {
    let args = task.args();
    match (args.format, &args.output) {
        (Some(format), Some(path)) if !format.is_plain() => export::refuse_other(path, format),
        _ => task.existing().refuse(args.adopt, terminal),
    }
}

/// The text of a lock, in the format that was asked for.
fn written(task: &LockRequest, strict: &StrictFile, client: &Client) -> Result<String, Error> {
    let args = task.args();
    let Some(format) = args.format else {
        return Ok(strict.to_string());
    };
    let name = args.output.as_deref().unwrap_or(Path::new("strict.txt"));
    export::written(
        strict,
        &name.to_string_lossy(),
        Form {
            format,
            one_line: false,
        },
        &client.client,
        &Kept {
            cache_dir: task.settings().cache_dir.as_deref(),
            wheelhouse: Path::new("wheelhouse"),
        },
    )
}

/// Lists what `--build` would build, without building it; `false` if there is nothing to build.
fn list_builds(
    task: &LockRequest,
    request: &Request,
    client: &Client,
    terminal: Terminal,
) -> Result<bool, Error> {
    let Some(missing) = build::missing(request, &client.client) else {
        return Ok(false);
    };
    let builds = task.builds();
    let lines = missing.iter().map(|one| {
        let what = if builds.allows(one.name()) {
            "would build"
        } else {
            "would need"
        };
        format!("{what} {}\n", one.plan())
    });
    print(&lines.collect::<String>())?;
    let number = missing.iter().filter(|one| builds.allows(one.name()));
    let number = count(number.count(), "sdist");
    terminal.summary(&format!("would build {number}; nothing was run or written"));
    Ok(true)
}

/// The destination of the result, which must not be one of the inputs.
fn output(task: &LockRequest) -> Result<Output, Error> {
    let output = &task.args().output;
    if let Some(path) = output
        && let Ok(written) = fs::canonicalize(path)
    {
        let is_written = |file: &&str| fs::canonicalize(file).is_ok_and(|read| read == written);
        if task.files().iter().any(is_written) {
            return Err(LockError::OutputIsInput(path.clone()).into());
        }
    }
    Output::new(output.clone())
}

/// Prints what was done, and warnings.
fn tell(
    task: &LockRequest,
    request: &Request,
    answer: &Answer,
    before: &str,
    started: Instant,
    terminal: Terminal,
) {
    for warning in warnings(task, answer) {
        terminal.warning(&format!("{before}{warning}"));
    }
    let packages: BTreeSet<_> = answer.resolution.pins.iter().map(|pin| &pin.name).collect();
    terminal.summary(&format!(
        "{before}resolved {} for {} in {}",
        count(packages.len(), "package"),
        targets(task, request),
        seconds(started.elapsed())
    ));
    for project in task.projects() {
        let (name, folder) = (&project.name, &project.folder);
        terminal.summary(&format!(
            "{before}{name} itself is not pinned; `fetch --project {folder}` builds its wheel"
        ));
    }
    for upgrade in &task.args().upgrade_package {
        if !packages.contains(upgrade.name()) {
            terminal.warning(&format!(
                "{before}--upgrade-package {} has no effect: no requirement leads to it",
                upgrade.name()
            ));
        }
    }
    for account in &answer.pin_reasons {
        if let Some(held) = &account.held_back {
            terminal.detail(&format!(
                "{before}{} {} is held back: {} is available for {}, but not for {}",
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

/// Prints what the lock changes in the output file.
fn tell_changes(
    task: &LockRequest,
    strict: &StrictFile,
    answer: &Answer,
    before: &str,
    terminal: Terminal,
) {
    let mut locked = Versions::new();
    for pin in &answer.resolution.pins {
        let versions = locked.entry(pin.name.clone()).or_default();
        versions.insert(pin.version.clone());
    }
    let existing = task.existing();
    let taken = existing.taken(&locked).into_iter();
    for taken in taken.chain(task.preferred().taken(&locked)) {
        terminal.summary(&format!("{before}{taken}"));
    }
    if let Some(old) = existing.strict() {
        for change in diff::changes(old, strict) {
            terminal.summary(&format!("  {change}"));
        }
    }
    if task.args().dry_run {
        let name = task
            .args()
            .output
            .as_deref()
            .unwrap_or(Path::new("the lock"));
        let name = name.display();
        terminal.summary(&format!("{name} was not written, because of --dry-run"));
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

/// The `--json` report of one lock.
fn reported(
    task: &LockRequest,
    request: &Request,
    answer: &Answer,
    statistics: &Statistics,
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
        "statistics": statistics.as_json(),
    })
}
