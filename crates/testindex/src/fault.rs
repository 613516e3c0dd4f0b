//! Faults of responses, for requests whose path ends in a given text.

use std::time::Duration;

/// A fault of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status instead of the response.
    Status(u16),
    /// Status 429 or 503 with this many seconds of `Retry-After`.
    RetryAfter(u16, u64),
    /// The head of the response and this many bytes of its body, then the connection closes.
    Cut(usize),
    /// The response, delayed.
    Late(Duration),
    /// A part of the body at once, the rest delayed.
    Stall(usize, Duration),
    /// So many bytes of the body at a time, with this pause after each.
    Trickle(usize, Duration),
    /// These bytes instead of the body.
    Body(Vec<u8>),
    /// No response, while the connection stays open.
    Silent,
    /// The connection closes without a response.
    Closed,
    /// A redirect to this URL.
    Redirect(String),
}

/// A fault, the requests that it applies to, and how often it still applies.
#[derive(Debug)]
pub(crate) struct Planned {
    pub path_end: String,
    pub times: Option<usize>,
    pub fault: Fault,
}

/// The fault for a request of `path`; counts this use.
pub(crate) fn take(faults: &mut [Planned], path: &str) -> Option<Fault> {
    let planned = faults
        .iter_mut()
        .find(|planned| planned.times != Some(0) && path.ends_with(&planned.path_end))?;
    planned.times = planned.times.map(|times| times - 1);
    Some(planned.fault.clone())
}
