//! How many requests may be under way at once, counted for each server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

/// The permits of all servers. Those of one server do not wait for those of another, so that metadata does
/// not queue behind pages.
pub(super) struct Permits {
    most: usize,
    of_server: Mutex<HashMap<String, Arc<Semaphore>>>,
}

impl Permits {
    /// `most` for each server, at least one.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most: most.clamp(1, Semaphore::MAX_PERMITS),
            of_server: Mutex::default(),
        }
    }

    /// A permit for a request to the server of `url`, waited for in order of arrival.
    pub(super) async fn acquire(&self, url: &Url) -> OwnedSemaphorePermit {
        let server = url.origin().ascii_serialization();
        let permits = {
            let mut known = self
                .of_server
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let permits = known.entry(server);
            Arc::clone(permits.or_insert_with(|| Arc::new(Semaphore::new(self.most))))
        };
        let permit = permits.acquire_owned().await;
        permit.expect("the semaphore is never closed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn servers_have_permits_of_their_own() {
        let permits = Permits::new(1);
        let page: Url = "https://index.test/simple/a/".parse().unwrap();
        let other_page: Url = "https://index.test/simple/b/".parse().unwrap();
        let metadata: Url = "https://files.test/a.whl.metadata".parse().unwrap();
        let first = permits.acquire(&page).await;
        let _of_another_server = permits.acquire(&metadata).await;
        let second = permits.acquire(&other_page);
        tokio::pin!(second);
        let waits = tokio::time::timeout(std::time::Duration::from_millis(10), &mut second).await;
        assert!(waits.is_err(), "the server has one permit");
        drop(first);
        let _permit = second.await;
    }
}
