//! The form of `audits.toml`: who has looked at which file, and whose audits count, too.
//!
//! A file is known by its SHA-256. Names and versions are for people, and for listings.

use std::collections::BTreeSet;

use harden_packaging::{Sha256, printable};
use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use crate::error::AuditsErrorKind;

/// The largest file of audits that is read, in bytes.
pub const LARGEST_AUDITS: usize = 8 << 20;

/// What an audit says if it names no criterion.
pub const DEFAULT_CRITERION: &str = "safe-to-deploy";

/// The content of one `audits.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audits {
    /// The audits, in the order of the file.
    pub audits: Vec<Audit>,
    /// Files whose audits count, too.
    pub imports: Vec<Import>,
}

/// Somebody has looked at a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The digest of the file.
    pub sha256: Sha256,
    /// Its package and version, as the audit names them.
    pub subject: String,
    /// Who looked at it.
    pub who: String,
    /// When.
    pub when: Date,
    /// What the file was found to be. At least one.
    pub criteria: BTreeSet<String>,
    /// What else there is to say.
    pub note: Option<String>,
}

/// A file of audits that another one imports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Its path, or its URL.
    pub from: String,
    /// Its digest.
    pub sha256: Sha256,
    /// The line that imports it.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    audit: Vec<Spanned<AuditTable>>,
    #[serde(default)]
    import: Vec<Spanned<ImportTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditTable {
    sha256: String,
    #[serde(default)]
    package: Option<String>,
    #[serde(default)]
    version: Option<String>,
    who: String,
    when: toml::value::Datetime,
    #[serde(default)]
    criteria: Option<Criteria>,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Criteria {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportTable {
    from: String,
    sha256: String,
}

/// What is wrong, and in which line.
pub(crate) type Fault = (Option<usize>, AuditsErrorKind);

impl Audits {
    /// Reads the bytes of a file.
    ///
    /// # Errors
    ///
    /// The first fault, with its line.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > LARGEST_AUDITS {
            return Err((None, AuditsErrorKind::TooLarge));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| malformed(None, "it is not UTF-8"))?;
        let line = |place: usize| 1 + text[..place.min(text.len())].matches('\n').count();
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| line(span.start));
            malformed(line, error.message())
        })?;
        let mut audits = Self::default();
        for table in file.audit {
            let place = table.span().start;
            let audit = table.into_inner().read();
            // Lines are counted only for a fault: a count for each audit takes 10 ms of 700.
            let audit = audit.map_err(|why| malformed(Some(line(place)), &why));
            audits.audits.push(audit?);
        }
        for table in file.import {
            let line = line(table.span().start);
            let ImportTable { from, sha256 } = table.into_inner();
            let sha256 = digest(&sha256).map_err(|why| malformed(Some(line), &why))?;
            audits.imports.push(Import { from, sha256, line });
        }
        Ok(audits)
    }
}

impl AuditTable {
    fn read(self) -> Result<Audit, String> {
        let when = self.when.to_string();
        let criteria: BTreeSet<String> = match self.criteria {
            None => [DEFAULT_CRITERION.to_owned()].into(),
            Some(Criteria::One(one)) => [one].into(),
            Some(Criteria::Several(several)) => several.into_iter().collect(),
        };
        if criteria.is_empty() || criteria.iter().any(|one| one.trim().is_empty()) {
            return Err("an audit has no criterion; leave `criteria` out for the usual one".into());
        }
        if self.who.trim().is_empty() {
            return Err("`who` is empty".to_owned());
        }
        let subject = [self.package, self.version].into_iter().flatten();
        let subject: Vec<String> = subject.collect();
        let shown = |text: &str| printable(text).into_owned();
        Ok(Audit {
            sha256: digest(&self.sha256)?,
            subject: shown(&subject.join(" ")),
            who: shown(&self.who),
            when: when
                .parse()
                .map_err(|_| format!("`{when}` is not a date, as 2026-03-31"))?,
            criteria: criteria.iter().map(|one| shown(one)).collect(),
            note: self.note.map(|note| shown(note.trim())),
        })
    }
}

fn digest(text: &str) -> Result<Sha256, String> {
    text.parse()
        .map_err(|error: harden_packaging::ParseDigestError| error.to_string())
}

fn malformed(line: Option<usize>, why: &str) -> Fault {
    let why = printable(why).into_owned();
    (line, AuditsErrorKind::Malformed(why))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;

    fn refused(text: &str) -> String {
        let (line, why) = Audits::read(text.as_bytes()).unwrap_err();
        let line = line.map_or_else(|| "no line".to_owned(), |line| line.to_string());
        format!("{line}: {why}")
    }

    #[test]
    fn an_audit_says_who_looked_at_which_file_and_when() {
        let digest = "1".repeat(64);
        let text = format!(
            "[[audit]]\npackage = 'flask'\nversion = '3.1.2'\nsha256 = '{digest}'\nwho = 'Ada'\n\
             when = 2026-11-27\ncriteria = ['read', 'run']\nnote = 'all of it'\n\
             [[audit]]\nsha256 = '{digest}'\nwho = 'Bob'\nwhen = 2026-11-28\n\
             [[import]]\nfrom = '../team.toml'\nsha256 = '{digest}'\n"
        );
        let audits = Audits::read(text.as_bytes()).unwrap();
        let [ada, bob] = &audits.audits[..] else {
            panic!("{audits:?}")
        };
        assert_eq!((&*ada.subject, &*ada.who), ("flask 3.1.2", "Ada"));
        assert_eq!(ada.criteria.len(), 2);
        assert_eq!(ada.note.as_deref(), Some("all of it"));
        assert_eq!(
            bob.criteria.first().map(String::as_str),
            Some(DEFAULT_CRITERION)
        );
        assert_eq!(audits.imports[0].line, 13);
    }

    #[test]
    fn faults_are_reported_with_their_line() {
        let digest = "1".repeat(64);
        assert_snapshot!(refused("[[audit]\n"), @"1: unclosed array table, expected `]`");
        assert_snapshot!(refused("\n[[audit]]\nwho = 'Ada'\n"), @"2: missing field `sha256`");
        assert_snapshot!(refused("[[audits]]\n"), @"1: unknown field `audits`, expected `audit` or `import`");
        let audit = |fields: &str| format!("[[audit]]\nsha256 = '{digest}'\n{fields}");
        assert_snapshot!(refused(&audit("who = 'Ada'\nwhen = 2026-11-27\nnotes = 'x'")), @"5: unknown field `notes`, expected one of `sha256`, `package`, `version`, `who`, `when`, `criteria`, `note`");
        assert_snapshot!(refused(&audit("who = ' '\nwhen = 2026-11-27")), @"1: `who` is empty");
        assert_snapshot!(refused(&audit("who = 'Ada'\nwhen = 07:32:00")), @"1: `07:32:00` is not a date, as 2026-03-31");
        assert_snapshot!(refused(&audit("who = 'Ada'\nwhen = 2026-11-27\ncriteria = []")), @"1: an audit has no criterion; leave `criteria` out for the usual one");
        assert_snapshot!(refused("[[import]]\nfrom = 'a'\nsha256 = '1'"), @"1: `1` is not a SHA-256 digest, which is 64 hexadecimal digits");
        assert_snapshot!(refused(&" ".repeat(LARGEST_AUDITS + 1)), @"no line: it has more than 8388608 bytes");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = Audits::read(&bytes);
        }
    }
}
