//! Cutoffs: uploads since such a moment are ignored. A cutoff is a fixed time or a span before the run.

use std::fmt;
use std::str::FromStr;

use harden_packaging::PackageName;
use harden_resolver::Undated;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use clap::ValueEnum;

/// The moment since which uploads are ignored (`--exclude-newer`).
///
/// Displayed as it may be given: a time in UTC, or a span in ISO 8601 (`P7D`).
#[derive(Debug, Clone, Copy)]
pub enum Cutoff {
    /// This moment; a date is its midnight, UTC.
    At(Timestamp),
    /// This span before the run: a cooldown.
    Before(Span),
}

impl Cutoff {
    /// The moment that the cutoff means at `now`.
    pub fn moment(self, now: Timestamp) -> Timestamp {
        match self {
            Self::At(moment) => moment,
            Self::Before(span) => {
                let begin = now.to_zoned(TimeZone::UTC).checked_sub(span);
                // Further back than dates reach is before all uploads in any case.
                begin.map_or(Timestamp::MIN, |begin| begin.timestamp())
            }
        }
    }

    /// Whether the moment depends on the time of the run.
    pub fn is_relative(self) -> bool {
        matches!(self, Self::Before(_))
    }
}

impl FromStr for Cutoff {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let of_time = || text.parse::<Timestamp>().ok();
        let of_date = || {
            // The lenient date parser would take a time without a zone, and forget it.
            let date: Date = (text.len() == 10).then(|| text.parse().ok())??;
            date.to_zoned(TimeZone::UTC)
                .ok()
                .map(|zoned| zoned.timestamp())
        };
        if let Some(moment) = of_time().or_else(of_date) {
            return Ok(Self::At(moment));
        }
        // `7 days ago` is a negative span and means the same.
        let span = text.parse::<Span>().map(Span::abs);
        span.map(Self::Before).map_err(|_| {
            "expected a date (2026-11-14), a time with its zone (2026-11-14T12:00:00Z) or a span \
             before now (`7 days`, P7D)"
                .to_owned()
        })
    }
}

impl fmt::Display for Cutoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(moment) => moment.fmt(f),
            Self::Before(span) => span.fmt(f),
        }
    }
}

impl PartialEq for Cutoff {
    /// Spans are equal where all of their units are.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::At(one), Self::At(other)) => one == other,
            (Self::Before(one), Self::Before(other)) => one.fieldwise() == other.fieldwise(),
            _ => false,
        }
    }
}

impl Eq for Cutoff {}

/// The own cutoff of a package, which replaces the common one (`--exclude-newer-package NAME=WHEN`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageCutoff {
    /// The package.
    pub name: PackageName,
    /// Its cutoff; `None`, written `false`, if it has none.
    pub cutoff: Option<Cutoff>,
}

impl FromStr for PackageCutoff {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, when) = text
            .split_once('=')
            .ok_or("expected NAME=WHEN, as in requests=2026-11-14, or NAME=false")?;
        let name = name.trim().parse().map_err(|error| format!("{error}"))?;
        let cutoff = match when.trim() {
            "false" => None,
            when => Some(when.parse()?),
        };
        Ok(Self { name, cutoff })
    }
}

impl fmt::Display for PackageCutoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cutoff {
            Some(cutoff) => write!(f, "{}={cutoff}", self.name),
            None => write!(f, "{}=false", self.name),
        }
    }
}

/// How to treat files without an upload time (`--undated`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UndatedFiles {
    /// Leave them out
    Reject,
    /// Admit them
    Allow,
    /// Use the server's Last-Modified time
    LastModified,
}

impl From<UndatedFiles> for Undated {
    fn from(files: UndatedFiles) -> Self {
        match files {
            UndatedFiles::Reject => Self::Rejected,
            UndatedFiles::Allow => Self::Allowed,
            UndatedFiles::LastModified => Self::LastModified,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T12:30:00Z";

    fn moment(text: &str) -> String {
        let cutoff: Cutoff = text.parse().unwrap();
        cutoff.moment(NOW.parse().unwrap()).to_string()
    }

    #[test]
    fn a_cutoff_is_a_date_at_midnight_a_time_with_a_zone_or_a_span() {
        for (text, expected) in [
            ("2026-11-14", "2026-11-14T00:00:00Z"),
            ("2026-11-14T12:30:00Z", "2026-11-14T12:30:00Z"),
            ("2026-11-14T12:30:00+02:00", "2026-11-14T10:30:00Z"),
            ("7 days", "2026-11-14T12:30:00Z"),
            ("7 days ago", "2026-11-14T12:30:00Z"),
            ("P7D", "2026-11-14T12:30:00Z"),
            ("2 weeks", "2026-11-07T12:30:00Z"),
            ("1 month", "2026-10-21T12:30:00Z"),
            ("PT36H", "2026-11-20T00:30:00Z"),
        ] {
            assert_eq!(moment(text), expected, "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-11-14T12:30:00",
            "20261114",
            "7",
        ] {
            assert!(text.parse::<Cutoff>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cutoff_round_trips() {
        for (text, shown) in [
            ("2026-11-14", "2026-11-14T00:00:00Z"),
            ("7 days", "P7D"),
            ("1y 2mo", "P1Y2M"),
        ] {
            let cutoff: Cutoff = text.parse().unwrap();
            assert_eq!(cutoff.to_string(), shown);
            assert_eq!(shown.parse(), Ok(cutoff));
        }
    }

    #[test]
    fn a_span_beyond_all_dates_does_not_panic() {
        assert_eq!(moment("19000 years"), Timestamp::MIN.to_string());
    }

    #[test]
    fn a_package_has_its_own_cutoff_or_none() {
        for (text, shown) in [
            ("Requests=2026-11-14", "requests=2026-11-14T00:00:00Z"),
            ("requests=P7D", "requests=P7D"),
            ("requests=false", "requests=false"),
        ] {
            assert_eq!(text.parse::<PackageCutoff>().unwrap().to_string(), shown);
        }
        for text in ["requests", "=2026-11-14", "requests=soon", "a b=P7D"] {
            assert!(text.parse::<PackageCutoff>().is_err(), "{text}");
        }
    }
}
