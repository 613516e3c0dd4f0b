//! Adds audits to an `audits.toml`, whose other content stays as it is.

use std::collections::BTreeSet;

use harden_packaging::{Sha256, is_control};
use jiff::civil::Date;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};

use crate::audits::{Audit, Audits};
use crate::error::AuditsErrorKind;

/// What a new file begins with.
const START: &str = "# Who has looked at which file. A file is known by its SHA-256, as strict files have it.\n\
                     # `harden vet add NAME` adds to it.\n";

/// Audits of the files of one pin.
#[derive(Debug, Clone)]
pub struct NewAudit<'a> {
    /// The package.
    pub package: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The digests of the files.
    pub sha256: &'a BTreeSet<Sha256>,
    /// Who looked at them.
    pub who: &'a str,
    /// When.
    pub when: Date,
    /// What they were found to be.
    pub criteria: &'a BTreeSet<String>,
    /// What else there is to say.
    pub note: Option<&'a str>,
}

/// Why audits cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file is not one of audits.
    #[error("{}{kind}", line.map(|line| format!("line {line}: ")).unwrap_or_default())]
    Malformed {
        /// The line of the fault.
        line: Option<usize>,
        /// The fault.
        kind: AuditsErrorKind,
    },
    /// A text has line ends or other control characters, or is empty.
    #[error("{0} must be one line of text, and not be empty")]
    NotALine(&'static str),
}

/// The text of the file with the audits, and how many were added: those that it has stay, and are not
/// repeated.
///
/// # Errors
///
/// If the file is malformed, or if a text of the audit is not one line.
pub fn recorded(text: Option<&str>, new: &NewAudit<'_>) -> Result<(String, usize), RecordError> {
    let is_line = |text: &str| !text.trim().is_empty() && !text.chars().any(is_control);
    if !is_line(new.who) {
        return Err(RecordError::NotALine("who"));
    }
    if !new.note.is_none_or(is_line) {
        return Err(RecordError::NotALine("the note"));
    }
    if new.criteria.is_empty() || !new.criteria.iter().all(|one| is_line(one)) {
        return Err(RecordError::NotALine("each criterion"));
    }
    let text = text.unwrap_or(START);
    // Comments alone would become the end of the file.
    let is_bare = text
        .lines()
        .all(|line| line.is_empty() || line.starts_with('#'));
    let head = if is_bare { text } else { "" };
    let malformed = |(line, kind)| RecordError::Malformed { line, kind };
    let known = Audits::read(text.as_bytes()).map_err(malformed)?;
    let is_new = |sha256: &&Sha256| !known.audits.iter().any(|audit| says(audit, sha256, new));
    let files: Vec<&Sha256> = new.sha256.iter().filter(is_new).collect();
    let document = text[head.len()..].parse::<DocumentMut>();
    let mut document = document.map_err(|error| {
        let why = error.message().to_owned();
        malformed((None, AuditsErrorKind::Malformed(why)))
    })?;
    let list = document
        .entry("audit")
        .or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(list) = list.as_array_of_tables_mut() else {
        let why = "`audit` is a list in one line; write each as a table [[audit]]".to_owned();
        return Err(malformed((None, AuditsErrorKind::Malformed(why))));
    };
    for sha256 in &files {
        list.push(table(sha256, new));
    }
    let between = if is_bare { "\n" } else { "" };
    Ok((format!("{head}{between}{document}"), files.len()))
}

/// Whether an audit says what the new one says of a file.
fn says(audit: &Audit, sha256: &Sha256, new: &NewAudit<'_>) -> bool {
    let is_met = new.criteria.is_subset(&audit.criteria);
    audit.sha256 == *sha256 && audit.who == new.who && is_met && audit.note.as_deref() == new.note
}

fn table(sha256: &Sha256, new: &NewAudit<'_>) -> Table {
    let mut table = Table::new();
    table["package"] = value(new.package);
    table["version"] = value(new.version);
    table["sha256"] = value(sha256.to_string());
    table["who"] = value(new.who);
    let when: Result<toml_edit::Datetime, _> = new.when.to_string().parse();
    table["when"] = value(when.expect("a day is a date of TOML"));
    let criteria: Vec<&str> = new.criteria.iter().map(String::as_str).collect();
    table["criteria"] = match criteria[..] {
        [one] => value(one),
        _ => value(Value::Array(Array::from_iter(criteria))),
    };
    if let Some(note) = new.note {
        table["note"] = value(note);
    }
    table
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn new<'a>(files: &'a BTreeSet<Sha256>, criteria: &'a BTreeSet<String>) -> NewAudit<'a> {
        NewAudit {
            package: "flask",
            version: "3.1.2",
            sha256: files,
            who: "Ada \"the countess\"",
            when: jiff::civil::date(2026, 11, 27),
            criteria,
            note: Some("all of it"),
        }
    }

    #[test]
    fn audits_are_added_at_the_end_and_only_once() {
        let files = ['1', '2'].map(|digit| digit.to_string().repeat(64).parse().unwrap());
        let (files, criteria) = (files.into(), ["read".to_owned()].into());
        let audit = new(&files, &criteria);
        let (text, added) = recorded(None, &audit).unwrap();
        assert_eq!(added, 2);
        assert_snapshot!(text, @r#"
        # Who has looked at which file. A file is known by its SHA-256, as strict files have it.
        # `harden vet add NAME` adds to it.

        [[audit]]
        package = "flask"
        version = "3.1.2"
        sha256 = "1111111111111111111111111111111111111111111111111111111111111111"
        who = 'Ada "the countess"'
        when = 2026-11-27
        criteria = "read"
        note = "all of it"

        [[audit]]
        package = "flask"
        version = "3.1.2"
        sha256 = "2222222222222222222222222222222222222222222222222222222222222222"
        who = 'Ada "the countess"'
        when = 2026-11-27
        criteria = "read"
        note = "all of it"
        "#);
        assert_eq!(recorded(Some(&text), &audit).unwrap(), (text.clone(), 0));
        let commented = format!(
            "# ours\n{text}\n[[import]]\nfrom = 'x.toml'\nsha256 = '{}'\n",
            "3".repeat(64)
        );
        let other = NewAudit {
            who: "Bob",
            note: None,
            ..audit
        };
        let (text, added) = recorded(Some(&commented), &other).unwrap();
        assert_eq!(added, 2);
        assert!(
            text.starts_with("# ours\n") && text.contains("x.toml"),
            "{text}"
        );
        Audits::read(text.as_bytes()).unwrap();
    }

    #[test]
    fn nothing_is_added_to_a_file_that_is_malformed_or_in_more_than_one_line() {
        let files = ["1".repeat(64).parse().unwrap()].into();
        let criteria = ["read".to_owned()].into();
        let audit = new(&files, &criteria);
        let refused = |text: &str| recorded(Some(text), &audit).unwrap_err().to_string();
        assert_snapshot!(refused("[[audit]]\nwho = 1"), @"line 2: invalid type: integer `1`, expected a string");
        assert_snapshot!(refused("audit = []"), @"`audit` is a list in one line; write each as a table [[audit]]");
        let lines = NewAudit {
            note: Some("one\ntwo"),
            ..audit
        };
        assert_snapshot!(recorded(None, &lines).unwrap_err(), @"the note must be one line of text, and not be empty");
    }
}
