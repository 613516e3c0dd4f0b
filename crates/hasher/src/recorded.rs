//! What a strict file records of the origin of a pin, so that reviewers see it and what changes in it.
//!
//! ```text
//! # published by github.com/pallets/flask (publish.yaml), 2026-08-22; BSD-3-Clause
//! # owned by alice, bob, organisation pallets
//! ```
//!
//! Without a publisher the first line is `uploaded 2026-08-22; BSD-3-Clause`, and the licence alone is
//! `licence: BSD-3-Clause`. What the index does not say is recorded as such (`on an unknown day`, `owned by unknown
//! owners`), so that a line that is missing was never written, or was taken out.

use std::collections::BTreeSet;
use std::fmt;
use std::fmt::Write as _;

use harden_packaging::Licence;
use jiff::civil::Date;

/// What is recorded of a pin; what is not, is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Who published its files, according to the index.
    pub publisher: Option<Publisher>,
    /// The day on which the newest of its files was uploaded.
    pub uploaded: Option<UploadDay>,
    /// Its licence.
    pub licence: Option<RecordedLicence>,
    /// Who owns its project on the index.
    pub owners: Option<RecordedOwners>,
}

/// The day, UTC, of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadDay {
    /// This day.
    Day(Date),
    /// The index does not say.
    Unknown,
}

/// Who owns a project, as far as the index says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordedOwners {
    /// These.
    Known(Owners),
    /// The index does not say.
    Unknown,
}

/// Who published a file, according to the attestations (PEP 740) that the index lists for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Publisher {
    /// A publisher, as `github.com/pallets/flask (publish.yaml)`.
    Named(PublisherName),
    /// The index lists no attestation.
    Unattested,
    /// The index lists attestations that cannot be read.
    Unreadable,
}

/// The name of a publisher: one line in which nothing can be mistaken for the end of the name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublisherName(String);

/// A licence as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordedLicence {
    /// An SPDX expression.
    Known(Box<Licence>),
    /// It cannot be told, for this reason, which is empty in what was read from a file.
    Unknown(String),
}

/// Who owns a project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Owners {
    /// The names of the users.
    pub users: BTreeSet<String>,
    /// The name of the organisation.
    pub organisation: Option<String>,
}

const PUBLISHED: &str = "published ";
const UNATTESTED: &str = "without attestation";
const UNREADABLE: &str = "by an unknown publisher";
const UPLOADED: &str = "uploaded ";
const LICENCE: &str = "licence: ";
const UNKNOWN: &str = "unknown";
const UNKNOWN_LICENCE: &str = "licence unknown";
const OWNED: &str = "owned by ";
const ORGANISATION: &str = "organisation ";
// With a space, which no name has.
const NOBODY: &str = "no one";
const UNKNOWN_OWNERS: &str = "unknown owners";
const UNKNOWN_DAY: &str = "on an unknown day";

impl Recorded {
    /// The comment lines, without `#`.
    pub fn lines(&self) -> Vec<String> {
        let origin = match (&self.publisher, self.uploaded) {
            (Some(publisher), Some(day)) => Some(format!("{PUBLISHED}{publisher}, {day}")),
            (Some(publisher), None) => Some(format!("{PUBLISHED}{publisher}")),
            (None, Some(day)) => Some(format!("{UPLOADED}{day}")),
            (None, None) => None,
        };
        let first = match (origin, &self.licence) {
            (Some(origin), Some(RecordedLicence::Unknown(_))) => {
                Some(format!("{origin}; {UNKNOWN_LICENCE}"))
            }
            (Some(origin), Some(licence)) => Some(format!("{origin}; {licence}")),
            (None, Some(licence)) => Some(format!("{LICENCE}{licence}")),
            (origin, None) => origin,
        };
        let owners = self.owners.iter();
        let owners = owners.map(|owners| format!("{OWNED}{owners}"));
        first.into_iter().chain(owners).collect()
    }

