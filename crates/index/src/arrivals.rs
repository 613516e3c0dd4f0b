//! What was asked for ahead, told as it comes, so that whoever has to wait can go on with the first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use harden_packaging::Arrival;

/// A queue of arrivals, and how many are still to come.
pub(crate) struct Arrivals {
    sender: Sender<Arrival>,
    receiver: Mutex<Receiver<Arrival>>,
    due: Arc<AtomicUsize>,
}

/// The promise of an arrival, kept when it is dropped: whatever ends the work ends the waiting.
pub(crate) struct Promise {
    arrival: Option<Arrival>,
    sender: Sender<Arrival>,
}

impl Default for Arrivals {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self {
            sender,
            receiver: Mutex::new(receiver),
            due: Arc::default(),
        }
    }
}

impl Arrivals {
    /// Promises an arrival.
    pub(crate) fn promise(&self, arrival: Arrival) -> Promise {
        self.due.fetch_add(1, Ordering::Relaxed);
        Promise {
            arrival: Some(arrival),
            sender: self.sender.clone(),
        }
    }

    /// The next arrival, waited for; `None` where none is promised.
    pub(crate) fn next(&self) -> Option<Arrival> {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        if self.due.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let arrival = receiver.recv().ok()?;
        self.due.fetch_sub(1, Ordering::Relaxed);
        Some(arrival)
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if let Some(arrival) = self.arrival.take() {
            // Nobody listens any more once the client is gone.
            let _ = self.sender.send(arrival);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(name: &str) -> Arrival {
        Arrival::Project(name.parse().unwrap())
    }

    #[test]
    fn each_promise_is_told_once_even_if_its_work_was_given_up() {
        let arrivals = Arrivals::default();
        assert!(arrivals.next().is_none());
        let (one, other) = (arrivals.promise(page("a")), arrivals.promise(page("b")));
        let worker = std::thread::spawn(move || drop(other));
        assert!(matches!(arrivals.next(), Some(Arrival::Project(name)) if name.as_str() == "b"));
        drop(one);
        assert!(arrivals.next().is_some());
        assert!(arrivals.next().is_none());
        worker.join().unwrap();
    }
}
