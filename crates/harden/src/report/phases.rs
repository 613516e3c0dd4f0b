//! Time by phase, for `--verbose` and `--json`.
//!
//! The crates mark phases by `tracing` spans. Each span is timed without the spans inside it, so the
//! phases add up to the run.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use tracing::Subscriber;
use tracing::span::{Attributes, Id};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// The phases of a lock, in their order: reading what is required; choosing versions; waiting for
/// the index, and reading the cache; checking the answer; hashes, and writing the strict file.
pub const NAMES: [&str; 5] = ["inputs", "solving", "index", "proof", "writing"];

/// How long each phase has taken so far, on each thread. Clones count the same time.
#[derive(Debug, Clone, Default)]
pub struct Phases(Arc<Mutex<Taken>>);

/// The time of each phase, by the thread that has taken it.
type Taken = BTreeMap<&'static str, HashMap<ThreadId, Duration>>;

impl Phases {
    /// The time of each phase on this thread since the last call, in the order of [`NAMES`].
    pub fn take(&self) -> [(&'static str, Duration); 5] {
        let (mut taken, thread) = (self.locked(), thread::current().id());
        NAMES.map(|name| {
            let of_phase = taken.get_mut(name);
            let time = of_phase.and_then(|times| times.remove(&thread));
            (name, time.unwrap_or_default())
        })
    }

    fn locked(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The clock of one span.
#[derive(Default)]
struct Clock {
    entered: Option<Instant>,
    /// Time in spans inside it.
    inner: Duration,
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Phases {
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(Clock::default());
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(clock) = span.extensions_mut().get_mut::<Clock>()
        {
            clock.entered = Some(Instant::now());
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let (all, inner) = {
            let mut extensions = span.extensions_mut();
            let Some(clock) = extensions.get_mut::<Clock>() else {
                return;
            };
            let all = clock
                .entered
                .take()
                .map_or(Duration::ZERO, |at| at.elapsed());
            (all, std::mem::take(&mut clock.inner))
        };
        let is_phase = NAMES.contains(&span.name());
        if let Some(outer) = span.parent()
            && let Some(clock) = outer.extensions_mut().get_mut::<Clock>()
        {
            // What is no phase is a part of the one around it.
            clock.inner += if is_phase { all } else { inner };
        }
        if !is_phase {
            return;
        }
        let mut taken = self.locked();
        let of_phase = taken.entry(span.name()).or_default();
        *of_phase.entry(thread::current().id()).or_default() += all.saturating_sub(inner);
    }
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use tracing::debug_span;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn time_counts_where_it_is_spent_and_once() {
        let phases = Phases::default();
        let subscriber = tracing_subscriber::registry().with(phases.clone());
        let nap = || sleep(Duration::from_millis(20));
        let start = Instant::now();
        tracing::subscriber::with_default(subscriber, || {
            debug_span!("solving").in_scope(|| {
                debug_span!("index").in_scope(nap);
                debug_span!("search").in_scope(|| {
                    debug_span!("index").in_scope(nap);
                    nap();
                });
            });
        });
        let all = start.elapsed();
        let taken = phases.take();
        let of = |name| taken.iter().find(|(known, _)| *known == name).unwrap().1;
        assert!(of("index") >= Duration::from_millis(40));
        assert!(of("solving") >= Duration::from_millis(20));
        assert!(of("index") + of("solving") <= all);
        assert_eq!(of("proof"), Duration::ZERO);
        assert_eq!(phases.take().map(|(_, time)| time), [Duration::ZERO; 5]);
    }
}
