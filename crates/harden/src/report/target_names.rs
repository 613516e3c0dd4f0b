//! The names that the user gave to targets (`debian-12-arm64`), shown in place of the canonical spelling
//! that the parts of the program use.
//!
//! Of each text, the first place that names a target says what its name stands for. In commands, file
//! names and JSON the canonical spelling stays.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::report::capture;

/// The given names by canonical spelling.
static NAMES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Notes that the user calls the target `canonical` by `name`.
pub fn note(canonical: String, name: &str) {
    if canonical != name {
        with_names(|names| drop(names.insert(canonical, name.to_owned())));
    }
}

/// The names that were noted for the run.
pub(super) fn noted() -> BTreeMap<String, String> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// What `work` does with the names: those of the lock that this thread makes beside others, else those of
/// the run.
fn with_names<T>(work: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> T {
    let mut work = Some(work);
    let mut once = |names: &mut _| work.take().map(|work| work(names));
    if let Some(done) = capture::with_names(&mut once).flatten() {
        return done;
    }
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    once(&mut names).expect("it has not been done")
}

/// The text with the names that the user gave.
pub fn named(text: &str) -> String {
    with_names(|names| {
        let mut text = text.to_owned();
        for (canonical, name) in names.iter().filter(|(canonical, _)| !canonical.is_empty()) {
            if text.contains(canonical.as_str()) {
                text = replaced(&text, canonical, name);
            }
        }
        text
    })
}

fn replaced(text: &str, canonical: &str, name: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let (mut rest, mut is_told) = (text, false);
    while let Some((before, after)) = rest.split_once(canonical) {
        shown += before;
        if !is_word(&shown, after) {
            shown += canonical;
        } else if is_told {
            shown += name;
        } else {
            shown.extend([name, " (", canonical, ")"]);
            is_told = true;
        }
        rest = after;
    }
    shown + rest
}

/// Whether a target stands alone in a sentence, rather than in a command or in a file name.
fn is_word(before: &str, after: &str) -> bool {
    let is_option = ["--platform ", "-p ", "platforms="];
    let is_end = |c: char| c.is_whitespace() || ",;:)`".contains(c);
    let is_begun = before.is_empty() || before.ends_with([' ', '\n', '(', '`']);
    is_begun
        && !is_option.iter().any(|option| before.ends_with(option))
        && (after.is_empty() || after.starts_with(is_end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_has_the_name_that_it_was_given() {
        note("manylinux_2_99_x86_64-cp-39-cp39".to_owned(), "debian-99");
        note("win_amd64-cp-39-cp39".to_owned(), "win_amd64-cp-39-cp39");
        for (text, expected) in [
            (
                "no resolution for manylinux_2_99_x86_64-cp-39-cp39\n  a is not for manylinux_2_99_x86_64-cp-39-cp39: b",
                "no resolution for debian-99 (manylinux_2_99_x86_64-cp-39-cp39)\n  a is not for debian-99: b",
            ),
            (
                "pex --platform manylinux_2_99_x86_64-cp-39-cp39 -o app-manylinux_2_99_x86_64-cp-39-cp39.pex",
                "pex --platform manylinux_2_99_x86_64-cp-39-cp39 -o app-manylinux_2_99_x86_64-cp-39-cp39.pex",
            ),
            ("for win_amd64-cp-39-cp39", "for win_amd64-cp-39-cp39"),
        ] {
            assert_eq!(named(text), expected);
        }
    }
}
