//! Progress on the terminal, drawn during a run and cleared at its end.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use harden_fetch::{MirrorMiss, Outcome};
use harden_packaging::PackageName;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use crate::report::Terminal;
use crate::report::format::count;

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

    /// Shows the counts, and what was read last.
    fn show(&self, last: &str) {
        let read = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        self.bar.set_message(format!(
            "resolving: read {} and the metadata of {}: {last}",
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
    /// For each file in transit: the bytes downloaded, and its size if known.
    files: HashMap<String, (u64, Option<u64>)>,
}

impl Fetching {
    /// Draws nothing unless standard error is a terminal.
    pub fn new(terminal: Terminal) -> Self {
        let template = "{bar:20.cyan/dim} {msg} {decimal_bytes} of {decimal_total_bytes}, {decimal_bytes_per_sec}";
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
        let here = state.files.values().map(|(here, _)| here).sum();
        let all = state
            .files
            .values()
            .map(|(here, size)| size.unwrap_or(*here))
            .sum();
        self.bar.set_length(all);
        self.bar.set_position(here);
        self.bar
            .set_message(format!("{} of {} files,", state.ended, state.planned));
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
        let told = format!("{what}; trying other sources");
        self.bar.suspend(|| match what.actual {
            None => self.terminal.detail(&told),
            Some(_) => self.terminal.warning(&told),
        });
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
