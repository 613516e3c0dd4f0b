//! One lock: from the request to the strict file.

use std::fs;
use std::path::Path;
use std::time::Instant;

use harden_hasher::StrictFile;
use harden_index::Settings;
use harden_packaging::Resolution;
use harden_resolver::{Reasons, Request};
use tracing::debug_span;

use super::LockError;
use super::summary::{print_changes, print_summary, reported, with_statistics};
use crate::commands::export::{self, Form, Kept};
use crate::locking::build;
use crate::locking::changed_pins;
use crate::locking::client::{Client, Clients};
use crate::locking::file_log::Addition;
use crate::locking::request::LockRequest;
use crate::locking::reuse::{Made, Reuse, ToKeep};
use crate::report::format::list;
use crate::report::output::{Output, print};
use crate::report::phases::Phases;
use crate::report::statistics::Statistics;
use crate::report::transcript::{Transcript, repeat};
use crate::report::{Error, Terminal};
use crate::settings::side_by_side::before_writing;

/// What is left of a lock that was made.
#[derive(Default)]
pub struct Locked {
    /// The report for `--json`; `None` if only the builds were listed.
    pub report: Option<serde_json::Value>,
    /// The answer, for a later run that recognises it.
    pub to_keep: Option<ToKeep>,
}

/// What it takes to make one lock.
pub struct LockRun<'a> {
    /// What for.
    pub task: &'a LockRequest,
    /// What stands before each line about it, where there are several.
    pub before: &'a str,
    /// When it began.
    pub started: Instant,
    /// The time that the parts of the run take.
    pub phases: &'a Phases,
    /// Whether the process ends with it.
    pub is_only: bool,
    /// Refuses an answer that may not be written.
    pub admit: &'a dyn Fn(&Resolution) -> Result<(), Error>,
    /// What a later run may recognise it by.
    pub reuse: Option<Reuse>,
    /// The terminal for messages.
    pub terminal: Terminal,
}

impl LockRun<'_> {
    /// Gives the answer of the last run again, if nothing has changed since.
    pub(super) fn reuse(
        &self,
        settings: &Settings,
        clients: &Clients,
    ) -> Result<Option<serde_json::Value>, Error> {
        let (task, terminal) = (self.task, self.terminal);
        let kept = debug_span!("solving").in_scope(|| self.reuse.as_ref()?.recall(task));
        let Some(mut kept) = kept else {
            return Ok(None);
        };
        let output = output(task)?;
        refuse_other(task, terminal)?;
        let mut client = None;
        if !kept.is_fresh() {
            let asked = clients.client(settings, terminal)?.client;
            if !debug_span!("index").in_scope(|| kept.is_confirmed(&asked)) {
                return Ok(None);
            }
            client = Some(asked);
        }
        let Some(report) = kept.report() else {
            return Ok(None);
        };
        debug_span!("writing").in_scope(|| {
            before_writing();
            match kept.text() {
                Some(text) => output.write(&text, terminal),
                None => output.touch(terminal),
            }
        })?;
        if repeat(kept.said(), self.started.elapsed(), terminal).is_none() {
            return Ok(None);
        }
        let statistics = Statistics::of_reuse(client.as_ref(), self.phases, self.started);
        statistics.print(terminal);
        Ok(Some(with_statistics(report, &statistics)))
    }

    /// Resolves and writes.
    pub fn run(&self, client: &Client) -> Result<Locked, Error> {
        let (task, terminal) = (self.task, self.terminal);
        let args = task.args();
        let output = output(task)?;
        if !args.writing.dry_run {
            refuse_other(task, terminal)?;
        }
        client.client.begin_answer();
        let transcript = Transcript::new(terminal, self.before, self.started);
        let mut request = debug_span!("inputs").in_scope(|| task.request())?;
        request.options.reasons = Reasons::HeldBack;
        // For each build there is another answer.
        request.options.leaves_memory = self.is_only && args.sdists.build.is_empty();
        let lists_builds = args.writing.dry_run && !args.sdists.build.is_empty();
        if lists_builds && list_builds(task, &request, client, terminal)? {
            return Ok(Locked::default());
        }
        let wheels = debug_span!("solving")
            .in_scope(|| build::answer(task, &mut request, client, terminal))?;
        let answer = &wheels.answer;
        (self.admit)(&answer.resolution)?;
        let changed = changed_pins::compare(task, &answer.resolution, &client.client)?;
        for text in &changed {
            transcript.warning(text);
        }
        let (strict, text, is_of_now) = debug_span!("writing").in_scope(|| {
            let warn = |text: &str| transcript.plain_warning(text);
            let strict = task.strict(answer, &wheels.built, &client.client, &warn)?;
            let name = args.output.as_deref().unwrap_or(Path::new("the lock"));
            let named = (&*name.display().to_string(), &strict);
            let enforced = task.enforce_policy(named, &client.client, &warn)?;
            let writes = !args.writing.dry_run;
            let text = if writes {
                written(task, &strict, client)?
            } else {
                String::new()
            };
            client.client.check_cache()?;
            if writes {
                before_writing();
                // First, since a log may know more files than are pinned, and never fewer.
                if let Some(log) = &enforced.log {
                    log.write(terminal)?;
                }
                output.write(&text, terminal)?;
            }
            // An answer that is used again adds nothing to a log.
            let adds = enforced.log.as_ref().is_some_and(Addition::has_news);
            Ok::<_, Error>((strict, text, enforced.is_of_now || adds))
        })?;
        for warning in &wheels.warnings {
            transcript.warning(warning);
        }
        for pin in &answer.resolution.pins {
            if let Some(warning) = task.refused_licences().warning(&pin.name, &pin.version) {
                transcript.warning(&warning);
            }
        }
        print_summary(task, &request, answer, &transcript);
        print_changes(task, &strict, answer, &transcript);
        let report = reported(task, &request, answer);
        let reuse = self.reuse.as_ref().filter(|_| !is_of_now);
        let to_keep = reuse.map(|reuse| {
            let made = Made {
                text: &text,
                report: &report,
                transcript: &transcript,
                holds_until: task.denies_until(),
            };
            reuse.answer(&made, &client.client)
        });
        let statistics = Statistics::new(answer, &client.client, self.phases, self.started);
        statistics.print(terminal);
        Ok(Locked {
            report: Some(with_statistics(report, &statistics)),
            to_keep,
        })
    }
}

