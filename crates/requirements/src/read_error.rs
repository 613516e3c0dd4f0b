//! Errors in inputs: every fault, with its place in the file and a caret below it.

use std::fmt;
use std::sync::Arc;

use crate::inputs::Origin;
use crate::syntax::column;

/// How many faults are written out.
const SHOWN: usize = 10;

/// The faults for which inputs could not be read, in order; never empty.
///
/// ```text
/// loose.txt:3:9: `=` is not an operator; did you mean `==`?
///     requests=2.0
///             ^
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadError {
    problems: Vec<Problem>,
}

/// One fault in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    origin: Arc<Origin>,
    source_line: Option<SourceLine>,
    reason: Box<str>,
}

/// A line of a file, and the byte in it where the fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct SourceLine {
    text: Box<str>,
    offset: usize,
}

impl ReadError {
    /// The error with these problems; `None` if there are none.
    pub(crate) fn gather(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self { problems })
    }

    pub(crate) fn one(problem: Problem) -> Self {
        Self {
            problems: vec![problem],
        }
    }

    /// The problems, in the order of the files.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl Problem {
    /// A fault in a whole file, or in one of its lines.
    pub(crate) fn new(origin: Arc<Origin>, reason: impl Into<Box<str>>) -> Self {
        Self {
            origin,
            source_line: None,
            reason: reason.into(),
        }
    }

    /// A fault at the byte `offset` of the line `text`.
    pub(crate) fn at(
        origin: Arc<Origin>,
        text: &str,
        offset: usize,
        reason: impl Into<Box<str>>,
    ) -> Self {
        Self {
            origin,
            source_line: Some(SourceLine {
                text: text.into(),
                offset,
            }),
            reason: reason.into(),
        }
    }

    /// The file and line. The line is 0 if the fault is not in a line.
    pub fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    /// The column, in characters from 1.
    pub fn column(&self) -> Option<usize> {
        let line = self.source_line.as_ref()?;
        Some(column(&line.text, line.offset))
    }

    /// What is wrong there, or what was expected.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().take(SHOWN).enumerate() {
            write!(f, "{}{problem}", if place == 0 { "" } else { "\n" })?;
        }
        match self.problems.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            1 => f.write_str("\nand 1 more fault"),
            more => write!(f, "\nand {more} more faults"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin.file)?;
        if self.origin.line > 0 {
            write!(f, ":{}", self.origin.line)?;
        }
        if let Some(column) = self.column() {
            write!(f, ":{column}")?;
        }
        write!(f, ": {}", self.reason)?;
        if let Some(line) = &self.source_line {
            write!(f, "\n    {}\n    {}^", line.text, indent(line))?;
        }
        let mut origin = &self.origin;
        while let Some(includer) = &origin.included_from {
            write!(f, "\n  included from {includer}")?;
            origin = includer;
        }
        Ok(())
    }
}

/// White space as wide as the text before the fault; tabs are kept.
fn indent(line: &SourceLine) -> String {
    line.text
        .char_indices()
        .take_while(|&(at, _)| at < line.offset)
        .map(|(_, character)| if character == '\t' { '\t' } else { ' ' })
        .collect()
}

impl std::error::Error for ReadError {}