    /// Reads a comment line, without `#`; `false` if it is another comment.
    pub(crate) fn read_line(&mut self, line: &str) -> bool {
        if let Some(owners) = line.strip_prefix(OWNED) {
            self.owners = RecordedOwners::read(owners);
            return self.owners.is_some();
        }
        if let Some(licence) = line.strip_prefix(LICENCE) {
            self.licence = RecordedLicence::read(licence);
            return self.licence.is_some();
        }
        self.read_origin(line).is_some()
    }

    fn read_origin(&mut self, line: &str) -> Option<()> {
        if !line.starts_with(PUBLISHED) && !line.starts_with(UPLOADED) {
            return None;
        }
        let (origin, licence) = match line.split_once("; ") {
            Some((origin, UNKNOWN_LICENCE)) => (origin, Some(UNKNOWN)),
            Some((origin, licence)) => (origin, Some(licence)),
            None => (line, None),
        };
        let licence = match licence {
            Some(text) => Some(RecordedLicence::read(text)?),
            None => None,
        };
        let (publisher, uploaded) = match origin.strip_prefix(PUBLISHED) {
            Some(origin) => match origin.split_once(", ") {
                Some((publisher, day)) => (
                    Some(Publisher::read(publisher)?),
                    Some(UploadDay::read(day)?),
                ),
                None => (Some(Publisher::read(origin)?), None),
            },
            None => (None, Some(UploadDay::read(origin.strip_prefix(UPLOADED)?)?)),
        };
        self.publisher = publisher;
        self.uploaded = uploaded;
        self.licence = licence;
        Some(())
    }
}

impl UploadDay {
    /// A day as it is written, without a time.
    fn read(text: &str) -> Option<Self> {
        if text == UNKNOWN_DAY {
            return Some(Self::Unknown);
        }
        let day: Date = text.parse().ok()?;
        (day.to_string() == text).then_some(Self::Day(day))
    }
}

impl fmt::Display for UploadDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Unknown => f.write_str(UNKNOWN_DAY),
        }
    }
}

impl RecordedOwners {
    /// The owners, if they are known.
    pub fn known(&self) -> Option<&Owners> {
        match self {
            Self::Known(owners) => Some(owners),
            Self::Unknown => None,
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            UNKNOWN_OWNERS => Some(Self::Unknown),
            text => Owners::read(text).map(Self::Known),
        }
    }
}

impl fmt::Display for RecordedOwners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(owners) => write!(f, "{owners}"),
            Self::Unknown => f.write_str(UNKNOWN_OWNERS),
        }
    }
}

impl Publisher {
    fn read(text: &str) -> Option<Self> {
        match text {
            UNATTESTED => Some(Self::Unattested),
            UNREADABLE => Some(Self::Unreadable),
            _ => {
                let name = text.strip_prefix("by ")?;
                let name = PublisherName(name.to_owned());
                (!name.0.is_empty() && escaped(&name.0) == name.0).then_some(Self::Named(name))
            }
        }
    }
}

impl fmt::Display for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => write!(f, "by {name}"),
            Self::Unattested => f.write_str(UNATTESTED),
            Self::Unreadable => f.write_str(UNREADABLE),
        }
    }
}

impl PublisherName {
    /// The name of a publisher; characters that have no place in it are escaped.
    pub fn new(text: &str) -> Self {
        Self(escaped(text))
    }
}

impl fmt::Display for PublisherName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text in which white space other than single spaces inside, commas, semicolons and all that is not
/// ASCII is escaped as in URLs.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for (place, byte) in text.bytes().enumerate() {
        let is_inside = place > 0 && place + 1 < text.len() && !escaped.ends_with(' ');
        let is_plain = byte.is_ascii_graphic() && !b",;".contains(&byte);
        if is_plain || byte == b' ' && is_inside {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

impl RecordedLicence {
    fn read(text: &str) -> Option<Self> {
        match text {
            UNKNOWN => Some(Self::Unknown(String::new())),
            text => Some(Self::Known(Box::new(text.parse().ok()?))),
        }
    }
}

impl fmt::Display for RecordedLicence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(licence) => write!(f, "{licence}"),
            Self::Unknown(_) => f.write_str(UNKNOWN),
        }
    }
}

