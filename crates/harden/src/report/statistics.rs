//! Statistics of a lock: time by phase, work of the solver, traffic.

use std::time::{Duration, Instant};

use harden_index::IndexClient;
use harden_resolver::Answer;
use serde_json::{Map, Value, json};

use crate::report::Terminal;
use crate::report::format::{bytes, seconds};
use crate::report::phases::Phases;

/// Statistics of a lock. Those of the client add up over all locks that it answered.
pub struct Statistics {
    all: Duration,
    phases: [(&'static str, Duration); 5],
    solver: harden_resolver::Statistics,
    index: harden_index::Statistics,
    /// Whether the answer is that of an earlier run.
    is_reused: bool,
}

impl Statistics {
    /// The statistics of an answer that has been written.
    pub fn new(answer: &Answer, client: &IndexClient, phases: &Phases, started: Instant) -> Self {
        Self {
            all: started.elapsed(),
            phases: phases.take(),
            solver: answer.statistics,
            index: client.statistics(),
            is_reused: false,
        }
    }

    /// The statistics of an answer that an earlier run has found; `client` is the one that has confirmed it.
    pub fn of_reuse(client: Option<&IndexClient>, phases: &Phases, started: Instant) -> Self {
        Self {
            all: started.elapsed(),
            phases: phases.take(),
            solver: harden_resolver::Statistics::default(),
            index: client.map(IndexClient::statistics).unwrap_or_default(),
            is_reused: true,
        }
    }

    /// Prints them for `--verbose`.
    pub fn print(&self, terminal: Terminal) {
        if self.is_reused {
            terminal.detail("nothing has changed since the last run, so its answer was used");
        }
        let phases = self.phases.iter();
        let phases = phases.map(|(name, time)| format!("{name} {}", seconds(*time)));
        terminal.detail(&phases.collect::<Vec<_>>().join(", "));
        terminal.detail(&format!(
            "{} decisions, {} backtracks, {} versions tried, {} restarts",
            self.solver.decisions,
            self.solver.backtracks,
            self.solver.versions_tried,
            self.solver.restarts
        ));
        terminal.detail(&format!(
            "{} requests ({} retries), {} received; {} cache hits, {} revalidated",
            self.index.requests,
            self.index.retries,
            bytes(self.index.bytes_received),
            self.index.cache_hits,
            self.index.revalidations
        ));
    }

    /// Their JSON form; times are in seconds, sizes in bytes.
    pub fn as_json(&self) -> Value {
        let phases: Map<String, Value> = self
            .phases
            .iter()
            .map(|(name, time)| ((*name).to_owned(), time.as_secs_f64().into()))
            .collect();
        json!({
            "seconds": self.all.as_secs_f64(),
            "phases": phases,
            "reused": self.is_reused,
            "decisions": self.solver.decisions,
            "backtracks": self.solver.backtracks,
            "versions_tried": self.solver.versions_tried,
            "restarts": self.solver.restarts,
            "requests": self.index.requests,
            "retries": self.index.retries,
            "bytes_received": self.index.bytes_received,
            "cache_hits": self.index.cache_hits,
            "revalidations": self.index.revalidations,
        })
    }
}
