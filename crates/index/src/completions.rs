//! A queue of prefetched answers in the order of their arrival, so that a caller can continue with the first.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use harden_packaging::Completion;

/// A queue of completions, and how many are still to come.
pub(crate) struct Completions {
    sender: Sender<Completion>,
    receiver: Mutex<Receiver<Completion>>,
    due: Arc<AtomicUsize>,
}

/// The promise of a completion. It is sent when this is dropped, however the work ends.
pub(crate) struct Promise {
    completion: Option<Completion>,
    sender: Sender<Completion>,
}

impl Default for Completions {
    fn default() -> Self {
        let (sender, receiver) = channel();
        Self {
            sender,
            receiver: Mutex::new(receiver),
            due: Arc::default(),
        }
    }
}

impl Completions {
    /// Promises a completion.
    pub(crate) fn promise(&self, completion: Completion) -> Promise {
        self.due.fetch_add(1, Ordering::Relaxed);
        Promise {
            completion: Some(completion),
            sender: self.sender.clone(),
        }
    }

    /// The next completion, waited for; `None` where none is promised.
    pub(crate) fn next(&self) -> Option<Completion> {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        if self.due.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let completion = receiver.recv().ok()?;
        self.due.fetch_sub(1, Ordering::Relaxed);
        Some(completion)
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if let Some(completion) = self.completion.take() {
            // Nobody listens any more once the client is gone.
            let _ = self.sender.send(completion);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(name: &str) -> Completion {
        Completion::Project(name.parse().unwrap())
    }

    #[test]
    fn each_announcement_is_completed_once_even_if_its_work_was_cancelled() {
        let completions = Completions::default();
        assert!(completions.next().is_none());
        let (one, other) = (
            completions.promise(page("a")),
            completions.promise(page("b")),
        );
        let worker = std::thread::spawn(move || drop(other));
        assert!(
            matches!(completions.next(), Some(Completion::Project(name)) if name.as_str() == "b")
        );
        drop(one);
        assert!(completions.next().is_some());
        assert!(completions.next().is_none());
        worker.join().unwrap();
    }
}
