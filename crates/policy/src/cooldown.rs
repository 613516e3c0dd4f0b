//! The cooldown: how old a file must be before it may be used.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// How old a file must be, or before when it must have been uploaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cooldown {
    /// At least this old.
    Age(SignedDuration),
    /// Uploaded before this moment.
    Before(Timestamp),
}

impl Default for Cooldown {
    fn default() -> Self {
        Self::Age(SignedDuration::from_hours(3 * 24))
    }
}

impl Cooldown {
    /// When a file that was uploaded then is old enough; `None` if that never changes.
    pub(crate) fn end(self, uploaded: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::Age(age) => uploaded?.checked_add(age).ok(),
            Self::Before(_) => None,
        }
    }

    /// Why a file that was uploaded then is too new, seen from `now`; `None` if it is not.
    pub(crate) fn objection(self, uploaded: Option<Timestamp>, now: Timestamp) -> Option<String> {
        let Some(uploaded) = uploaded else {
            return Some("the index does not say when it was uploaded".to_owned());
        };
        match self {
            Self::Age(age) => {
                let own = now.duration_since(uploaded);
                (own < age).then(|| {
                    let own = if own < SignedDuration::ZERO {
                        "in the future".to_owned()
                    } else {
                        format!("{} ago", span(own))
                    };
                    format!("it was uploaded {own}, and the cooldown is {self}")
                })
            }
            Self::Before(moment) => (uploaded >= moment)
                .then(|| format!("it was uploaded at {uploaded}, and the cooldown began {self}")),
        }
    }
}

/// `3 days`, or a moment.
impl fmt::Display for Cooldown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Age(age) => f.write_str(&span(*age)),
            Self::Before(moment) => write!(f, "at {moment}"),
        }
    }
}

/// `3 days`, `5 hours`, `20 minutes`.
fn span(duration: SignedDuration) -> String {
    let (number, unit) = match (duration.as_hours(), duration.as_mins()) {
        (hours, _) if hours >= 48 => (hours / 24, "day"),
        (hours, _) if hours >= 1 => (hours, "hour"),
        (_, minutes) => (minutes, "minute"),
    };
    match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_too_new_until_it_has_the_age() {
        let now: Timestamp = "2026-05-10T00:00:00Z".parse().unwrap();
        let told = |uploaded: &str| {
            let uploaded = uploaded.parse().unwrap();
            Cooldown::default().objection(Some(uploaded), now)
        };
        assert_eq!(told("2026-05-07T00:00:00Z"), None);
        assert_eq!(
            told("2026-05-09T19:00:00Z").as_deref(),
            Some("it was uploaded 5 hours ago, and the cooldown is 3 days")
        );
        assert!(
            told("2026-05-11T00:00:00Z")
                .unwrap()
                .contains("in the future")
        );
        assert!(Cooldown::default().objection(None, now).is_some());
        let since = Cooldown::Before("2026-05-01T00:00:00Z".parse().unwrap());
        assert!(
            since
                .objection(Some("2026-05-01T00:00:00Z".parse().unwrap()), now)
                .is_some()
        );
        assert!(
            since
                .objection(Some("2026-04-30T00:00:00Z".parse().unwrap()), now)
                .is_none()
        );
    }
}
