//! The lines of a requirements file as pip joins them, with their comments kept.
//!
//! A line that ends in `\` continues in the next one, unless it is a comment; a comment ends the line
//! that would go on in it; and a comment begins at a `#` that opens a line or follows white space
//! (<https://pip.pypa.io/en/stable/reference/requirements-file-format/#comments>).

use std::borrow::Cow;

/// A line after joining. One that was not joined is a part of the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LogicalLine<'t> {
    /// The line it begins on, from 1.
    pub(crate) number: usize,
    line: Cow<'t, str>,
    /// Where its comment begins, if it has one.
    hash: Option<usize>,
    /// Whether the file ended inside a continued line.
    pub(crate) is_cut_off: bool,
}

impl LogicalLine<'_> {
    /// What it says, trimmed.
    pub(crate) fn text(&self) -> &str {
        self.line[..self.hash.unwrap_or(self.line.len())].trim()
    }

    /// Its comment from the `#` on, as written but for trailing white space.
    pub(crate) fn comment(&self) -> Option<&str> {
        self.hash.map(|hash| self.line[hash..].trim_end())
    }
}

/// Joins and splits the lines of a file.
pub(crate) fn logical_lines(text: &str) -> impl Iterator<Item = LogicalLine<'_>> {
    let mut lines = (1..).zip(text.lines());
    let mut open: Option<(usize, String)> = None;
    std::iter::from_fn(move || {
        for (number, line) in lines.by_ref() {
            let is_comment = line.trim_start().starts_with('#');
            let goes_on = line.ends_with('\\') && !is_comment;
            let Some((begin, mut joined)) = open.take() else {
                if goes_on {
                    open = Some((number, without_backslashes(line).to_owned()));
                    continue;
                }
                return Some(split_comment(number, line.into(), false));
            };
            if is_comment {
                joined.push(' ');
            }
            if goes_on {
                joined.push_str(without_backslashes(line));
                open = Some((begin, joined));
            } else {
                joined.push_str(line);
                return Some(split_comment(begin, joined.into(), false));
            }
        }
        let (begin, joined) = open.take()?;
        Some(split_comment(begin, joined.into(), true))
    })
}

/// A line as pip joins it. With a character in place of the closure, all of the line would be searched.
fn without_backslashes(line: &str) -> &str {
    line.trim_matches(|c| c == '\\')
}

fn split_comment(number: usize, line: Cow<'_, str>, is_cut_off: bool) -> LogicalLine<'_> {
    let begins_comment = |at: usize| {
        let before = line[..at].chars().next_back();
        before.is_none_or(char::is_whitespace)
    };
    let mut hashes = line.match_indices('#').map(|(at, _)| at);
    LogicalLine {
        number,
        hash: hashes.find(|at| begins_comment(*at)),
        line,
        is_cut_off,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, String, Option<String>)> {
        let parts = |line: LogicalLine<'_>| {
            let comment = line.comment().map(str::to_owned);
            (line.number, line.text().to_owned(), comment)
        };
        logical_lines(text).map(parts).collect()
    }

    fn line(number: usize, text: &str, comment: Option<&str>) -> (usize, String, Option<String>) {
        (number, text.to_owned(), comment.map(str::to_owned))
    }

    #[test]
    fn a_line_goes_on_after_a_backslash() {
        assert_eq!(
            read("a \\\n  b \\\n  c\nd\r\n"),
            [line(1, "a   b   c", None), line(4, "d", None)]
        );
    }

    #[test]
    fn a_comment_ends_the_line_that_goes_on_in_it() {
        assert_eq!(
            read("a \\\n# note \\\nb#c\n"),
            [line(1, "a", Some("# note \\")), line(3, "b#c", None)]
        );
    }

    #[test]
    fn a_file_that_ends_in_a_backslash_is_cut_off() {
        let lines: Vec<_> = logical_lines("a\nb \\").collect();
        assert!(!lines[0].is_cut_off && lines[1].is_cut_off);
    }
}
