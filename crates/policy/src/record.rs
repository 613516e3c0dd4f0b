//! What strict files record of the origin of each pin (`record`).

use std::fmt;
use std::str::FromStr;

/// A fact that strict files record of each pin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// Who published its files, according to the index.
    Publisher,
    /// The day of the upload.
    Uploaded,
    /// Its licence.
    Licence,
    /// Who owns the project on its index.
    Owners,
}

impl Record {
    /// All of them.
    pub const ALL: &'static [Self] =
        &[Self::Publisher, Self::Uploaded, Self::Licence, Self::Owners];

    /// What it is, with its article.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Self::Publisher => "the publisher",
            Self::Uploaded => "the day of the upload",
            Self::Licence => "the licence",
            Self::Owners => "the owners",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Publisher => "publisher",
            Self::Uploaded => "uploaded",
            Self::Licence => "licence",
            Self::Owners => "owners",
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error for a text that is not the name of such a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseRecordError;

impl fmt::Display for ParseRecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = Record::ALL.iter().map(|one| format!("`{one}`")).collect();
        write!(f, "expected one of {}", names.join(", "))
    }
}

impl std::error::Error for ParseRecordError {}

impl FromStr for Record {
    type Err = ParseRecordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.iter().copied();
        all.find(|one| one.name() == text).ok_or(ParseRecordError)
    }
}
