//! The answer of the last run, given again if nothing has changed since.
//!
//! A lock is recognised by a digest of everything that decides its result: the inputs, the options, the
//! output file as it is before the run, the targets, the policy and the day, and the executable. What was
//! read of the index is recognised by the cache ([`harden_index::recall`]): all pages and metadata that were
//! used are the same, and the pages are still fresh. If only the age of pages has passed, the index is asked
//! for all of them at once.

use std::fmt::Write as _;
use std::time::UNIX_EPOCH;

use harden_index::{IndexClient, Recalled, recall};
use harden_packaging::Sha256;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::locking::request::LockRequest;
use crate::report::transcript::Transcript;
use crate::settings::config::current_folder;

/// A lock that a later run may recognise.
pub struct Reuse {
    /// The name under which its answer is kept: that of the place where the lock is made.
    name: Sha256,
    /// Everything that decides the result.
    question: Sha256,
    now: Timestamp,
    /// The digest of the output file before the run.
    before: Option<Sha256>,
}

/// The answer of an earlier run.
pub struct Kept {
    recalled: Recalled,
    head: Value,
    /// Where the report ends and the text of the lock begins.
    report_end: usize,
}

/// The answer of this run.
pub struct Made<'a> {
    /// The text of the lock.
    pub text: &'a str,
    /// The report for `--json`, without statistics.
    pub report: &'a Value,
    /// What was said.
    pub transcript: &'a Transcript,
    /// Until when the policy denies the same releases.
    pub holds_until: Option<Timestamp>,
}

impl Reuse {
    /// What `task` is recognised by; `None` if it is made anew each time.
    pub fn of(task: &LockRequest) -> Option<Self> {
        let identity = task.identity()?;
        let args = task.args();
        let place = (
            current_folder().ok()?,
            &args.loose,
            &args.output,
            &args.platform,
        );
        Some(Self {
            name: Sha256::of(format!("{place:?}")),
            question: Sha256::of(format!("{}\n{identity}", executable()?)),
            now: task.now(),
            before: task.existing().digest(),
        })
    }

    /// The answer of the last run, as far as the cache is concerned without asking the index.
    pub fn recall(&self, task: &LockRequest) -> Option<Kept> {
        let kept = Kept::read(recall(task.settings(), &self.name, &self.question)?)?;
        kept.holds_at(self.now).then_some(kept)
    }

    /// The answer of this run, to be kept.
    pub fn answer(&self, made: &Made<'_>, client: &IndexClient) -> ToKeep {
        let report = made.report.to_string();
        let is_unchanged = self.before == Some(Sha256::of(made.text));
        let text = if is_unchanged { "" } else { made.text };
        let head = json!({
            "said": made.transcript.as_json(),
            "made": self.now.to_string(),
            "until": made.holds_until.map(|moment| moment.to_string()),
            "unchanged": is_unchanged,
            "report": report.len(),
        });
        ToKeep {
            name: self.name,
            question: self.question,
            payload: format!("{head}\n{report}{text}").into_bytes(),
            client: client.beside_with_questions(),
        }
    }
}

/// An answer that is to be kept.
pub struct ToKeep {
    name: Sha256,
    question: Sha256,
    payload: Vec<u8>,
    client: IndexClient,
}

impl ToKeep {
    /// The bytes that it takes.
    pub fn length(&self) -> usize {
        self.payload.len()
    }

    /// Keeps it, unless the cache does not have all that it rests on.
    pub fn keep(self) {
        let (question, name) = (&self.question, &self.name);
        self.client.keep_answer_to(question, name, self.payload);
    }
}

impl Kept {
    fn read(recalled: Recalled) -> Option<Self> {
        let payload = recalled.payload();
        let end = payload.iter().position(|byte| *byte == b'\n')?;
        let head: Value = serde_json::from_slice(&payload[..end]).ok()?;
        let length = usize::try_from(head.get("report")?.as_u64()?).ok()?;
        let report_end = (end + 1).checked_add(length)?;
        (report_end <= payload.len()).then_some(Self {
            recalled,
            head,
            report_end,
        })
    }

    /// Whether a policy denies at this moment what it denied then.
    fn holds_at(&self, now: Timestamp) -> bool {
        let moment = |key: &str| self.head.get(key)?.as_str()?.parse::<Timestamp>().ok();
        moment("made").is_some_and(|made| made <= now)
            && moment("until").is_none_or(|until| now < until)
    }

    /// Whether it holds without asking the index.
    pub fn is_fresh(&self) -> bool {
        self.recalled.is_fresh()
    }

    /// Whether the index confirms it.
    pub fn is_confirmed(&mut self, client: &IndexClient) -> bool {
        client.confirm(&mut self.recalled)
    }

    /// What the run said.
    pub fn said(&self) -> &Value {
        &self.head["said"]
    }

    /// The report of the run for `--json`, without statistics.
    pub fn report(&self) -> Option<Value> {
        let payload = &self.recalled.payload()[..self.report_end];
        let start = payload.iter().position(|byte| *byte == b'\n')?;
        serde_json::from_slice(&payload[start + 1..]).ok()
    }

    /// The text of the lock; `None` if it is that of the output file.
    pub fn text(&self) -> Option<String> {
        let is_unchanged = self.head["unchanged"] == true;
        let text = &self.recalled.payload()[self.report_end..];
        (!is_unchanged).then(|| String::from_utf8_lossy(text).into_owned())
    }
}

/// What distinguishes this executable from others: its version, size and time.
fn executable() -> Option<String> {
    let file = std::env::current_exe().ok()?.metadata().ok()?;
    let modified = file.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let mut text = env!("CARGO_PKG_VERSION").to_owned();
    write!(text, " {} {}", file.len(), modified.as_nanos()).ok()?;
    Some(text)
}
