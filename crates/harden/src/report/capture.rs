//! Messages of work that is done beside other work: held back, so that they can be given in an order that
//! does not depend on time.
//!
//! While a thread captures, what it prints is kept, and so are the names by which the user calls targets
//! and the variables that files were read with: what another thread notes meanwhile has no effect on it.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::report::Error;
use crate::report::output::print;
use crate::report::target_names::{note, noted};
use crate::report::terminal::print_line;

thread_local! {
    static CAPTURED: RefCell<Option<Captured>> = const { RefCell::new(None) };
}

/// What a thread has said and noted since it captures.
#[derive(Default)]
struct Captured {
    said: Vec<Said>,
    names: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
}

/// A part of the output.
enum Said {
    /// A line on standard error.
    Message(String),
    /// A text on standard output.
    Result(String),
}

/// What was said while it was captured.
#[derive(Default)]
pub struct Messages(Vec<Said>);

/// What was captured, beside the result of the work.
pub struct Apart {
    /// What was said and not taken by [`said`].
    pub messages: Messages,
    names: BTreeMap<String, String>,
}

impl Apart {
    /// Notes the names of targets that were noted, and says what was said.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub fn join(self) -> Result<(), Error> {
        for (canonical, name) in self.names {
            note(canonical, &name);
        }
        self.messages.say()
    }
}

impl Messages {
    /// Whether nothing was said.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Says it now.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written.
    pub fn say(self) -> Result<(), Error> {
        for said in self.0 {
            match said {
                Said::Message(line) => print_line(&line),
                Said::Result(text) => print(&text)?,
            }
        }
        Ok(())
    }
}

/// What `work` returns, and what it says and notes on this thread.
pub fn captured<T>(work: impl FnOnce() -> T) -> (T, Apart) {
    let names = noted();
    CAPTURED.set(Some(Captured {
        names,
        ..Captured::default()
    }));
    let done = work();
    let captured = CAPTURED.take().unwrap_or_default();
    let apart = Apart {
        messages: Messages(captured.said),
        names: captured.names,
    };
    (done, apart)
}

/// What this thread has said since it captures, or since the last call.
pub fn said() -> Messages {
    let taken = with(|captured| std::mem::take(&mut captured.said));
    Messages(taken.unwrap_or_default())
}

/// Keeps a line of standard error; `false` if this thread does not capture.
pub(super) fn message(line: &str) -> bool {
    with(|captured| captured.said.push(Said::Message(line.to_owned()))).is_some()
}

/// Keeps a text of standard output; `false` if this thread does not capture.
pub(super) fn result(text: &str) -> bool {
    with(|captured| captured.said.push(Said::Result(text.to_owned()))).is_some()
}

/// What `work` does with the names of targets that this thread has noted; `None` if it does not capture.
pub(super) fn with_names<T>(work: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> Option<T> {
    with(|captured| work(&mut captured.names))
}

/// What `work` does with the variables, by their values, that this thread has noted; `None` if it does not
/// capture.
pub(super) fn with_variables<T>(
    work: impl FnOnce(&mut BTreeMap<String, String>) -> T,
) -> Option<T> {
    with(|captured| work(&mut captured.variables))
}

fn with<T>(work: impl FnOnce(&mut Captured) -> T) -> Option<T> {
    CAPTURED.with_borrow_mut(|captured| captured.as_mut().map(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_captures_keeps_what_it_says_and_others_do_not() {
        assert!(!message("not kept"));
        let ((), rest) = captured(|| {
            assert!(message("one") && result("two"));
            assert_eq!(said().0.len(), 2);
            std::thread::scope(|scope| {
                scope.spawn(|| assert!(!message("of another thread")));
            });
            assert!(message("three"));
        });
        assert_eq!(rest.messages.0.len(), 1);
        assert!(!message("not kept"));
    }
}
