//! Logical lines of a file: continuations joined, comments removed, `${NAME}` replaced.
//!
//! <https://pip.pypa.io/en/stable/reference/requirements-file-format/#structure>
//!
//! Every byte of a logical line can be traced to its place in the file, for the caret of an error.

use crate::syntax::is_space;

/// One line as pip sees it: never blank, without white space at its ends.
#[derive(Debug)]
pub(super) struct LogicalLine {
    /// The text, joined and replaced.
    pub(super) text: String,
    pieces: Vec<Piece>,
}

/// The place in the file of a part of a logical line.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Where it begins in the logical line.
    start: usize,
    /// The line of the file, from 0.
    line: usize,
    /// Where it begins in that line.
    offset: usize,
    /// Whether it is in the file as it is, or replaces a `${NAME}` there.
    verbatim: bool,
}

impl LogicalLine {
    /// The line of the file, from 0, and the byte in it, of the byte `offset` of the logical line.
    pub(super) fn place(&self, offset: usize) -> (usize, usize) {
        let piece = self
            .pieces
            .iter()
            .rev()
            .find(|piece| piece.start <= offset)
            .or(self.pieces.first())
            .expect("a logical line is not blank, so it has a piece");
        let within = if piece.verbatim {
            offset.saturating_sub(piece.start)
        } else {
            0
        };
        (piece.line, piece.offset + within)
    }

    /// The line of the file, from 0, that it begins on.
    pub(super) fn first_line(&self) -> usize {
        self.place(0).0
    }
}

/// The lines of the file, as Python's `str.splitlines` splits them.
pub(super) fn physical_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(ends_line) {
        lines.push(&rest[..end]);
        let after = &rest[end..];
        let ending = if after.starts_with("\r\n") {
            2
        } else {
            after.chars().next().map_or(0, char::len_utf8)
        };
        rest = &after[ending..];
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

fn ends_line(character: char) -> bool {
    matches!(
        character,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// The logical lines of `text`; `variable` gives the value of an environment variable.
pub(super) fn logical_lines(
    lines: &[&str],
    variable: &dyn Fn(&str) -> Option<String>,
) -> Vec<LogicalLine> {
    let mut logical = Vec::new();
    let mut open: Option<LogicalLine> = None;
    for (number, &line) in lines.iter().enumerate() {
        let comment = comment_start(line) == Some(0);
        let continued = line.ends_with('\\') && !comment;
        let joined = open.get_or_insert_with(LogicalLine::empty);
        if comment {
            // A comment ends a continuation; the space in front makes it recognisable as a comment.
            joined.text.push(' ');
        }
        let kept = if continued {
            line.trim_matches('\\')
        } else {
            line
        };
        let offset = if continued {
            line.len() - line.trim_start_matches('\\').len()
        } else {
            0
        };
        joined.push(kept, number, offset);
        if !continued {
            logical.extend(open.take());
        }
    }
    logical.extend(open);
    logical
        .into_iter()
        .filter_map(LogicalLine::without_comment)
        .map(|line| line.with_variables(variable))
        .collect()
}

impl LogicalLine {
    fn empty() -> Self {
        Self {
            text: String::new(),
            pieces: Vec::new(),
        }
    }

    fn push(&mut self, text: &str, line: usize, offset: usize) {
        self.pieces.push(Piece {
            start: self.text.len(),
            line,
            offset,
            verbatim: true,
        });
        self.text.push_str(text);
    }

    /// Removes the comment and the white space at both ends; `None` if nothing is left.
    fn without_comment(mut self) -> Option<Self> {
        let end = comment_start(&self.text).unwrap_or(self.text.len());
        self.text.truncate(end);
        self.text
            .truncate(self.text.trim_end_matches(is_space).len());
        let leading = self.text.len() - self.text.trim_start_matches(is_space).len();
        self.text.drain(..leading);
        for piece in &mut self.pieces {
            piece.offset += leading.saturating_sub(piece.start);
            piece.start = piece.start.saturating_sub(leading);
        }
        (!self.text.is_empty()).then_some(self)
    }

    /// Replaces `${NAME}` (capitals, digits and `_`) if the variable is set and not empty.
    fn with_variables(self, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut replaced = Self::empty();
        let mut copied = 0;
        let mut searched = 0;
        while let Some(found) = self.text[searched..].find("${") {
            let start = searched + found;
            searched = start + 2;
            let Some((name, end)) = variable_name(&self.text, searched) else {
                continue;
            };
            let Some(value) = variable(name).filter(|value| !value.is_empty()) else {
                continue;
            };
            self.copy(copied..start, &mut replaced);
            let (line, offset) = self.place(start);
            replaced.pieces.push(Piece {
                start: replaced.text.len(),
                line,
                offset,
                verbatim: false,
            });
            replaced.text.push_str(&value);
            copied = end;
            searched = end;
        }
        if copied == 0 {
            return self;
        }
        self.copy(copied..self.text.len(), &mut replaced);
        replaced
    }

    /// Appends a part of this line, with its places in the file, to `other`.
    fn copy(&self, part: std::ops::Range<usize>, other: &mut Self) {
        let inner = self
            .pieces
            .iter()
            .map(|piece| piece.start)
            .filter(|start| part.contains(start) && *start > part.start);
        let starts: Vec<_> = std::iter::once(part.start).chain(inner).collect();
        for (place, &start) in starts.iter().enumerate() {
            let end = starts.get(place + 1).copied().unwrap_or(part.end);
            if start < end {
                let (line, offset) = self.place(start);
                other.push(&self.text[start..end], line, offset);
            }
        }
    }
}

/// Where a comment begins, with the white space before it: `#` at the start or after white space.
fn comment_start(text: &str) -> Option<usize> {
    text.match_indices('#').find_map(|(at, _)| {
        let before = &text[..at];
        let kept = before.trim_end_matches(is_space);
        (before.is_empty() || kept.len() < before.len()).then_some(kept.len())
    })
}

/// The name of the variable in the reference at `start`, and the end of the reference.
fn variable_name(text: &str, start: usize) -> Option<(&str, usize)> {
    let length = text[start..].find('}')?;
    let name = &text[start..start + length];
    let valid = !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    valid.then_some((name, start + length + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<LogicalLine> {
        let variable = |name: &str| (name == "NAME").then(|| "value".to_owned());
        logical_lines(&physical_lines(text), &variable)
    }

    fn place(line: &LogicalLine, found: &str) -> (usize, usize) {
        line.place(line.text.find(found).unwrap())
    }

    #[test]
    fn every_byte_knows_where_it_stands() {
        let found = lines("\n  one \\\n  two\\\nthree # four\n");
        assert_eq!(found[0].text, "one   twothree");
        assert_eq!(found[0].first_line(), 1);
        assert_eq!(place(&found[0], "one"), (1, 2));
        assert_eq!(place(&found[0], "two"), (2, 2));
        assert_eq!(place(&found[0], "three"), (3, 0));
    }

    #[test]
    fn a_replaced_variable_stands_where_its_name_did() {
        let found = lines("a ${NAME} b ${other} \\\n c ${NAME}");
        assert_eq!(found[0].text, "a value b ${other}  c value");
        assert_eq!(place(&found[0], "value"), (0, 2));
        assert_eq!(place(&found[0], "lue b"), (0, 2));
        assert_eq!(place(&found[0], "b"), (0, 10));
        assert_eq!(place(&found[0], "c"), (1, 1));
    }
}
