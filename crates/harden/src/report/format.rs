//! Numbers, lists and suggestions as text.

use std::fmt::Display;
use std::time::Duration;

/// `1 package`, `34 packages`.
pub fn count(number: usize, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{number} {noun}s"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(items: &[impl Display]) -> String {
    let mut text = String::new();
    for (place, item) in items.iter().enumerate() {
        text += match (place, items.len() - place) {
            (0, _) => "",
            (_, 1) => " and ",
            _ => ", ",
        };
        text += &item.to_string();
    }
    text
}

/// The first few of many: `a, b, c, d, e and 7 more`.
pub fn some_of(items: &[impl Display]) -> String {
    const SHOWN: usize = 5;
    match items.len().saturating_sub(SHOWN) {
        // One more is shown rather than counted.
        0 | 1 => list(items),
        rest => {
            let shown: Vec<_> = items[..SHOWN].iter().map(ToString::to_string).collect();
            format!("{} and {rest} more", shown.join(", "))
        }
    }
}

/// The first lines, and how many more there are.
pub fn at_most(lines: &[String], most: usize) -> String {
    let text = lines[..lines.len().min(most)].join("\n");
    match lines.len().saturating_sub(most) {
        0 => text,
        1 => text + "\nand 1 more line like these",
        more => format!("{text}\nand {more} more lines like these"),
    }
}

/// The name that was probably meant by `text`: one that is a few letters away, or that it begins.
pub fn nearest<'n>(text: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let distance = |name: &str| match name.strip_prefix(text) {
        Some(_) if text.len() > 2 => 1,
        _ => strsim::osa_distance(text, name),
    };
    let near = |(distance, name): &(usize, &str)| *distance <= 1 + name.len() / 4;
    let names = names.map(|name| (distance(name), name));
    names.filter(near).min().map(|(_, name)| name)
}

/// `40 ms`, `0.8 s`, `75.0 s`.
pub fn seconds(elapsed: Duration) -> String {
    if elapsed < Duration::from_millis(100) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}

/// `17 B`, `3.4 MB`: decimal units, as indexes show sizes.
pub fn bytes(number: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
    let mut size = number as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 1000.0 {
            let decimals = usize::from(unit != "B");
            return format!("{size:.decimals$} {unit}");
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_units() {
        let names = || ["platforms", "strict", "loose"].into_iter();
        assert_eq!(nearest("platfroms", names()), Some("platforms"));
        assert_eq!(nearest("platform", names()), Some("platforms"));
        assert_eq!(nearest("colour", names()), None);
        assert_eq!(list(&["a"; 0]), "");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        let lines = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(at_most(&lines, 3), "a\nb\nc");
        assert_eq!(at_most(&lines, 1), "a\nand 2 more lines like these");
        assert_eq!(count(1, "package"), "1 package");
        assert_eq!(count(0, "package"), "0 packages");
        assert_eq!(seconds(Duration::from_millis(99)), "99 ms");
        assert_eq!(seconds(Duration::from_millis(840)), "0.8 s");
        for (number, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (3_440_000, "3.4 MB"),
            (u64::MAX, "18446744.1 TB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }
}
