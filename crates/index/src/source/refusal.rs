//! Whether an index that refuses a project (401, 403) answers for other projects.
//!
//! Indexes on object storage and package managers with rights by project refuse what they do not have.
//! An index that answers no project at all has refused the user, which is an error: going on to the
//! next index would take the user's private projects from there.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// What the requests to an index have shown so far.
#[derive(Default)]
pub(super) struct Evidence {
    answered: AtomicBool,
    under_way: AtomicUsize,
    changed: Notify,
}

/// A request whose outcome is not known yet.
pub(super) struct UnderWay<'a>(&'a Evidence);

impl Evidence {
    /// Counts a request until the returned value is dropped.
    pub(super) fn begin(&self) -> UnderWay<'_> {
        self.under_way.fetch_add(1, Ordering::SeqCst);
        UnderWay(self)
    }

    /// Notes that the index has answered for a project.
    pub(super) fn note_answer(&self) {
        if !self.answered.swap(true, Ordering::SeqCst) {
            self.changed.notify_waiters();
        }
    }

    /// Whether the index answers for some project; waits for the requests that are under way.
    pub(super) async fn answers(&self) -> bool {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.answered.load(Ordering::SeqCst) {
                return true;
            }
            if self.under_way.load(Ordering::SeqCst) == 0 {
                return false;
            }
            changed.await;
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }
}
