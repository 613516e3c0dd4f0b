//! Gives up on bodies that arrive byte by byte: silence has a time-out of its own, trickling has this.

use std::time::{Duration, Instant};

/// How long a body may be slower than [`LEAST_RATE`].
const WINDOW: Duration = Duration::from_mins(1);

/// Bytes per second. A modem of 1990 is faster; a server that is slower than this for a minute holds
/// a run up for hours.
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

    /// Notes bytes that have arrived; the reason to give up where they are too few.
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
