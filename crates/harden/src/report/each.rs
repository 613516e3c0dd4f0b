//! The same work for many things, on all cores: results and messages are in the order of the things.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::report::capture::{Apart, captured};

/// As large as that of the main thread.
const STACK: usize = 8 << 20;

/// What `work` returns for each of `items`. A worker is started for every `share` of them, up to the number
/// of cores; what is too little for two is done on this thread.
pub fn each<T: Sync, R: Send>(items: &[T], share: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = cores.min(items.len() / share.max(1));
    if workers < 2 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R, Apart)>> = Mutex::new(Vec::with_capacity(items.len()));
    let run = || {
        while let place = next.fetch_add(1, Ordering::Relaxed)
            && let Some(item) = items.get(place)
        {
            let (result, apart) = captured(|| work(item));
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.push((place, result, apart));
        }
    };
    thread::scope(|scope| {
        for _ in 1..workers {
            // Without further threads, this one does all of it.
            let _ = thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, run);
        }
        run();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(place, ..)| *place);
    let said = done.into_iter().map(|(_, result, apart)| {
        // A closed standard output is not an error.
        let _ = apart.join();
        result
    });
    said.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        for number in [0, 1, 5, 1000] {
            let items: Vec<usize> = (0..number).collect();
            let doubled: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(each(&items, 1, |item| item * 2), doubled);
        }
    }
}
