//! Progress on the terminal, drawn during a run and cleared at its end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use harden_fetch::{MirrorMiss, Outcome, Warning};
use harden_packaging::PackageName;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::report::Terminal;
use crate::report::format::{bytes, count};

/// How often a line is redrawn if nothing changes.
const TICK: Duration = Duration::from_millis(100);

fn bar(template: &str, terminal: Terminal) -> ProgressBar {
    if !terminal.shows_progress() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(template).expect("the templates are constants");
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        .with_style(style.progress_chars("━━ "))
        .with_finish(ProgressFinish::AndClear);
    bar.enable_steady_tick(TICK);
    bar
}

/// The progress of a resolution: how many projects and metadata files were read.
pub struct Resolving {
    bar: ProgressBar,
    terminal: Terminal,
    projects: AtomicUsize,
    files: AtomicUsize,
}

impl Resolving {
    /// Draws nothing unless standard error is a terminal.
    pub fn new(terminal: Terminal) -> Self {
        let bar = bar("{spinner:.cyan} {wide_msg}", terminal);
        bar.set_message("resolving");
        Self {
            bar,
            terminal,
            projects: AtomicUsize::new(0),
            files: AtomicUsize::new(0),
        }
    }

    /// Draws the line, if it was cleared.
    pub fn begin(&self) {
        self.bar.reset();
    }

    /// Clears the line.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Whether anything is drawn.
    pub fn is_drawn(&self) -> bool {
        !self.bar.is_hidden()
    }

    /// Shows what the resolution works on, or waits for, and the counts.
    pub fn show(&self, last: &str) {
        if !self.is_drawn() {
            return;
        }
        let read = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        self.bar.set_message(format!(
            "resolving: {last} (read {} and the metadata of {})",
            count(read(&self.projects), "project"),
            count(read(&self.files), "file")
        ));
    }
}

impl harden_index::Progress for Resolving {
    fn project_read(&self, project: &PackageName) {
        self.projects.fetch_add(1, Ordering::Relaxed);
        self.show(project.as_str());
    }

    fn metadata_read(&self, filename: &str) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.show(filename);
    }

    fn warned(&self, text: &str) {
        self.bar.suspend(|| self.terminal.warning(text));
    }
}

/// The progress of several locks: how many have ended.
pub struct Locking {
    bar: ProgressBar,
    failed: AtomicUsize,
}

impl Locking {
    /// Draws nothing unless standard error is a terminal.
    pub fn new(terminal: Terminal, locks: usize) -> Self {
        let bar = bar("{bar:20.cyan/dim} {wide_msg}", terminal);
        bar.set_length(locks as u64);
        let failed = AtomicUsize::new(0);
        let locking = Self { bar, failed };
        locking.show();
        locking
    }

    /// One more has ended.
    pub fn ended(&self, is_failure: bool) {
        self.failed
            .fetch_add(usize::from(is_failure), Ordering::Relaxed);
        self.bar.inc(1);
        self.show();
    }

    fn show(&self) {
        let all = self.bar.length().unwrap_or_default();
        let failed = match self.failed.load(Ordering::Relaxed) {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        let ended = self.bar.position();
        self.bar
            .set_message(format!("{ended} of {all} locks{failed}"));
    }

    /// What `work` returns, with the line cleared meanwhile.
    pub fn suspend<T>(&self, work: impl FnOnce() -> T) -> T {
        self.bar.suspend(work)
    }

    /// Clears the line.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// The progress of filling a wheelhouse: bytes downloaded, of how many.
pub struct Fetching {
    terminal: Terminal,
    bar: ProgressBar,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    planned: usize,
    ended: usize,
    /// For each file that was begun: the bytes downloaded, and its size if known.
    files: HashMap<String, (u64, Option<u64>)>,
    started: Option<Instant>,
}

/// How many steps of the bar a file has.
const STEPS: u64 = 1000;

impl State {
    /// The steps that are done. Sizes of files that were not begun are not known, so each file counts the
    /// same, and one in transit as far as it has come.
    fn position(&self) -> u64 {
        let in_transit = self.files.values().filter_map(|(here, size)| {
            let size = size.filter(|size| *size > *here)?;
            Some(here.saturating_mul(STEPS) / size)
        });
        self.ended as u64 * STEPS + in_transit.sum::<u64>()
    }

    /// `3 of 21 files, 4.2 MB, 2.1 MB/s`.
    fn text(&self) -> String {
        let here: u64 = self.files.values().map(|(here, _)| here).sum();
        let elapsed = self
            .started
            .map_or(0, |started| started.elapsed().as_millis());
        let rate = u128::from(here) * 1000 / elapsed.max(1);
        format!(
            "{} of {}, {}, {}/s",
            self.ended,
            count(self.planned, "file"),
            bytes(here),
            bytes(u64::try_from(rate).unwrap_or(u64::MAX))
        )
    }
}

impl Fetching {
    /// Draws nothing unless standard error is a terminal.
    pub fn new(terminal: Terminal) -> Self {
        // The message is cut at the width of the terminal.
        let template = "{bar:20.cyan/dim} {wide_msg}";
        Self {
            terminal,
            bar: bar(template, terminal),
            state: Mutex::default(),
        }
    }

    /// Clears the line.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn update(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        state.started.get_or_insert_with(Instant::now);
        self.bar.set_length(state.planned as u64 * STEPS);
        self.bar.set_position(state.position());
        self.bar.set_message(state.text());
    }
}

impl harden_index::Progress for Fetching {
    fn warned(&self, text: &str) {
        self.bar.suspend(|| self.terminal.warning(text));
    }
}

impl harden_fetch::Progress for Fetching {
    fn planned(&self, files: usize) {
        self.update(|state| state.planned = files);
    }

    fn begun(&self, file: &str, bytes: Option<u64>) {
        self.update(|state| {
            state.files.insert(file.to_owned(), (0, bytes));
        });
    }

    fn reached(&self, file: &str, bytes: u64) {
        self.update(|state| {
            if let Some((here, _)) = state.files.get_mut(file) {
                *here = bytes;
            }
        });
    }

    fn passed_over(&self, what: &MirrorMiss) {
        let text = format!("{what}; trying other sources");
        self.bar.suspend(|| match what.actual {
            None => self.terminal.detail(&text),
            Some(_) => self.terminal.warning(&text),
        });
    }

    fn warned(&self, warning: &Warning) {
        self.bar
            .suspend(|| self.terminal.warning(&warning.to_string()));
    }

    fn ended(&self, file: &str, outcome: Outcome) {
        self.update(|state| {
            state.ended += 1;
            if outcome == Outcome::Failed {
                state.files.remove(file);
            }
        });
    }
}
