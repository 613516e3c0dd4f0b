//! A report in plain text, 80 columns wide, for terminals.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::derived_facts::Row;
use crate::html::{described, notes, summary};
use crate::model::{Installed, Kind, Report};
use crate::number_text;

/// How wide a terminal is taken to be.
const WIDTH: usize = 80;

/// How many bars of weight are drawn.
const BARS: usize = 15;

/// The most targets that have a column each.
const COLUMNS: usize = 4;

/// The report: figures, what changed, the matrix, bars of weight.
pub fn plain(report: &Report) -> String {
    let parts = [head(report), changes(report), matrix(report), bars(report)];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

fn head(report: &Report) -> String {
    let mut lines = vec![format!(
        "{}: {}",
        report.title,
        number_text::count(report.packages(), "package")
    )];
    for (number, load) in (1..).zip(report.loads()) {
        let (download, installed) = (
            number_text::sum(load.download),
            number_text::sum(load.installed),
        );
        lines.push(format!("  [{number}] {}", report.label(load.target)));
        lines.push(format!(
            "      {}; download {download}, installed {installed}",
            number_text::count(load.packages, "package")
        ));
    }
    let uploads = report.uploads();
    for (what, upload) in [("newest", uploads.last()), ("oldest", uploads.first())] {
        lines.extend(upload.map(|upload| {
            let pin = &report.pins[upload.pin];
            format!(
                "  {what}: {} {}, uploaded {}",
                pin.name,
                pin.version,
                number_text::day(upload.when)
            )
        }));
    }
    let findings = report.findings.iter().flatten();
    lines.extend(findings.map(|finding| format!("  {}: {}", finding.rule, finding.message)));
    let advisories = report.advisories().into_iter();
    lines.extend(advisories.map(|(id, about)| format!("  {id}: {about}")));
    lines.join("\n") + "\n"
}

fn changes(report: &Report) -> String {
    let Some(comparison) = &report.comparison else {
        return String::new();
    };
    let mut lines = vec![format!("since {}: {}", comparison.old, summary(comparison))];
    lines.extend(comparison.changes.iter().map(|change| {
        format!(
            "  {} {} {}",
            change.kind.sign(),
            change.name,
            described(change)
        )
    }));
    lines.extend(notes(comparison).iter().map(|note| format!("  {note}")));
    lines.join("\n") + "\n"
}

/// A row a package: its name and version, and what each target installs.
fn matrix(report: &Report) -> String {
    let targets = report.targets.len().min(COLUMNS);
    let column = 12;
    let name = WIDTH - 2 - 11 - targets * column;
    let mut head = format!("  {}", padded("package", name));
    (1..=targets).for_each(|number| head += &padded_left(&format!("[{number}]"), column));
    head += &padded_left("uploaded", 11);
    let mut lines = vec![head];
    for row in report.rows() {
        lines.extend(
            row.pins
                .iter()
                .map(|pin| line(report, &row, *pin, [name, targets, column])),
        );
    }
    lines.push("  o pure  @ abi3  # native  + built  ? unknown".to_owned());
    if report.targets.len() > targets {
        lines.push(format!(
            "  {} more in the other formats",
            number_text::count(report.targets.len() - targets, "target")
        ));
    }
    lines.join("\n") + "\n"
}

fn line(report: &Report, row: &Row<'_>, pin: usize, [name, targets, column]: [usize; 3]) -> String {
    let pin = &report.pins[pin];
    let mark = if pin.change.is_some() { '*' } else { ' ' };
    let mut line = format!(
        "{mark} {}",
        padded(&format!("{} {}", row.name, pin.version), name)
    );
    for target in 0..targets {
        let cell = match pin.installs.get(target) {
            None | Some(Installed::Nothing) => "-".to_owned(),
            Some(_) => {
                let file = pin.file_on(target);
                let size = file
                    .and_then(|file| file.size)
                    .map_or_else(String::new, number_text::bytes);
                format!(
                    "{} {}",
                    sign(file.map_or(Kind::Unknown, |file| file.kind)),
                    padded_left(&size, 8)
                )
            }
        };
        line += &padded_left(&cell, column);
    }
    line + &padded_left(&number_text::known_day(pin.uploaded()), 11)
}

fn sign(kind: Kind) -> char {
    match kind {
        Kind::Pure => 'o',
        Kind::Abi3 => '@',
        Kind::Native => '#',
        Kind::Built => '+',
        Kind::Unknown => '?',
    }
}

/// The packages that weigh most, by the largest of their files.
fn bars(report: &Report) -> String {
    let mut sizes: Vec<(u64, &str)> = report
        .pins
        .iter()
        .filter_map(|pin| Some((pin.largest()?, pin.name.as_str())))
        .collect();
    sizes.sort_by_key(|(size, name)| (std::cmp::Reverse(*size), *name));
    let Some((largest, _)) = sizes.first().copied() else {
        return String::new();
    };
    let bar = |size: u64| {
        let length = size.saturating_mul(36) / largest.max(1);
        "█".repeat(usize::try_from(length).unwrap_or(0).max(1))
    };
    let mut lines = vec!["weight".to_owned()];
    lines.extend(sizes.iter().take(BARS).map(|(size, name)| {
        format!(
            "  {}{}  {}",
            padded(name, 28),
            padded_left(&number_text::bytes(*size), 9),
            bar(*size)
        )
    }));
    lines.join("\n") + "\n"
}

/// Cut or filled up with spaces to `width` columns, of which the last stays free.
fn padded(text: &str, width: usize) -> String {
    let text = cut(text, width.saturating_sub(1));
    let free = width.saturating_sub(text.width());
    text + &" ".repeat(free)
}

fn padded_left(text: &str, width: usize) -> String {
    let free = width.saturating_sub(text.width());
    " ".repeat(free) + text
}

fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut room = width.saturating_sub(1);
    for character in text.chars() {
        let taken = character.width().unwrap_or(0);
        if taken > room {
            break;
        }
        room -= taken;
        shown.push(character);
    }
    shown + "…"
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::graph::tests::report;
    use crate::model::{File, Target};

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let mut report = report("a: -\nb: a\n");
        report.title = "strict.txt".into();
        report.pins[0].name = "n".repeat(10_000).as_str().into();
        report.targets = vec![
            Target {
                name: "win_amd64-cp-312-cp312".into(),
                ..Target::default()
            };
            4
        ];
        for (pin, size) in report.pins.iter_mut().zip([12_345_678, 999]) {
            let kind = Kind::Native;
            pin.files = vec![File {
                kind,
                size: Some(size),
                ..File::default()
            }];
            pin.installs = vec![
                Installed::File(0),
                Installed::Nothing,
                Installed::File(0),
                Installed::Unknown,
            ];
        }
        let text = plain(&report);
        assert!(text.lines().all(|line| line.width() <= WIDTH), "{text}");
        assert_snapshot!(text, @"
        strict.txt: 2 packages
          [1] win_amd64-cp-312-cp312
              2 packages; download 12.3 MB, installed unknown
          [2] win_amd64-cp-312-cp312
              0 packages; download 0 B, installed 0 B
          [3] win_amd64-cp-312-cp312
              2 packages; download 12.3 MB, installed unknown
          [4] win_amd64-cp-312-cp312
              2 packages; download unknown, installed unknown

          package                     [1]         [2]         [3]         [4]   uploaded
          nnnnnnnnnnnnnnnnn…   #  12.3 MB           -  #  12.3 MB  ?             unknown
          b 1.0                #    999 B           -  #    999 B  ?             unknown
          o pure  @ abi3  # native  + built  ? unknown

        weight
          nnnnnnnnnnnnnnnnnnnnnnnnnn…   12.3 MB  ████████████████████████████████████
          b                               999 B  █
        ");
    }
}
