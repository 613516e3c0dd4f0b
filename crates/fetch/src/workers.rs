//! Threads for the work on files that is not waiting for the network: hashing what is there, inspecting what
//! came, putting files in place.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, Scope};

use tokio::sync::oneshot;

/// Threads that do work for async code, until this is dropped.
pub(crate) struct Workers<'env> {
    /// `None` where the system refuses all threads: who asks does the work then.
    jobs: Option<Sender<Job<'env>>>,
}

type Job<'env> = Box<dyn FnOnce() + Send + 'env>;

impl<'env> Workers<'env> {
    /// Starts up to `count` threads, which end before `scope` does.
    pub(crate) fn start<'scope>(scope: &'scope Scope<'scope, 'env>, count: usize) -> Self {
        let (jobs, queue) = channel::<Job<'env>>();
        let queue = Arc::new(Mutex::new(queue));
        let mut started = 0;
        for _ in 0..count.max(1) {
            let queue = Arc::clone(&queue);
            let thread = thread::Builder::new().spawn_scoped(scope, move || work_on(&queue));
            if thread.is_err() {
                break;
            }
            started += 1;
        }
        Self {
            jobs: (started > 0).then_some(jobs),
        }
    }

    /// What `work` results in, done by one of the threads.
    pub(crate) async fn run<R: Send + 'env>(&self, work: impl FnOnce() -> R + Send + 'env) -> R {
        let (send, receive) = oneshot::channel();
        let job: Job<'env> = Box::new(move || drop(send.send(work())));
        match &self.jobs {
            Some(jobs) => jobs
                .send(job)
                .expect("the threads take jobs as long as this exists"),
            None => job(),
        }
        receive.await.expect("a job ends with its result")
    }
}

fn work_on(queue: &Mutex<Receiver<Job<'_>>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};

    use super::*;

    #[test]
    fn work_is_done_by_other_threads_and_gives_its_result() {
        let text = "borrowed".to_owned();
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().unwrap();
        let lengths: Vec<usize> = thread::scope(|scope| {
            let workers = Workers::start(scope, 2);
            let work = |number: usize| {
                let text = &text;
                workers.run(move || {
                    assert!(thread::current().name().is_none());
                    text.len() + number
                })
            };
            runtime.block_on(stream::iter(0..9).map(work).buffered(9).collect())
        });
        assert_eq!(lengths, (8..17).collect::<Vec<_>>());
    }

    #[test]
    fn without_threads_the_work_is_done_at_once() {
        let workers = Workers { jobs: None };
        let runtime = tokio::runtime::Builder::new_current_thread();
        assert_eq!({ runtime }.build().unwrap().block_on(workers.run(|| 3)), 3);
    }
}
