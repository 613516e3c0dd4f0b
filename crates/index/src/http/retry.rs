//! When a failed request is worth sending again, and how long to wait before that.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

/// The first wait; each later one is twice as long, up to [`LONGEST_OWN_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(100);

/// The longest wait that no server asked for. Seven further tries take 6 to 9 s of waiting, after which a
/// request that fails one time in five has failed each time in 3 of a million cases.
const LONGEST_OWN_WAIT: Duration = Duration::from_millis(1600);

/// The longest wait, whatever a server asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Whether a reply of this status may be another one a little later.
pub(super) fn may_pass(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// How long to wait before sending again what has failed `failures` times, at least once.
///
/// The wait that the server asked for, else one that doubles each time; with up to half as much
/// added by `chance`, in 0..1, so that many clients do not return at once.
pub(super) fn wait(failures: u32, asked: Option<Duration>, chance: f64) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1 << (failures - 1).min(16));
    asked
        .unwrap_or(doubled.min(LONGEST_OWN_WAIT))
        .min(LONGEST_WAIT)
        .mul_f64(1.0 + chance / 2.0)
}

/// The wait that `Retry-After` asks for: seconds, or a date (RFC 9110, section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(date.duration_since(now).try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_are_capped() {
        let milliseconds = |failures| wait(failures, None, 0.0).as_millis();
        assert_eq!([1, 2, 3].map(milliseconds), [100, 200, 400]);
        assert_eq!(wait(40, None, 0.0), LONGEST_OWN_WAIT);
        assert_eq!(wait(1, Some(Duration::from_hours(1)), 0.0), LONGEST_WAIT);
    }

    #[test]
    fn chance_adds_at_most_half() {
        assert_eq!(
            wait(1, Some(Duration::from_secs(2)), 1.0),
            Duration::from_secs(3)
        );
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let asked = |text: &str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now)
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            asked("Sat, 21 Nov 2026 10:00:09 GMT"),
            Some(Duration::from_secs(9))
        );
        assert_eq!(asked("Sat, 21 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("soon"), None);
    }
}
