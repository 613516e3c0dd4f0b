//! How many downloads run at once.

use std::sync::atomic::{AtomicBool, Ordering};

use harden_index::IndexClient;
use tokio::sync::{Semaphore, SemaphorePermit};

/// How many at first: where each takes a connection of its own, few enough for any server.
const FEW: usize = 16;

/// Permits for downloads: few, until a server sends several over one connection.
#[derive(Debug)]
pub(crate) struct Streams {
    permits: Semaphore,
    /// How many more there may be.
    more: usize,
    are_many: AtomicBool,
}

impl Streams {
    /// At most so many downloads.
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            permits: Semaphore::new(most.min(FEW)),
            more: most.saturating_sub(FEW),
            are_many: AtomicBool::new(false),
        }
    }

    /// A permit for one download.
    pub(crate) async fn one(&self, client: &IndexClient) -> SemaphorePermit<'_> {
        self.widen(client);
        let permit = self.permits.acquire().await;
        permit.expect("the semaphore is never closed")
    }

    /// Gives more permits if servers send several files over one connection. The servers of an index and of
    /// its files most often agree in that, so what the index has answered counts.
    pub(crate) fn widen(&self, client: &IndexClient) {
        if client.multiplexes() && !self.are_many.swap(true, Ordering::Relaxed) {
            self.permits.add_permits(self.more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downloads_are_few_until_a_server_multiplexes() {
        let client = IndexClient::new(harden_index::Settings::default()).unwrap();
        for (most, few) in [(100, 16), (3, 3), (0, 1)] {
            let streams = Streams::new(most);
            streams.widen(&client);
            assert_eq!(streams.permits.available_permits(), few);
        }
    }
}
