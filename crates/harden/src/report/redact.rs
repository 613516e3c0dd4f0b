//! Removes secrets from displayed text: logins and queries of URLs, and the values of environment
//! variables that requirements files name as `${NAME}`.
//!
//! Messages of this program name URLs without them. Excerpts of input may contain anything.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::report::capture;

/// The names of variables by their values. Longer values are replaced first.
static VARIABLES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// Shorter values, in bytes, are not replaced: they occur in other text too.
const SHORTEST_SECRET: usize = 4;

/// Notes that a file was read with `value` in place of `${name}`.
pub fn note_variable(name: &str, value: &str) {
    if value.len() >= SHORTEST_SECRET {
        let note = |variables: &mut BTreeMap<String, String>| {
            variables.insert(value.to_owned(), name.to_owned());
        };
        note(&mut VARIABLES.lock().unwrap_or_else(PoisonError::into_inner));
        capture::with_variables(note);
    }
}

/// `text` with each value that was noted for this lock replaced by `${NAME}`.
pub fn with_variable_names(text: &str) -> String {
    let of_lock = capture::with_variables(|variables| replaced(text, variables));
    of_lock.unwrap_or_else(|| with_all_variable_names(text))
}

/// `text` with each value that was noted in this run replaced: what is a secret to one lock is one to all.
fn with_all_variable_names(text: &str) -> String {
    replaced(
        text,
        &VARIABLES.lock().unwrap_or_else(PoisonError::into_inner),
    )
}

fn replaced(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut values: Vec<_> = variables.iter().collect();
    values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    let mut text = text.to_owned();
    for (value, name) in values {
        if text.contains(value.as_str()) {
            text = text.replace(value.as_str(), &format!("${{{name}}}"));
        }
    }
    text
}

/// `text` without the logins (`user:password@`) and queries of its URLs, and without the values of
/// variables.
pub fn redacted(text: &str) -> String {
    let text = with_all_variable_names(text);
    let text = text.as_str();
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = rest.split_at(at);
        match login_start(before) {
            Some(start) => {
                shown.push_str(&before[..start]);
                shown.push_str("***");
            }
            None => shown.push_str(before),
        }
        shown.push('@');
        rest = &after[1..];
    }
    shown.push_str(rest);
    without_queries(&shown)
}

/// Where a login at the end of `text` begins: at the start of its word, behind a scheme or an option.
fn login_start(text: &str) -> Option<usize> {
    let is_boundary = |c: char| c.is_whitespace() || "`'\"<>(),;=".contains(c);
    let word = text.rfind(is_boundary).map_or(0, |at| {
        at + text[at..].chars().next().map_or(1, char::len_utf8)
    });
    let start = match text[word..].find("://") {
        Some(scheme) => word + scheme + "://".len(),
        None => word,
    };
    let login = &text[start..];
    let is_login =
        !login.contains('/') && !login.is_empty() && (login.contains(':') || start > word);
    is_login.then_some(start)
}

fn without_queries(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(scheme) = rest.find("://") {
        let (before, url) = rest.split_at(scheme + "://".len());
        shown.push_str(before);
        let end = url
            .find(|c: char| c.is_whitespace() || "`'\"<>),;".contains(c))
            .unwrap_or(url.len());
        let (url, after) = url.split_at(end);
        match url.split_once('?') {
            Some((place, query)) if !query.is_empty() => {
                shown.push_str(place);
                shown.push_str("?***");
            }
            _ => shown.push_str(url),
        }
        rest = after;
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_and_queries_are_taken_out() {
        for (text, shown) in [
            (
                "aa @ http://me:pw@h.test/x y z",
                "aa @ http://***@h.test/x y z",
            ),
            (
                "`--index-urll http://token@h.test/s`",
                "`--index-urll http://***@h.test/s`",
            ),
            ("'corp=me:pw@h' for --index", "'corp=***@h' for --index"),
            (
                "https://h.test/a.whl?token=s3cret, then",
                "https://h.test/a.whl?***, then",
            ),
            (
                "requires@py3-none-any, a @ file",
                "requires@py3-none-any, a @ file",
            ),
            ("http://a:b@c:d@h.test/", "http://***@***@h.test/"),
        ] {
            assert_eq!(redacted(text), shown);
        }
    }

    #[test]
    fn values_of_variables_are_shown_by_their_names() {
        note_variable("REDACT_TEST", "s3cret-of-this-test");
        note_variable("REDACT_SHORT", "abc");
        assert_eq!(
            redacted("https://h.test/s3cret-of-this-test/simple, abc"),
            "https://h.test/${REDACT_TEST}/simple, abc"
        );
    }
}
