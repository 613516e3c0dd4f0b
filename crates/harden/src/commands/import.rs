//! `harden import LOCK`: a strict file with exactly the versions of another tool's lock.
//!
//! The lock takes the place of loose files; its answer comes from the same solver, is proven by the same
//! walk and written by the same writer as that of `harden` itself. What cannot be taken as the lock has
//! it is a finding, with the way out, and nothing is written then.

use std::path::Path;
use std::time::Instant;

use harden_hasher::StrictFile;
use harden_interchange::{Lock, Plan, Sdists, additions, examine, strict_of_pylock};
use harden_packaging::{PackageName, Resolution};
use harden_resolver::ResolveError;
use harden_target::Target;

use crate::commands::lock::LockRun;
use crate::locking::client::{Client, Clients};
use crate::locking::existing_output::Existing;
use crate::locking::request::{LockRequest, packages};
use crate::report::format::{count, list};
use crate::report::output::{Output, print};
use crate::report::phases::Phases;
use crate::report::{Error, Exit, Report, Terminal};
use crate::settings::args::{ImportArgs, LockArgs};
use crate::settings::config;
use crate::settings::cutoffs::now;
use crate::settings::imported_lock::{self, Imported};
use crate::settings::platforms::Machine;

/// Why a lock is not imported.
#[derive(Debug, thiserror::Error)]
enum ImportError {
    /// There are findings.
    #[error("{lock} cannot be imported as it is: {}", count(*findings, "finding"))]
    Findings {
        /// The lock.
        lock: String,
        /// How many.
        findings: usize,
    },
    /// The versions of a lock contradict what its packages require.
    #[error("the versions of {lock} conflict")]
    Contradiction {
        /// The lock.
        lock: String,
        /// Why.
        source: ResolveError,
    },
    /// What was exported from a strict file is imported for other targets.
    #[error("{lock} was written by harden, for {}", list(targets))]
    OtherTargets {
        /// The lock.
        lock: String,
        /// The targets it is for.
        targets: Vec<String>,
    },
}

impl Report for ImportError {
    fn exit(&self) -> Exit {
        match self {
            Self::Findings { .. } | Self::Contradiction { .. } => Exit::No,
            Self::OtherTargets { .. } => Exit::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Findings { .. } => None,
            Self::Contradiction { .. } => Some(
                "--no-deps imports the lock unchecked; `harden LOOSE --prefer LOCK` keeps those of its versions that are compatible"
                    .to_owned(),
            ),
            Self::OtherTargets { .. } => Some(
                "omit -p to restore the strict file, or lock its loose files for other targets"
                    .to_owned(),
            ),
        }
    }
}

/// Imports the lock. An error leaves the output file unchanged.
pub fn import(args: &ImportArgs, phases: &Phases, terminal: Terminal) -> Result<(), Error> {
    let started = Instant::now();
    let text = imported_lock::text(Path::new(&args.lock))?;
    let lock_args = args.with_environment()?;
    if let Some(strict) = strict_of_pylock(&args.lock, &text)? {
        return give_back(&strict, &lock_args, terminal);
    }
    let mut lock_args = config::importing(lock_args, terminal)?;
    let targets = name_targets(&mut lock_args, terminal)?;
    let lock = Lock::read(&lock_args.loose.concat(), &text)?;
    let plan = imported_lock::plan(&lock, &lock_args, &targets)?;
    warn_of_left_out(&plan, terminal);
    let mut task = LockRequest::of(lock_args, Imported::of(&plan)?.into(), now(), terminal)?;
    if task.args().no_deps {
        task.pass_over_requirements(plan.pins.iter().map(|pin| &pin.name));
    }
    let clients = Clients::default();
    let client = clients.client(task.settings(), terminal)?;
    let importing = Importing {
        plan: &plan,
        targets: &targets,
        args: task.args(),
    };
    if !task.args().no_deps {
        let missing = plan.missing.iter().map(|missing| {
            format!(
                "{missing}: lock again with its own tool, or import it unchecked with --no-deps"
            )
        });
        importing.refuse(&missing.collect::<Vec<_>>())?;
    }
    importing.compare(&client)?;
    let lock_run = LockRun {
        task: &task,
        before: "",
        phases,
        started,
        is_only: false,
        admit: &|resolution| importing.refuse_additions(resolution),
        reuse: None,
        terminal,
    };
    let made = lock_run.run(&client);
    made.map_err(|error| importing.explained(error))?;
    Ok(())
}

