//! Ends a body that arrives too slowly. Silence has a time-out of its own.

use std::time::{Duration, Instant};

/// How long a body may be slower than [`LEAST_RATE`].
const WINDOW: Duration = Duration::from_mins(1);

/// The least rate, in bytes per second. At less a page of 1 MiB takes more than 17 minutes.
const LEAST_RATE: u64 = 1 << 10;

/// How fast a body has arrived lately.
pub(crate) struct Pace {
    since: Instant,
    received: u64,
}

impl Pace {
    /// Begins now.
    pub(crate) fn start() -> Self {
        Self {
            since: Instant::now(),
            received: 0,
        }
    }

    /// Records bytes that have arrived.
    ///
    /// # Errors
    ///
    /// When fewer than [`LEAST_RATE`] have arrived for [`WINDOW`].
    pub(crate) fn note(&mut self, bytes: usize) -> Result<(), String> {
        self.note_after(bytes, self.since.elapsed())
    }

    fn note_after(&mut self, bytes: usize, elapsed: Duration) -> Result<(), String> {
        self.received += bytes as u64;
        if elapsed < WINDOW {
            return Ok(());
        }
        if self.received < LEAST_RATE * elapsed.as_secs() {
            return Err(format!(
                "the server sent {} bytes in {} s, which is too slow",
                self.received,
                elapsed.as_secs()
            ));
        }
        *self = Self::start();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trickle_is_given_up_after_a_minute() {
        let mut pace = Pace::start();
        assert_eq!(pace.note_after(1, Duration::from_secs(59)), Ok(()));
        let why = pace.note_after(1, Duration::from_mins(1)).unwrap_err();
        insta::assert_snapshot!(why, @"the server sent 2 bytes in 60 s, which is too slow");
        let mut pace = Pace::start();
        assert_eq!(pace.note_after(60 << 10, Duration::from_mins(1)), Ok(()));
        assert_eq!(pace.received, 0);
    }
}
