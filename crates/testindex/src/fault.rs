//! What may go wrong with an answer, for the requests whose path ends in a given text.

use std::time::Duration;

/// Something that goes wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This status in place of the answer.
    Status(u16),
    /// Status 429 or 503 with so many seconds of `Retry-After`.
    RetryAfter(u16, u64),
    /// The head of the answer and so many bytes of its body, then the connection closes.
    Cut(usize),
    /// The answer, so much later.
    Late(Duration),
    /// A part of the body now, the rest so much later.
    Stall(usize, Duration),
    /// These bytes in place of the body.
    Body(Vec<u8>),
    /// No answer at all, while the connection stays open.
    Silent,
    /// The connection closes in place of the answer.
    Closed,
    /// A redirect to this URL.
    Redirect(String),
}

/// A fault, whom it meets, and how often yet.
#[derive(Debug)]
pub(crate) struct Planned {
    pub path_end: String,
    pub times: Option<usize>,
    pub fault: Fault,
}

/// The fault that meets a request of `path`, which counts as one of its times.
pub(crate) fn take(faults: &mut [Planned], path: &str) -> Option<Fault> {
    let planned = faults
        .iter_mut()
        .find(|planned| planned.times != Some(0) && path.ends_with(&planned.path_end))?;
    planned.times = planned.times.map(|times| times - 1);
    Some(planned.fault.clone())
}