/// Writes the strict file that was exported as `pylock.toml`, as it was.
fn give_back(strict: &StrictFile, args: &LockArgs, terminal: Terminal) -> Result<(), Error> {
    let targets = strict.header().map_or(&[][..], |header| header.platforms());
    let same = |name: &String| {
        let target = name.parse::<Target>().map(|target| target.to_string());
        target.is_ok_and(|target| targets.contains(&target))
    };
    if !args.platform.iter().all(same) {
        return Err(ImportError::OtherTargets {
            lock: args.loose.concat(),
            targets: targets.to_vec(),
        }
        .into());
    }
    let output = Output::new(args.output.clone())?;
    Existing::read(args.output.as_deref())?.refuse(args.writing.adopt, terminal)?;
    if !args.writing.dry_run {
        output.write(&strict.to_string(), terminal)?;
    }
    terminal.summary(&format!(
        "{} was written by harden: restored its strict file unchanged, {}",
        args.loose.concat(),
        count(strict.pins().len(), "pin")
    ));
    Ok(())
}

/// The targets. `current`, which nobody else can look up, gets its spelling.
fn name_targets(args: &mut LockArgs, terminal: Terminal) -> Result<Vec<Target>, Error> {
    let machine = Machine {
        python: args.target.python.clone(),
        ..Machine::default()
    };
    if args.platform.is_empty() {
        args.platform = vec!["current".to_owned()];
    }
    for name in &mut args.platform {
        if name == "current" {
            let spelled = machine.current()?.to_string();
            spelled
                .split('+')
                .next()
                .unwrap_or(&spelled)
                .clone_into(name);
            terminal.summary(&format!("target: {name} (this machine)"));
        }
    }
    let named = machine.targets(&args.platform, terminal)?;
    args.platform = named.iter().map(|named| named.name.clone()).collect();
    args.target.python = None;
    Ok(named.into_iter().map(|named| named.target).collect())
}

/// Tells what of the lock no pin stands for.
fn warn_of_left_out(plan: &Plan<'_>, terminal: Terminal) {
    let file = &plan.lock().file;
    if let Some(caveat) = plan.lock().caveat() {
        terminal.warning(&format!("{file}: {caveat}"));
    }
    if !plan.left.is_empty() {
        let names = plan.left.iter().map(|package| package.name.to_string());
        terminal.warning(&format!(
            "{file}: no target needs {}",
            list(&names.collect::<Vec<_>>())
        ));
    }
}

/// A lock that is being imported.
struct Importing<'a> {
    plan: &'a Plan<'a>,
    targets: &'a [Target],
    args: &'a LockArgs,
}

impl Importing<'_> {
    /// Compares the lock with the index.
    fn compare(&self, client: &Client) -> Result<(), Error> {
        let (allowed, built) = (
            packages(self.args.sdists.allow_sdist.iter()),
            packages(self.args.sdists.build.iter()),
        );
        let sdists = |name: &PackageName| match (allowed.allows(name), built.allows(name)) {
            (false, false) => Sdists::Refused,
            (true, false) if !self.args.no_deps => Sdists::Read,
            _ => Sdists::Unread,
        };
        let findings = examine(self.plan, self.targets, &sdists, &client.client)?;
        self.refuse(&texts(&findings))
    }

    /// Refuses an answer with more than the lock holds.
    fn refuse_additions(&self, resolution: &Resolution) -> Result<(), Error> {
        let findings = additions(self.plan, resolution);
        self.refuse(&texts(&findings))
    }

    /// Prints findings; any is a failure.
    fn refuse(&self, findings: &[String]) -> Result<(), Error> {
        if findings.is_empty() {
            return Ok(());
        }
        print(&(findings.join("\n") + "\n"))?;
        Err(ImportError::Findings {
            lock: self.plan.lock().file.clone(),
            findings: findings.len(),
        }
        .into())
    }

    /// The error of a solver without an answer, as an error of the lock.
    fn explained(&self, error: Error) -> Error {
        match error.of::<ResolveError>() {
            Some(source @ ResolveError::NoSolution(_)) => ImportError::Contradiction {
                lock: self.plan.lock().file.clone(),
                source: source.clone(),
            }
            .into(),
            _ => error,
        }
    }
}

/// Each item as text.
fn texts<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}
