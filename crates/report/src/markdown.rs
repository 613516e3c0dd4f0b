//! A report in Markdown, for the summary of a job or a comment on a pull request:
//! <https://github.github.com/gfm/>.

use crate::derived_facts::Row;
use crate::html::{described, notes, summary};
use crate::model::{Change, Report};
use crate::number_text;

/// The report: its figures, what changed or else all packages, in a part that opens on a click.
pub fn markdown(report: &Report) -> String {
    let mut lines = vec![format!("## {}\n", escaped(report.title.as_str()))];
    lines.push(head(report));
    lines.extend(findings(report));
    lines.extend(targets(report));
    lines.extend(changes(report));
    lines.extend(packages(report));
    lines.join("\n") + "\n"
}

fn head(report: &Report) -> String {
    let direct = report.pins.iter().filter(|pin| pin.is_direct()).count();
    let mut head = format!(
        "**{}**, {direct} of them asked for directly, for {}.",
        number_text::count(report.packages(), "package"),
        number_text::count(report.targets.len(), "target"),
    );
    if let (Some(oldest), Some(newest)) = (report.uploads().first(), report.uploads().last()) {
        let named = |pin: usize| escaped(report.pins[pin].name.as_str());
        let dates = format!(
            " Newest: {} of {}; oldest: {} of {}.",
            named(newest.pin),
            number_text::day(newest.when),
            named(oldest.pin),
            number_text::day(oldest.when)
        );
        head.push_str(&dates);
    }
    head + "\n"
}

fn findings(report: &Report) -> Vec<String> {
    let findings = report.findings.iter().flatten();
    let mut lines: Vec<String> = findings
        .map(|finding| {
            format!(
                "- **{}**: {}",
                escaped(finding.rule.as_str()),
                escaped(finding.message.as_str())
            )
        })
        .collect();
    let advisories = report.advisories().into_iter();
    lines.extend(advisories.map(|(id, about)| {
        let id = escaped(id.as_str());
        format!("- **{id}**: {}", escaped(&about))
    }));
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

fn targets(report: &Report) -> Vec<String> {
    if report.targets.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![
        "| target | packages | to download | installed |\n| --- | --: | --: | --: |".to_owned(),
    ];
    lines.extend(report.loads().iter().map(|load| {
        let label = escaped(&report.label(load.target));
        let (download, installed) = (
            number_text::sum(load.download),
            number_text::sum(load.installed),
        );
        format!("| {label} | {} | {download} | {installed} |", load.packages)
    }));
    lines.push(String::new());
    lines
}

fn changes(report: &Report) -> Vec<String> {
    let Some(comparison) = &report.comparison else {
        return Vec::new();
    };
    let mut lines = vec![format!(
        "**{}** since {}\n",
        summary(comparison),
        escaped(comparison.old.as_str())
    )];
    if !comparison.changes.is_empty() {
        lines.push("| | package | change | targets |\n| --- | --- | --- | --- |".to_owned());
    }
    lines.extend(comparison.changes.iter().map(change));
    lines.extend(
        notes(comparison)
            .iter()
            .map(|note| format!("\n{}", escaped(note))),
    );
    lines.push(String::new());
    lines
}

fn change(change: &Change) -> String {
    let targets: Vec<&str> = change.targets.iter().map(crate::Text::as_str).collect();
    let targets = if targets.is_empty() {
        "all".to_owned()
    } else {
        targets.join(", ")
    };
    format!(
        "| {} | {} | {} | {} |",
        change.kind.sign(),
        escaped(change.name.as_str()),
        escaped(&described(change)),
        escaped(&targets)
    )
}

fn packages(report: &Report) -> Vec<String> {
    let rows = report.rows();
    let mut lines = vec![
        format!("<details><summary>{}</summary>\n", number_text::count(rows.len(), "package")),
        "| package | version | kind | size | uploaded | required by |\n| --- | --- | --- | --: | --- | --- |".to_owned(),
    ];
    lines.extend(rows.iter().flat_map(|row| of_row(report, row)));
    lines.push("\n</details>".to_owned());
    lines
}

fn of_row<'r>(report: &'r Report, row: &'r Row<'_>) -> impl Iterator<Item = String> + 'r {
    let pins = row.pins.iter().map(|pin| &report.pins[*pin]);
    pins.map(|pin| {
        let askers: Vec<&str> = pin
            .required_by
            .iter()
            .map(|asker| asker.who.name())
            .collect();
        format!(
            "| {} | {} | {} | {} | {} | {} |",
            escaped(pin.name.as_str()),
            escaped(pin.version.as_str()),
            pin.kind().word(),
            number_text::size(pin.largest()),
            number_text::known_day(pin.uploaded()),
            escaped(&askers.join(", "))
        )
    })
}

/// The text as Markdown shows it, in a table too.
fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => shown += "&lt;",
            '>' => shown += "&gt;",
            '&' => shown += "&amp;",
            // Would name a person, an issue or a link.
            '@' => shown += "&#64;",
            ':' => shown += "&#58;",
            '#' => shown += "&#35;",
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '!' | '|' | '~' | '$' => {
                shown.push('\\');
                shown.push(character);
            }
            plain => shown.push(plain),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::graph::tests::report;

    #[test]
    fn markup_in_data_stays_text() {
        let mut report = report("a: -\nb: a\n");
        report.title = "strict_file.txt".into();
        report.pins[1].version = "<b>|[x](https://example.invalid) @team `".into();
        assert_snapshot!(markdown(&report), @r#"
        ## strict\_file.txt

        **2 packages**, 1 of them asked for directly, for 0 targets.

        <details><summary>2 packages</summary>

        | package | version | kind | size | uploaded | required by |
        | --- | --- | --- | --: | --- | --- |
        | a | 1.0 | unknown | unknown | unknown | loose.txt |
        | b | &lt;b&gt;\|\[x\]\(https&#58;//example.invalid\) &#64;team \` | unknown | unknown | unknown | a |

        </details>
        "#);
    }
}