impl Owners {
    /// The owners of these names, in which odd characters are escaped.
    pub fn new<'n>(users: impl Iterator<Item = &'n str>, organisation: Option<&str>) -> Self {
        let word = |name: &str| escaped(name).replace(' ', "%20");
        Self {
            users: users.map(word).collect(),
            organisation: organisation.map(word),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let mut owners = Self::default();
        if text == NOBODY {
            return Some(owners);
        }
        for name in text.split(", ") {
            let (name, organisation) = match name.strip_prefix(ORGANISATION) {
                Some(name) => (name, true),
                None => (name, false),
            };
            if name.is_empty() || escaped(name) != name || name.contains(' ') {
                return None;
            }
            if organisation {
                owners.organisation = Some(name.to_owned());
            } else {
                owners.users.insert(name.to_owned());
            }
        }
        Some(owners)
    }
}

impl fmt::Display for Owners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<String> = self.users.iter().cloned().collect();
        let organisation = self.organisation.as_ref();
        names.extend(organisation.map(|name| format!("{ORGANISATION}{name}")));
        match &*names {
            [] => f.write_str(NOBODY),
            names => f.write_str(&names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(lines: &[&str]) -> Option<Recorded> {
        let mut recorded = Recorded::default();
        lines
            .iter()
            .all(|line| recorded.read_line(line))
            .then_some(recorded)
    }

    #[test]
    fn lines_round_trip() {
        for lines in [
            vec!["published by github.com/pallets/flask (publish.yaml), 2026-08-22; BSD-3-Clause"],
            vec!["published by github.com/pallets/flask (publish.yaml)"],
            vec!["published without attestation, 2026-08-22"],
            vec!["published by an unknown publisher; licence unknown"],
            vec!["uploaded 2026-08-22; MIT OR Apache-2.0"],
            vec!["uploaded 2026-08-22"],
            vec!["licence: MIT AND (ISC OR 0BSD)"],
            vec!["licence: unknown"],
            vec!["licence: MIT", "owned by alice, bob, organisation pallets"],
            vec!["owned by organisation pallets"],
            vec!["owned by no one"],
            vec!["owned by unknown owners"],
            vec!["uploaded on an unknown day; MIT"],
            vec!["published without attestation, on an unknown day"],
        ] {
            let recorded = read(&lines).unwrap_or_else(|| panic!("{lines:?}"));
            assert_eq!(recorded.lines(), lines);
        }
        assert_eq!(read(&[]).unwrap().lines(), [""; 0]);
    }

    #[test]
    fn other_comments_say_nothing() {
        for line in [
            "published",
            "published by ",
            "published by a, b",
            "published by a,b",
            "published by a; nothing",
            "uploaded 2026-08-22T10:00",
            "uploaded soon",
            "licence: my own",
            "owned by ",
            "owned by a b",
            "MIT",
            "",
        ] {
            assert_eq!(read(&[line]), None, "{line}");
        }
    }

    proptest! {
        #[test]
        fn every_name_can_be_read_back(name: String, user: String, organisation: Option<String>) {
            prop_assume!(!name.is_empty() && !user.is_empty());
            prop_assume!(organisation.as_deref() != Some(""));
            let recorded = Recorded {
                publisher: Some(Publisher::Named(PublisherName::new(&name))),
                owners: Some(RecordedOwners::Known(Owners::new(
                    [user.as_str()].into_iter(),
                    organisation.as_deref(),
                ))),
                ..Recorded::default()
            };
            let lines = recorded.lines();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            prop_assert_eq!(read(&lines), Some(recorded));
        }

        #[test]
        fn no_line_makes_the_reader_panic(line: String) {
            let _ = Recorded::default().read_line(&line);
        }
    }
}
