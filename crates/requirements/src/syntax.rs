//! Code that the parsers of this crate share: errors with a place, and Python's definition of white space.

use std::fmt;

/// A syntax error: where it is, and what was expected there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    what: &'static str,
    text: Box<str>,
    offset: usize,
    reason: Box<str>,
}

impl SyntaxError {
    pub(crate) fn new(what: &'static str, text: &str, fault: Fault) -> Self {
        Self {
            what,
            text: text.into(),
            offset: fault.offset,
            reason: fault.reason.into(),
        }
    }

    /// The text that could not be read.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The offset of the fault, in bytes.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// The column of the fault, in characters from 1.
    pub fn column(&self) -> usize {
        column(&self.text, self.offset)
    }

    /// What was expected there, or what is wrong there.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            what, text, reason, ..
        } = self;
        write!(
            f,
            "`{text}` is not a valid {what}: {reason} (column {})",
            self.column()
        )
    }
}

impl std::error::Error for SyntaxError {}

/// A [`SyntaxError`] without the text that it belongs to.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) offset: usize,
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn new(offset: usize, reason: impl Into<String>) -> Self {
        Self {
            offset,
            reason: reason.into(),
        }
    }

    /// The same fault in a text that begins `by` bytes earlier.
    pub(crate) fn shifted(mut self, by: usize) -> Self {
        self.offset += by;
        self
    }
}

/// The column, from 1, of the character at the byte `offset`.
pub(crate) fn column(text: &str, offset: usize) -> usize {
    text.char_indices()
        .take_while(|&(at, _)| at < offset)
        .count()
        + 1
}

/// Whether Python's `str.strip` removes `character`.
pub(crate) fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// The text without the white space at both ends, as Python's `str.strip` removes it.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// A position in a text that is read from left to right.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Cursor<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The text that has not been read yet.
    pub(crate) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// How many bytes have been read.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// The text that has been read since `offset`.
    pub(crate) fn since(&self, offset: usize) -> &'t str {
        &self.text[offset..self.at]
    }

    pub(crate) fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// Skips `length` bytes.
    pub(crate) fn advance(&mut self, length: usize) {
        self.at += length;
    }

    /// Skips spaces and tabs, the only white space that a dependency specifier may hold.
    pub(crate) fn skip_blanks(&mut self) {
        self.take_while(|character| character == ' ' || character == '\t');
    }

    /// Skips `token` if it comes next.
    pub(crate) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.advance(token.len());
        }
        found
    }

    /// Skips the longest run of characters that `wanted` accepts.
    pub(crate) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest
            .find(|character| !wanted(character))
            .unwrap_or(rest.len());
        self.advance(length);
        &rest[..length]
    }

    /// A fault at this place.
    pub(crate) fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault::new(self.at, reason)
    }
}
