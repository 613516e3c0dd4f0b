//! The upload times of the pinned releases: one dot per release, from the oldest to the newest.

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;

use super::links::Link;
use crate::derived_facts::Upload;
use crate::model::Report;
use crate::number_text;
use crate::number_text::coordinate;

/// How wide the drawing is, and the room that its first and last dot leave at the sides.
const WIDTH: f64 = 1150.0;
const MARGIN: f64 = 24.0;

/// The most that a column of dots may rise.
const HIGHEST: f64 = 190.0;

/// From one dot to the next one above or beside it, if there is room.
const PITCH: f64 = 11.0;

/// Years nearer than this to each other are not both named.
const YEAR_APART: f64 = 46.0;

/// How many of the newest and oldest are named.
const NAMED: usize = 6;

/// The dots, the years below them, and the ends of the row in words.
pub(super) struct Timeline {
    pub(super) width: String,
    pub(super) height: String,
    pub(super) base: String,
    pub(super) label_at: String,
    pub(super) radius: String,
    pub(super) dots: Vec<Dot>,
    pub(super) years: Vec<Year>,
    pub(super) newest: Vec<Dated>,
    pub(super) oldest: Vec<Dated>,
    pub(super) unknown: usize,
    pub(super) summary: String,
}

pub(super) struct Dot {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) link: Link,
    pub(super) is_young: bool,
}

pub(super) struct Year {
    pub(super) x: String,
    pub(super) name: String,
}

/// A release and its day.
pub(super) struct Dated {
    pub(super) link: Link,
    pub(super) day: String,
}

/// The timeline, if any upload is known.
pub(super) fn timeline(report: &Report, anchors: &[String]) -> Option<Timeline> {
    let uploads = report.uploads();
    let (oldest, newest) = (uploads.first()?.when, uploads.last()?.when);
    let scale = Scale { oldest, newest };
    let columns = columns(&uploads, &scale);
    let highest = columns.iter().map(Vec::len).max().unwrap_or(1);
    let pitch = PITCH.min(HIGHEST / number_text::length(highest));
    let base = pitch * number_text::length(highest) + 8.0;
    let link = |upload: &Upload| Link::to(report, upload.pin, anchors);
    let dated = |upload: &Upload| Dated {
        link: link(upload),
        day: number_text::day(upload.when),
    };
    let mut dots = Vec::new();
    for (column, dotted) in columns.iter().enumerate() {
        for (number, upload) in dotted.iter().enumerate() {
            dots.push(Dot {
                x: coordinate(MARGIN + number_text::length(column) * PITCH),
                y: coordinate(base - pitch * (number_text::length(number) + 0.5)),
                link: Link {
                    title: format!("{}, {}", link(upload).title, number_text::day(upload.when)),
                    ..link(upload)
                },
                is_young: super::is_young(report, upload.when),
            });
        }
    }
    Some(Timeline {
        width: coordinate(WIDTH),
        height: coordinate(base + 26.0),
        base: coordinate(base),
        label_at: coordinate(base + 19.0),
        radius: coordinate(pitch * 0.41),
        dots,
        years: years(&scale),
        newest: uploads.iter().rev().take(NAMED).map(dated).collect(),
        oldest: uploads.iter().take(NAMED).map(dated).collect(),
        unknown: report.pins.len() - uploads.len(),
        summary: format!(
            "{} from {} to {}",
            number_text::count(uploads.len(), "release"),
            number_text::day(oldest),
            number_text::day(newest)
        ),
    })
}

/// Where a moment is drawn. Recent ones get more room, as roots of ages do: of most locks, half is of
/// the last year.
struct Scale {
    oldest: Timestamp,
    newest: Timestamp,
}

impl Scale {
    fn x(&self, when: Timestamp) -> f64 {
        let age = |moment: Timestamp| {
            number_text::real(self.newest.as_second().abs_diff(moment.as_second()))
        };
        let all = age(self.oldest).max(1.0);
        let room = WIDTH - 2.0 * MARGIN;
        MARGIN + room * (1.0 - (age(when) / all).sqrt())
    }
}

/// The uploads of each column, oldest first.
fn columns<'u>(uploads: &'u [Upload], scale: &Scale) -> Vec<Vec<&'u Upload>> {
    let mut columns: Vec<Vec<&Upload>> = Vec::new();
    for upload in uploads {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "within the drawing"
        )]
        let column = ((scale.x(upload.when) - MARGIN) / PITCH).round().max(0.0) as usize;
        if columns.len() <= column {
            columns.resize_with(column + 1, Vec::new);
        }
        columns[column].push(upload);
    }
    columns
}

/// The beginnings of years, newest first, as far as their names find room.
fn years(scale: &Scale) -> Vec<Year> {
    let year = |moment: Timestamp| moment.to_zoned(TimeZone::UTC).year();
    let mut years = Vec::new();
    let mut free = f64::INFINITY;
    for year in (year(scale.oldest) + 1..=year(scale.newest)).rev() {
        let Ok(begin) = date(year, 1, 1).to_zoned(TimeZone::UTC) else {
            continue;
        };
        let x = scale.x(begin.timestamp());
        if x < free && x > MARGIN {
            free = x - YEAR_APART;
            years.push(Year {
                x: coordinate(x),
                name: year.to_string(),
            });
        }
    }
    years
}
