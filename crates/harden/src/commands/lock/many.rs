//! All locks of a run: on all cores, with one session for each set of indexes, and told in their order.
//!
//! A single lock is made as it is. Of several, each worker takes the next one of the configuration, makes
//! and writes it, and drops everything but what it said; that is said when those before it have spoken.
//! One that fails keeps no other from being made: all failures are told at the end.

use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Instant;

use harden_index::{Settings, Verify};
use jiff::Timestamp;
use serde_json::{Value, json};
use tracing::debug_span;

use super::one::{LockRun, Locked};
use super::told::{Failure, Summary, Told};
use crate::locking::client::Clients;
use crate::locking::request::{LockRequest, warn_of_pip};
use crate::locking::reuse::Reuse;
use crate::report::capture::{captured, said};
use crate::report::phases::Phases;
use crate::report::terminal::shown;
use crate::report::{Error, Terminal};
use crate::settings::args::LockArgs;
use crate::settings::cutoffs::now;
use crate::settings::exemptions;
use crate::settings::shard::Shard;
use crate::settings::side_by_side::{SideBySide, inputs_are_read};

/// As large as that of the main thread, on which a single lock is made.
const STACK: usize = 8 << 20;

/// A run of `harden` that makes locks.
pub struct Run<'a> {
    /// Whether the lines about a lock begin with its output.
    pub is_labelled: bool,
    /// Whether reports are wanted.
    pub as_json: bool,
    /// The part of the configuration's locks that this is.
    pub shard: Option<Shard>,
    /// The time that the parts of the run take.
    pub phases: &'a Phases,
    /// The terminal for messages.
    pub terminal: Terminal,
}

/// What a run has made.
pub struct MadeAll {
    /// The `--json` report of each lock, if there is one to print.
    pub reports: Option<Vec<Value>>,
    /// Whether all locks were made.
    pub outcome: Result<(), Error>,
}

/// The locks that workers take, and what they share.
struct Queue<'a> {
    locks: &'a [LockArgs],
    next: AtomicUsize,
    order: Arc<SideBySide>,
    clients: &'a Clients,
    now: Timestamp,
}

impl Run<'_> {
    /// Resolves and writes these locks.
    pub fn make_all(&self, mut locks: Vec<LockArgs>) -> MadeAll {
        // Not dropped: the process ends here, and freeing thousands of files one by one takes a tenth of a
        // warm run. The cache is written before its answers are used.
        let clients = ManuallyDrop::new(Clients::default());
        if locks.len() == 1
            && let Some(args) = locks.pop()
        {
            let made = self.make((args, true), now(), &clients, self.terminal);
            clients.settle();
            return MadeAll::one(made);
        }
        let made = self.make_several(&locks, &clients);
        clients.settle();
        made
    }

    fn make(
        &self,
        (args, is_only): (LockArgs, bool),
        now: Timestamp,
        clients: &Clients,
        terminal: Terminal,
    ) -> Result<Locked, Error> {
        let started = Instant::now();
        exemptions::refuse_past(&args, now)?;
        let task = debug_span!("inputs").in_scope(|| LockRequest::new(args, now, terminal))?;
        inputs_are_read();
        let output = task.args().output.as_deref();
        let lock_run = LockRun {
            task: &task,
            before: &self.label(output),
            started,
            phases: self.phases,
            is_only,
            admit: &|_| Ok(()),
            reuse: Reuse::of(&task),
            terminal,
        };
        // Few parts of large pages are used, and what is damaged is rare.
        let settings = Settings {
            verify: Verify::WhenUsed,
            ..task.settings().clone()
        };
        if let Some(reused) = lock_run.reuse(&settings, clients)? {
            return Ok(Locked {
                report: Some(reused),
                to_keep: None,
            });
        }
        let client = clients.client(&settings, terminal)?;
        let made = lock_run.run(&client);
        match client.client.check_cache() {
            Err(why) if made.is_err() => {
                tracing::debug!("begun again, without what is damaged in the cache: {why}");
                lock_run.run(&clients.client(task.settings(), terminal)?)
            }
            _ => made,
        }
    }

    /// What the lines about a lock begin with.
    fn label(&self, output: Option<&Path>) -> String {
        match output {
            Some(output) if self.is_labelled => format!("{}: ", output.display()),
            _ => String::new(),
        }
    }

    fn make_several(&self, locks: &[LockArgs], clients: &Clients) -> MadeAll {
        let started = Instant::now();
        if locks.iter().any(|lock| !lock.index.no_pip_config) {
            warn_of_pip(self.terminal);
        }
        let outputs = locks.iter().map(|lock| lock.output.as_deref());
        let queue = Queue {
            locks,
            next: AtomicUsize::new(0),
            order: SideBySide::new(outputs),
            clients,
            now: now(),
        };
        let (sender, receiver) = channel();
        let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let mut summary = Summary::new(self, locks);
        thread::scope(|scope| {
            let mut started = 0;
            for _ in 0..workers.min(locks.len()) {
                let (queue, sender) = (&queue, sender.clone());
                let worker = move || self.work(queue, &sender);
                let builder = thread::Builder::new().stack_size(STACK);
                started += usize::from(builder.spawn_scoped(scope, worker).is_ok());
            }
            if started == 0 {
                self.work(&queue, &sender);
            }
            drop(sender);
            summary.listen(&receiver);
        });
        summary.end(started)
    }

    /// Makes one lock after the other until there are no more.
    fn work(&self, queue: &Queue<'_>, sender: &Sender<(usize, Told)>) {
        loop {
            let place = queue.next.fetch_add(1, Ordering::SeqCst);
            let Some(args) = queue.locks.get(place) else {
                return;
            };
            let (told, _) = captured(|| {
                let current = queue.order.begin(place);
                let terminal = self.terminal.beside_others();
                let made = self.make((args.clone(), false), queue.now, queue.clients, terminal);
                drop(current);
                self.told(args, made)
            });
            if sender.send((place, told)).is_err() {
                return;
            }
        }
    }

    fn told(&self, args: &LockArgs, made: Result<Locked, Error>) -> Told {
        let messages = said();
        let output = args.output.as_deref();
        let Err(error) = made else {
            let made = made.unwrap_or_default();
            return Told {
                messages,
                report: made.report.filter(|_| self.as_json),
                to_keep: made.to_keep,
                failure: None,
            };
        };
        self.terminal.error_of(&self.label(output), &error);
        let text = error.to_string();
        let text: Vec<String> = text.lines().map(shown).collect();
        let report = json!({ "output": output, "error": text.join("\n") });
        Told {
            messages,
            report: Some(report).filter(|_| self.as_json),
            to_keep: None,
            failure: Some(Failure {
                message: said(),
                exit: error.exit(),
            }),
        }
    }
}

impl MadeAll {
    fn one(made: Result<Locked, Error>) -> Self {
        let (reports, outcome) = match made {
            Ok(made) => {
                if let Some(to_keep) = made.to_keep {
                    to_keep.keep();
                }
                (Some(made.report.into_iter().collect()), Ok(()))
            }
            Err(error) => (None, Err(error)),
        };
        Self { reports, outcome }
    }
}
