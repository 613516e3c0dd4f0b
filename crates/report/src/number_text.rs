//! Numbers and dates as text.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::Sum;

/// `1 package`, `34 packages`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// `17 B`, `3.4 MB`: decimal units, as indexes show sizes.
pub(crate) fn bytes(number: u64) -> String {
    let mut size = real(number);
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 1000.0 {
            let decimals = usize::from(unit != "B" && size < 100.0);
            return format!("{size:.decimals$} {unit}");
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

/// A size, or `unknown`.
pub(crate) fn size(number: Option<u64>) -> String {
    number.map_or_else(|| "unknown".to_owned(), bytes)
}

/// A sum: `unknown` where nothing is known of it, `≥ 3.4 MB` where not all is.
pub(crate) fn sum(sum: Sum) -> String {
    match sum {
        Sum {
            known: 0,
            unknown: 1..,
            ..
        } => "unknown".to_owned(),
        Sum { unknown: 0, .. } => bytes(sum.bytes),
        _ => format!("≥ {}", bytes(sum.bytes)),
    }
}

/// `2026-11-14`, in UTC.
pub(crate) fn day(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).date().to_string()
}

/// A day, or `unknown`.
pub(crate) fn known_day(moment: Option<Timestamp>) -> String {
    moment.map_or_else(|| "unknown".to_owned(), day)
}

/// The number as a fraction is made of it; only shown, so that a rounded one will do.
#[expect(clippy::cast_precision_loss, reason = "it is shown, or drawn")]
pub(crate) fn real(number: u64) -> f64 {
    number as f64
}

/// The same of what is counted.
#[expect(clippy::cast_precision_loss, reason = "it is drawn")]
pub(crate) fn length(number: usize) -> f64 {
    number as f64
}

/// A number of an SVG: one decimal at most.
pub(crate) fn coordinate(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}
