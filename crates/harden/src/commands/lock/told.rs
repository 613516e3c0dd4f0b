//! What several locks have to say: each in its turn, and the failures at the end.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;
use std::time::Instant;

use serde_json::Value;

use super::many::{MadeAll, Run};
use crate::locking::reuse::ToKeep;
use crate::report::capture::Messages;
use crate::report::format::{count, seconds, some_of};
use crate::report::progress::Locking;
use crate::report::{Exit, Report};
use crate::settings::args::LockArgs;

/// How many bytes of answers are kept in memory until the end of a run, when it is known what they rest on.
const MOST_TO_KEEP: usize = 64 << 20;

/// From this many locks on, a last line says how many there were.
const MANY: usize = 10;

/// Some of several locks failed.
#[derive(Debug, thiserror::Error)]
#[error("{} of {all} locks failed: {}", outputs.len(), some_of(outputs))]
struct SomeFailed {
    outputs: Vec<String>,
    all: usize,
    /// That of the worst failure.
    exit: Exit,
}

impl Report for SomeFailed {
    fn exit(&self) -> Exit {
        self.exit
    }
}

/// What a worker has to say of a lock.
pub struct Told {
    /// What it says.
    pub messages: Messages,
    /// The `--json` report.
    pub report: Option<Value>,
    /// The answer, for a later run.
    pub to_keep: Option<ToKeep>,
    /// Why it was not made.
    pub failure: Option<Failure>,
}

/// A lock that was not made.
pub struct Failure {
    /// The error, to be said at the end.
    pub message: Messages,
    /// What it means to a script.
    pub exit: Exit,
}

/// What is said of several locks, in their order.
pub struct Summary<'a> {
    run: &'a Run<'a>,
    locks: &'a [LockArgs],
    progress: Locking,
    /// What is to be said once the locks before have spoken.
    waiting: BTreeMap<usize, Told>,
    /// The next lock to speak.
    next: usize,
    reports: Vec<Value>,
    to_keep: Vec<ToKeep>,
    failures: Vec<(usize, Failure)>,
}

impl<'a> Summary<'a> {
    /// Nothing was said yet.
    pub fn new(run: &'a Run<'a>, locks: &'a [LockArgs]) -> Self {
        Self {
            run,
            locks,
            progress: Locking::new(run.terminal, locks.len()),
            waiting: BTreeMap::new(),
            next: 0,
            reports: Vec::new(),
            to_keep: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Says what the workers have to say, until they end.
    pub fn listen(&mut self, receiver: &Receiver<(usize, Told)>) {
        for (place, mut told) in receiver {
            self.progress.ended(told.failure.is_some());
            self.keep_later(told.to_keep.take());
            self.waiting.insert(place, told);
            while let Some(told) = self.waiting.remove(&self.next) {
                self.say(told);
                self.next += 1;
            }
        }
        self.progress.finish();
    }

    /// Answers are kept at the end, when nothing is under way that they might rest on.
    fn keep_later(&mut self, to_keep: Option<ToKeep>) {
        let Some(to_keep) = to_keep else { return };
        let waiting: usize = self.to_keep.iter().map(ToKeep::length).sum();
        if waiting + to_keep.length() > MOST_TO_KEEP {
            to_keep.keep();
        } else {
            self.to_keep.push(to_keep);
        }
    }

    fn say(&mut self, told: Told) {
        if !told.messages.is_empty() {
            // A closed standard output is not an error.
            let _ = self.progress.suspend(|| told.messages.say());
        }
        self.reports.extend(told.report);
        if let Some(failure) = told.failure {
            self.failures.push((self.next, failure));
        }
    }

    /// Says how many locks were made, and why others were not.
    pub fn end(self, started: Instant) -> MadeAll {
        for to_keep in self.to_keep {
            to_keep.keep();
        }
        let (all, failed) = (self.locks.len(), self.failures.len());
        if all >= MANY || self.run.shard.is_some() {
            let shard = self.run.shard.map(|shard| format!(" of shard {shard}"));
            self.run.terminal.summary(&format!(
                "made {}{} in {}",
                count(all - failed, "lock"),
                shard.unwrap_or_default(),
                seconds(started.elapsed())
            ));
        }
        let mut outputs = Vec::new();
        let mut worst = Exit::No;
        for (place, failure) in self.failures {
            let _ = failure.message.say();
            worst = worst.max(failure.exit);
            let output = self.locks[place].output.as_ref();
            outputs.push(output.map_or_else(String::new, |output| output.display().to_string()));
        }
        MadeAll {
            reports: Some(self.reports),
            outcome: if outputs.is_empty() {
                Ok(())
            } else {
                Err(SomeFailed {
                    outputs,
                    all,
                    exit: worst,
                }
                .into())
            },
        }
    }
}
