//! The lines of a requirements file as pip joins them, with their comments kept.
//!
//! A line that ends in `\` continues in the next one, unless it is a comment; a comment ends the line
//! that would go on in it; and a comment begins at a `#` that opens a line or follows white space
//! (<https://pip.pypa.io/en/stable/reference/requirements-file-format/#comments>).

/// A line after joining.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LogicalLine {
    /// The line it begins on, from 1.
    pub(crate) number: usize,
    /// What it says, trimmed.
    pub(crate) text: String,
    /// What follows its `#`, as written but for trailing white space.
    pub(crate) comment: Option<String>,
    /// Whether the file ended inside a continued line.
    pub(crate) is_cut_off: bool,
}

/// Joins and splits the lines of a file.
pub(crate) fn logical_lines(text: &str) -> Vec<LogicalLine> {
    let mut logical = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let is_comment = line.trim_start().starts_with('#');
        let (begin, mut joined) = open.take().unwrap_or((number, String::new()));
        if is_comment && begin != number {
            joined.push(' ');
        }
        if line.ends_with('\\') && !is_comment {
            joined.push_str(line.trim_matches('\\'));
            open = Some((begin, joined));
        } else {
            joined.push_str(line);
            logical.push(split_comment(begin, &joined, false));
        }
    }
    logical.extend(open.map(|(begin, joined)| split_comment(begin, &joined, true)));
    logical
}

fn split_comment(number: usize, line: &str, is_cut_off: bool) -> LogicalLine {
    let begins_comment = |at: usize| {
        line[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace)
    };
    let hash = line
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|at| begins_comment(*at));
    let (text, comment) = line.split_at(hash.unwrap_or(line.len()));
    LogicalLine {
        number,
        text: text.trim().to_owned(),
        comment: comment
            .strip_prefix('#')
            .map(|text| text.trim_end().to_owned()),
        is_cut_off,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, String, Option<String>)> {
        let lines = logical_lines(text).into_iter();
        lines
            .map(|line| (line.number, line.text, line.comment))
            .collect()
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
            [line(1, "a", Some(" note \\")), line(3, "b#c", None)]
        );
    }

    #[test]
    fn a_file_that_ends_in_a_backslash_is_cut_off() {
        let lines = logical_lines("a\nb \\");
        assert!(!lines[0].is_cut_off && lines[1].is_cut_off);
    }
}