/// Refuses to replace an output file that may be something else.
fn refuse_other(task: &LockRequest, terminal: Terminal) -> Result<(), Error> {
    let args = task.args();
    match (args.format, &args.output) {
        (Some(format), Some(path)) if !format.is_plain() => export::refuse_other(path, format),
        _ => task.existing().refuse(args.writing.adopt, terminal),
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
            path_mapping: None,
        },
        &client.client,
        &Kept {
            cache_dir: task.settings().cache_dir.as_deref(),
            wheelhouse: Path::new("wheelhouse"),
        },
    )
}

/// Lists what `--build` would build, without building it; `false` if there is nothing to list.
fn list_builds(
    task: &LockRequest,
    request: &Request,
    client: &Client,
    terminal: Terminal,
) -> Result<bool, Error> {
    let (projects, repositories) = (task.unbuilt_projects(), task.unbuilt_repositories());
    let missing = build::missing(request, &client.client).unwrap_or_default();
    client.client.check_cache()?;
    if missing.is_empty() && projects.is_empty() && repositories.is_empty() {
        return Ok(false);
    }
    let builds = task.builds();
    let lines = missing.iter().map(|one| {
        let what = if builds.allows(one.name()) {
            "would build"
        } else {
            "would need"
        };
        match task.repositories().get(one.name()) {
            Some(origin) => format!("{what} {} from {origin}\n", one.release()),
            None => format!("{what} {}\n", one.plan()),
        }
    });
    let own = projects.iter().map(|project| {
        let (folder, why) = (&project.folder, &project.why);
        format!("would build the project in {folder} to learn what it requires: {why}\n")
    });
    let taken = repositories.iter().map(|(name, origin)| {
        format!("would build {name} from {origin}: its build computes its version\n")
    });
    print(&own.chain(taken).chain(lines).collect::<String>())?;
    let built = missing.iter().filter(|one| builds.allows(one.name()));
    let (taken, sdists): (Vec<_>, Vec<_>) =
        built.partition(|one| task.repositories().contains_key(one.name()));
    let taken = repositories.len() + taken.len();
    let numbers = [
        (projects.len(), "project", "projects"),
        (taken, "repository", "repositories"),
        (sdists.len(), "sdist", "sdists"),
    ];
    let counted = numbers.iter().filter(|(number, ..)| *number > 0);
    let counted = counted.map(|(number, one, many)| match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    });
    let counted: Vec<String> = counted.collect();
    let built = match &counted[..] {
        [] => "nothing".to_owned(),
        counted => list(counted),
    };
    let more = if projects.is_empty() && repositories.is_empty() {
        ""
    } else {
        ", and perhaps more that these require"
    };
    terminal.summary(&format!(
        "would build {built}{more}; nothing was run or written"
    ));
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
