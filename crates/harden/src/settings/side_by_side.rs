//! Locks that are made side by side read and write files as if they were made one after the other.
//!
//! The loose files of a lock may be, or include, what another lock of the configuration writes
//! (`-c strict.txt` in those of a second one). A lock that reads the output of an earlier lock waits until
//! that one has ended; a lock writes nothing before all earlier ones have read their inputs. Each waits for
//! earlier ones only, and these are begun before it, so that no two wait for each other.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::settings::config::place;

thread_local! {
    /// The lock that this thread makes beside others.
    static CURRENT: RefCell<Option<(Arc<SideBySide>, usize)>> = const { RefCell::new(None) };
}

/// The locks of a run, in their order, and how far each has come.
pub struct SideBySide {
    /// Which lock writes a file.
    writers: HashMap<PathBuf, usize>,
    /// The names of these files: most that are read have none of them.
    names: HashSet<OsString>,
    steps: Mutex<Vec<Step>>,
    changed: Condvar,
}

/// How far a lock has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    /// It may still read its inputs.
    Reading,
    /// It has read them.
    Solving,
    /// It has ended, well or not.
    Ended,
}

/// A lock that a thread makes, until this is dropped.
pub struct Current(());

impl SideBySide {
    /// Locks that write these files, in their order.
    pub fn new<'p>(outputs: impl Iterator<Item = Option<&'p Path>>) -> Arc<Self> {
        let (mut writers, mut names, mut number) = (HashMap::new(), HashSet::new(), 0);
        for (lock, output) in outputs.enumerate() {
            number = lock + 1;
            if let Some(output) = output {
                names.extend(output.file_name().map(OsString::from));
                writers.entry(place(output)).or_insert(lock);
            }
        }
        Arc::new(Self {
            writers,
            names,
            steps: Mutex::new(vec![Step::Reading; number]),
            changed: Condvar::new(),
        })
    }

    /// This thread makes the lock of this number. Threads take the locks in their order.
    #[must_use]
    pub fn begin(self: &Arc<Self>, lock: usize) -> Current {
        CURRENT.set(Some((Arc::clone(self), lock)));
        Current(())
    }

    /// The lock that writes the file at `path`.
    fn writer(&self, path: &Path) -> Option<usize> {
        if !self.names.contains(path.file_name()?) {
            return None;
        }
        self.writers.get(&place(path)).copied()
    }

    fn reach(&self, lock: usize, step: Step) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        steps[lock] = steps[lock].max(step);
        self.changed.notify_all();
    }

    fn wait_until(&self, is_so: impl Fn(&[Step]) -> bool) {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        while !is_so(&steps) {
            let woken = self.changed.wait(steps);
            steps = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        if let Some((all, lock)) = CURRENT.take() {
            all.reach(lock, Step::Ended);
        }
    }
}

/// Waits, before the file at `path` is read, for an earlier lock that writes it.
pub fn before_reading(path: impl AsRef<Path>) {
    with_current(|all, lock| {
        if let Some(writer) = all.writer(path.as_ref())
            && writer < lock
        {
            all.wait_until(|steps| steps[writer] == Step::Ended);
        }
    });
}

/// Says that the lock of this thread has read its inputs.
pub fn inputs_are_read() {
    with_current(|all, lock| all.reach(lock, Step::Solving));
}

/// Waits, before the lock of this thread writes, for earlier ones that may read what it writes.
pub fn before_writing() {
    with_current(|all, lock| {
        let have_read = |steps: &[Step]| steps[..lock].iter().all(|step| *step > Step::Reading);
        all.wait_until(have_read);
    });
}

fn with_current(work: impl FnOnce(&SideBySide, usize)) {
    let current = CURRENT.with_borrow(Clone::clone);
    if let Some((all, lock)) = current {
        work(&all, lock);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    #[test]
    fn a_lock_reads_what_an_earlier_one_has_written_and_what_a_later_one_has_not() {
        let outputs = ["one.txt", "two.txt"].map(|name| Some(Path::new(name)));
        let all = SideBySide::new(outputs.into_iter());
        let (sender, receiver) = channel();
        thread::scope(|scope| {
            let (second, said) = (Arc::clone(&all), sender.clone());
            scope.spawn(move || {
                let _current = second.begin(1);
                before_reading("./one.txt");
                said.send("two has read one").unwrap();
                inputs_are_read();
                before_writing();
                said.send("two writes").unwrap();
            });
            let first = Arc::clone(&all);
            scope.spawn(move || {
                let _current = first.begin(0);
                before_reading("two.txt");
                thread::sleep(std::time::Duration::from_millis(50));
                sender.send("one has read two").unwrap();
                inputs_are_read();
                before_writing();
                sender.send("one writes").unwrap();
            });
        });
        let said: Vec<_> = receiver.iter().collect();
        assert_eq!(
            said,
            [
                "one has read two",
                "one writes",
                "two has read one",
                "two writes"
            ]
        );
    }

    #[test]
    fn outside_of_such_a_run_nothing_waits() {
        before_reading("one.txt");
        inputs_are_read();
        before_writing();
    }
}
