//! A TOML document that maps its positions to lines and columns of a file.

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::inputs::{Inputs, Origin};
use crate::read_error::{Problem, ReadError};

/// A value in a document.
pub(super) type Item<'t> = Spanned<DeValue<'t>>;

/// TOML, and the file that contains it.
pub(super) struct Document {
    file: Arc<str>,
    toml: String,
    lines: Vec<Line>,
}

/// A line of the document.
struct Line {
    /// Its offset in the TOML, in bytes.
    start: usize,
    /// The line of the file, from 1.
    number: usize,
    /// The whole line of the file.
    text: Box<str>,
    /// How many bytes of that line come before the TOML.
    prefix: usize,
}

impl Document {
    /// The document that is a whole file.
    pub(super) fn of_file(file: &str, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().enumerate();
        Self::of_lines(file, lines.map(|(place, line)| (place + 1, line, 0)))
    }

    /// The document made of some lines of a file: their numbers, their texts, and how many bytes at
    /// their start are not TOML.
    pub(super) fn of_lines<'l>(
        file: &str,
        lines: impl Iterator<Item = (usize, &'l str, usize)>,
    ) -> Self {
        let mut toml = String::new();
        let lines = lines
            .map(|(number, text, prefix)| {
                let start = toml.len();
                toml.push_str(&text[prefix..]);
                toml.push('\n');
                Line {
                    start,
                    number,
                    text: text.into(),
                    prefix,
                }
            })
            .collect();
        Self {
            file: file.into(),
            toml,
            lines,
        }
    }

    /// Parses the document and passes it to a function.
    pub(super) fn read(
        &self,
        read: impl FnOnce(&DeTable) -> Result<Inputs, ReadError>,
    ) -> Result<Inputs, ReadError> {
        match DeTable::parse(&self.toml) {
            Ok(root) => read(root.get_ref()),
            Err(error) => {
                let at = error.span().map(|span| span.start);
                let reason = format!("invalid TOML: {}", error.message());
                Err(ReadError::one(self.problem(at, reason)))
            }
        }
    }

    /// The place of the byte `at` of the TOML.
    pub(super) fn origin(&self, at: usize) -> Arc<Origin> {
        self.place(self.line(at).map_or(0, |line| line.number))
    }

    /// A fault at the byte `at` of the TOML, or of the whole.
    pub(super) fn problem(&self, at: Option<usize>, reason: impl Into<Box<str>>) -> Problem {
        match at.and_then(|at| Some((at, self.line(at)?))) {
            Some((at, line)) => {
                let offset = line.prefix + (at - line.start);
                Problem::at(self.place(line.number), &line.text, offset, reason)
            }
            None => Problem::new(self.place(0), reason),
        }
    }

    /// The position in the TOML of the byte `offset` of the string `text`, as closely as it can be known.
    pub(super) fn offset_in(&self, item: &Item, text: &str, offset: usize) -> usize {
        let Range { start, end } = item.span();
        let written = &self.toml[start..end];
        let quotes = written.len().saturating_sub(text.len()) / 2;
        // If the string has escapes, its bytes differ from those of the document.
        match written.get(quotes..quotes + text.len()) {
            Some(inner) if inner == text => start + quotes + offset,
            _ => start,
        }
    }

    fn place(&self, line: usize) -> Arc<Origin> {
        Arc::new(Origin {
            file: Arc::clone(&self.file),
            line,
            included_from: None,
        })
    }

    fn line(&self, at: usize) -> Option<&Line> {
        let after = self.lines.partition_point(|line| line.start <= at);
        self.lines.get(after.checked_sub(1)?)
    }
}
