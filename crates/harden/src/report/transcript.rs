//! What a lock says, printed as it is said, and kept so that a later run can say it again.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::report::Terminal;
use crate::report::format::seconds;

/// What a lock says.
pub struct Transcript {
    terminal: Terminal,
    /// What stands before each line, where there are several locks.
    before: String,
    started: Instant,
    said: RefCell<Vec<(Kind, String)>>,
}

/// The kind of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Warning,
    Summary,
    Detail,
    /// A summary, followed by how long the run has taken.
    Timed,
}

/// The kinds, with what they are called when they are kept.
const KINDS: [(Kind, &str); 4] = [
    (Kind::Warning, "warning"),
    (Kind::Summary, "summary"),
    (Kind::Detail, "detail"),
    (Kind::Timed, "timed"),
];

impl Transcript {
    /// Prints to `terminal`, with `before` before each line.
    pub fn new(terminal: Terminal, before: &str, started: Instant) -> Self {
        Self {
            terminal,
            before: before.to_owned(),
            started,
            said: RefCell::default(),
        }
    }

    /// Warns.
    pub fn warning(&self, text: &str) {
        self.say(Kind::Warning, format!("{}{text}", self.before));
    }

    /// Warns, without what stands before each line.
    pub fn plain_warning(&self, text: &str) {
        self.say(Kind::Warning, text.to_owned());
    }

    /// Says what was done.
    pub fn summary(&self, text: &str) {
        self.say(Kind::Summary, format!("{}{text}", self.before));
    }

    /// Says what was done, without what stands before each line.
    pub fn plain_summary(&self, text: &str) {
        self.say(Kind::Summary, text.to_owned());
    }

    /// Says what was done, and in what time.
    pub fn timed(&self, text: &str) {
        self.say(Kind::Timed, format!("{}{text}", self.before));
    }

    /// Says a detail.
    pub fn detail(&self, text: &str) {
        self.say(Kind::Detail, format!("{}{text}", self.before));
    }

    fn say(&self, kind: Kind, text: String) {
        print(kind, &text, self.started.elapsed(), self.terminal);
        self.said.borrow_mut().push((kind, text));
    }

    /// All that was said, to be kept.
    pub fn as_json(&self) -> Value {
        let said = self.said.borrow();
        let named = said.iter().map(|(kind, text)| {
            let mut kinds = KINDS.iter();
            let name = kinds.find_map(|(known, name)| (known == kind).then_some(*name));
            json!([name, text])
        });
        named.collect()
    }
}

/// Says again what was kept, by a run that took this long; `None` if it is malformed, and nothing is said
/// then.
pub fn repeat(kept: &Value, taken: Duration, terminal: Terminal) -> Option<()> {
    let lines = kept.as_array()?.iter().map(|line| {
        let name = line.get(0)?.as_str()?;
        let (kind, _) = KINDS.iter().find(|(_, known)| *known == name)?;
        Some((*kind, line.get(1)?.as_str()?))
    });
    let lines: Vec<_> = lines.collect::<Option<_>>()?;
    for (kind, text) in lines {
        print(kind, text, taken, terminal);
    }
    Some(())
}

fn print(kind: Kind, text: &str, taken: Duration, terminal: Terminal) {
    match kind {
        Kind::Warning => terminal.warning(text),
        Kind::Summary => terminal.summary(text),
        Kind::Detail => terminal.detail(text),
        Kind::Timed => terminal.summary(&format!("{text} in {}", seconds(taken))),
    }
}
